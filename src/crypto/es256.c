/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto_local.h"

/* Order of P-256 (FIPS 186-5, SP 800-186 section 3.2.1.3). */
static const uint8_t es256_order[32] = {
	0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

/* *out is NULL, and the result ERR_INPUT, when x || y is not on the curve. */
static int es256_key(EVP_PKEY **out, const uint8_t key[ES256_KEY_LEN], struct err *e)
{
	char group[] = SN_X9_62_prime256v1;
	uint8_t point[1 + ES256_KEY_LEN];
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *k = NULL;
	OSSL_PARAM params[3];
	int r = 0;

	*out = NULL;
	point[0] = 0x04; /* uncompressed, SEC 1 section 2.3.3 */
	memcpy(point + 1, key, ES256_KEY_LEN);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	if (c == NULL || EVP_PKEY_fromdata_init(c) != 1) {
		r = crypto_fail(e, "P-256");
	} else if (EVP_PKEY_fromdata(c, &k, EVP_PKEY_PUBLIC_KEY, params) != 1 ||
	    (check = EVP_PKEY_CTX_new(k, NULL)) == NULL || EVP_PKEY_public_check_quick(check) != 1) {
		crypto_forget();
		r = err_set(e, ERR_INPUT, "A P-256 public key is not on the curve.");
	} else {
		*out = k;
		k = NULL;
	}
	EVP_PKEY_free(k);
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(c);
	return r;
}

int es256_check_key(const uint8_t key[ES256_KEY_LEN], struct err *e)
{
	EVP_PKEY *k;
	const int r = es256_key(&k, key, e);

	EVP_PKEY_free(k);
	return r;
}

/* One INTEGER at *p in 1..order-1 as 32 bytes: 0, or -1.  Leading zero bytes
 * more than DER asks for are taken. */
static int es256_integer(uint8_t out[32], const uint8_t **p, const uint8_t *end)
{
	static const uint8_t zero[32];
	const uint8_t *q = *p;
	size_t n;

	if (end - q < 2 || q[0] != 0x02)
		return -1;
	n = q[1];
	q += 2;
	if (n == 0 || n > 127 || n > (size_t)(end - q) || (q[0] & 0x80))
		return -1;
	*p = q + n;
	while (n > 0 && q[0] == 0) {
		q++;
		n--;
	}
	if (n > 32)
		return -1;
	memset(out, 0, 32);
	if (n > 0)
		memcpy(out + 32 - n, q, n);
	return memcmp(out, zero, 32) != 0 && memcmp(out, es256_order, 32) < 0 ? 0 : -1;
}

/* SEQUENCE { r, s } and nothing behind. */
static int es256_split(uint8_t r[32], uint8_t s[32], const uint8_t *sig, size_t len)
{
	const uint8_t *p = sig + 2, *end = sig + len;

	if (len < 2 || len > 2 + 127 || sig[0] != 0x30 || sig[1] != len - 2)
		return -1;
	return es256_integer(r, &p, end) == 0 && es256_integer(s, &p, end) == 0 && p == end ? 0 : -1;
}

/* s and order - s are both good; the lower one is the form we keep. */
static void es256_lower(uint8_t s[32])
{
	uint8_t neg[32];
	int i, borrow = 0;

	for (i = 31; i >= 0; i--) {
		const int d = es256_order[i] - s[i] - borrow;

		neg[i] = (uint8_t)d;
		borrow = d < 0;
	}
	if (memcmp(neg, s, 32) < 0)
		memcpy(s, neg, 32);
}

static size_t es256_put(uint8_t *out, const uint8_t v[32])
{
	size_t skip = 0, n = 0;

	while (skip < 31 && v[skip] == 0)
		skip++;
	out[n++] = 0x02;
	out[n++] = (uint8_t)(32 - skip + (v[skip] >> 7));
	if (v[skip] & 0x80)
		out[n++] = 0;
	memcpy(out + n, v + skip, 32 - skip);
	return n + 32 - skip;
}

int es256_normalise(uint8_t out[ES256_SIG_MAX], size_t *outlen, const uint8_t *sig, size_t len,
    struct err *e)
{
	uint8_t r[32], s[32];
	size_t n = 2;

	*outlen = 0;
	if (es256_split(r, s, sig, len) != 0)
		return err_set(e, ERR_INPUT, "An ECDSA signature is malformed.");
	es256_lower(s);
	n += es256_put(out + n, r);
	n += es256_put(out + n, s);
	out[0] = 0x30;
	out[1] = (uint8_t)(n - 2);
	*outlen = n;
	return 0;
}

int es256_verify(const uint8_t *sig, size_t siglen, const uint8_t key[ES256_KEY_LEN],
    const void *msg, size_t len, struct err *e)
{
	uint8_t form[ES256_SIG_MAX];
	EVP_MD_CTX *c = NULL;
	EVP_PKEY *k = NULL;
	size_t n;
	int r;

	r = es256_normalise(form, &n, sig, siglen, e);
	if (r != 0)
		return r;
	if (n != siglen || memcmp(form, sig, n) != 0)
		return err_set(e, ERR_INPUT, "An ECDSA signature is not strict DER with low s.");
	r = es256_key(&k, key, e);
	if (r != 0)
		return r;
	c = EVP_MD_CTX_new();
	if (c == NULL || EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k) != 1) {
		r = crypto_fail(e, "ECDSA");
	} else if (EVP_DigestVerify(c, sig, siglen, msg, len) != 1) {
		crypto_forget();
		r = err_set(e, ERR_TAMPERED, "An ECDSA signature does not hold.");
	}
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return r;
}

struct es256_verifier {
	EVP_PKEY *key;
	EVP_PKEY_CTX *ctx;
};

int es256_verifier_new(struct es256_verifier **out, const uint8_t key[ES256_KEY_LEN],
    struct err *e)
{
	struct es256_verifier *v = calloc(1, sizeof(*v));
	int r;

	*out = NULL;
	if (v == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for a public key.");
	r = es256_key(&v->key, key, e);
	if (r == 0) {
		v->ctx = EVP_PKEY_CTX_new(v->key, NULL);
		if (v->ctx == NULL || EVP_PKEY_verify_init(v->ctx) != 1)
			r = crypto_fail(e, "ECDSA");
	}
	if (r != 0)
		es256_verifier_free(&v);
	*out = v;
	return r;
}

int es256_verifier_check(struct es256_verifier *v, const uint8_t *sig, size_t siglen,
    const uint8_t hash[HASH_LEN], struct err *e)
{
	uint8_t form[ES256_SIG_MAX];
	size_t n;
	int r;

	r = es256_normalise(form, &n, sig, siglen, e);
	if (r != 0)
		return r;
	if (n != siglen || memcmp(form, sig, n) != 0)
		return err_set(e, ERR_INPUT, "An ECDSA signature is not strict DER with low s.");
	if (EVP_PKEY_verify(v->ctx, sig, siglen, hash, HASH_LEN) != 1) {
		crypto_forget();
		return err_set(e, ERR_TAMPERED, "An ECDSA signature does not hold.");
	}
	return 0;
}

void es256_verifier_free(struct es256_verifier **v)
{
	if (*v != NULL) {
		EVP_PKEY_CTX_free((*v)->ctx);
		EVP_PKEY_free((*v)->key);
	}
	free(*v);
	*v = NULL;
}
