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
	return err_set(e, ERR_INTERNAL, "OpenSSL refuses %s: %s.", what,
	    why != NULL ? why : "no reason given");
}

void crypto_forget(void)
{
	ERR_clear_error();
}

/* A fresh key of this type signs and verifies. */
static int init_signature(const char *type, const char *group, const EVP_MD *md)
{
	static const uint8_t msg[] = "twokey";
	EVP_PKEY *k = group != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, type, group)
				    : EVP_PKEY_Q_keygen(NULL, NULL, type);
	EVP_MD_CTX *c = EVP_MD_CTX_new(), *d = EVP_MD_CTX_new();
	uint8_t sig[80];
	size_t n = sizeof(sig);
	const int ok = k != NULL && c != NULL && d != NULL &&
	    EVP_DigestSignInit(c, NULL, md, NULL, k) == 1 &&
	    EVP_DigestSign(c, sig, &n, msg, sizeof(msg)) == 1 &&
	    EVP_DigestVerifyInit(d, NULL, md, NULL, k) == 1 &&
	    EVP_DigestVerify(d, sig, n, msg, sizeof(msg)) == 1;

	EVP_MD_CTX_free(d);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return ok;
}

/* A fresh key agrees with itself (libfido2 does ECDH with a token). */
static int init_agreement(const char *type, const char *group)
{
	EVP_PKEY *k = group != NULL ? EVP_PKEY_Q_keygen(NULL, NULL, type, group)
				    : EVP_PKEY_Q_keygen(NULL, NULL, type);
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

/* FIPS 180-4 example "abc", RFC 4231 test case 2, McGrew and Viega's GCM test
 * case 13, RFC 7748 section 6.1: one answer known for each. */
static int init_known_answers(struct err *e)
{
	static const uint8_t zero[32];
	uint8_t out[64], tag[AEAD_TAG_LEN], pub[X25519_LEN];
	size_t n;
	int r;

	r = hash_sha256(out, "abc", 3, e);
	if (r == 0 && memcmp(out, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8) != 0)
		return err_set(e, ERR_INTERNAL, "SHA-256 gives a wrong result.");
	if (r == 0)
		r = hmac_digest(out, &n, "SHA256", "Jefe", 4, "what do ya want for nothing?", 28, e);
	if (r == 0 && (n != 32 || memcmp(out, "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e", 8) != 0))
		return err_set(e, ERR_INTERNAL, "HMAC gives a wrong result.");
	if (r == 0)
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

int crypto_init(struct err *e)
{
	uint8_t random[16];
	int r;

	/* Error strings are data of the library, not files; nothing else is
	 * read later, so openssl.cnf is not asked for either. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_LOAD_CRYPTO_STRINGS |
		OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
		return crypto_fail(e, "to start");
	/* Both generators are seeded here, from the kernel. */
	if (RAND_bytes(random, sizeof(random)) != 1 || RAND_priv_bytes(random, sizeof(random)) != 1)
		return crypto_fail(e, "random bytes");
	r = init_known_answers(e);
	if (r != 0)
		return r;
	if (!init_cbc())
		return crypto_fail(e, "AES-256-CBC");
	if (!init_agreement("X25519", NULL) || !init_agreement("EC", "P-256"))
		return crypto_fail(e, "a key agreement");
	if (!init_signature("ED25519", NULL, NULL) || !init_signature("EC", "P-256", EVP_sha256()))
		return crypto_fail(e, "a signature");
	return 0;
}
