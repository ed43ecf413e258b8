/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <openssl/hmac.h>
#include <string.h>

#include "crypto/crypto_local.h"

int hmac_digest(uint8_t out[64], size_t *outlen, const char *digest, const void *key,
    size_t keylen, const void *data, size_t len, struct err *e)
{
	const EVP_MD *md = NULL;
	unsigned n = 0;

	*outlen = 0;
	if (strcmp(digest, "SHA1") == 0)
		md = EVP_sha1();
	else if (strcmp(digest, "SHA256") == 0)
		md = EVP_sha256();
	else if (strcmp(digest, "SHA512") == 0)
		md = EVP_sha512();
	/* A NULL key would mean "as before" to OpenSSL; "" is an empty one. */
	if (md == NULL || keylen > INT_MAX ||
	    HMAC(md, keylen > 0 ? key : "", (int)keylen, data, len, out, &n) == NULL)
		return crypto_fail(e, "HMAC");
	*outlen = n;
	return 0;
}

/* HMAC-SHA256 into out. */
static int hkdf_mac(uint8_t out[HASH_LEN], const void *key, size_t keylen, const void *data,
    size_t len, struct err *e)
{
	uint8_t full[64];
	size_t n;
	const int r = hmac_digest(full, &n, "SHA256", key, keylen, data, len, e);

	if (r == 0)
		memcpy(out, full, HASH_LEN);
	secret_zero(full, sizeof(full));
	return r;
}

int hkdf_extract(struct secret **prk, const void *salt, size_t saltlen, const void *ikm,
    size_t ikmlen, struct err *e)
{
	struct secret *s = NULL;
	int r;

	*prk = NULL;
	r = secret_new(&s, HASH_LEN, e);
	/* No salt is HashLen zeros, which HMAC pads an empty key to anyway. */
	if (r == 0)
		r = hkdf_mac(s->data, salt, salt != NULL ? saltlen : 0, ikm, ikmlen, e);
	if (r != 0) {
		secret_free(&s);
		return r;
	}
	s->len = HASH_LEN;
	*prk = s;
	return 0;
}

int hkdf_expand(struct secret **out, size_t outlen, const struct secret *prk, const void *info,
    size_t infolen, struct err *e)
{
	struct secret *okm = NULL, *in = NULL;
	uint8_t t[HASH_LEN], i;
	size_t n;
	int r;

	*out = NULL;
	if (outlen > 255 * HASH_LEN || infolen > SECRET_MAX / 2)
		return err_set(e, ERR_INTERNAL, "HKDF was asked for too much.");
	r = secret_new(&okm, outlen, e);
	if (r == 0)
		r = secret_new(&in, HASH_LEN + infolen + 1, e);
	/* T(i) = HMAC(PRK, T(i-1) || info || i) */
	for (i = 1; r == 0 && okm->len < outlen; i++) {
		in->len = 0;
		if (i > 1)
			r = secret_append(in, t, sizeof(t), e);
		if (r == 0)
			r = secret_append(in, info, infolen, e);
		if (r == 0)
			r = secret_append(in, &i, 1, e);
		if (r == 0)
			r = hkdf_mac(t, prk->data, prk->len, in->data, in->len, e);
		n = outlen - okm->len < sizeof(t) ? outlen - okm->len : sizeof(t);
		if (r == 0)
			r = secret_append(okm, t, n, e);
	}
	if (r == 0) {
		*out = okm;
		okm = NULL;
	}
	secret_zero(t, sizeof(t));
	secret_free(&in);
	secret_free(&okm);
	return r;
}

int hkdf_sha256(struct secret **out, size_t outlen, const void *ikm, size_t ikmlen,
    const void *salt, size_t saltlen, const void *info, size_t infolen, struct err *e)
{
	struct secret *prk;
	int r;

	*out = NULL;
	r = hkdf_extract(&prk, salt, saltlen, ikm, ikmlen, e);
	if (r == 0)
		r = hkdf_expand(out, outlen, prk, info, infolen, e);
	secret_free(&prk);
	return r;
}
