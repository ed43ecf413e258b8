/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "crypto/crypto_local.h"

int hash_sha256(uint8_t out[HASH_LEN], const void *data, size_t len, struct err *e)
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
		return crypto_fail(e, "SHA-256");
	return 0;
}

int hash_label2(uint8_t out[HASH_LEN], const char *label, const void *a, size_t alen,
    const void *b, size_t blen, struct err *e)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int ok;

	/* The label's own NUL is the separator. */
	ok = c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(c, label, strlen(label) + 1) == 1 &&
	    EVP_DigestUpdate(c, a, alen) == 1 && EVP_DigestUpdate(c, b, blen) == 1 &&
	    EVP_DigestFinal_ex(c, out, NULL) == 1;
	EVP_MD_CTX_free(c);
	return ok ? 0 : crypto_fail(e, "SHA-256");
}

int hash_label(uint8_t out[HASH_LEN], const char *label, const void *data, size_t len,
    struct err *e)
{
	return hash_label2(out, label, data, len, "", 0, e);
}
