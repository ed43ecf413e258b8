/* SPDX-License-Identifier: BSD-2-Clause */
/* Building, reading and checking trees; base_json.c has the parser. */
#include "unit.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"

static int parse(json **j, const char *text, enum json_form form)
{
	return json_parse(j, text, strlen(text), form, "doc", NULL);
}

static void json_builds(void **state)
{
	struct buf b = BUF_INIT;
	json *o = json_new_object(), *a = json_new_array(), *copy;
	uint8_t raw[4];
	size_t n;

	(void)state;
	assert_int_equal(json_set_str(o, "s", "x"), 0);
	assert_int_equal(json_set_str(o, "null", NULL), 0);
	assert_int_equal(json_set_int(o, "n", -7), 0);
	assert_int_equal(json_set_bool(o, "t", 5), 0);
	assert_int_equal(json_set_bytes(o, "b", "\0\1\2", 3), 0);
	assert_int_equal(json_set_hex(o, "h", "\xab\xcd", 2), 0);
	assert_int_equal(json_set_time(o, "time", 1), 0);
	assert_int_equal(json_add_str(a, "one"), 0);
	assert_int_equal(json_add(a, json_new_int(2)), 0);
	assert_int_equal(json_set(o, "a", a), 0);
	assert_string_equal(json_key_at(o, 0), "a");
	assert_string_equal(json_key_at(o, 7), "time");
	assert_null(json_key_at(o, 8));
	copy = json_copy(o);
	assert_true(json_equal(o, copy));
	assert_int_equal(json_set_int(o, "s", 1), 0); /* replaces */
	assert_false(json_equal(o, copy));
	assert_int_equal(json_remove(o, "time"), 0);
	assert_null(json_key_at(o, 7));
	assert_int_equal(json_set_int(o, "0", 1), 0);
	assert_string_equal(json_key_at(o, 0), "0");
	assert_int_equal(json_remove(o, "0"), 0);
	assert_string_equal(json_key_at(o, 0), "a");
	assert_int_equal(json_canonical(&b, o, NULL), 0);
	assert_string_equal(buf_str(&b), "{\"a\":[\"one\",2],\"b\":\"AAEC\",\"h\":\"abcd\",\"n\":-7,"
	    "\"null\":null,\"s\":1,\"t\":true}");
	buf_reset(&b);
	assert_int_equal(json_canonical_without(&b, copy, "a", NULL), 0);
	assert_string_equal(buf_str(&b), "{\"b\":\"AAEC\",\"h\":\"abcd\",\"n\":-7,\"null\":null,"
	    "\"s\":\"x\",\"t\":true,\"time\":\"1970-01-01T00:00:00.001Z\"}");
	assert_string_equal(json_str(copy, "s"), "x");
	assert_int_equal(json_int(copy, "n"), -7);
	assert_int_equal(json_bool(copy, "t"), 1);
	assert_int_equal(json_time(copy, "time"), 1);
	assert_int_equal(json_bytes(copy, "b", raw, sizeof(raw), &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(json_bytes(copy, "b", raw, 2, &n), -1);
	assert_int_equal(json_hex(copy, "h", raw, 2), 0);
	assert_int_equal(json_hex(copy, "h", raw, 1), -1);
	assert_int_equal(json_hex_is(copy, "h", raw, 2), 1);
	assert_int_equal(json_hex_is(copy, "h", raw, 1), 0);
	assert_int_equal(json_hex_is(copy, "no such member", raw, 2), 0);
	raw[1] ^= 1;
	assert_int_equal(json_hex_is(copy, "h", raw, 2), 0);
	raw[1] ^= 1;
	assert_true(json_has_str(json_get(copy, "a"), "one"));
	assert_false(json_has_str(json_get(copy, "a"), "2"));
	buf_free(&b);
	json_free(&copy);
	json_free(&o);
}

/* Skipping concerns the top level alone. */
static void json_without(void **state)
{
	struct buf b = BUF_INIT;
	json *j;

	(void)state;
	assert_int_equal(parse(&j, "{\"a\":{\"sig\":1},\"sig\":2}", JSON_CANONICAL), 0);
	assert_int_equal(json_canonical_without(&b, j, "sig", NULL), 0);
	assert_string_equal(buf_str(&b), "{\"a\":{\"sig\":1}}");
	buf_reset(&b);
	assert_int_equal(json_pretty(&b, j, NULL), 0);
	assert_string_equal(buf_str(&b), "{\n  \"a\": {\n    \"sig\": 1\n  },\n  \"sig\": 2\n}");
	buf_free(&b);
	json_free(&j);
}

static void json_getters_are_calm(void **state)
{
	uint8_t raw[4];
	size_t n;
	json *j;

	(void)state;
	assert_int_equal(parse(&j, "{\"a\":[],\"n\":null,\"s\":\"x\"}", JSON_CANONICAL), 0);
	assert_null(json_get(NULL, "a"));
	assert_null(json_get(j, "n"));
	assert_null(json_get(json_get(j, "a"), "b"));
	assert_null(json_str(j, "a"));
	assert_null(json_str(j, "none"));
	assert_int_equal(json_int(j, "s"), -1);
	assert_int_equal(json_bool(j, "s"), 0);
	assert_int_equal(json_time(j, "s"), -1);
	assert_int_equal(json_bytes(j, "a", raw, sizeof(raw), &n), -1);
	assert_int_equal(json_len(json_get(j, "s")), 0);
	assert_null(json_at(j, 0));
	assert_null(json_at(json_get(j, "a"), 0));
	assert_null(json_key_at(json_get(j, "a"), 0));
	assert_null(json_text(NULL));
	assert_int_equal(json_add(j, json_new_int(1)), ERR_MEMORY);
	assert_int_equal(json_add(NULL, NULL), ERR_MEMORY);
	assert_int_equal(json_set(j, "x", NULL), ERR_MEMORY);
	assert_int_equal(json_set_int(NULL, "x", 1), ERR_MEMORY);
	assert_null(json_get(j, "x"));
	assert_null(json_copy(NULL));
	json_free(&j);
	json_free(&j);
}

/* What could not be read again is not written. */
static void json_writer_refuses(void **state)
{
	struct buf b = BUF_INIT;
	json *o = json_new_object(), *deep = json_new_array(), *outer;
	int i;

	(void)state;
	assert_int_equal(json_set_str(o, "x", "a\nb"), 0);
	buf_puts(&b, "before");
	assert_int_equal(json_canonical(&b, o, NULL), ERR_INTERNAL);
	assert_int_equal(json_set_int(o, "x", INT64_C(1) << 53), 0);
	assert_int_equal(json_canonical(&b, o, NULL), ERR_INTERNAL);
	assert_int_equal(json_set_int(o, "x", INT64_MIN), 0);
	assert_int_equal(json_canonical(&b, o, NULL), ERR_INTERNAL);
	for (i = 0; i < 24; i++) {
		outer = json_new_array();
		assert_int_equal(json_add(outer, deep), 0);
		deep = outer;
	}
	assert_int_equal(json_canonical(&b, deep, NULL), ERR_INTERNAL);
	assert_string_equal(buf_str(&b), "before");
	buf_free(&b);
	json_free(&deep);
	json_free(&o);
}

static int shape(const char *value, const char *spec)
{
	char text[1200];
	json *j;
	int r;

	(void)snprintf(text, sizeof(text), "{\"m\":%s}", value);
	assert_int_equal(parse(&j, text, JSON_LOOSE), 0);
	r = json_shape(j, "doc", NULL, spec, NULL);
	json_free(&j);
	return r;
}

#define HASH "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

static void json_shape_kinds(void **state)
{
	static const struct {
		const char *spec, *good[3], *bad[5];
	} cases[] = {
		{ "m=s", { "\"\"", "\"x y\"" }, { "1", "null", "[]", "true" } },
		{ "m=n", { "\"alice\"", "\"a.b-c\"" }, { "\"\"", "\"A\"", "\"a/b\"", "1", "\"..\"" } },
		{ "m=h", { HASH }, { "\"00\"", "\"\"", "null", "7" } },
		{ "m=t", { "\"2026-11-23T21:44:29.123Z\"" }, { "\"2026-11-23\"", "0", "\"\"" } },
		{ "m=b", { "\"\"", "\"Zg==\"", "\"Zm9v\"" }, { "\"Zg\"", "\"Zh==\"", "\"Z g=\"", "1" } },
		{ "m=b3", { "\"Zm9v\"" }, { "\"Zm8=\"", "\"\"", "\"Zm9vZg==\"", "\"Zg==\"" } },
		{ "m=b0", { "\"\"" }, { "\"Zm8=\"", "null" } },
		{ "m=u", { "0", "9007199254740991" }, { "-1", "\"0\"", "null" } },
		{ "m=f", { "true", "false" }, { "0", "\"true\"", "null" } },
		{ "m=o", { "{}", "{\"a\":1}" }, { "[]", "null", "\"\"" } },
		{ "m=a", { "[]", "[1]" }, { "{}", "null" } },
		{ "m=x", { "null", "[]", "\"x\"" }, { NULL } },
		{ "m=h?", { "null", HASH }, { "\"\"", "0" } },
		{ "m=b3?", { "null", "\"Zm9v\"" }, { "\"Zm8=\"" } },
		{ "m=u?", { "null", "1" }, { "-1", "true" } },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		for (k = 0; k < COUNT(cases[i].good) && cases[i].good[k] != NULL; k++)
			assert_int_equal(shape(cases[i].good[k], cases[i].spec), 0);
		for (k = 0; k < COUNT(cases[i].bad) && cases[i].bad[k] != NULL; k++)
			assert_int_equal(shape(cases[i].bad[k], cases[i].spec), ERR_INPUT);
	}
	assert_int_equal(shape("1", "m=q"), ERR_INTERNAL);
	assert_int_equal(shape("1", "m"), ERR_INTERNAL);
	assert_int_equal(shape("1", "m=u!"), ERR_INTERNAL);
}

static void json_shape_long_values(void **state)
{
	char text[1100];
	size_t n;

	(void)state;
	for (n = TEXT_MAX; n <= TEXT_MAX + 1; n++) {
		memset(text, 'a', n + 2);
		text[0] = text[n + 1] = '"';
		text[n + 2] = '\0';
		assert_int_equal(shape(text, "m=s"), n == TEXT_MAX ? 0 : ERR_INPUT);
		assert_int_equal(shape(text, "m=L"), 0);
		assert_int_equal(shape(text, "m=b"), n == TEXT_MAX ? 0 : ERR_INPUT);
		assert_int_equal(shape(text, "m=b384"), n == TEXT_MAX ? 0 : ERR_INPUT);
	}
	/* padding amid a long text is no padding */
	memset(text, 'A', 514);
	text[0] = text[513] = '"';
	text[514] = '\0';
	text[256] = '=';
	assert_int_equal(shape(text, "m=b"), ERR_INPUT);
	text[256] = 'A';
	assert_int_equal(shape(text, "m=b"), 0);
}

static void json_shape_members(void **state)
{
	struct err e = { 0 };
	json *j, *arr;

	(void)state;
	assert_int_equal(parse(&j, "{\"ab\":1,\"b\":\"x\"}", JSON_CANONICAL), 0);
	assert_int_equal(json_shape(j, "doc", NULL, "ab=u", "b=s", NULL), 0);
	assert_int_equal(json_shape(j, "doc", NULL, "b=s", "ab=u", NULL), 0);
	err_clear(&e);
	assert_int_equal(json_shape(j, "doc", &e, "ab=u", "abc=u", "b=s", NULL), ERR_INPUT);
	assert_string_equal(e.text, "doc: the member \"abc\" is missing.");
	err_clear(&e);
	assert_int_equal(json_shape(j, "doc", &e, "b=s", NULL), ERR_INPUT);
	assert_string_equal(e.text, "doc: the member \"ab\" is unknown.");
	err_clear(&e);
	assert_int_equal(json_shape(j, "doc", &e, "ab=n?", "b=s", NULL), ERR_INPUT);
	assert_string_equal(e.text, "doc: the member \"ab\" must be a name, or null.");
	assert_int_equal(json_shape(j, "doc", NULL, NULL), ERR_INPUT);
	assert_int_equal(json_shape(NULL, "doc", NULL, NULL), ERR_INPUT);
	json_free(&j);
	assert_int_equal(parse(&arr, "[]", JSON_CANONICAL), 0);
	assert_int_equal(json_shape(arr, "doc", NULL, NULL), ERR_INPUT);
	json_free(&arr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_builds),
		cmocka_unit_test(json_without),
		cmocka_unit_test(json_getters_are_calm),
		cmocka_unit_test(json_writer_refuses),
		cmocka_unit_test(json_shape_kinds),
		cmocka_unit_test(json_shape_long_values),
		cmocka_unit_test(json_shape_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
