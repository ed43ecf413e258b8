/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>

#include "crypto/crypto_local.h"

int crypto_fail(struct err *e, const char *what)
{
	const unsigned long last = ERR_peek_last_error();
	const char *why = last != 0 ? ERR_reason_error_string(last) : NULL;

	crypto_forget();
	if (why != NULL)
		return err_set(e, ERR_INTERNAL, "OpenSSL refuses %s: %s.", what, why);
	/* Most of its words are not loaded (start_library): `openssl errstr`. */
	return err_set(e, ERR_INTERNAL, "OpenSSL refuses %s: error %lX.", what, last);
}

void crypto_forget(void)
{
	ERR_clear_error();
}

/* A fresh key agrees with itself (libfido2 does ECDH with a token). */
static int init_agreement(void)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	EVP_PKEY_CTX *c = k != NULL ? EVP_PKEY_CTX_new(k, NULL) : NULL;
	uint8_t out[32];
	size_t n = sizeof(out);
	const int ok = c != NULL && EVP_PKEY_derive_init(c) == 1 &&
	    EVP_PKEY_derive_set_peer(c, k) == 1 && EVP_PKEY_derive(c, out, &n) == 1 &&
	    n == sizeof(out);

	secret_zero(out, sizeof(out));
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(k);
	return ok;
}

/* AES-256-CBC is what CTAP's PIN protocols encrypt with (section 6.5). */
static int init_cbc(void)
{
	static const uint8_t key[32], iv[16], block[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t out[32];
	int n;
	const int ok = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv) == 1 &&
	    EVP_EncryptUpdate(c, out, &n, block, sizeof(block)) == 1;

	EVP_CIPHER_CTX_free(c);
	return ok;
}

/* FIPS 180-4 example "abc" and RFC 4231 test case 2. */
static int init_hashes(struct err *e)
{
	uint8_t out[64];
	size_t n;
	int r;

	r = hash_sha256(out, "abc", 3, e);
	if (r == 0 && memcmp(out, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8) != 0)
		return err_set(e, ERR_INTERNAL, "SHA-256 gives a wrong result.");
	if (r == 0)
		r = hmac_digest(out, &n, "SHA256", "Jefe", 4, "what do ya want for nothing?", 28, e);
	if (r == 0 && (n != 32 || memcmp(out, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e", 8) != 0))
		return err_set(e, ERR_INTERNAL, "HMAC gives a wrong result.");
	return r;
}

/* McGrew and Viega's GCM test case 13, RFC 7748 section 6.1. */
static int init_sealing(struct err *e)
{
	static const uint8_t zero[32];
	uint8_t tag[AEAD_TAG_LEN], pub[X25519_LEN];
	int r;

	r = aead_seal(tag, zero, zero, NULL, 0, NULL, 0, e);
	if (r == 0 && memcmp(tag, "\x53\x0f\x8a\xfb\xc7\x45\x36\xb9", 8) != 0)
		return err_set(e, ERR_INTERNAL, "AES-256-GCM gives a wrong result.");
	if (r == 0)
		r = x25519_public(pub, zero, e);
	/* The clamped zero scalar is 2^254. */
	if (r == 0 && memcmp(pub, "\x2f\xe5\x7d\xa3\x47\xcd\x62\x43", 8) != 0)
		return err_set(e, ERR_INTERNAL, "X25519 gives a wrong result.");
	return r;
}

/* RFC 8032 section 7.1, test 1: signing nothing, and the signature back. */
static int init_signing(struct err *e)
{
	static const uint8_t key[ED25519_KEY_LEN] = {
		0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec,
		0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03,
		0x1c, 0xae, 0x7f, 0x60,
	};
	uint8_t sig[ED25519_SIG_LEN];
	struct secret *seed = NULL;
	int r;

	r = secret_from(&seed, key, sizeof(key), e);
	if (r == 0)
		r = ed25519_sign(sig, seed, "", 0, e);
	if (r == 0 && memcmp(sig, "\xe5\x56\x43\x00\xc3\x60\xac\x72", 8) != 0)
		r = err_set(e, ERR_INTERNAL, "Ed25519 gives a wrong result.");
	secret_free(&seed);
	return r;
}

/*
 * Starting OpenSSL is a good part of what a short command costs.  So the texts of
 * errors, which nobody should ever see, are not loaded, nor is openssl.cnf, nor the
 * old tables of names, which certificates alone need (x509.c).
 */
static int start_library(struct err *e)
{
	uint8_t random[16];

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
	    OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS, NULL) != 1)
		return crypto_fail(e, "to start");
	/* Both generators are seeded here, from the kernel. */
	if (RAND_bytes(random, sizeof(random)) != 1 || RAND_priv_bytes(random, sizeof(random)) != 1)
		return crypto_fail(e, "random bytes");
	return init_hashes(e);
}

int crypto_init(struct err *e)
{
	int r = start_library(e);

	if (r == 0)
		r = init_sealing(e);
	return r == 0 ? init_signing(e) : r;
}

int crypto_init_ctap(struct err *e)
{
	int r = start_library(e);

	if (r == 0 && !init_cbc())
		r = crypto_fail(e, "AES-256-CBC");
	if (r == 0 && !init_agreement())
		r = crypto_fail(e, "a key agreement");
	return r;
}
