/* SPDX-License-Identifier: BSD-2-Clause */
/* What shares below the quorum tell: nothing. */
#include "unit.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "vault/quorum.h"

#define LETTERS 7

static const char *const letters[LETTERS] = { "a", "b", "c", "d", "e", "f", "g" };

static const char *const trees[] = {
	"2 of (a, b)", "2 of (a, b, c)", "3 of (a, b, c, d, e)", "5 of (a, b, c, d, e, f, g)",
	"2 of (1 of (a, b), 1 of (c, d))", "2 of (a, b, 2 of (2 of (c, d, e), 1 of (f, g)))",
	"2 of (a, 1 of (b, 2 of (c, 1 of (d, e))))",
};

static size_t names(const char **out, unsigned set)
{
	size_t n = 0;

	for (unsigned i = 0; i < LETTERS; i++)
		if (set >> i & 1u)
			out[n++] = letters[i];
	return n;
}

static struct quorum *tree(const char *text)
{
	struct quorum *q = NULL;
	struct err e = { 0 };

	if (quorum_from_text(&q, text, &e) != 0)
		fail_msg("%s: %s", text, e.text);
	return q;
}

/* Given the shares of `set`, each value of one more holder's byte leads to
 * another secret byte: all 256 are equally possible. */
static void check_open(const struct quorum *q, const struct share *all, unsigned n, unsigned set,
    unsigned more)
{
	unsigned char (*seen)[256] = calloc(32, sizeof(*seen));
	struct share some[LETTERS];
	struct secret *guess = NULL, *joined = NULL;
	size_t k = 0;

	assert_non_null(seen);
	assert_int_equal(secret_from(&guess, seen, 32, NULL), 0);
	for (unsigned i = 0; i < n; i++) {
		if ((set >> i & 1u) != 0)
			some[k++] = all[i];
		if (i == more)
			some[k++] = (struct share){ all[i].holder, guess };
	}
	for (int v = 0; v < 256; v++) {
		memset(guess->data, v, 32);
		assert_int_equal(quorum_join(&joined, q, some, k, NULL), 0);
		for (int b = 0; b < 32; b++)
			seen[b][joined->data[b]]++;
		secret_free(&joined);
	}
	for (int b = 0; b < 32; b++)
		for (int v = 0; v < 256; v++)
			assert_int_equal(seen[b][v], 1);
	free(seen);
	secret_free(&guess);
}

static void below_consistent(void **state)
{
	const char *who[LETTERS];
	size_t checked = 0;

	(void)state;
	for (size_t t = 0; t < COUNT(trees); t++) {
		struct quorum *q = tree(trees[t]);
		const unsigned n = (unsigned)quorum_size(q);
		struct share shares[LETTERS];
		struct secret *s = NULL;

		assert_int_equal(random_secret(&s, 32, NULL), 0);
		assert_int_equal(quorum_split(q, s, shares, NULL), 0);
		for (unsigned set = 0; set < 1u << n; set++) {
			if (quorum_satisfied(q, who, names(who, set)))
				continue;
			for (unsigned i = 0; i < n; i++) {
				if (!quorum_satisfied(q, who, names(who, set | 1u << i)))
					continue;
				check_open(q, shares, n, set, i);
				checked++;
			}
		}
		quorum_shares_free(shares, n);
		secret_free(&s);
		quorum_free(&q);
	}
	assert_true(checked > 100);
}

#define SPLITS 2048
#define SAMPLES (SPLITS * 32)

/* The shares of `set`, mixed into one byte in every way that matters here, are
 * uniform whatever the secret: chi squared with 255 degrees of freedom, mean
 * 255, deviation 22.6; 500 is more than ten deviations off. */
static double chi_squared(const struct quorum *q, unsigned char secret, unsigned set,
    unsigned mix)
{
	unsigned bins[256] = { 0 };
	struct share shares[LETTERS];
	struct secret *s = NULL;
	double sum = 0;

	assert_int_equal(secret_new(&s, 32, NULL), 0);
	memset(s->data, secret, 32);
	s->len = 32;
	for (int i = 0; i < SPLITS; i++) {
		assert_int_equal(quorum_split(q, s, shares, NULL), 0);
		for (int b = 0; b < 32; b++) {
			unsigned v = 0;

			for (unsigned h = 0; h < quorum_size(q); h++)
				if (set >> h & 1u)
					v = v * mix ^ shares[h].bytes->data[b];
			bins[v & 255u]++;
		}
		quorum_shares_free(shares, quorum_size(q));
	}
	for (int v = 0; v < 256; v++) {
		const double d = (double)bins[v] - SAMPLES / 256.0;

		sum += d * d / (SAMPLES / 256.0);
	}
	secret_free(&s);
	return sum;
}

static void below_uniform(void **state)
{
	static const struct {
		const char *text;
		unsigned set;
	} sets[] = {
		{ "2 of (a, b)", 1 }, { "2 of (a, b, c)", 4 }, { "3 of (a, b, c)", 5 },
		{ "2 of (1 of (a, b), 1 of (c, d))", 3 }, { "2 of (a, 2 of (b, c))", 6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sets); i++) {
		struct quorum *q = tree(sets[i].text);

		for (unsigned secret = 0; secret < 256; secret += 85)
			assert_true(chi_squared(q, (unsigned char)secret, sets[i].set, 2) < 500);
		quorum_free(&q);
	}
	/* The measure can fail: both shares of a 1-of group are the same. */
	struct quorum *q = tree("2 of (1 of (a, b), 1 of (c, d))");

	assert_true(chi_squared(q, 7, 3, 1) > 500);
	quorum_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_consistent), cmocka_unit_test(below_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
