/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>

#include "base/codec.h"

/* RFC 4648 section 10. */
static const struct {
	const char *plain, *base64, *base32, *hex;
} known[] = {
	{ "", "", "", "" },
	{ "f", "Zg==", "MY", "66" },
	{ "fo", "Zm8=", "MZXQ", "666f" },
	{ "foo", "Zm9v", "MZXW6", "666f6f" },
	{ "foob", "Zm9vYg==", "MZXW6YQ", "666f6f62" },
	{ "fooba", "Zm9vYmE=", "MZXW6YTB", "666f6f6261" },
	{ "foobar", "Zm9vYmFy", "MZXW6YTBOI", "666f6f626172" },
};

static void codec_known(void **state)
{
	char text[32];
	uint8_t out[32];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(known); i++) {
		const size_t len = strlen(known[i].plain);

		base64_encode(text, known[i].plain, len);
		assert_string_equal(text, known[i].base64);
		assert_int_equal(base64_decode(out, len, &n, text, strlen(text)), 0);
		assert_int_equal(n, len);
		assert_memory_equal(out, known[i].plain, len);
		base32_encode(text, known[i].plain, len);
		assert_string_equal(text, known[i].base32);
		assert_int_equal(base32_decode(out, len, &n, text, strlen(text)), 0);
		assert_int_equal(n, len);
		assert_memory_equal(out, known[i].plain, len);
		hex_encode(text, known[i].plain, len);
		assert_string_equal(text, known[i].hex);
		assert_int_equal(hex_decode(out, len, text, strlen(text)), 0);
		assert_memory_equal(out, known[i].plain, len);
	}
}

/* All byte values in all places, in buffers whose ends are watched. */
static void codec_round_trip(void **state)
{
	size_t len, i, n;

	(void)state;
	for (len = 0; len < 70; len++) {
		uint8_t *data = malloc(len + 1), *back = malloc(len + 1);
		char *b64 = malloc(BASE64_LEN(len) + 1), *hex = malloc(2 * len + 1);
		char *b32 = malloc((len * 8 + 4) / 5 + 1);

		assert_true(data && back && b64 && hex && b32);
		for (i = 0; i < len; i++)
			data[i] = (uint8_t)(i * 53 + len * 101);
		base64_encode(b64, data, len);
		assert_int_equal(base64_decode(back, len, &n, b64, BASE64_LEN(len)), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, data, len);
		hex_encode(hex, data, len);
		assert_int_equal(hex_decode(back, len, hex, 2 * len), 0);
		assert_memory_equal(back, data, len);
		base32_encode(b32, data, len);
		assert_int_equal(base32_decode(back, len, &n, b32, strlen(b32)), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, data, len);
		free(data);
		free(back);
		free(b64);
		free(hex);
		free(b32);
	}
}

/* Whatever decodes must encode to the same text: nothing else is canonical. */
/* Each character in each place of words that are decoded eight at a time and
 * of the rest behind them, against the plain definition. */
static void codec_every_character(void **state)
{
	static const char digits[] = "0123456789abcdef";
	static const char table[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	char text[28];
	uint8_t out[21];
	size_t at, n;
	unsigned c;

	(void)state;
	for (at = 0; at < sizeof(text); at++) {
		for (c = 0; c < 256; c++) {
			const char *p = c == 0 ? NULL : strchr(digits, (int)c);

			memset(text, '5', sizeof(text));
			text[at] = (char)c;
			assert_int_equal(hex_decode(out, 14, text, 28), p != NULL ? 0 : -1);
			if (p != NULL)
				assert_int_equal(out[at / 2], at % 2 == 0 ? (p - digits) * 16 + 5
									  : 5 * 16 + (p - digits));
			p = c == 0 ? NULL : strchr(table, (int)c);
			memset(text, 'A', sizeof(text));
			text[at] = (char)c;
			if (c == '=' && at == sizeof(text) - 1)
				continue;
			assert_int_equal(base64_decode(out, 21, &n, text, 28), p != NULL ? 0 : -1);
			if (p == NULL)
				continue;
			assert_int_equal(n, 21);
			for (size_t i = 0; i < 21; i++) {
				const unsigned v = (unsigned)(p - table) << (18 - 6 * (at % 4));

				assert_int_equal(out[i], i / 3 == at / 4
				    ? (v >> (16 - 8 * (i % 3)) & 0xff) : 0);
			}
		}
	}
}

static void codec_base64_is_canonical(void **state)
{
	char text[9], again[9];
	uint8_t out[6];
	size_t n, pos;
	int c, accepted = 0;

	(void)state;
	for (pos = 0; pos < 8; pos++) {
		for (c = 0; c < 256; c++) {
			memcpy(text, "Zm9vYg==", 9);
			text[pos] = (char)c;
			if (base64_decode(out, sizeof(out), &n, text, 8) != 0)
				continue;
			base64_encode(again, out, n);
			assert_memory_equal(again, text, 8);
			accepted++;
		}
	}
	/* Five free places; four values of the sixth, whose last four bits
	 * are zero; a third digit with two zero bits, or "="; the last "=". */
	assert_int_equal(accepted, 5 * 64 + 4 + (16 + 1) + 1);
}

static void codec_refuses(void **state)
{
	static const char *const b64[] = {
		"Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Z===", "Zg== ", " Zg==", "Zm 9v",
		"Zm9v\n", "Zh==", "Zm9=", "Zg==Zg==", "Z-8=", "Zm_v", "Zm9v====", "Zg=a",
	};
	static const char *const b32[] = {
		"M", "MZX", "MZXW6Y", "MZ", "MZXR", "M0", "M1", "M8", "M9", "MY=", "MY==MY==",
		"========", "MY=======", "M!", "=MY=====",
	};
	static const char *const hex[] = { "0", "0g", "G0", "AB", "0 ", "000", "0x" };
	uint8_t out[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(b64); i++)
		assert_int_equal(base64_decode(out, sizeof(out), &n, b64[i], strlen(b64[i])), -1);
	for (i = 0; i < COUNT(b32); i++)
		assert_int_equal(base32_decode(out, sizeof(out), &n, b32[i], strlen(b32[i])), -1);
	for (i = 0; i < COUNT(hex); i++)
		assert_int_equal(hex_decode(out, 1, hex[i], strlen(hex[i])), -1);
	assert_int_equal(hex_decode(out, 2, "00", 2), -1);
	assert_int_equal(base64_decode(out, 2, &n, "Zm9v", 4), -1);
	assert_int_equal(base32_decode(out, 2, &n, "MZXW6", 5), -1);
}

static void codec_base32_is_forgiving(void **state)
{
	uint8_t out[16];
	size_t n;

	(void)state;
	assert_int_equal(base32_decode(out, sizeof(out), &n, "mzxw 6-YTB oi", 13), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(out, "foobar", 6);
	assert_int_equal(base32_decode(out, sizeof(out), &n, "MZXW6YTBOI======", 16), 0);
	assert_int_equal(n, 6);
}

/* A good text cut anywhere decodes to less or not at all. */
static void codec_cut(void **state)
{
	const char *text = "Zm9vYmFyZm9vYmE=";
	uint8_t out[16];
	size_t cut, n;

	(void)state;
	for (cut = 0; cut < strlen(text); cut++) {
		const int r = base64_decode(out, sizeof(out), &n, text, cut);

		assert_int_equal(r, cut % 4 == 0 ? 0 : -1);
		assert_int_equal(n, cut % 4 == 0 ? cut / 4 * 3 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codec_known),
		cmocka_unit_test(codec_round_trip),
		cmocka_unit_test(codec_every_character),
		cmocka_unit_test(codec_base64_is_canonical),
		cmocka_unit_test(codec_refuses),
		cmocka_unit_test(codec_base32_is_forgiving),
		cmocka_unit_test(codec_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
