/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_proto.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

static int answer_begin(struct frame *f, enum proto_type type, struct err *e)
{
	*f = (struct frame){ NULL, 0 };
	return frame_begin(f, (uint8_t)type, e);
}

static int answer_end(struct frame *f, int r)
{
	if (r != 0)
		frame_free(f);
	return r;
}

/* Copies a field into an array member; the length was checked, but only
 * against the table: cap guards the array itself. */
static int answer_bytes(const struct frame *f, uint8_t tag, uint8_t *out, size_t cap, size_t *outlen)
{
	size_t len;
	const unsigned char *p = frame_get(f, tag, 0, &len);

	if (p == NULL || len > cap)
		return -1;
	memcpy(out, p, len);
	*outlen = len;
	return 0;
}

/* A signed number within limits. */
static int answer_int(const struct frame *f, uint8_t tag, int min, int max, int *out)
{
	uint32_t v;
	int n;

	if (frame_get_u32(f, tag, &v) != 0)
		return -1;
	n = (int)(int32_t)v;
	if (n < min || n > max)
		return -1;
	*out = n;
	return 0;
}

int proto_write_devices(struct frame *f, const struct token_device *list, size_t n, struct err *e)
{
	size_t i;
	int r = answer_begin(f, PROTO_DEVICES, e);

	for (i = 0; r == 0 && i < n; i++)
		r = frame_put_str(f, TAG_PATH, list[i].path, e);
	for (i = 0; r == 0 && i < n; i++)
		r = frame_put_str(f, TAG_PRODUCT, list[i].product, e);
	for (i = 0; r == 0 && i < n; i++)
		r = frame_put_str(f, TAG_VENDOR, list[i].vendor, e);
	return answer_end(f, r);
}

/* The nth text with this tag, cleaned for showing. -1 when there is none. */
static int answer_text(const struct frame *f, uint8_t tag, size_t nth, char *out, size_t cap)
{
	size_t len;
	const unsigned char *p = frame_get(f, tag, nth, &len);

	if (p == NULL)
		return -1;
	text_escape(out, cap, (const char *)p, len);
	return 0;
}

int proto_read_devices(struct token_device list[TOKEN_DEVICES_MAX], size_t *n,
    const struct frame *f, struct err *e)
{
	size_t i, len, extra;
	const unsigned char *p;

	*n = 0;
	for (i = 0; (p = frame_get(f, TAG_PATH, i, &len)) != NULL; i++) {
		struct token_device *d = &list[i];

		if (i == TOKEN_DEVICES_MAX || len >= sizeof(d->path) ||
		    memchr(p, '\0', len) != NULL)
			return err_set(e, ERR_INPUT, "A list of devices is malformed.");
		memcpy(d->path, p, len);
		d->path[len] = '\0';
		if (answer_text(f, TAG_PRODUCT, i, d->product, sizeof(d->product)) != 0 ||
		    answer_text(f, TAG_VENDOR, i, d->vendor, sizeof(d->vendor)) != 0)
			return err_set(e, ERR_INPUT, "A list of devices is malformed.");
	}
	if (frame_get(f, TAG_PRODUCT, i, &extra) != NULL ||
	    frame_get(f, TAG_VENDOR, i, &extra) != NULL)
		return err_set(e, ERR_INPUT, "A list of devices is malformed.");
	*n = i;
	return 0;
}

/* The int members of struct token_info, in the order of their tags. */
static const struct {
	uint8_t tag;
	int min, max;
	size_t at;
} info_ints[] = {
	{ TAG_FIDO2, 0, 1, offsetof(struct token_info, fido2) },
	{ TAG_HMAC_SECRET, 0, 1, offsetof(struct token_info, hmac_secret) },
	{ TAG_CRED_PROTECT, 0, 1, offsetof(struct token_info, cred_protect) },
	{ TAG_PIN_SET, -1, 1, offsetof(struct token_info, pin_set) },
	{ TAG_UV_KIND, -1, 1, offsetof(struct token_info, uv) },
	{ TAG_ALWAYS_UV, 0, 1, offsetof(struct token_info, always_uv) },
};

int proto_write_info(struct frame *f, const struct token_info *info, struct err *e)
{
	size_t i;
	int r = answer_begin(f, PROTO_INFO, e);

	if (r == 0)
		r = frame_put(f, TAG_AAGUID, info->aaguid, sizeof(info->aaguid), e);
	if (r == 0)
		r = frame_put_u32(f, TAG_FIRMWARE, info->firmware, e);
	for (i = 0; r == 0 && i < sizeof(info_ints) / sizeof(info_ints[0]); i++) {
		int v;

		memcpy(&v, (const char *)info + info_ints[i].at, sizeof(v));
		r = frame_put_u32(f, info_ints[i].tag, (uint32_t)v, e);
	}
	if (r == 0)
		r = frame_put_u32(f, TAG_MAX_LIST, info->max_list, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_MAX_ID, info->max_id, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_MAX_MSG, info->max_msg, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_EDDSA, (uint32_t)info->eddsa, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_PIN_TRIES, (uint32_t)info->pin_tries, e);
	return answer_end(f, r);
}

int proto_read_info(struct token_info *info, const struct frame *f, struct err *e)
{
	struct token_info got;
	size_t i, len;

	memset(&got, 0, sizeof(got));
	for (i = 0; i < sizeof(info_ints) / sizeof(info_ints[0]); i++) {
		int v;

		if (answer_int(f, info_ints[i].tag, info_ints[i].min, info_ints[i].max, &v) != 0)
			return err_set(e, ERR_INPUT, "What a security key says about itself is malformed.");
		memcpy((char *)&got + info_ints[i].at, &v, sizeof(v));
	}
	if (answer_bytes(f, TAG_AAGUID, got.aaguid, sizeof(got.aaguid), &len) != 0 ||
	    frame_get_u32(f, TAG_FIRMWARE, &got.firmware) != 0 ||
	    frame_get_u32(f, TAG_MAX_LIST, &got.max_list) != 0 ||
	    frame_get_u32(f, TAG_MAX_ID, &got.max_id) != 0 ||
	    frame_get_u32(f, TAG_MAX_MSG, &got.max_msg) != 0 ||
	    answer_int(f, TAG_EDDSA, -1, 1, &got.eddsa) != 0 ||
	    answer_int(f, TAG_PIN_TRIES, -1, 255, &got.pin_tries) != 0)
		return err_set(e, ERR_INPUT, "What a security key says about itself is malformed.");
	*info = got;
	return 0;
}

int proto_write_found(struct frame *f, enum token_has has, size_t which, struct err *e)
{
	int r = answer_begin(f, PROTO_FOUND, e);

	if (r == 0)
		r = frame_put_u32(f, TAG_HAS, (uint32_t)has, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_WHICH, (uint32_t)which, e);
	return answer_end(f, r);
}

int proto_read_found(enum token_has *has, size_t *which, size_t n, const struct frame *f,
    struct err *e)
{
	int v, at;

	if (answer_int(f, TAG_HAS, TOKEN_UNSURE, TOKEN_HAS_NOT, &v) != 0 ||
	    answer_int(f, TAG_WHICH, 0, PROTO_IDS_MAX - 1, &at) != 0 ||
	    (v == TOKEN_HAS ? (size_t)at >= n : at != 0))
		return err_set(e, ERR_INPUT, "An answer about credentials is malformed.");
	*has = (enum token_has)v;
	*which = (size_t)at;
	return 0;
}

int proto_write_credential(struct frame *f, const struct token_credential *c, struct err *e)
{
	int r = answer_begin(f, PROTO_CREDENTIAL, e);

	if (r == 0)
		r = frame_put(f, TAG_ID, c->id, c->id_len, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_PROTECTION, (uint32_t)c->protection, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_HMAC_SECRET, (uint32_t)c->hmac_secret, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_ALG, (uint32_t)(int)c->alg, e);
	if (r == 0)
		r = frame_put(f, TAG_KEY, c->key, c->key_len, e);
	if (r == 0)
		r = frame_put(f, TAG_AUTHDATA, c->authdata, c->authdata_len, e);
	if (r == 0)
		r = frame_put(f, TAG_SIG, c->sig, c->sig_len, e);
	if (r == 0)
		r = frame_put_str(f, TAG_FORMAT, c->format, e);
	if (r == 0)
		r = frame_put(f, TAG_CERT, c->cert, c->cert_len, e);
	return answer_end(f, r);
}

int proto_read_credential(struct token_credential *c, const struct frame *f, struct err *e)
{
	int alg;

	if (answer_bytes(f, TAG_ID, c->id, sizeof(c->id), &c->id_len) != 0 ||
	    answer_bytes(f, TAG_KEY, c->key, sizeof(c->key), &c->key_len) != 0 ||
	    answer_bytes(f, TAG_AUTHDATA, c->authdata, sizeof(c->authdata), &c->authdata_len) != 0 ||
	    answer_bytes(f, TAG_SIG, c->sig, sizeof(c->sig), &c->sig_len) != 0 ||
	    answer_bytes(f, TAG_CERT, c->cert, sizeof(c->cert), &c->cert_len) != 0 ||
	    frame_get_str(f, TAG_FORMAT, c->format, sizeof(c->format)) != 0 ||
	    !text_clean(c->format, strlen(c->format)) ||
	    answer_int(f, TAG_PROTECTION, 0, 3, &c->protection) != 0 ||
	    answer_int(f, TAG_HMAC_SECRET, 0, 1, &c->hmac_secret) != 0 ||
	    answer_int(f, TAG_ALG, TOKEN_EDDSA, TOKEN_ES256, &alg) != 0 ||
	    c->key_len != (alg == TOKEN_ES256 ? 64u : 32u)) {
		memset(c, 0, sizeof(*c));
		return err_set(e, ERR_INPUT, "A new credential is malformed.");
	}
	c->alg = (enum token_alg)alg;
	return 0;
}

int proto_write_assertion(struct frame *f, const struct token_assertion *a, struct err *e)
{
	int r = answer_begin(f, PROTO_ASSERTION, e);

	if (r == 0)
		r = frame_put(f, TAG_ID, a->id, a->id_len, e);
	if (r == 0)
		r = frame_put(f, TAG_AUTHDATA, a->authdata, a->authdata_len, e);
	if (r == 0)
		r = frame_put(f, TAG_SIG, a->sig, a->sig_len, e);
	if (r == 0 && a->hmac1 != NULL)
		r = frame_put(f, TAG_HMAC1, a->hmac1->data, a->hmac1->len, e);
	if (r == 0 && a->hmac2 != NULL)
		r = frame_put(f, TAG_HMAC2, a->hmac2->data, a->hmac2->len, e);
	return answer_end(f, r);
}

int proto_read_assertion(struct token_assertion *a, const struct frame *f, struct err *e)
{
	const unsigned char *h1, *h2;
	size_t len;
	int r = 0;

	h1 = frame_get(f, TAG_HMAC1, 0, &len);
	h2 = frame_get(f, TAG_HMAC2, 0, &len);
	if (answer_bytes(f, TAG_ID, a->id, sizeof(a->id), &a->id_len) != 0 ||
	    answer_bytes(f, TAG_AUTHDATA, a->authdata, sizeof(a->authdata), &a->authdata_len) != 0 ||
	    answer_bytes(f, TAG_SIG, a->sig, sizeof(a->sig), &a->sig_len) != 0 ||
	    (h1 == NULL && h2 != NULL))
		r = err_set(e, ERR_INPUT, "An assertion is malformed.");
	if (r == 0 && h1 != NULL)
		r = secret_from(&a->hmac1, h1, 32, e);
	if (r == 0 && h2 != NULL)
		r = secret_from(&a->hmac2, h2, 32, e);
	if (r != 0)
		token_assertion_free(a);
	return r;
}

void token_assertion_free(struct token_assertion *a)
{
	secret_free(&a->hmac1);
	secret_free(&a->hmac2);
	memset(a, 0, sizeof(*a));
}

int proto_write_failure(struct frame *f, const struct proto_failure *why, struct err *e)
{
	int r = answer_begin(f, PROTO_FAILED, e);

	if (r == 0)
		r = frame_put_u32(f, TAG_PIN_TRIES, (uint32_t)why->pin_tries, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_CODE, (uint32_t)why->code, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_ELAPSED, why->elapsed_ms, e);
	if (r == 0)
		r = frame_put_u32(f, TAG_ERRNO, (uint32_t)why->errnum, e);
	return answer_end(f, r);
}

int proto_read_failure(struct proto_failure *why, const struct frame *f, struct err *e)
{
	if (answer_int(f, TAG_PIN_TRIES, -1, 255, &why->pin_tries) != 0 ||
	    answer_int(f, TAG_CODE, WHY_NOT_FIDO2, 255, &why->code) != 0 || why->code == 0 ||
	    frame_get_u32(f, TAG_ELAPSED, &why->elapsed_ms) != 0 ||
	    answer_int(f, TAG_ERRNO, 0, 4095, &why->errnum) != 0)
		return err_set(e, ERR_INPUT, "The report of a failure is malformed.");
	return 0;
}
