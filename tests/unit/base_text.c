/* SPDX-License-Identifier: BSD-2-Clause */
/* err, buf, text and clock. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

static void err_first_stays(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	err_clear(NULL);
	assert_int_equal(err_set(&e, ERR_IO, "first %d", 1), ERR_IO);
	assert_int_equal(err_set(&e, ERR_PIN, "second"), ERR_PIN);
	assert_int_equal(e.code, ERR_IO);
	assert_string_equal(e.text, "first 1");
	assert_int_equal(err_prefix(&e, "alice"), ERR_IO);
	assert_string_equal(e.text, "alice: first 1");
	assert_int_equal(err_hint(&e, "do this"), ERR_IO);
	assert_int_equal(err_hint(&e, "do that"), ERR_IO);
	assert_string_equal(e.hint, "do this");
	assert_int_equal(err_set(NULL, ERR_IO, "x"), ERR_IO);
	assert_int_equal(err_hint(NULL, "x"), ERR_INTERNAL);
	assert_int_equal(err_prefix(NULL, "x"), ERR_INTERNAL);
}

static void err_prefix_without_error(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(err_prefix(&e, "context"), ERR_NONE);
	assert_string_equal(e.text, "");
}

static void err_given_whole(void **state)
{
	struct err e = { 0 }, inner = { 0 };

	(void)state;
	/* Nothing to hand on is a failure too, never 0. */
	assert_int_equal(err_give(&e, &inner), ERR_INTERNAL);
	assert_int_equal(e.code, ERR_INTERNAL);
	err_clear(&e);
	err_set(&inner, ERR_IO, "inner");
	err_hint(&inner, "do this");
	assert_int_equal(err_give(NULL, &inner), ERR_IO);
	assert_int_equal(err_give(&e, &inner), ERR_IO);
	assert_string_equal(e.text, "inner");
	assert_string_equal(e.hint, "do this");
	/* The first error stays, without another one's hint. */
	err_clear(&e);
	err_set(&e, ERR_PIN, "first");
	assert_int_equal(err_give(&e, &inner), ERR_IO);
	assert_int_equal(e.code, ERR_PIN);
	assert_string_equal(e.text, "first");
	assert_string_equal(e.hint, "");
}

static void err_errno_codes(void **state)
{
	static const struct {
		int errnum;
		enum err_code code;
	} cases[] = {
		{ ENOSPC, ERR_SPACE }, { EDQUOT, ERR_SPACE }, { EFBIG, ERR_SPACE },
		{ ENOENT, ERR_MISSING }, { EACCES, ERR_IO },
	};
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		err_clear(&e);
		assert_int_equal(err_errno(&e, ERR_IO, cases[i].errnum, "f"), cases[i].code);
		assert_int_equal(err_errno(NULL, ERR_IO, cases[i].errnum, "f"), cases[i].code);
		assert_int_equal(e.code, cases[i].code);
	}
	assert_string_equal(e.text, "f: Permission denied");
}

/* However the text falls, what was cut is still UTF-8. */
static void err_cuts_between_characters(void **state)
{
	char longer[ERR_TEXT_MAX + 16];
	struct err e = { 0 };
	size_t shift, i;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		memset(longer, 'a', shift);
		for (i = shift; i + 4 < sizeof(longer); i += 4)
			memcpy(longer + i, "\xf0\x9f\x94\x91", 4); /* U+1F511 */
		longer[i] = '\0';
		err_clear(&e);
		(void)err_set(&e, ERR_IO, "%s", longer);
		assert_true(text_clean(e.text, strlen(e.text)));
		assert_true(strlen(e.text) > ERR_TEXT_MAX - 5);
	}
}

static void err_every_code_is_named(void **state)
{
	int code, other;

	(void)state;
	for (code = ERR_NONE; code <= ERR_TOO_OLD; code++) {
		const char *name = err_name((enum err_code)code);

		assert_string_not_equal(name, "unknown error");
		assert_in_range(err_exit_code((enum err_code)code), code == 0 ? 0 : 1, 8);
		for (other = 0; other < code; other++)
			assert_string_not_equal(name, err_name((enum err_code)other));
	}
	assert_int_equal(err_exit_code(ERR_NONE), 0);
	assert_int_equal(err_exit_code(ERR_USAGE), 2);
	assert_int_equal(err_exit_code(ERR_CONFIG), 2);
	assert_int_equal(err_exit_code(ERR_TAMPERED), 6);
	assert_int_equal(err_exit_code(ERR_STORE), 8);
}

static void buf_grows(void **state)
{
	struct buf b = BUF_INIT;
	size_t i;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	for (i = 0; i < 1000; i++)
		buf_printf(&b, "%03zu,", i);
	buf_puts(&b, "end");
	buf_put(&b, NULL, 0);
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, 4003);
	assert_int_equal(strlen(buf_str(&b)), 4003);
	assert_memory_equal(b.data + 4 * 637, "637,", 4);
	buf_reset(&b);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
	assert_null(b.data);
}

static void buf_failure_is_sticky(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "ab");
	buf_put(&b, "x", SIZE_MAX / 2);
	assert_false(buf_ok(&b));
	buf_puts(&b, "c");
	assert_string_equal(buf_str(&b), "ab");
	buf_reset(&b);
	assert_true(buf_ok(&b));
	buf_free(&b);
}

static void text_clean_table(void **state)
{
	static const char *const good[] = {
		"", "plain ~", "\xc2\xa0", "\xc3\xa9", "\xe2\x80\xa7", "\xef\xbf\xbc",
		"\xf0\x9f\x94\x91", "\xf4\x8f\xbf\xbd", "\xed\x9f\xbf", "\xee\x80\x80",
	};
	static const char *const bad[] = {
		"\x01", "\n", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f", "\xc2\xad", "\xd8\x9c",
		"\xe1\xa0\x8e", "\xe2\x80\x8b", "\xe2\x80\x8d", "\xe2\x80\x8e", "\xe2\x80\x8f",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa0",
		"\xe2\x81\xa6", "\xe2\x81\xa9", "\xef\xb7\x90", "\xef\xbb\xbf", "\xef\xbf\xbe",
		"\xef\xbf\xbf", "\xf0\x9f\xbf\xbe", "\xf4\x8f\xbf\xbf", "\xf3\xa0\x80\x80",
		"\xf3\xa0\x81\xbf",
		/* malformed: alone, overlong, surrogate, too high, cut */
		"\x80", "\xff", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3", "\xe2\x80",
		"\xf0\x9f\x94", "\xc3(", "\xe2(\xa1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(text_clean(good[i], strlen(good[i])));
	for (i = 0; i < COUNT(bad); i++) {
		char around[16] = "a";

		assert_false(text_clean(bad[i], strlen(bad[i])));
		strcat(around, bad[i]);
		strcat(around, "b");
		assert_false(text_clean(around, strlen(around)));
	}
	assert_false(text_clean("a\0b", 3));
}

static void text_names(void **state)
{
	static const char *const good[] = { "a", "0", "alice", "a-b.c", "a-", "10.0.0.1" };
	static const char *const bad[] = {
		"", ".", "-", "..", ".a", "-a", "a.", "a..b", "A", "a b", "a/b", "a_b", "\xc3\xa9",
	};
	char sixty[NAME_MAX_LEN + 2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_true(text_is_name(good[i]));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(text_is_name(bad[i]));
	memset(sixty, 'a', sizeof(sixty));
	sixty[NAME_MAX_LEN + 1] = '\0';
	assert_false(text_is_name(sixty));
	sixty[NAME_MAX_LEN] = '\0';
	assert_true(text_is_name(sixty));
}

static void text_escapes(void **state)
{
	char out[32];
	size_t cap;

	(void)state;
	text_escape(out, sizeof(out), "a\nb\xe2\x80\xae\xc3\xa9\xff", 9);
	assert_string_equal(out, "a\\x0Ab\\xE2\\x80\\xAE\xc3\xa9\\xFF");
	text_escape(out, 6, "abcdefgh", 8);
	assert_string_equal(out, "ab...");
	text_escape(out, 6, "abcde", 5);
	assert_string_equal(out, "abcde");
	for (cap = 1; cap < 32; cap++) {
		char *exact = malloc(cap); /* the sanitizer watches its end */

		assert_non_null(exact);
		text_escape(exact, cap, "\xc3\xa9\x01\xf0\x9f\x94\x91 a long text that is cut", 31);
		assert_true(strlen(exact) < cap);
		assert_true(text_clean(exact, strlen(exact)));
		free(exact);
	}
}

static void clock_round_trip(void **state)
{
	static const struct {
		int64_t t;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ INT64_C(951782400001), "2000-02-29T00:00:00.001Z" },
		{ INT64_C(1795556669123), "2026-11-24T21:44:29.123Z" },
		{ INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
	};
	char out[CLOCK_TEXT_LEN + 1];
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		clock_format(out, cases[i].t);
		assert_string_equal(out, cases[i].text);
		assert_int_equal(clock_parse(&t, cases[i].text), 0);
		assert_true(t == cases[i].t);
	}
	clock_format(out, -5);
	assert_string_equal(out, cases[0].text);
	clock_format(out, INT64_MAX);
	assert_string_equal(out, cases[3].text);
}

/* Every day that a calendar of 400 years has, and none that it has not. */
static void clock_every_day(void **state)
{
	char text[CLOCK_TEXT_LEN + 1], again[CLOCK_TEXT_LEN + 1];
	int64_t t, days = 0;
	int y, m, d;

	(void)state;
	for (y = 1970; y < 2370; y++)
		for (m = 1; m <= 12; m++)
			for (d = 1; d <= 31; d++) {
				(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT12:34:56.789Z", y, m, d);
				if (clock_parse(&t, text) != 0) {
					assert_true(d > 28);
					continue;
				}
				assert_true(t == days++ * 86400000 + INT64_C(45296789));
				clock_format(again, t);
				assert_string_equal(again, text);
			}
	assert_int_equal(days, 400 * 365 + 97);
}

static void clock_refuses(void **state)
{
	static const char *const bad[] = {
		"", "2026-11-23", "2026-11-23T21:44:29Z", "2026-11-23T21:44:29.12Z",
		"2026-11-23T21:44:29.1234Z", "2026-11-23T21:44:29.123z", "2026-11-23 21:44:29.123Z",
		"2026-11-23T21:44:29.123Z ", "2026-13-23T21:44:29.123Z", "2026-00-23T21:44:29.123Z",
		"2026-02-29T21:44:29.123Z", "2026-04-31T21:44:29.123Z", "2026-11-00T21:44:29.123Z",
		"2026-11-23T24:00:00.000Z", "2026-11-23T21:60:29.123Z", "2026-11-23T21:44:60.123Z",
		"1969-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z", "2026-11-23T21:44:29.+23Z",
	};
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(clock_parse(&t, bad[i]), -1);
}

static int64_t clock_fixed(void *ctx)
{
	return *(int64_t *)ctx;
}

static void clock_is_injected(void **state)
{
	int64_t when = 42;
	const struct clock c = { clock_fixed, &when };
	char boot[37];

	(void)state;
	assert_int_equal(clock_now(&c), 42);
	assert_true(clock_now(&clock_system) > INT64_C(1700000000000));
	assert_true(clock_monotonic() <= clock_monotonic());
	clock_boot_id(boot);
	assert_int_equal(strlen(boot), 36);
	assert_int_equal(boot[8], '-');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_first_stays),
		cmocka_unit_test(err_prefix_without_error),
		cmocka_unit_test(err_given_whole),
		cmocka_unit_test(err_errno_codes),
		cmocka_unit_test(err_cuts_between_characters),
		cmocka_unit_test(err_every_code_is_named),
		cmocka_unit_test(buf_grows),
		cmocka_unit_test(buf_failure_is_sticky),
		cmocka_unit_test(text_clean_table),
		cmocka_unit_test(text_names),
		cmocka_unit_test(text_escapes),
		cmocka_unit_test(clock_round_trip),
		cmocka_unit_test(clock_every_day),
		cmocka_unit_test(clock_refuses),
		cmocka_unit_test(clock_is_injected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
