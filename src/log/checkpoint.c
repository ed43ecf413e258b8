/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"

#define DASH "\xe2\x80\x94 "	/* U+2014 and a space, C2SP signed-note */
#define SIG_BYTES (4 + ED25519_SIG_LEN)
#define SIZE_TEXT_MAX 16	/* digits of 2^53 */

void checkpoint_origin(char out[CHECKPOINT_ORIGIN_MAX], const uint8_t vault[HASH_LEN],
    const char *host)
{
	char hex[2 * HASH_LEN + 1];

	hex_encode(hex, vault, HASH_LEN);
	(void)snprintf(out, CHECKPOINT_ORIGIN_MAX, "twokey/%s/%s", hex, host);
}

/* C2SP signed-note: SHA-256(name || 0x0A || 0x01 || key), first four bytes. */
static int checkpoint_key_id(uint8_t id[4], const char *origin, const uint8_t pub[ED25519_KEY_LEN],
    struct err *e)
{
	uint8_t in[CHECKPOINT_ORIGIN_MAX + 2 + ED25519_KEY_LEN], h[HASH_LEN];
	const size_t n = strlen(origin);
	int r;

	memcpy(in, origin, n);
	in[n] = '\n';
	in[n + 1] = 0x01;
	memcpy(in + n + 2, pub, ED25519_KEY_LEN);
	r = hash_sha256(h, in, n + 2 + ED25519_KEY_LEN, e);
	memcpy(id, h, 4);
	return r;
}

int checkpoint_write(struct buf *out, const struct checkpoint *c, const struct secret *seed,
    const uint8_t pub[ED25519_KEY_LEN], struct err *e)
{
	char root[BASE64_LEN(HASH_LEN) + 1], sig[BASE64_LEN(SIG_BYTES) + 1];
	uint8_t raw[SIG_BYTES];
	struct buf text = BUF_INIT;
	int r;

	base64_encode(root, c->root, HASH_LEN);
	buf_printf(&text, "%s\n%" PRId64 "\n%s\n", c->origin, c->size, root);
	if (!buf_ok(&text))
		return err_set(e, ERR_MEMORY, "No memory is left for a checkpoint.");
	r = checkpoint_key_id(raw, c->origin, pub, e);
	if (r == 0)
		r = ed25519_sign(raw + 4, seed, text.data, text.len, e);
	if (r == 0) {
		base64_encode(sig, raw, sizeof(raw));
		buf_put(out, text.data, text.len);
		buf_printf(out, "\n" DASH "%s %s\n", c->origin, sig);
		if (!buf_ok(out))
			r = err_set(e, ERR_MEMORY, "No memory is left for a checkpoint.");
	}
	buf_free(&text);
	return r;
}

/* Takes the line at *p, without its newline: its length, or -1. */
static ptrdiff_t line_take(const char **p, const char *end, const char **line)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));

	if (nl == NULL)
		return -1;
	*line = *p;
	*p = nl + 1;
	return nl - *line;
}

static int size_parse(int64_t *out, const char *s, ptrdiff_t n)
{
	int64_t v = 0;
	ptrdiff_t i;

	if (n < 1 || n > SIZE_TEXT_MAX || (n > 1 && s[0] == '0'))
		return -1;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	if (v >= INT64_C(1) << 53)
		return -1;
	*out = v;
	return 0;
}

/* "— <origin> <base64>" */
static int signature_parse(uint8_t key_id[4], uint8_t sig[ED25519_SIG_LEN], const char *origin,
    const char *line, ptrdiff_t n)
{
	const size_t olen = strlen(origin), dash = strlen(DASH);
	uint8_t raw[SIG_BYTES];
	size_t got;

	if (n < 0 || (size_t)n != dash + olen + 1 + BASE64_LEN(SIG_BYTES) ||
	    memcmp(line, DASH, dash) != 0 || memcmp(line + dash, origin, olen) != 0 ||
	    line[dash + olen] != ' ')
		return -1;
	if (base64_decode(raw, sizeof(raw), &got, line + dash + olen + 1,
		BASE64_LEN(SIG_BYTES)) != 0 || got != sizeof(raw))
		return -1;
	memcpy(key_id, raw, 4);
	memcpy(sig, raw + 4, ED25519_SIG_LEN);
	return 0;
}

static int checkpoint_malformed(struct err *e, const char *what)
{
	return err_set(e, ERR_INPUT, "A checkpoint is malformed: %s.", what);
}

int checkpoint_parse(struct checkpoint *out, uint8_t key_id[4], uint8_t sig[ED25519_SIG_LEN],
    size_t *text_len, const void *data, size_t len, struct err *e)
{
	const char *p = data, *end = p + len, *line;
	ptrdiff_t n;
	size_t got;

	memset(out, 0, sizeof(*out));
	*text_len = 0;
	if (len == 0 || len > CHECKPOINT_MAX)
		return checkpoint_malformed(e, len == 0 ? "it is empty" : "it is too long");
	n = line_take(&p, end, &line);
	if (n < 1 || n >= CHECKPOINT_ORIGIN_MAX || !text_clean(line, (size_t)n) ||
	    memchr(line, ' ', (size_t)n) != NULL || memchr(line, '+', (size_t)n) != NULL)
		return checkpoint_malformed(e, "its origin");
	memcpy(out->origin, line, (size_t)n);
	n = line_take(&p, end, &line);
	if (size_parse(&out->size, line, n) != 0)
		return checkpoint_malformed(e, "its size");
	n = line_take(&p, end, &line);
	if (n != BASE64_LEN(HASH_LEN) ||
	    base64_decode(out->root, HASH_LEN, &got, line, (size_t)n) != 0 || got != HASH_LEN)
		return checkpoint_malformed(e, "its root");
	*text_len = (size_t)(p - (const char *)data);
	if (line_take(&p, end, &line) != 0)
		return checkpoint_malformed(e, "no empty line behind the root");
	n = line_take(&p, end, &line);
	if (signature_parse(key_id, sig, out->origin, line, n) != 0)
		return checkpoint_malformed(e, "its signature line");
	if (p != end)
		return checkpoint_malformed(e, "bytes behind the signature line");
	return 0;
}

int checkpoint_read(struct checkpoint *out, const void *data, size_t len, const char *origin,
    const uint8_t pub[ED25519_KEY_LEN], struct err *e)
{
	uint8_t key_id[4], want[4], sig[ED25519_SIG_LEN];
	struct checkpoint c;
	size_t text_len;
	int r;

	memset(out, 0, sizeof(*out));
	r = checkpoint_parse(&c, key_id, sig, &text_len, data, len, e);
	if (r != 0)
		return r;
	if (strcmp(c.origin, origin) != 0)
		return err_set(e, ERR_TAMPERED, "A checkpoint of %s stands where %s's must be.",
		    c.origin, origin);
	r = checkpoint_key_id(want, origin, pub, e);
	if (r == 0 && memcmp(want, key_id, 4) != 0)
		r = err_set(e, ERR_TAMPERED, "The checkpoint of %s is signed by another key.", origin);
	if (r == 0)
		r = ed25519_verify(sig, pub, data, text_len, e);
	if (r == ERR_TAMPERED)
		(void)err_prefix(e, "The checkpoint of %s", origin);
	if (r == 0)
		*out = c;
	return r;
}

int checkpoint_vkey(struct buf *out, const char *origin, const uint8_t pub[ED25519_KEY_LEN],
    struct err *e)
{
	char hex[9], key[BASE64_LEN(1 + ED25519_KEY_LEN) + 1];
	uint8_t id[4], typed[1 + ED25519_KEY_LEN];
	int r;

	r = checkpoint_key_id(id, origin, pub, e);
	if (r != 0)
		return r;
	hex_encode(hex, id, sizeof(id));
	typed[0] = 0x01;
	memcpy(typed + 1, pub, ED25519_KEY_LEN);
	base64_encode(key, typed, sizeof(typed));
	buf_printf(out, "%s+%s+%s", origin, hex, key);
	return buf_ok(out) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for a key's text.");
}
