/* SPDX-License-Identifier: BSD-2-Clause */
/* TOTP, otpauth URIs. */
#include "unit.h"

#include <stdio.h>

#include "vault/otpauth.h"

static const char rfc_seed[] = "1234567890123456789012345678901234567890123456789012345678901234";

/* RFC 6238 appendix B, whose seeds are as long as the digest; the rest are
 * oathtool 2.6.7's figures. */
static const struct vector {
	enum totp_algorithm algorithm;
	unsigned digits, period;
	int64_t seconds;
	size_t key;
	const char *code;
} vectors[] = {
	{ TOTP_SHA1, 8, 30, 59, 20, "94287082" },
	{ TOTP_SHA256, 8, 30, 59, 32, "46119246" },
	{ TOTP_SHA512, 8, 30, 59, 64, "90693936" },
	{ TOTP_SHA1, 8, 30, 1111111109, 20, "07081804" },
	{ TOTP_SHA256, 8, 30, 1111111109, 32, "68084774" },
	{ TOTP_SHA512, 8, 30, 1111111109, 64, "25091201" },
	{ TOTP_SHA1, 8, 30, 1111111111, 20, "14050471" },
	{ TOTP_SHA256, 8, 30, 1111111111, 32, "67062674" },
	{ TOTP_SHA512, 8, 30, 1111111111, 64, "99943326" },
	{ TOTP_SHA1, 8, 30, 1234567890, 20, "89005924" },
	{ TOTP_SHA256, 8, 30, 1234567890, 32, "91819424" },
	{ TOTP_SHA512, 8, 30, 1234567890, 64, "93441116" },
	{ TOTP_SHA1, 8, 30, 2000000000, 20, "69279037" },
	{ TOTP_SHA256, 8, 30, 2000000000, 32, "90698825" },
	{ TOTP_SHA512, 8, 30, 2000000000, 64, "38618901" },
	{ TOTP_SHA1, 8, 30, 20000000000, 20, "65353130" },
	{ TOTP_SHA256, 8, 30, 20000000000, 32, "77737706" },
	{ TOTP_SHA512, 8, 30, 20000000000, 64, "47863826" },
	{ TOTP_SHA1, 6, 15, 1700000059, 20, "302747" },
	{ TOTP_SHA256, 6, 15, 1700000059, 20, "847179" },
	{ TOTP_SHA512, 6, 15, 1700000059, 20, "537253" },
	{ TOTP_SHA1, 6, 60, 1700000059, 20, "125373" },
	{ TOTP_SHA256, 6, 60, 1700000059, 20, "921162" },
	{ TOTP_SHA512, 6, 60, 1700000059, 20, "402646" },
	{ TOTP_SHA1, 6, 120, 1700000059, 20, "666847" },
	{ TOTP_SHA256, 6, 120, 1700000059, 20, "868379" },
	{ TOTP_SHA512, 6, 120, 1700000059, 20, "501144" }
};

static void make(struct totp *t, const struct vector *v)
{
	t->algorithm = v->algorithm;
	t->digits = v->digits;
	t->period = v->period;
	assert_int_equal(secret_from(&t->key, rfc_seed, v->key, NULL), 0);
}

static void code_is(const struct totp *t, int64_t ms, int ahead, const char *want)
{
	struct secret *code;

	assert_int_equal(totp_code(&code, t, ms, ahead, NULL), 0);
	assert_string_equal((const char *)code->data, want);
	assert_int_equal(code->len, t->digits);
	secret_free(&code);
}

static void codes_of_the_rfc(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		const int64_t ms = (int64_t)v->period * 1000;
		struct totp t;

		make(&t, v);
		code_is(&t, v->seconds * 1000, 0, v->code);
		/* The whole step has it, and its neighbours reach it. */
		code_is(&t, v->seconds * 1000 / ms * ms, 0, v->code);
		code_is(&t, v->seconds * 1000 / ms * ms + ms - 1, 0, v->code);
		code_is(&t, v->seconds * 1000 - ms, 1, v->code);
		code_is(&t, v->seconds * 1000 + ms, -1, v->code);
		totp_clear(&t);
	}
}

/* RFC 4226 appendix D. */
static void codes_of_hotp(void **state)
{
	static const char *const want[] = { "755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489" };
	struct totp t = { TOTP_SHA1, 6, 30, NULL };
	size_t i;

	(void)state;
	assert_int_equal(secret_from(&t.key, rfc_seed, 20, NULL), 0);
	for (i = 0; i < COUNT(want); i++)
		code_is(&t, (int64_t)i * 30000, 0, want[i]);
	totp_clear(&t);
}

static void seconds_left(void **state)
{
	struct totp t = { TOTP_SHA1, 6, 30, NULL };

	(void)state;
	assert_int_equal(totp_left(&t, 0), 30);
	assert_int_equal(totp_left(&t, 1), 30);
	assert_int_equal(totp_left(&t, 1000), 29);
	assert_int_equal(totp_left(&t, 29000), 1);
	assert_int_equal(totp_left(&t, 29999), 1);
	assert_int_equal(totp_left(&t, 30000), 30);
}

static void out_of_range(void **state)
{
	static const struct totp bad[] = {
		{ TOTP_SHA1, 7, 30, NULL }, { TOTP_SHA1, 5, 30, NULL }, { TOTP_SHA1, 6, 14, NULL },
		{ TOTP_SHA1, 6, 121, NULL }, { (enum totp_algorithm)3, 6, 30, NULL }
	};
	struct secret *code;
	struct totp t;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		t = bad[i];
		assert_int_equal(secret_from(&t.key, rfc_seed, 20, NULL), 0);
		assert_int_equal(totp_code(&code, &t, 0, 0, NULL), ERR_INPUT);
		assert_null(code);
		totp_clear(&t);
	}
	t = (struct totp){ TOTP_SHA1, 6, 30, NULL };
	assert_int_equal(totp_code(&code, &t, 0, 0, NULL), ERR_INPUT);
	assert_int_equal(secret_from(&t.key, rfc_seed, 9, NULL), 0);
	assert_int_equal(totp_code(&code, &t, 0, 0, NULL), ERR_INPUT);
	totp_clear(&t);
	assert_int_equal(secret_from(&t.key, rfc_seed, 10, NULL), 0);
	assert_int_equal(totp_code(&code, &t, -1, 0, NULL), ERR_INPUT);
	assert_int_equal(totp_code(&code, &t, 0, -1, NULL), ERR_INPUT);
	totp_clear(&t);
}

static int find(const struct totp *t, int64_t seconds, const char *typed, int skew, int *step)
{
	struct secret *s;
	int found, r;

	assert_int_equal(secret_from(&s, typed, strlen(typed), NULL), 0);
	r = totp_find(t, seconds * 1000, s, skew, &found, step, NULL);
	secret_free(&s);
	return r != 0 ? -r : found;
}

static void typed_codes(void **state)
{
	struct totp t = { TOTP_SHA1, 6, 30, NULL };
	int step;

	(void)state;
	assert_int_equal(secret_from(&t.key, rfc_seed, 20, NULL), 0);
	assert_int_equal(find(&t, 60, "359152", 1, &step), 1);
	assert_int_equal(step, 0);
	assert_int_equal(find(&t, 60, " 969 429 ", 1, &step), 1);
	assert_int_equal(step, 1);
	assert_int_equal(find(&t, 60, "287082", 1, &step), 1);
	assert_int_equal(step, -1);
	assert_int_equal(find(&t, 60, "755224", 1, &step), 0);
	assert_int_equal(find(&t, 60, "755224", 2, &step), 1);
	assert_int_equal(find(&t, 0, "755224", 20, &step), 1);
	assert_int_equal(find(&t, 60, "35915", 1, &step), -ERR_INPUT);
	assert_int_equal(find(&t, 60, "3591522", 1, &step), -ERR_INPUT);
	assert_int_equal(find(&t, 60, "35915a", 1, &step), -ERR_INPUT);
	assert_int_equal(find(&t, 60, "", 1, &step), -ERR_INPUT);
	totp_clear(&t);
}

static int parse(struct otpauth **o, const char *text, struct err *e)
{
	struct secret *s;
	int r;

	assert_int_equal(secret_from(&s, text, strlen(text), NULL), 0);
	err_clear(e);
	r = otpauth_parse(o, s, e);
	secret_free(&s);
	return r;
}

#define SEED "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

/* What is taken, and the form it is sealed in. */
static void uris_taken(void **state)
{
	static const struct {
		const char *text, *issuer, *account, *canonical;
	} ok[] = {
		{ SEED, "", "", "otpauth://totp/?secret=" SEED "&algorithm=SHA1&digits=6&period=30" },
		{ "\n gezd gnbv gy3t qojq-gezd gnbv gy3t qojq \r\n", "", "",
		    "otpauth://totp/?secret=" SEED "&algorithm=SHA1&digits=6&period=30" },
		{ "otpauth://totp/Amazon%20Web%20Services:root-account-mfa-device@111122223333?secret="
		    SEED "&issuer=Amazon%20Web%20Services", "Amazon Web Services",
		    "root-account-mfa-device@111122223333",
		    "otpauth://totp/Amazon%20Web%20Services:root-account-mfa-device%40111122223333"
		    "?secret=" SEED "&algorithm=SHA1&digits=6&period=30" },
		{ "OTPAUTH://TOTP/a%3A%20b?period=60&digits=8&algorithm=sha512&secret=" SEED, "a", "b",
		    "otpauth://totp/a:b?secret=" SEED "&algorithm=SHA512&digits=8&period=60" },
		{ "otpauth://totp/?secret=" SEED "&algorithm=SHA256", "", "",
		    "otpauth://totp/?secret=" SEED "&algorithm=SHA256&digits=6&period=30" },
		{ "otpauth://totp/100%25?secret=" SEED, "", "100%",
		    "otpauth://totp/100%25?secret=" SEED "&algorithm=SHA1&digits=6&period=30" },
		{ "otpauth://totp/M%C3%BCller/x+y?secret=gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "",
		    "M\xc3\xbcller/x+y", "otpauth://totp/M%C3%BCller%2Fx%2By?secret=" SEED
		    "&algorithm=SHA1&digits=6&period=30" }
	};
	struct otpauth *o;
	struct secret *uri;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ok); i++) {
		assert_int_equal(parse(&o, ok[i].text, &e), 0);
		assert_string_equal(o->issuer, ok[i].issuer);
		assert_string_equal(o->account, ok[i].account);
		assert_memory_equal(o->totp.key->data, rfc_seed, 20);
		assert_int_equal(otpauth_write(&uri, o, NULL), 0);
		assert_string_equal((const char *)uri->data, ok[i].canonical);
		otpauth_free(&o);
		/* The canonical form is its own. */
		assert_int_equal(parse(&o, (const char *)uri->data, &e), 0);
		secret_free(&uri);
		assert_int_equal(otpauth_write(&uri, o, NULL), 0);
		assert_string_equal((const char *)uri->data, ok[i].canonical);
		secret_free(&uri);
		otpauth_free(&o);
	}
}

static void uris_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "otpauth://", "otpauth://totp", "otpauth://totp/", "otpauth://totp/a",
		"otpauth://hotp/a?secret=" SEED "&counter=1", "otpauth:totp/a?secret=" SEED,
		"otpauth://totp/a?secret=" SEED "&counter=1", "otpauth://totp/a?secret=" SEED "#x",
		"otpauth://totp/a#b?secret=" SEED,
		"otpauth://totp/a?secret=" SEED "&encoder=steam", "otpauth://totp/a?issuer=b",
		"otpauth://totp/a?secret=" SEED "&secret=" SEED, "otpauth://totp/a?secret=",
		"otpauth://totp/a?secret", "otpauth://totp/a?secret=" SEED "&",
		"otpauth://totp/a?&secret=" SEED, "otpauth://totp/a?secret=" SEED "&digits=7",
		"otpauth://totp/a?secret=" SEED "&digits=06", "otpauth://totp/a?secret=" SEED "&digits=",
		"otpauth://totp/a?secret=" SEED "&digits=6&digits=6",
		"otpauth://totp/a?secret=" SEED "&period=0", "otpauth://totp/a?secret=" SEED "&period=14",
		"otpauth://totp/a?secret=" SEED "&period=1e2",
		"otpauth://totp/a?secret=" SEED "&period=4294967326",
		"otpauth://totp/a?secret=" SEED "&algorithm=MD5",
		"otpauth://totp/a%?secret=" SEED, "otpauth://totp/a%2?secret=" SEED,
		"otpauth://totp/a%2x?secret=" SEED, "otpauth://totp/a%00b?secret=" SEED,
		"otpauth://totp/a%1b?secret=" SEED, "otpauth://totp/a%E2%80%AEb?secret=" SEED,
		"otpauth://totp/a%ffb?secret=" SEED, "otpauth://totp/a:b:c?secret=" SEED,
		"otpauth://totp/a?secret=" SEED "&issuer=a%3Ab", "otpauth://totp/a?Secret=" SEED,
		"otpauth://totp/a?secret=GEZDGNBVGY3TQOJ", "GEZDGNBVGY3TQOJ", "GEZDGNBVGY3TQOJ1",
		/* A tab inside a seed is not skipped. */
		"GEZDGNBV\tGY3TQOJQ",
		"otpauth://totp/a?secret=GEZDGNBVGY3TQO0Q", "http://totp/a?secret=" SEED
	};
	struct otpauth *o;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		if (parse(&o, bad[i], &e) != ERR_INPUT)
			fail_msg("taken: %s", bad[i]);
		assert_null(o);
		/* What may be a seed is not quoted. */
		assert_null(strstr(e.text, "GEZD"));
		assert_null(strstr(e.hint, "GEZD"));
	}
}

static void uri_limits(void **state)
{
	char text[OTPAUTH_URI_MAX + 64];
	struct otpauth *o;
	struct err e = { 0 };

	(void)state;
	/* 128 bytes are the longest seed: 205 characters. */
	memset(text, 'A', 205);
	text[205] = '\0';
	assert_int_equal(parse(&o, text, &e), 0);
	assert_int_equal(o->totp.key->len, TOTP_KEY_MAX);
	otpauth_free(&o);
	memset(text, 'A', 208);
	text[208] = '\0';
	assert_int_equal(parse(&o, text, &e), ERR_INPUT);
	(void)snprintf(text, sizeof(text), "otpauth://totp/%0256d?secret=" SEED, 1);
	assert_int_equal(parse(&o, text, &e), 0);
	otpauth_free(&o);
	(void)snprintf(text, sizeof(text), "otpauth://totp/%0257d?secret=" SEED, 1);
	assert_int_equal(parse(&o, text, &e), ERR_INPUT);
	(void)snprintf(text, sizeof(text), "otpauth://totp/%02048d?secret=" SEED, 1);
	assert_int_equal(parse(&o, text, &e), ERR_INPUT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_of_the_rfc),
		cmocka_unit_test(codes_of_hotp),
		cmocka_unit_test(seconds_left),
		cmocka_unit_test(out_of_range),
		cmocka_unit_test(typed_codes),
		cmocka_unit_test(uris_taken),
		cmocka_unit_test(uris_refused),
		cmocka_unit_test(uri_limits)
	};

	return cmocka_run_group_tests_name("otp", tests, NULL, NULL);
}
