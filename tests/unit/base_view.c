/* SPDX-License-Identifier: BSD-2-Clause */
/* The view takes exactly what json_parse takes as canonical. */
#include "unit.h"

#include "base/json.h"
#include "base/view.h"

static int both(const char *text, size_t len)
{
	struct view v = VIEW_INIT;
	json *j = NULL;
	const int a = json_parse(&j, text, len, JSON_CANONICAL, "text", NULL) == 0;
	const int b = view_parse(&v, text, len) == 0;

	if (a != b)
		print_error("%.*s: json_parse %d, view_parse %d\n", (int)len, text, a, b);
	assert_int_equal(a, b);
	json_free(&j);
	view_free(&v);
	return a;
}

static void takes_what_json_takes(void **state)
{
	static const char *const good[] = { "{}", "[]", "{\"a\":1}", "[1,-1,0,9007199254740991]",
		"[\"\\\"\\\\\",\"\xc3\xa9\",true,false,null]", "{\"a\":{\"b\":[{}]},\"b\":[]}",
		"{\"\":0,\"\\\"\":1,\"a\":2,\"\\\\\":3}",
		"{\"\xf0\x90\x80\x80\":1,\"\xef\xbd\xa1\":2}" };
	static const char *const bad[] = { "", " {}", "{} ", "{\"a\": 1}", "{\"b\":1,\"a\":2}",
		"{\"a\":1,\"a\":2}", "[01]", "[-0]", "[1.0]", "[1e3]", "[9007199254740992]",
		"[\"\\/\"]", "[\"\\u0041\"]", "[\"\x01\"]", "[\"\x7f\"]", "[\"\xe2\x80\x8b\"]",
		"[\"\xff\"]", "[\"a]", "[1,]", "{\"a\"}", "[tru]", "[nul]", "1", "\"a\"", "{\"a\":1",
		"[\"\\\"]", "[1 ]", "{\"\xef\xbd\xa1\":1,\"\xf0\x90\x80\x80\":2}", "[[]", "{,}",
		"{\"\\\\\":3,\"\\\"\":1}" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		both(good[i], strlen(good[i]));
	assert_true(both(good[3], strlen(good[3])));
	assert_true(both(good[7], strlen(good[7])));
	for (i = 0; i < COUNT(bad); i++)
		assert_false(both(bad[i], strlen(bad[i])));
	assert_false(both("[\"a\0b\"]", 7));
}

static void bounds_are_the_same(void **state)
{
	char text[4096];
	size_t n, i;

	(void)state;
	for (n = 22; n < 28; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		both(text, 2 * n);
	}
	/* Names of 512 bytes and one more, plain and escaped. */
	for (n = 511; n < 514; n++) {
		memcpy(text, "{\"", 2);
		memset(text + 2, 'k', n);
		memcpy(text + 2 + n, "\":0}", 4);
		both(text, n + 6);
		for (i = 0; i < n; i++)
			memcpy(text + 2 + 2 * i, "\\\"", 2);
		memcpy(text + 2 + 2 * n, "\":0}", 4);
		both(text, 2 * n + 6);
	}
	/* More boxes than so few bytes may hold. */
	text[0] = '[';
	for (i = 0, n = 1; i < 1200; i++, n += 3)
		memcpy(text + n, "[],", 3);
	text[n - 1] = ']';
	assert_false(both(text, n));
}

/* Each bit of a document flipped, each cut: the same answer from both. */
static void agrees_on_damage(void **state)
{
	char text[] = "{\"a\":[1,true,null,\"x\\\"y\",\"\xc3\xa9\"],\"b\":{\"c\":-7,\"d\":\"\"},"
		      "\"\xe2\x82\xac\":false}";
	const size_t n = sizeof(text) - 1;
	size_t i;
	int bit;

	(void)state;
	assert_true(both(text, n));
	for (i = 0; i < n; i++) {
		for (bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ (1 << bit));
			both(text, n);
			text[i] = (char)(text[i] ^ (1 << bit));
		}
		assert_false(both(text, i));
	}
}

static void gets_members(void **state)
{
	static const char text[] = "{\"bytes\":\"AAEC\",\"hash\":"
	    "\"00000000000000000000000000000000000000000000000000000000000000ff\","
	    "\"name\":\"x\",\"none\":null,\"quote\":\"a\\\"b\\\\\",\"size\":12,"
	    "\"time\":\"2026-11-23T21:44:29.123Z\"}";
	static const struct view_slot slots[] = { { "bytes", 'b', 0, 3 }, { "hash", 'h', 0, 0 },
		{ "name", 'n', 0, 0 }, { "none", 's', 1, 0 }, { "quote", 's', 0, 0 },
		{ "size", 'u', 0, 0 }, { "time", 't', 0, 0 } };
	struct view_slot wrong[COUNT(slots)];
	struct view v = VIEW_INIT;
	uint8_t bytes[8], hash[32];
	uint32_t m[COUNT(slots)];
	char s[16];
	size_t n, i;

	(void)state;
	assert_int_equal(view_parse(&v, text, sizeof(text) - 1), 0);
	assert_int_equal(view_shape(&v, 0, slots, COUNT(slots), m), 0);
	assert_int_equal(view_bytes(&v, m[0], bytes, sizeof(bytes), &n), 0);
	assert_true(n == 3 && bytes[2] == 2);
	assert_int_equal(view_hex(&v, m[1], hash, 32), 0);
	assert_int_equal(hash[31], 0xff);
	assert_int_equal(view_text(&v, m[4], s, sizeof(s)), 0);
	assert_string_equal(s, "a\"b\\");
	assert_int_equal(view_text(&v, m[4], s, 4), -1);
	assert_int_equal(view_int(&v, m[5]), 12);
	assert_true(view_time(&v, m[6]) > 0);
	assert_true(view_get(&v, 0, "nothing") == VIEW_NONE);
	for (i = 0; i < COUNT(slots); i++) {
		memcpy(wrong, slots, sizeof(slots));
		wrong[i].kind = 'o';
		wrong[i].nullable = 0;
		assert_int_equal(view_shape(&v, 0, wrong, COUNT(slots), m), -1);
		wrong[i].kind = slots[i].kind;
		wrong[i].name = "other";
		assert_int_equal(view_shape(&v, 0, wrong, COUNT(slots), m), -1);
	}
	assert_int_equal(view_shape(&v, 0, slots, COUNT(slots) - 1, m), -1);
	view_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_json_takes),
		cmocka_unit_test(bounds_are_the_same),
		cmocka_unit_test(agrees_on_damage),
		cmocka_unit_test(gets_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
