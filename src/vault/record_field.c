/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "vault/doc.h"
#include "vault/record_local.h"

#define KEY_LEN (AEAD_KEY_LEN + 32)	/* key, commitment */

int record_header(char **out, const json *doc, struct err *e)
{
	static const char *const members[] = { "attributes", "content", "kind", "record", "vault",
	    "version" };
	json *h = json_new_object();
	struct buf b = BUF_INIT;
	int r = h == NULL;

	*out = NULL;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && r == 0; i++)
		r = json_set(h, members[i], json_share(json_get(doc, members[i])));
	r = r != 0 ? doc_memory(e) : json_canonical(&b, h, e);
	json_free(&h);
	if (r == 0)
		*out = (char *)b.data;
	else
		buf_free(&b);
	return r;
}

/* Names need no escapes, and the members stand in canonical order. */
int record_ctx(struct buf *out, const char *header, const char *field, const char *holder,
    struct err *e)
{
	buf_puts(out, "{\"field\":\"");
	buf_puts(out, field);
	buf_puts(out, "\",\"header\":");
	buf_puts(out, header);
	if (holder != NULL) {
		buf_puts(out, ",\"holder\":\"");
		buf_puts(out, holder);
		buf_puts(out, "\"");
	}
	buf_puts(out, "}");
	return buf_ok(out) ? 0 : doc_memory(e);
}

int record_field_key(struct secret **k, const struct buf *ctx, const struct secret *s,
    const struct secret *witness, struct err *e)
{
	static const char label[] = "twokey field v1"; /* its NUL is hashed too */
	uint8_t info[sizeof(label) + HASH_LEN];
	struct secret *both = NULL;
	int r;

	*k = NULL;
	if (s->len != RECORD_SECRET_LEN || (witness != NULL && witness->len != RECORD_WITNESS_LEN))
		return err_set(e, ERR_INTERNAL, "A field's secret has %d bytes.", RECORD_SECRET_LEN);
	memcpy(info, label, sizeof(label));
	r = hash_sha256(info + sizeof(label), ctx->data, ctx->len, e);
	if (r == 0)
		r = secret_new(&both, RECORD_SECRET_LEN + RECORD_WITNESS_LEN, e);
	if (r == 0)
		r = secret_append(both, s->data, s->len, e);
	if (r == 0 && witness != NULL)
		r = secret_append(both, witness->data, witness->len, e);
	if (r == 0)
		r = hkdf_sha256(k, KEY_LEN, both->data, both->len, NULL, 0, info, sizeof(info), e);
	secret_free(&both);
	return r;
}

/* plaintext || 0x80 || zeros to a multiple of RECORD_BLOCK. */
static int pad(struct secret **out, const struct secret *plain, struct err *e)
{
	const size_t len = (plain->len / RECORD_BLOCK + 1) * RECORD_BLOCK;
	int r;

	r = secret_new(out, len, e);
	if (r != 0)
		return r;
	memcpy((*out)->data, plain->data, plain->len);
	(*out)->data[plain->len] = 0x80;
	(*out)->len = len;
	return 0;
}

/* The length in front of the padding, or -1.  It authenticated, so that time
 * may depend on it. */
static int unpad(size_t *len, const struct secret *padded)
{
	size_t n = padded->len;

	if (n == 0 || n % RECORD_BLOCK != 0)
		return -1;
	while (n > 0 && padded->data[n - 1] == 0)
		n--;
	if (n == 0 || padded->data[n - 1] != 0x80 || padded->len - (n - 1) > RECORD_BLOCK)
		return -1;
	*len = n - 1;
	return *len >= 1 && *len <= RECORD_PLAIN_MAX ? 0 : -1;
}

static int set_witness(json *out, const struct record_witness *w)
{
	json *j;

	if (w == NULL)
		return json_set_null(out, "witness");
	j = json_new_object();
	if (json_set_str(j, "kind", w->kind) | json_set_str(j, "key", w->key) | json_set_str(j, "id", w->id) |
	    json_set_bytes(j, "sealed", w->sealed, w->len))
		json_free(&j);
	return json_set(out, "witness", j);
}

int record_seal_field(json *out, const char *header, const struct record_plain *f,
    const struct secret *s, struct err *e)
{
	const struct secret *witness = f->witness != NULL ? f->witness->bytes : NULL;
	uint8_t nonce[AEAD_NONCE_LEN];
	struct secret *k = NULL, *padded = NULL;
	struct buf ctx = BUF_INIT;
	uint8_t *cipher = NULL;
	size_t len = 0;
	int r;

	r = record_ctx(&ctx, header, f->field, NULL, e);
	if (r == 0)
		r = record_field_key(&k, &ctx, s, witness, e);
	if (r == 0)
		r = pad(&padded, f->plain, e);
	if (r == 0)
		r = random_bytes(nonce, sizeof(nonce), e);
	if (r == 0) {
		len = padded->len + AEAD_TAG_LEN;
		cipher = malloc(len);
		r = cipher == NULL ? doc_memory(e) : aead_seal(cipher, k->data, nonce, ctx.data,
		    ctx.len, padded->data, padded->len, e);
	}
	if (r == 0 && (json_set_bytes(out, "commitment", k->data + AEAD_KEY_LEN, 32) != 0 ||
	    json_set_bytes(out, "nonce", nonce, sizeof(nonce)) != 0 ||
	    json_set_bytes(out, "ciphertext", cipher, len) != 0 ||
	    set_witness(out, f->witness) != 0))
		r = doc_memory(e);
	free(cipher);
	secret_free(&padded);
	secret_free(&k);
	buf_free(&ctx);
	return r;
}

int record_can_open(const struct record *r, const char *field, int asks, struct err *e)
{
	const struct record_field *f = record_field(r, field);

	if (f == NULL) {
		(void)err_set(e, ERR_MISSING, "Record %s has no field %.63s.", r->name, field);
		(void)err_hint(e, "`twokey status --record %s` names its fields.", r->name);
		return ERR_MISSING;
	}
	if (f->witness == NULL || (asks && strcmp(json_str(f->witness, "kind"), RECORD_WITNESS_KMS) == 0))
		return 0;
	(void)err_set(e, ERR_TOO_OLD, "Field %s of %s needs a witness, which cannot be asked here.",
	    f->name, r->name);
	(void)err_hint(e, "Install a newer twokey, or name other fields with --field.");
	return ERR_TOO_OLD;
}

/* Key and commitment, the latter compared; ctx gets the aad. */
static int check_key(struct secret **k, struct buf *ctx, const struct record *r,
    const struct record_field *f, const struct secret *s, const struct secret *witness, struct err *e)
{
	int rc;

	*k = NULL;
	rc = record_ctx(ctx, r->header, f->name, NULL, e);
	if (rc == 0)
		rc = record_field_key(k, ctx, s, witness, e);
	if (rc == 0 && !secret_equal((*k)->data + AEAD_KEY_LEN, f->commitment, 32)) {
		secret_free(k);
		rc = err_set(e, ERR_TAMPERED, "The shares do not open field %s of %s: they join to "
		    "something else.", f->name, r->name);
	}
	return rc;
}

int record_check_secret(const struct record *r, const char *field, const struct secret *s,
    struct err *e)
{
	const struct record_field *f;
	struct buf ctx = BUF_INIT;
	struct secret *k = NULL;
	int rc;

	rc = record_can_open(r, field, 0, e);
	f = record_field(r, field);
	if (rc == 0)
		rc = check_key(&k, &ctx, r, f, s, NULL, e);
	secret_free(&k);
	buf_free(&ctx);
	return rc;
}

int record_open_field(struct secret **plain, const struct record *r, const char *field,
    const struct secret *s, const struct secret *witness, struct err *e)
{
	const struct record_field *f;
	struct secret *k = NULL, *padded = NULL;
	struct buf ctx = BUF_INIT;
	size_t len = 0;
	int rc;

	*plain = NULL;
	rc = record_can_open(r, field, witness != NULL, e);
	f = record_field(r, field);
	if (rc == 0)
		rc = check_key(&k, &ctx, r, f, s, f->witness != NULL ? witness : NULL, e);
	if (rc == 0)
		rc = aead_open(&padded, k->data, f->nonce, ctx.data, ctx.len, f->cipher,
		    f->cipher_len, e);
	if (rc == ERR_TAMPERED && k != NULL)
		(void)err_prefix(e, "Field %s of %s", field, r->name);
	if (rc == 0 && unpad(&len, padded) != 0)
		rc = err_set(e, ERR_TAMPERED, "Field %s of %s is not padded as it should be.", field,
		    r->name);
	if (rc == 0)
		rc = secret_from(plain, padded->data, len, e);
	secret_free(&padded);
	secret_free(&k);
	buf_free(&ctx);
	return rc;
}
