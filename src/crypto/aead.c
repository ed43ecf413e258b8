/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>

#include "crypto/crypto_local.h"

/* OpenSSL counts in int. */
static int aead_too_long(size_t aadlen, size_t len)
{
	return aadlen > INT_MAX / 2 || len > INT_MAX / 2;
}

int aead_seal(uint8_t *out, const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
    const void *aad, size_t aadlen, const void *plain, size_t len, struct err *e)
{
	EVP_CIPHER_CTX *c;
	int n, ok;

	if (aead_too_long(aadlen, len))
		return err_set(e, ERR_INTERNAL, "A plaintext is too long to seal.");
	c = EVP_CIPHER_CTX_new();
	/* An update of no bytes would end the AAD phase, or be refused. */
	ok = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	    (aadlen == 0 || EVP_EncryptUpdate(c, NULL, &n, aad, (int)aadlen) == 1) &&
	    (len == 0 || EVP_EncryptUpdate(c, out, &n, plain, (int)len) == 1) &&
	    EVP_EncryptFinal_ex(c, out + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, out + len) == 1;
	EVP_CIPHER_CTX_free(c);
	return ok ? 0 : crypto_fail(e, "AES-256-GCM");
}

int aead_open(struct secret **out, const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], const void *aad, size_t aadlen, const uint8_t *cipher,
    size_t len, struct err *e)
{
	struct secret *s = NULL;
	EVP_CIPHER_CTX *c = NULL;
	uint8_t tag[AEAD_TAG_LEN];
	size_t body, i;
	int n, r;

	*out = NULL;
	if (len < AEAD_TAG_LEN || aead_too_long(aadlen, len))
		return err_set(e, ERR_TAMPERED, "A ciphertext has an impossible length.");
	body = len - AEAD_TAG_LEN;
	for (i = 0; i < sizeof(tag); i++)
		tag[i] = cipher[body + i];
	r = secret_new(&s, body, e);
	if (r != 0)
		return r;
	c = EVP_CIPHER_CTX_new();
	if (c == NULL || EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    (aadlen > 0 && EVP_DecryptUpdate(c, NULL, &n, aad, (int)aadlen) != 1) ||
	    (body > 0 && EVP_DecryptUpdate(c, s->data, &n, cipher, (int)body) != 1) ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1) {
		r = crypto_fail(e, "AES-256-GCM");
	} else if (EVP_DecryptFinal_ex(c, s->data + body, &n) != 1) {
		crypto_forget();
		r = err_set(e, ERR_TAMPERED, "A ciphertext does not open: wrong key, or altered.");
	} else {
		s->len = body;
		*out = s;
		s = NULL;
	}
	EVP_CIPHER_CTX_free(c);
	secret_free(&s);
	return r;
}
