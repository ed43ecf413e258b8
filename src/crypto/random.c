/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <openssl/rand.h>

#include "crypto/crypto_local.h"

int random_bytes(void *out, size_t len, struct err *e)
{
	if (len > INT_MAX || RAND_priv_bytes(out, (int)len) != 1)
		return crypto_fail(e, "random bytes");
	return 0;
}

int random_renew(struct err *e)
{
	return RAND_poll() == 1 ? 0 : crypto_fail(e, "a fresh seed");
}

int random_secret(struct secret **out, size_t len, struct err *e)
{
	struct secret *s = NULL;
	int r;

	*out = NULL;
	r = secret_new(&s, len, e);
	if (r == 0)
		r = random_bytes(s->data, len, e);
	if (r != 0) {
		secret_free(&s);
		return r;
	}
	s->len = len;
	*out = s;
	return 0;
}

int random_below(uint32_t *out, uint32_t bound, struct err *e)
{
	uint32_t v, spare;
	int r;

	*out = 0;
	if (bound == 0)
		return err_set(e, ERR_INTERNAL, "No number is below zero.");
	/* 2^32 mod bound values at the bottom would be drawn too often. */
	spare = (uint32_t)(-bound) % bound;
	do {
		r = random_bytes(&v, sizeof(v), e);
		if (r != 0)
			return r;
	} while (v < spare);
	*out = v % bound;
	return 0;
}
