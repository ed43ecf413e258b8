/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated passwords. */
#include "unit.h"

#include <stdio.h>

#include "vault/password.h"

static size_t count(const struct secret *s, const char *set)
{
	size_t i, n = 0;

	for (i = 0; i < s->len; i++)
		n += strchr(set, s->data[i]) != NULL;
	return n;
}

/* Each character of the alphabet as often as the others: a count within 6 sigma. */
static void even(const size_t seen[256], const char *alphabet, size_t least, size_t most)
{
	for (size_t i = 0; i < 256; i++)
		if (i != 0 && strchr(alphabet, (int)i) != NULL)
			assert_in_range(seen[i], least, most);
		else
			assert_int_equal(seen[i], 0);
}

static void aws_passwords(void **state)
{
	static const char upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ", digit[] = "23456789",
	    lower[] = "abcdefghijkmnopqrstuvwxyz", symbol[] = "!@#$%^&*()<>[]{}_+-=";
	char all[128];
	size_t seen[256] = { 0 };
	struct secret *s;

	(void)state;
	(void)snprintf(all, sizeof(all), "%s%s%s%s", upper, digit, lower, symbol);
	for (int k = 0; k < 2000; k++) {
		const size_t len = k == 0 ? 128 : k % 2 != 0 ? 8 : PASSWORD_AWS_DEFAULT;

		assert_int_equal(password_generate(&s, PASSWORD_AWS_ROOT, len, NULL), 0);
		assert_int_equal(s->len, len);
		assert_int_equal(strlen((const char *)s->data), len);
		assert_true(count(s, upper) > 0 && count(s, lower) > 0 && count(s, digit) > 0 &&
		    count(s, symbol) > 0);
		assert_int_equal(count(s, all), len);
		assert_true(password_fits_aws(s));
		for (size_t i = 0; len == PASSWORD_AWS_DEFAULT && i < len; i++)
			seen[s->data[i]]++;
		secret_free(&s);
	}
	/* 999 * 32 draws from 77: 415 each, sigma 20; digits a little more often, since
	 * strings without one are rejected. */
	even(seen, all, 295, 545);
	assert_int_equal(password_generate(&s, PASSWORD_AWS_ROOT, 7, NULL), ERR_USAGE);
	assert_null(s);
	assert_int_equal(password_generate(&s, PASSWORD_AWS_ROOT, 129, NULL), ERR_USAGE);
}

/* Typed from paper: no shift, nothing that looks alike, groups. */
static void linux_passwords(void **state)
{
	static const char alphabet[] = "abcdefghjkmnpqrstuvwx23456789";
	size_t seen[256] = { 0 }, free_ones = 0;
	struct secret *s;

	(void)state;
	for (size_t len = PASSWORD_MIN; len <= PASSWORD_MAX; len++) {
		assert_int_equal(password_generate(&s, PASSWORD_LINUX, len, NULL), 0);
		assert_int_equal(s->len, len);
		assert_true(s->data[len - 1] != '.');
		secret_free(&s);
	}
	for (int k = 0; k < 1000; k++) {
		assert_int_equal(password_generate(&s, PASSWORD_LINUX, PASSWORD_LINUX_DEFAULT, NULL), 0);
		assert_int_equal(strlen((const char *)s->data), 34);
		free_ones = 0;
		for (size_t i = 0; i < s->len; i++) {
			assert_int_equal(s->data[i] == '.', i % 5 == 4);
			free_ones += s->data[i] != '.';
			seen[s->data[i]] += s->data[i] != '.';
		}
		secret_free(&s);
	}
	/* 28 of 29 characters: 28 * log2(29) = 136 bits. */
	assert_int_equal(strlen(alphabet), 29);
	assert_int_equal(free_ones, 28);
	/* 28 000 draws from 29: 966 each, sigma 31. */
	even(seen, alphabet, 780, 1152);
}

static void aws_rule(void **state)
{
	static const struct { const char *text; int fits; } cases[] = {
		{ "Abcdefg1", 1 }, { "Abcdef1", 0 }, { "abcdefgh", 0 }, { "abcdefg1", 0 },
		{ "abcdef1!", 1 }, { "ABCdef!|", 1 }, { "Abc def1", 0 }, { "Abcdef1~", 0 },
		{ "Abcdef1\xc3\xa4", 0 }
	};
	struct secret *s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(secret_from(&s, cases[i].text, strlen(cases[i].text), NULL), 0);
		assert_int_equal(password_fits_aws(s), cases[i].fits);
		secret_free(&s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(aws_passwords),
		cmocka_unit_test(linux_passwords),
		cmocka_unit_test(aws_rule)
	};

	return cmocka_run_group_tests_name("password", tests, NULL, NULL);
}
