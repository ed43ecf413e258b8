/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/crypto_local.h"

#include <string.h>

int x25519_public(uint8_t pub[X25519_LEN], const uint8_t priv[X25519_LEN], struct err *e)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, priv, X25519_LEN);
	size_t n = X25519_LEN;
	const int ok = k != NULL && EVP_PKEY_get_raw_public_key(k, pub, &n) == 1 && n == X25519_LEN;

	EVP_PKEY_free(k);
	return ok ? 0 : crypto_fail(e, "X25519");
}

/*
 * RFC 7748 section 5 lets a decoder ignore the top bit and reduce, so that one
 * key has several spellings; section 6.1 warns of the points of small order,
 * with which no secret is agreed on.  u of those, besides p-1, p and p+1: 0, 1,
 * and the two of order 8.
 */
int x25519_check_public(const uint8_t pub[X25519_LEN], struct err *e)
{
	static const uint8_t order8[2][X25519_LEN] = {
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
		  0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
		  0x5f, 0x49, 0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
		  0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
		  0xd0, 0x9f, 0x11, 0x57 } };
	static const uint8_t zero[X25519_LEN - 1];
	uint8_t top[X25519_LEN];

	memset(top, 0xff, sizeof(top));
	top[0] = pub[0];
	top[X25519_LEN - 1] = 0x7f;
	/* p = 2^255 - 19; p - 1 is of order 2 on the twist, the rest is not reduced. */
	if (pub[X25519_LEN - 1] > 0x7f || (pub[0] >= 0xec && memcmp(pub, top, sizeof(top)) == 0))
		return err_set(e, ERR_INPUT, "An X25519 public key is not in its one form.");
	if ((pub[0] <= 1 && memcmp(pub + 1, zero, sizeof(zero)) == 0) ||
	    memcmp(pub, order8[0], X25519_LEN) == 0 || memcmp(pub, order8[1], X25519_LEN) == 0)
		return err_set(e, ERR_INPUT, "An X25519 public key is of low order.");
	return 0;
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
