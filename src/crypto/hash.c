/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
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

struct hasher {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

int hasher_new(struct hasher **out, struct err *e)
{
	struct hasher *h = calloc(1, sizeof(*h));

	*out = NULL;
	if (h == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for SHA-256.");
	h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
	h->ctx = EVP_MD_CTX_new();
	if (h->md == NULL || h->ctx == NULL) {
		hasher_free(&h);
		return crypto_fail(e, "SHA-256");
	}
	*out = h;
	return 0;
}

int hasher_run(struct hasher *h, uint8_t out[HASH_LEN], const void *a, size_t alen, const void *b,
    size_t blen, struct err *e)
{
	if (EVP_DigestInit_ex(h->ctx, h->md, NULL) != 1 ||
	    EVP_DigestUpdate(h->ctx, a, alen) != 1 || EVP_DigestUpdate(h->ctx, b, blen) != 1 ||
	    EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
		return crypto_fail(e, "SHA-256");
	return 0;
}

int hasher_begin(struct hasher *h, struct err *e)
{
	return EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1 ? 0 : crypto_fail(e, "SHA-256");
}

int hasher_add(struct hasher *h, const void *data, size_t len, struct err *e)
{
	return EVP_DigestUpdate(h->ctx, data, len) == 1 ? 0 : crypto_fail(e, "SHA-256");
}

int hasher_end(struct hasher *h, uint8_t out[HASH_LEN], struct err *e)
{
	return EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 ? 0 : crypto_fail(e, "SHA-256");
}

void hasher_free(struct hasher **h)
{
	if (*h != NULL) {
		EVP_MD_CTX_free((*h)->ctx);
		EVP_MD_free((*h)->md);
	}
	free(*h);
	*h = NULL;
}
