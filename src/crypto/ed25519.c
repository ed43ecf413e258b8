/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

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

/*
 * 1 for the points of order 1, 2, 4 and 8 and their other encodings (RFC 8032
 * section 5.1.3 takes the sign bit apart): under such a key a signature holds
 * for many messages, and proves nothing about who signed.
 */
static int ed25519_low_order(const uint8_t pub[ED25519_KEY_LEN])
{
	static const uint8_t eight[2][ED25519_KEY_LEN] = {
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
		    0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
		    0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
		    0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
		    0x92, 0xac, 0x03, 0x7a },
	};
	const uint8_t last = pub[31] & 0x7f;
	uint8_t zeros = last, ones = last ^ 0x7f;
	int i;

	for (i = 1; i < 31; i++) {
		zeros |= pub[i];
		ones |= pub[i] ^ 0xff;
	}
	/* y = 0 or 1; y = p - 1, p or p + 1, with p = 2^255 - 19 */
	if ((zeros == 0 && pub[0] <= 1) || (ones == 0 && pub[0] >= 0xec && pub[0] <= 0xee))
		return 1;
	for (i = 0; i < 2; i++)
		if (memcmp(pub, eight[i], 31) == 0 && last == eight[i][31])
			return 1;
	return 0;
}

int ed25519_verify(const uint8_t sig[ED25519_SIG_LEN], const uint8_t pub[ED25519_KEY_LEN],
    const void *msg, size_t len, struct err *e)
{
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, ED25519_KEY_LEN);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r = 0;

	if (ed25519_low_order(pub)) {
		r = err_set(e, ERR_TAMPERED, "An Ed25519 public key is of low order.");
	} else if (k == NULL || c == NULL || EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) != 1) {
		r = crypto_fail(e, "Ed25519");
	} else if (EVP_DigestVerify(c, sig, ED25519_SIG_LEN, msg, len) != 1) {
		crypto_forget();
		r = err_set(e, ERR_TAMPERED, "An Ed25519 signature does not hold.");
	}
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return r;
}
