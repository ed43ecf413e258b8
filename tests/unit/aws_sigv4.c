/* SPDX-License-Identifier: BSD-2-Clause */
/* The signer against AWS's own test suite. */
#include "unit.h"

#include <stdio.h>

#include "aws/sigv4.h"
#include "base/codec.h"
#include "crypto/crypto.h"

#define CASES 38
#define NOW 1440938160000	/* 2015-08-30T12:36:00Z */

/* One case of tests/vectors/sigv4.txt. */
struct example {
	char name[80], method[8], path[256], query[512], token[512], body[256];
	char line[16][256];
	struct sigv4_header header[20];
	size_t n;
	int has_query, normalize, sign_body, omit_token;
	char canonical[2048], to_sign[512], signature[65];
};

static void unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (*s == '\\')
			*out++ = *++s == 'n' ? '\n' : *s;
		else
			*out++ = *s;
	}
	*out = '\0';
}

static void field(char *out, size_t cap, const char *value)
{
	assert_true(strlen(value) < cap);
	memcpy(out, value, strlen(value) + 1);
	unescape(out);
}

static void header(struct example *x, const char *value)
{
	char *colon;

	field(x->line[x->n], sizeof(x->line[0]), value);
	colon = strchr(x->line[x->n], ':');
	assert_non_null(colon);
	*colon = '\0';
	x->header[x->n].name = x->line[x->n];
	x->header[x->n].value = colon + 1;
	x->n++;
}

static void read_field(struct example *x, const char *key, const char *value)
{
	if (strcmp(key, "case") == 0)
		field(x->name, sizeof(x->name), value);
	else if (strcmp(key, "normalize") == 0)
		x->normalize = *value == '1';
	else if (strcmp(key, "sign_body") == 0)
		x->sign_body = *value == '1';
	else if (strcmp(key, "omit_token") == 0)
		x->omit_token = 1;
	else if (strcmp(key, "token") == 0)
		field(x->token, sizeof(x->token), value);
	else if (strcmp(key, "method") == 0)
		field(x->method, sizeof(x->method), value);
	else if (strcmp(key, "path") == 0)
		field(x->path, sizeof(x->path), value);
	else if (strcmp(key, "query") == 0)
		x->has_query = 1, field(x->query, sizeof(x->query), value);
	else if (strcmp(key, "header") == 0)
		header(x, value);
	else if (strcmp(key, "body") == 0)
		field(x->body, sizeof(x->body), value);
	else if (strcmp(key, "canonical") == 0)
		field(x->canonical, sizeof(x->canonical), value);
	else if (strcmp(key, "to_sign") == 0)
		field(x->to_sign, sizeof(x->to_sign), value);
	else if (strcmp(key, "signature") == 0)
		field(x->signature, sizeof(x->signature), value);
	else
		fail_msg("what is %s", key);
}

static void add(struct example *x, const char *name, const char *value)
{
	x->header[x->n++] = (struct sigv4_header){ name, value };
}

static void check(struct example *x)
{
	struct buf canonical = BUF_INIT, to_sign = BUF_INIT, auth = BUF_INIT;
	char hex[2 * HASH_LEN + 1], date[SIGV4_DATE_LEN + 1];
	struct secret *key = NULL;
	uint8_t hash[HASH_LEN];
	struct sigv4 s = { .method = x->method, .path = x->path, .region = "us-east-1",
		.query = x->has_query ? x->query : NULL, .service = "service", .payload = hex,
		.key_id = "AKIDEXAMPLE", .now = NOW, .as_is = !x->normalize,
		.headers = x->header };

	assert_int_equal(secret_from(&key, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 40, NULL), 0);
	assert_int_equal(hash_sha256(hash, x->body, strlen(x->body), NULL), 0);
	hex_encode(hex, hash, sizeof(hash));
	sigv4_date(date, NOW);
	assert_string_equal(date, "20150830T123600Z");
	add(x, "X-Amz-Date", date);
	if (x->sign_body)
		add(x, "x-amz-content-sha256", hex);
	if (x->token[0] != '\0' && !x->omit_token)
		add(x, "X-Amz-Security-Token", x->token);
	s.n_headers = x->n;
	s.key = key;
	assert_int_equal(sigv4_canonical(&canonical, &s, NULL), 0);
	assert_string_equal(buf_str(&canonical), x->canonical);
	assert_int_equal(sigv4_to_sign(&to_sign, &s, canonical.data, canonical.len, NULL), 0);
	assert_string_equal(buf_str(&to_sign), x->to_sign);
	assert_int_equal(sigv4_sign(&auth, &s, NULL), 0);
	assert_int_equal(strlen(x->signature), 64);
	assert_string_equal(buf_str(&auth) + auth.len - 64, x->signature);
	assert_non_null(strstr(buf_str(&auth), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/"
	    "us-east-1/service/aws4_request, SignedHeaders="));
	buf_free(&canonical);
	buf_free(&to_sign);
	buf_free(&auth);
	secret_free(&key);
}

static void test_suite(void **state)
{
	const char *top = getenv("srcdir");
	struct example *x = calloc(1, sizeof(*x));
	char path[512], line[4096];
	unsigned cases = 0;
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/vectors/sigv4.txt", top == NULL ? "." : top);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(x);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *space = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0' || space == NULL)
			continue;
		*space = '\0';
		read_field(x, line, space + 1);
		if (strcmp(line, "signature") != 0)
			continue;
		check(x);
		cases++;
		memset(x, 0, sizeof(*x));
	}
	(void)fclose(f);
	free(x);
	assert_int_equal(cases, CASES);
}

static void canonical_is(const struct sigv4 *s, const char *line, const char *query)
{
	struct buf b = BUF_INIT;
	char want[256];

	(void)snprintf(want, sizeof(want), "GET\n%s\n%s\n", line, query);
	assert_int_equal(sigv4_canonical(&b, s, NULL), 0);
	assert_memory_equal(buf_str(&b), want, strlen(want));
	buf_free(&b);
}

/* S3's path is taken as it is; another service's is encoded again. */
static void test_paths(void **state)
{
	struct sigv4 s = { .method = "GET", .payload = "", .path = "/a%20b/../c//d", .query = "" };
	static const char *const bad[] = { "/a b", "/%7E", "/%3d", "/a=b", "/%", "/%2", "/\xc3\xa9",
		"a", "" };
	struct buf b = BUF_INIT;
	size_t i;

	(void)state;
	canonical_is(&s, "/c/d", "");
	s.as_is = 1;
	canonical_is(&s, "/a%2520b/../c//d", "");
	s.s3 = 1;
	canonical_is(&s, "/a%20b/../c//d", "");
	for (i = 0; i < COUNT(bad); i++) {
		s.path = bad[i];
		assert_int_equal(sigv4_canonical(&b, &s, NULL), ERR_USAGE);
	}
	buf_free(&b);
}

static void test_query(void **state)
{
	struct sigv4 s = { .method = "GET", .payload = "", .path = "/" };

	(void)state;
	s.query = "versioning";
	canonical_is(&s, "/", "versioning=");
	s.query = "b=2&a=/x=y&&a=%2f&c=a+b";
	canonical_is(&s, "/", "a=%2F&a=%2Fx%3Dy&b=2&c=a%2Bb");
}

/* A header must not become two, and nothing goes out unsigned. */
static void test_refused(void **state)
{
	static const struct sigv4_header bad[] = { { "A", "x\r\nB: y" }, { "A", "x\n" }, { "", "x" },
		{ "A:", "x" }, { "A b", "x" } };
	struct sigv4 s = { .method = "GET", .path = "/", .payload = "", .n_headers = 1,
		.region = "r", .service = "s" };
	struct buf b = BUF_INIT;
	struct secret *none = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		s.headers = &bad[i];
		assert_int_equal(sigv4_canonical(&b, &s, NULL), ERR_USAGE);
	}
	s.n_headers = 0;
	s.key_id = "AKID";
	assert_int_equal(sigv4_sign(&b, &s, NULL), ERR_USAGE);
	assert_int_equal(secret_new(&none, 8, NULL), 0);
	s.key = none;
	assert_int_equal(sigv4_sign(&b, &s, NULL), ERR_USAGE);
	s.key_id = "";
	assert_int_equal(sigv4_sign(&b, &s, NULL), ERR_USAGE);
	secret_free(&none);
	buf_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_suite),
		cmocka_unit_test(test_paths), cmocka_unit_test(test_query),
		cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
