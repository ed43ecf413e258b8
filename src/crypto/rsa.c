/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/decoder.h>
#include <openssl/rsa.h>

#include "crypto/crypto_local.h"

#define RSA_BITS_LEAST 2048

int rsa_verify(const uint8_t *sig, size_t siglen, const uint8_t *key, size_t keylen,
    const void *msg, size_t len, struct err *e)
{
	EVP_PKEY *k = NULL;
	OSSL_DECODER_CTX *d = OSSL_DECODER_CTX_new_for_pkey(&k, "DER", "type-specific", "RSA",
	    EVP_PKEY_PUBLIC_KEY, NULL, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r = 0;

	if (d == NULL || c == NULL) {
		r = crypto_fail(e, "RSA");
	} else if (OSSL_DECODER_from_data(d, &key, &keylen) != 1 || keylen != 0 ||
	    EVP_PKEY_get_bits(k) < RSA_BITS_LEAST) {
		crypto_forget();
		r = err_set(e, ERR_INPUT, "An RSA public key is malformed, or too short.");
	} else if (EVP_DigestVerifyInit_ex(c, NULL, "SHA256", NULL, NULL, k, NULL) != 1) {
		r = crypto_fail(e, "RSA");
	} else if (EVP_DigestVerify(c, sig, siglen, msg, len) != 1) {
		crypto_forget();
		r = err_set(e, ERR_TAMPERED, "An RSA signature does not hold.");
	}
	EVP_MD_CTX_free(c);
	OSSL_DECODER_CTX_free(d);
	EVP_PKEY_free(k);
	return r;
}
