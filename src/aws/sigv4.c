/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sigv4_local.h"

#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "crypto/crypto.h"

static int sign_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for signing.");
}

void sigv4_date(char out[SIGV4_DATE_LEN + 1], int64_t now)
{
	char text[CLOCK_TEXT_LEN + 1];
	size_t i, n = 0;

	clock_format(text, now);
	for (i = 0; text[i] != '\0' && text[i] != '.'; i++)
		if (text[i] != '-' && text[i] != ':')
			out[n++] = text[i];
	out[n++] = 'Z';
	out[n] = '\0';
}

static void put_scope(struct buf *out, const struct sigv4 *s, const char *date)
{
	buf_printf(out, "%.8s/%s/%s/aws4_request", date, s->region, s->service);
}

/* The canonical request, and the names of the signed headers. */
static int canonical(struct buf *out, struct buf *names, const struct sigv4 *s, struct err *e)
{
	int r;

	buf_printf(out, "%s\n", s->method);
	r = sigv4_path(out, s, e);
	buf_put(out, "\n", 1);
	if (r == 0 && s->query != NULL)
		r = sigv4_query(out, s->query, e);
	buf_put(out, "\n", 1);
	if (r == 0)
		r = sigv4_headers(out, names, s, e);
	buf_printf(out, "\n%s\n%s", buf_str(names), s->payload);
	if (r == 0 && (!buf_ok(out) || !buf_ok(names)))
		r = sign_memory(e);
	return r;
}

int sigv4_canonical(struct buf *out, const struct sigv4 *s, struct err *e)
{
	struct buf names = BUF_INIT;
	const int r = canonical(out, &names, s, e);

	buf_free(&names);
	return r;
}

int sigv4_to_sign(struct buf *out, const struct sigv4 *s, const void *text, size_t len,
    struct err *e)
{
	char date[SIGV4_DATE_LEN + 1], hex[2 * HASH_LEN + 1];
	uint8_t hash[HASH_LEN];
	int r = hash_sha256(hash, text, len, e);

	if (r != 0)
		return r;
	hex_encode(hex, hash, sizeof(hash));
	sigv4_date(date, s->now);
	buf_printf(out, "AWS4-HMAC-SHA256\n%s\n", date);
	put_scope(out, s, date);
	buf_printf(out, "\n%s", hex);
	return buf_ok(out) ? 0 : sign_memory(e);
}

/* key (64 bytes of room, *len of it used) becomes HMAC-SHA256(key, text). */
static int sign_step(uint8_t key[64], size_t *len, const void *text, size_t n, struct err *e)
{
	uint8_t out[64];
	int r = hmac_digest(out, len, "SHA256", key, *len, text, n, e);

	memcpy(key, out, sizeof(out));
	secret_zero(out, sizeof(out));
	return r;
}

/* The signature over `text` in hex. */
static int sign_text(char hex[2 * HASH_LEN + 1], const struct sigv4 *s, const struct buf *text,
    struct err *e)
{
	char date[SIGV4_DATE_LEN + 1];
	struct secret *first = NULL;
	uint8_t key[64];
	size_t len = 0;
	int r = secret_new(&first, s->key->len + 4, e);

	sigv4_date(date, s->now);
	if (r == 0)
		r = secret_append(first, "AWS4", 4, e);
	if (r == 0)
		r = secret_append(first, s->key->data, s->key->len, e);
	if (r == 0)
		r = hmac_digest(key, &len, "SHA256", first->data, first->len, date, 8, e);
	if (r == 0)
		r = sign_step(key, &len, s->region, strlen(s->region), e);
	if (r == 0)
		r = sign_step(key, &len, s->service, strlen(s->service), e);
	if (r == 0)
		r = sign_step(key, &len, "aws4_request", 12, e);
	if (r == 0)
		r = sign_step(key, &len, text->data, text->len, e);
	if (r == 0)
		hex_encode(hex, key, HASH_LEN);
	secret_zero(key, sizeof(key));
	secret_free(&first);
	return r;
}

int sigv4_sign(struct buf *authorization, const struct sigv4 *s, struct err *e)
{
	struct buf text = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT;
	char hex[2 * HASH_LEN + 1], date[SIGV4_DATE_LEN + 1];
	int r;

	/* An unsigned request would be an anonymous one. */
	if (s->key_id == NULL || s->key_id[0] == '\0' || s->key == NULL || s->key->len == 0)
		return err_set(e, ERR_USAGE, "A request cannot be signed without a key.");
	sigv4_date(date, s->now);
	r = canonical(&text, &names, s, e);
	if (r == 0)
		r = sigv4_to_sign(&to_sign, s, text.data, text.len, e);
	if (r == 0)
		r = sign_text(hex, s, &to_sign, e);
	if (r == 0) {
		buf_printf(authorization, "AWS4-HMAC-SHA256 Credential=%s/", s->key_id);
		put_scope(authorization, s, date);
		buf_printf(authorization, ", SignedHeaders=%s, Signature=%s", buf_str(&names), hex);
		if (!buf_ok(authorization))
			r = sign_memory(e);
	}
	buf_free(&text);
	buf_free(&names);
	buf_free(&to_sign);
	return r;
}
