/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <string.h>

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "crypt.h"

bool
crypt_random(void *p, size_t n)
{
	return n <= INT_MAX && RAND_bytes(p, (int)n) == 1;
}

bool
crypt_sha256(const void *p, size_t n, uint8_t out[32])
{
	return SHA256(p, n, out) != NULL;
}

bool
crypt_hmac(const uint8_t *key, size_t key_len, struct span a, struct span b, uint8_t out[32])
{
	uint8_t pad[64] = { 0 }, inner[32];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = false;

	/* RFC 2104 spelled out: EVP_MAC takes ten times as long to set up in OpenSSL 3.0. */
	if (md == NULL || key_len > sizeof pad)
		goto out;
	memcpy(pad, key, key_len);
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36;
	if (EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 || EVP_DigestUpdate(md, pad, sizeof pad) != 1 ||
	    (a.n > 0 && EVP_DigestUpdate(md, a.p, a.n) != 1) || (b.n > 0 && EVP_DigestUpdate(md, b.p, b.n) != 1) ||
	    EVP_DigestFinal_ex(md, inner, NULL) != 1)
		goto out;
	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	ok = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(md, pad, sizeof pad) == 1 &&
	    EVP_DigestUpdate(md, inner, sizeof inner) == 1 && EVP_DigestFinal_ex(md, out, NULL) == 1;
out:
	EVP_MD_CTX_free(md);
	return ok;
}

bool
crypt_cbc(bool encrypt, const uint8_t key[32], const uint8_t iv[16], const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok;

	ok = c != NULL && n <= INT_MAX && n % 16 == 0 &&
	    EVP_CipherInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(c, 0) == 1 && EVP_CipherUpdate(c, out, &len, in, (int)n) == 1 && (size_t)len == n;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool
crypt_seal(const uint8_t key[32], const uint8_t nonce[12], struct span ad, const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok;

	ok = c != NULL && n <= INT_MAX && ad.n <= INT_MAX &&
	    EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	    EVP_EncryptUpdate(c, NULL, &len, ad.p, (int)ad.n) == 1 && EVP_EncryptUpdate(c, out, &len, in, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(c, out + len, &len) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + n) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool
crypt_open(const uint8_t key[32], const uint8_t nonce[12], struct span ad, const uint8_t *in, size_t n, uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t tag[16];
	int len = 0;
	bool ok = false;

	if (c == NULL || n < sizeof tag || n > INT_MAX || ad.n > INT_MAX)
		goto out;
	n -= sizeof tag;
	memcpy(tag, in + n, sizeof tag);
	ok = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	    EVP_DecryptUpdate(c, NULL, &len, ad.p, (int)ad.n) == 1 && EVP_DecryptUpdate(c, out, &len, in, (int)n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) == 1 && EVP_DecryptFinal_ex(c, out + len, &len) == 1;
out:
	EVP_CIPHER_CTX_free(c);
	return ok;
}

bool
crypt_hkdf(const uint8_t *ikm, size_t n, const char *info, uint8_t out[32])
{
	static const uint8_t zero[32], one = 1;
	uint8_t prk[32];

	return crypt_hmac(zero, sizeof zero, (struct span){ ikm, n }, (struct span){ NULL, 0 }, prk) &&
	    crypt_hmac(prk, sizeof prk, (struct span){ (const uint8_t *)info, strlen(info) }, (struct span){ &one, 1 }, out);
}
