/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdlib.h>

#include "token/authdata.h"

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define AAGUID "50f76b6579214a119d5100736b657901"
/* {1: 1, 3: -8, -1: 6, -2: h'...'} */
#define COSE "a4010103272006215820" HASH
#define HMAC "6b686d61632d736563726574"		/* "hmac-secret" */
#define PROTECT "6b6372656450726f74656374"	/* "credProtect" */

static int parse(struct authdata *a, uint8_t *raw, const char *text)
{
	/* exactly as long as the text, so that a sanitizer sees the end */
	const size_t len = unit_hex(raw, 1024, text);
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, raw, len);
	r = authdata_parse(a, copy, len);
	free(copy);
	return r;
}

static void authdata_assertions(void **state)
{
	uint8_t raw[1024];
	struct authdata a;

	(void)state;
	assert_int_equal(parse(&a, raw, HASH "05" "01020304"), 0);
	assert_int_equal(a.flags, AUTHDATA_UP | AUTHDATA_UV);
	assert_int_equal(a.counter, 0x01020304);
	assert_null(a.id);
	assert_int_equal(a.hmac_secret, 0);
	assert_int_equal(parse(&a, raw, HASH "85" "00000000" "a1" HMAC "42beef"), 0);
	assert_int_equal(a.hmac_secret, 1);
	assert_int_equal(parse(&a, raw, HASH "85" "00000000" "a1" HMAC "f4"), 0);
	assert_int_equal(a.hmac_secret, 0);
}

static void authdata_credentials(void **state)
{
	uint8_t raw[1024];
	struct authdata a;

	(void)state;
	assert_int_equal(parse(&a, raw, HASH "c5" "00000001" AAGUID "0003" "aabbcc" COSE
	    "a2" HMAC "f5" PROTECT "02"), 0);
	assert_int_equal(a.id_len, 3);
	assert_int_equal(a.hmac_secret, 1);
	assert_int_equal(a.protection, 2);
	assert_int_equal(parse(&a, raw, HASH "45" "00000001" AAGUID "0003" "aabbcc" COSE), 0);
	assert_int_equal(a.protection, 0);
}

static void authdata_refuses(void **state)
{
	static const char *const bad[] = {
		"", HASH, HASH "0500000000" "00",			/* short; trailing */
		HASH "8500000000", HASH "8500000000" "80",		/* no map */
		HASH "4500000000" AAGUID "0000" COSE,			/* empty id */
		HASH "4500000000" AAGUID "0004" "aabbcc",		/* id cut off */
		HASH "4500000000" AAGUID "0003" "aabbcc",		/* no key */
		HASH "4500000000" AAGUID "0003" "aabbcc" COSE "00",	/* trailing */
		HASH "8500000000" "a1" PROTECT "00", HASH "8500000000" "a1" PROTECT "04",
		HASH "8500000000" "a1" PROTECT "f5", HASH "8500000000" "a101f5",
		HASH "8500000000" "bf" HMAC "f5ff",			/* indefinite */
		HASH "8500000000" "bbffffffffffffffff",
		HASH "8500000000" "a1" HMAC "9bffffffffffffffff",
		HASH "8500000000" "a1" HMAC "5bffffffffffffffff",
		HASH "8500000000" "a1" HMAC "818181818100",		/* too deep */
	};
	uint8_t raw[1024];
	struct authdata a;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse(&a, raw, bad[i]), -1);
}

/* Each cut is refused, and no flipped bit does harm. */
static void authdata_cut(void **state)
{
	static const char text[] = HASH "c5" "00000001" AAGUID "0003" "aabbcc" COSE
	    "a2" HMAC "f5" PROTECT "02";
	uint8_t raw[1024];
	struct authdata a;
	size_t len, i;

	(void)state;
	len = unit_hex(raw, sizeof(raw), text);
	for (i = 0; i < len; i++) {
		uint8_t *copy = malloc(len);

		assert_non_null(copy);
		memcpy(copy, raw, len);
		assert_int_equal(authdata_parse(&a, copy, i), -1);
		copy[i] ^= (uint8_t)(1u << i % 8);
		(void)authdata_parse(&a, copy, len);
		free(copy);
	}
}

static void authdata_wrapping(void **state)
{
	static const uint8_t good[] = { 0x42, 1, 2 }, longer[] = { 0x58, 2, 1, 2 };
	size_t n;

	(void)state;
	assert_ptr_equal(authdata_unwrap(good, 3, &n), good + 1);
	assert_int_equal(n, 2);
	assert_ptr_equal(authdata_unwrap(longer, 4, &n), longer + 2);
	assert_null(authdata_unwrap(good, 2, &n));
	assert_null(authdata_unwrap(longer, 3, &n));
	assert_null(authdata_unwrap((const uint8_t *)"\x62zz", 3, &n));
	assert_null(authdata_unwrap(NULL, 0, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authdata_assertions),
		cmocka_unit_test(authdata_credentials),
		cmocka_unit_test(authdata_refuses),
		cmocka_unit_test(authdata_cut),
		cmocka_unit_test(authdata_wrapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
