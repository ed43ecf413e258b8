/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "crypto/crypto.h"

#define MOST 6
#define LEN 33

struct deal {
	uint8_t share[MOST][LEN];
	uint8_t *out[MOST];
};

static void deal(struct deal *d, size_t n, size_t t, const uint8_t *secret, size_t len)
{
	size_t i;

	memset(d, 0, sizeof(*d));
	for (i = 0; i < n; i++)
		d->out[i] = d->share[i];
	assert_int_equal(shamir_split(d->out, n, t, secret, len, NULL), 0);
}

/* The shares of d in `set` (bits), from the highest down; their number. */
static size_t choose(const struct deal *d, unsigned set, const uint8_t *shares[], uint8_t x[])
{
	size_t k = 0, i;

	for (i = MOST; i-- > 0;) {
		if (set >> i & 1u) {
			shares[k] = d->share[i];
			x[k++] = (uint8_t)(i + 1);
		}
	}
	return k;
}

/* Every threshold of every small n: each subset that is large enough opens,
 * each other gives something else. */
static void shamir_all_subsets(void **state)
{
	uint8_t secret[LEN], got[LEN], x[MOST];
	const uint8_t *shares[MOST];
	size_t n, t, k, i;
	struct deal d;
	unsigned set;

	(void)state;
	for (i = 0; i < LEN; i++)
		secret[i] = (uint8_t)(i * 7 + 1);
	for (n = 1; n <= MOST; n++) {
		for (t = 1; t <= n; t++) {
			deal(&d, n, t, secret, LEN);
			for (set = 1; set < 1u << n; set++) {
				k = choose(&d, set, shares, x);
				assert_int_equal(shamir_join(got, LEN, shares, x, k, NULL), 0);
				if (k >= t)
					assert_memory_equal(got, secret, LEN);
				else
					assert_memory_not_equal(got, secret, LEN);
			}
		}
	}
}

/* What t - 1 holders know: for a secret of one byte, their shares fixed, each
 * value of one share more gives another secret.  So all 256 secrets remain,
 * each exactly once. */
static void shamir_fewer_learn_nothing(void **state)
{
	const uint8_t secret = 0x42;
	const uint8_t *shares[MOST];
	uint8_t x[MOST], last, got;
	size_t t, i, k;
	struct deal d;

	(void)state;
	for (t = 1; t <= MOST; t++) {
		int seen[256] = { 0 };

		deal(&d, MOST, t, &secret, 1);
		k = choose(&d, (1u << (t - 1)) - 1, shares, x);
		assert_int_equal(k, t - 1);
		shares[k] = &last;
		x[k] = MOST;
		for (i = 0; i < 256; i++) {
			last = (uint8_t)i;
			assert_int_equal(shamir_join(&got, 1, shares, x, t, NULL), 0);
			seen[got]++;
		}
		for (i = 0; i < 256; i++)
			assert_int_equal(seen[i], 1);
	}
}

/* And their own shares do not depend on the secret: over many dealings of
 * either of two secrets, each value of a share comes about as often. */
static void shamir_shares_are_uniform(void **state)
{
	static const uint8_t secrets[2] = { 0x00, 0xff };
	const int rounds = 256 * 100;
	struct deal d;
	int i, s;

	(void)state;
	for (s = 0; s < 2; s++) {
		int count[256] = { 0 };
		double chi = 0;

		for (i = 0; i < rounds; i++) {
			deal(&d, 3, 2, &secrets[s], 1);
			count[d.share[1][0]]++;
		}
		for (i = 0; i < 256; i++)
			chi += (count[i] - 100.0) * (count[i] - 100.0) / 100.0;
		/* 255 degrees of freedom: mean 255, deviation 22.6 */
		assert_in_range((int)chi, 255 - 140, 255 + 160);
	}
}

/* Multiplication as FIPS 197 section 4.2 teaches it ({57} * {83} = {c1}): from
 * shares y1 of x=1 and y2 of x=2 the secret is (2 y1 + y2) / 3. */
static void shamir_known(void **state)
{
	static const uint8_t secret = 0x57, slope = 0x83;
	/* slope * 1, * 2 and * 3 in GF(2^8): 83, 1d, 9e */
	const uint8_t y[3] = { secret ^ slope, secret ^ 0x1d, secret ^ 0x9e };
	const uint8_t *const shares[3] = { &y[0], &y[1], &y[2] };
	const uint8_t x[3] = { 1, 2, 3 };
	/* x = 0x57: slope * 0x57 = c1 */
	const uint8_t far = secret ^ 0xc1, far_x[2] = { 0x57, 2 };
	const uint8_t *const far_shares[2] = { &far, &y[1] };
	uint8_t got;

	(void)state;
	assert_int_equal(shamir_join(&got, 1, shares, x, 2, NULL), 0);
	assert_int_equal(got, secret);
	assert_int_equal(shamir_join(&got, 1, shares + 1, x + 1, 2, NULL), 0);
	assert_int_equal(got, secret);
	assert_int_equal(shamir_join(&got, 1, shares, x, 3, NULL), 0);
	assert_int_equal(got, secret);
	assert_int_equal(shamir_join(&got, 1, far_shares, far_x, 2, NULL), 0);
	assert_int_equal(got, secret);
}

static void shamir_widest(void **state)
{
	static uint8_t share[255][LEN];
	uint8_t *out[255], secret[LEN], got[LEN], x[255];
	const uint8_t *in[255];
	size_t i;

	(void)state;
	memset(secret, 0xa5, LEN);
	for (i = 0; i < 255; i++) {
		in[i] = out[i] = share[i];
		x[i] = (uint8_t)(i + 1);
	}
	assert_int_equal(shamir_split(out, 255, 255, secret, LEN, NULL), 0);
	assert_int_equal(shamir_join(got, LEN, in, x, 255, NULL), 0);
	assert_memory_equal(got, secret, LEN);
	assert_int_equal(shamir_join(got, LEN, in, x, 254, NULL), 0);
	assert_memory_not_equal(got, secret, LEN);
}

static void shamir_refuses(void **state)
{
	uint8_t secret = 1, a = 2, b = 3, got;
	uint8_t *out[2] = { &a, &b };
	const uint8_t *in[2] = { &a, &b };
	const uint8_t twice[2] = { 4, 4 }, zero[2] = { 1, 0 };

	(void)state;
	assert_int_equal(shamir_split(out, 2, 0, &secret, 1, NULL), ERR_INPUT);
	assert_int_equal(shamir_split(out, 2, 3, &secret, 1, NULL), ERR_INPUT);
	assert_int_equal(shamir_split(out, 256, 2, &secret, 1, NULL), ERR_INPUT);
	assert_int_equal(shamir_split(out, 0, 0, &secret, 1, NULL), ERR_INPUT);
	assert_int_equal(shamir_split(out, 2, 2, &secret, SIZE_MAX / 2, NULL), ERR_INPUT);
	assert_int_equal(shamir_join(&got, 1, in, twice, 2, NULL), ERR_INPUT);
	assert_int_equal(shamir_join(&got, 1, in, zero, 2, NULL), ERR_INPUT);
	assert_int_equal(shamir_join(&got, 1, in, zero, 0, NULL), ERR_INPUT);
	assert_int_equal(shamir_join(&got, 1, in, zero, 256, NULL), ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shamir_all_subsets),
		cmocka_unit_test(shamir_fewer_learn_nothing),
		cmocka_unit_test(shamir_shares_are_uniform),
		cmocka_unit_test(shamir_known),
		cmocka_unit_test(shamir_widest),
		cmocka_unit_test(shamir_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
