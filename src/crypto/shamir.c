/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shamir's sharing, byte by byte, over GF(2^8) = GF(2)[x]/(x^8+x^4+x^3+x+1).
 * No branch and no index depends on a secret, coefficient or share; the x
 * coordinates, lengths and threshold are public.
 */
#include "crypto/crypto.h"

static uint8_t gf_mul(uint8_t a, uint8_t b)
{
	uint32_t x = a, y = b, out = 0;
	int i;

	for (i = 0; i < 8; i++) {
		out ^= (0u - (y & 1u)) & x;
		y >>= 1;
		/* Times x; a bit carried out of the byte is reduced by 0x11b. */
		x = x << 1 ^ ((0u - (x >> 7 & 1u)) & 0x11bu);
	}
	return (uint8_t)out;
}

/* a^254 = 1/a (the group has 255 elements); 0 gives 0. */
static uint8_t gf_inverse(uint8_t a)
{
	uint8_t square = a, out = 1;
	int i;

	/* 254 = 2 + 4 + 8 + ... + 128 */
	for (i = 0; i < 7; i++) {
		square = gf_mul(square, square);
		out = gf_mul(out, square);
	}
	return out;
}

int shamir_split(uint8_t *const shares[], size_t n, size_t threshold, const uint8_t *secret,
    size_t len, struct err *e)
{
	struct secret *coeff;
	size_t i, b, c;
	int r;

	if (threshold < 1 || threshold > n || n > 255)
		return err_set(e, ERR_INPUT, "Shares cannot be %zu of %zu.", threshold, n);
	if (len > SECRET_MAX / 255)
		return err_set(e, ERR_INPUT, "A secret is too long to be shared.");
	/* coeff[c * len + b]: of x^(c+1), for byte b. */
	r = random_secret(&coeff, (threshold - 1) * len, e);
	if (r != 0)
		return r;
	for (i = 0; i < n; i++) {
		const uint8_t x = (uint8_t)(i + 1);

		for (b = 0; b < len; b++) {
			uint8_t y = 0; /* by Horner's rule */

			for (c = threshold - 1; c > 0; c--)
				y = gf_mul(y ^ coeff->data[(c - 1) * len + b], x);
			shares[i][b] = y ^ secret[b];
		}
	}
	secret_free(&coeff);
	return 0;
}

int shamir_join(uint8_t *secret, size_t len, const uint8_t *const shares[], const uint8_t x[],
    size_t k, struct err *e)
{
	size_t i, j, b;

	if (k < 1 || k > 255)
		return err_set(e, ERR_INPUT, "A secret cannot be joined from %zu shares.", k);
	for (i = 0; i < k; i++) {
		if (x[i] == 0)
			return err_set(e, ERR_INPUT, "A share has the number zero.");
		for (j = 0; j < i; j++)
			if (x[i] == x[j])
				return err_set(e, ERR_INPUT, "A share comes twice.");
	}
	for (b = 0; b < len; b++)
		secret[b] = 0;
	for (i = 0; i < k; i++) {
		uint8_t top = 1, bottom = 1, weight;

		/* Lagrange at 0: the product of x_j / (x_j - x_i). */
		for (j = 0; j < k; j++) {
			if (j == i)
				continue;
			top = gf_mul(top, x[j]);
			bottom = gf_mul(bottom, x[j] ^ x[i]);
		}
		weight = gf_mul(top, gf_inverse(bottom));
		for (b = 0; b < len; b++)
			secret[b] ^= gf_mul(shares[i][b], weight);
	}
	return 0;
}
