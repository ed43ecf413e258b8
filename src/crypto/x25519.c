/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/crypto_local.h"

int x25519_public(uint8_t pub[X25519_LEN], const uint8_t priv[X25519_LEN], struct err *e)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv, X25519_LEN);
	size_t n = X25519_LEN;
	const int ok = k != NULL && EVP_PKEY_get_raw_public_key(k, pub, &n) == 1 && n == X25519_LEN;

	EVP_PKEY_free(k);
	return ok ? 0 : crypto_fail(e, "X25519");
}

int x25519_agree(struct secret **out, uint8_t pub[X25519_LEN], const uint8_t priv[X25519_LEN],
    const uint8_t peer[X25519_LEN], struct err *e)
{
	static const uint8_t zero[X25519_LEN];
	struct secret *s = NULL;
	EVP_PKEY *mine = NULL, *theirs = NULL;
	EVP_PKEY_CTX *c = NULL;
	size_t n = X25519_LEN, own = X25519_LEN;
	int r;

	*out = NULL;
	r = secret_new(&s, X25519_LEN, e);
	if (r != 0)
		return r;
	mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv, X25519_LEN);
	theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, X25519_LEN);
	c = mine != NULL ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	if (theirs == NULL || c == NULL ||
	    (pub != NULL && EVP_PKEY_get_raw_public_key(mine, pub, &own) != 1) ||
	    EVP_PKEY_derive_init(c) != 1 || EVP_PKEY_derive_set_peer(c, theirs) != 1) {
		r = crypto_fail(e, "X25519");
		goto out;
	}
	/* OpenSSL refuses the all-zero result itself; not to depend on it, look. */
	if (EVP_PKEY_derive(c, s->data, &n) != 1 || n != X25519_LEN ||
	    secret_equal(s->data, zero, sizeof(zero))) {
		crypto_forget();
		r = err_set(e, ERR_INPUT, "An X25519 public key is of low order.");
		goto out;
	}
	s->len = X25519_LEN;
	*out = s;
	s = NULL;
out:
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(mine);
	secret_free(&s);
	return r;
}

int x25519_shared(struct secret **out, const uint8_t priv[X25519_LEN],
    const uint8_t peer[X25519_LEN], struct err *e)
{
	return x25519_agree(out, NULL, priv, peer, e);
}
