/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/crypto_local.h"

static EVP_PKEY *ed25519_private(const struct secret *seed)
{
	return seed->len == ED25519_KEY_LEN
	    ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->data, seed->len)
	    : NULL;
}

int ed25519_public(uint8_t pub[ED25519_KEY_LEN], const struct secret *seed, struct err *e)
{
	EVP_PKEY *k = ed25519_private(seed);
	size_t n = ED25519_KEY_LEN;
	const int ok =
	    k != NULL && EVP_PKEY_get_raw_public_key(k, pub, &n) == 1 && n == ED25519_KEY_LEN;

	EVP_PKEY_free(k);
	return ok ? 0 : crypto_fail(e, "Ed25519");
}

int ed25519_sign(uint8_t sig[ED25519_SIG_LEN], const struct secret *seed, const void *msg,
    size_t len, struct err *e)
{
	EVP_PKEY *k = ed25519_private(seed);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = ED25519_SIG_LEN;
	int ok;

	ok = k != NULL && c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, k) == 1 &&
	    EVP_DigestSign(c, sig, &n, msg, len) == 1 && n == ED25519_SIG_LEN;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return ok ? 0 : crypto_fail(e, "Ed25519");
}

int ed25519_verify(const uint8_t sig[ED25519_SIG_LEN], const uint8_t pub[ED25519_KEY_LEN],
    const void *msg, size_t len, struct err *e)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, ED25519_KEY_LEN);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r = 0;

	if (k == NULL || c == NULL || EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) != 1) {
		r = crypto_fail(e, "Ed25519");
	} else if (EVP_DigestVerify(c, sig, ED25519_SIG_LEN, msg, len) != 1) {
		crypto_forget();
		r = err_set(e, ERR_TAMPERED, "An Ed25519 signature does not hold.");
	}
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return r;
}
