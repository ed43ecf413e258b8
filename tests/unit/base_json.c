/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

static int parse(json **j, const char *text, enum json_form form)
{
	/* A copy with nothing behind it, for the sanitizer to watch. */
	const size_t len = strlen(text);
	char *exact = malloc(len > 0 ? len : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, text, len);
	r = json_parse(j, exact, len, form, "doc", NULL);
	free(exact);
	return r;
}

static int try(const char *text, enum json_form form)
{
	json *j;
	const int r = parse(&j, text, form);

	assert_true((r == 0) == (j != NULL));
	json_free(&j);
	return r;
}

/* text parses loosely, and is written as `canonical`, which parses as such. */
static void becomes(const char *text, const char *canonical)
{
	struct buf b = BUF_INIT;
	json *j;

	assert_int_equal(parse(&j, text, JSON_LOOSE), 0);
	assert_int_equal(json_canonical(&b, j, NULL), 0);
	assert_string_equal(buf_str(&b), canonical);
	assert_int_equal(try(canonical, JSON_CANONICAL), 0);
	if (strcmp(text, canonical) != 0)
		assert_int_equal(try(text, JSON_CANONICAL), ERR_INPUT);
	buf_free(&b);
	json_free(&j);
}

static void json_becomes_canonical(void **state)
{
	(void)state;
	becomes("{}", "{}");
	becomes("[]", "[]");
	becomes(" { } ", "{}");
	becomes("\t[\r\n1 , 2 ]\n", "[1,2]");
	becomes("{\"b\":1,\"a\":{\"d\":[true,false,null],\"c\":\"\"}}",
	    "{\"a\":{\"c\":\"\",\"d\":[true,false,null]},\"b\":1}");
	becomes("[0,-1,9007199254740991,-9007199254740991]",
	    "[0,-1,9007199254740991,-9007199254740991]");
	becomes("[\"\\u0041\\/\\\"\\\\\"]", "[\"A/\\\"\\\\\"]");
	becomes("[\"\\u00e9\\u20AC\\uD83D\\uDD11\"]", "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91\"]");
	becomes("{\"\":1,\"\\u0061\":2}", "{\"\":1,\"a\":2}");
}

/* RFC 8785 section 3.2.3: the order is by UTF-16 code units, in which
 * U+1F600 (D83D DE00) comes before U+FB33, unlike in UTF-8. */
static void json_order_is_utf16(void **state)
{
	(void)state;
	becomes("{\"\xef\xac\xb3\":1,\"\xf0\x9f\x98\x80\":2,\"\xc3\xb6\":3,\"\xe2\x82\xac\":4,\"1\":5,"
		"\"\xed\x9f\xbf\":6,\"\xee\x80\x80\":7,\"12\":8}",
	    "{\"1\":5,\"12\":8,\"\xc3\xb6\":3,\"\xe2\x82\xac\":4,\"\xed\x9f\xbf\":6,"
	    "\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":7,\"\xef\xac\xb3\":1}");
}

static void json_refuses(void **state)
{
	static const char *const bad[] = {
		"", " ", "1", "\"a\"", "null", "true", "{", "[", "}", "]", "{]", "[}",
		"[1,]", "[,1]", "[1 2]", "[1,,2]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
		"{\"a\" 1}", "{a:1}", "{'a':1}", "{1:1}", "{\"a\":1 \"b\":2}", "[] []", "[]x", "{}1",
		"[tru]", "[truex]", "[True]", "[nul]", "[NaN]", "[Infinity]", "[undefined]",
		"[01]", "[-]", "[+1]", "[-0]", "[00]", "[-01]", "[1.0]", "[1.]", "[.5]", "[1e3]",
		"[1E3]", "[0x1]", "[9007199254740992]", "[-9007199254740992]",
		"[18446744073709551617]", "[99999999999999999999999999999999999999]",
		"[\"a]", "[\"\\\"]", "[\"\\x41\"]", "[\"\\u12\"]", "[\"\\u12g4\"]", "[\"\\u\"]",
		"[\"\\\n\"]", "[\"\n\"]", "[\"\\n\"]", "[\"\\t\"]", "[\"\\b\"]", "[\"\\u0000\"]",
		"[\"\\u001f\"]", "[\"\\u007f\"]", "[\"\\u0085\"]", "[\"\\u200b\"]", "[\"\\u202E\"]",
		"[\"\\ufeff\"]", "[\"\\uffff\"]", "[\"\\ud800\"]", "[\"\\udc00\"]",
		"[\"\\ud800\\u0041\"]", "[\"\\udc00\\ud800\"]", "[\"\\udc00\\udc00\"]", "[\"\\ud800\\ud800\"]", "[\"\\ud83d",
		"[\"\\ud83d\\udd1\"]", "[\"\\udb40\\udc41\"]", "[\"\x80\"]", "[\"\xc3\"]",
		"[\"\xed\xa0\x80\"]", "[\"\xc0\x80\"]", "[\"\xff\"]", "\xef\xbb\xbf[]", "[1]\v",
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":1,\"a\":2,\"b\":3}",
		"{\"a\":1,\"\\u0061\":2}", "{\"\":1,\"\":1}", "{\"a\":{\"x\":1,\"x\":1}}",
		"{\"a\nb\":1}", "/**/[]", "[1]//", "[1,/*2*/3]",
	};
	json *j;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(try(bad[i], JSON_LOOSE), ERR_INPUT);
		assert_int_equal(try(bad[i], JSON_CANONICAL), ERR_INPUT);
	}
	assert_int_equal(json_parse(&j, "[]\0", 3, JSON_LOOSE, "doc", NULL), ERR_INPUT);
	assert_int_equal(json_parse(&j, "[\"\0\"]", 5, JSON_LOOSE, "doc", NULL), ERR_INPUT);
}

static void json_says_where(void **state)
{
	const char *text = "{\n \"a\": 1,\n \"a\": 2}";
	struct err e = { 0 };
	json *j;

	(void)state;
	err_clear(&e);
	assert_int_equal(json_parse(&j, text, strlen(text), JSON_LOOSE, "conf", &e), ERR_INPUT);
	assert_string_equal(e.text, "conf: a member twice (line 3, byte 16).");
}

static void json_depth(void **state)
{
	char text[64];
	int n;

	(void)state;
	for (n = 23; n <= 26; n++) {
		memset(text, '[', (size_t)n);
		memset(text + n, ']', (size_t)n);
		text[2 * n] = '\0';
		assert_int_equal(try(text, JSON_CANONICAL), n <= 24 ? 0 : ERR_INPUT);
	}
	/* siblings are not depth */
	assert_int_equal(try("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],"
			     "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]",
			     JSON_CANONICAL), 0);
}

static const char document[] =
    "{\"a\":[1,-2,true,false,null,\"x\xc3\xa9\\\"\\\\\"],\"b\":{\"c\":\"\",\"d\":{}},\"e\":[]}";

static void json_cut(void **state)
{
	char text[sizeof(document)];
	size_t cut;

	(void)state;
	assert_int_equal(try(document, JSON_CANONICAL), 0);
	for (cut = 0; cut < strlen(document); cut++) {
		memcpy(text, document, cut);
		text[cut] = '\0';
		assert_int_equal(try(text, JSON_LOOSE), ERR_INPUT);
	}
}

/* Every byte replaced by every other: what is still canonical differs. */
static void json_every_byte_counts(void **state)
{
	char text[sizeof(document)];
	struct buf b = BUF_INIT;
	size_t i;
	json *j;
	int c;

	(void)state;
	for (i = 0; i < strlen(document); i++) {
		for (c = 1; c < 256; c++) {
			memcpy(text, document, sizeof(document));
			text[i] = (char)c;
			if (parse(&j, text, JSON_CANONICAL) != 0)
				continue;
			buf_reset(&b);
			assert_int_equal(json_canonical(&b, j, NULL), 0);
			assert_string_equal(buf_str(&b), text);
			json_free(&j);
		}
	}
	buf_free(&b);
}

/* Hostile sizes end in bounded time and memory. */
static void json_hostile(void **state)
{
	struct buf b = BUF_INIT;
	const int64_t before = clock_monotonic();
	size_t i;

	(void)state;
	buf_puts(&b, "{");
	for (i = 200000; i > 0; i--)
		buf_printf(&b, "\"%zu\":1,", i);
	buf_puts(&b, "\"200000\":1}");
	assert_int_equal(try(buf_str(&b), JSON_LOOSE), ERR_INPUT);
	buf_reset(&b);
	buf_puts(&b, "[");
	for (i = 0; i < 300000; i++)
		buf_puts(&b, "{},");
	buf_puts(&b, "{}]");
	assert_int_equal(try(buf_str(&b), JSON_LOOSE), ERR_INPUT);
	buf_free(&b);
	assert_true(clock_monotonic() - before < 20000); /* slow under valgrind */
}

static void json_long_name(void **state)
{
	char text[TEXT_MAX + 16];

	(void)state;
	memset(text, 'k', sizeof(text));
	memcpy(text, "{\"", 2);
	memcpy(text + 2 + TEXT_MAX, "\":1}", 5);
	assert_int_equal(try(text, JSON_LOOSE), 0);
	memcpy(text + 2 + TEXT_MAX, "k\":1}", 6);
	assert_int_equal(try(text, JSON_LOOSE), ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_becomes_canonical),
		cmocka_unit_test(json_order_is_utf16),
		cmocka_unit_test(json_refuses),
		cmocka_unit_test(json_says_where),
		cmocka_unit_test(json_depth),
		cmocka_unit_test(json_cut),
		cmocka_unit_test(json_every_byte_counts),
		cmocka_unit_test(json_hostile),
		cmocka_unit_test(json_long_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
