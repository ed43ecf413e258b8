/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts from CSV and JSON. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "vault/import.h"

#define SEED "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define URI "otpauth://totp/?secret=" SEED "&algorithm=SHA1&digits=6&period=30"

struct seen {
	char text[4096];
	int calls, stop;
};

static int note(void *ctx, const struct import_account *a, struct err *e)
{
	struct seen *s = ctx;
	const size_t at = strlen(s->text);

	(void)snprintf(s->text + at, sizeof(s->text) - at, "%u %s %s %s %s [%s] [%s] %s %s;", a->line,
	    a->name, a->account, a->email, a->partition, a->email_controller, a->phone_controller,
	    a->password != NULL ? (const char *)a->password->data : "-",
	    a->totp != NULL ? (const char *)a->totp->data : "-");
	s->calls++;
	return s->stop == s->calls ? err_set(e, ERR_CANCELLED, "stop") : 0;
}

static int run(const char *text, size_t len, enum import_form form, struct seen *seen,
    struct err *e)
{
	struct secret *s;
	int r;

	assert_int_equal(secret_from(&s, text, len, NULL), 0);
	err_clear(e);
	memset(seen->text, 0, sizeof(seen->text));
	seen->calls = 0;
	r = import_each(s, form, "in", note, seen, e);
	secret_free(&s);
	return r;
}

struct taken {
	const char *text, *want;
};

static void all_taken(const struct taken *t, size_t n, enum import_form form)
{
	struct seen seen = { "", 0, 0 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (run(t[i].text, strlen(t[i].text), form, &seen, &e) != 0)
			fail_msg("refused: %s\n%s", t[i].text, e.text);
		assert_string_equal(seen.text, t[i].want);
	}
}

/* `text`, and how the error begins. */
static void all_refused(const struct taken *t, size_t n, enum import_form form)
{
	struct seen seen = { "", 0, 0 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < n; i++) {
		if (run(t[i].text, strlen(t[i].text), form, &seen, &e) != ERR_INPUT)
			fail_msg("taken: %s", t[i].text);
		assert_int_equal(seen.calls, 0);
		if (strncmp(e.text, t[i].want, strlen(t[i].want)) != 0)
			fail_msg("%s\nsays: %s\nnot:  %s", t[i].text, e.text, t[i].want);
		assert_null(strstr(e.text, "s3cret"));
		assert_null(strstr(e.text, "GEZD"));
	}
}

#define HEAD "name,account,email,password,totp\n"

static void csv_taken(void **state)
{
	static const struct taken ok[] = {
		{ HEAD "a,111122223333,r@x.org,pw," SEED "\n",
		    "2 a 111122223333 r@x.org aws [] [] pw " URI ";" },
		{ "\xef\xbb\xbf" HEAD "a,111122223333,r@x.org,pw,", "2 a 111122223333 r@x.org aws [] [] pw -;" },
		{ "name,account,email,password,totp\r\na,111122223333,r@x.org,\"p\"\"w,\",\r\n"
		    "b,000000000001,s@x.org,,\"" SEED "\"\r\n",
		    "2 a 111122223333 r@x.org aws [] [] p\"w, -;3 b 000000000001 s@x.org aws [] [] - " URI ";" },
		{ "phone_controller,password,partition,name,email_controller,email,account\n"
		    "Bob Ö,pw,aws-cn,a,,r@x.org,111122223333\n",
		    "2 a 111122223333 r@x.org aws-cn [] [Bob Ö] pw -;" },
		{ "\"name\",account,email,password\na,111122223333,r@x.org,\"\"\"\"\n",
		    "2 a 111122223333 r@x.org aws [] [] \" -;" }
	};

	(void)state;
	all_taken(ok, COUNT(ok), IMPORT_CSV);
}

static void csv_refused(void **state)
{
	static const struct taken bad[] = {
		{ "", "in, line 1, column 1: " }, { HEAD, "in holds no account" },
		{ "name;account\n", "in, line 1, column 1: no column" },
		{ "name,Account\n", "in, line 1, column 6: no column" },
		{ "name,name\n", "in, line 1, column 6: the column name stands here twice" },
		{ HEAD "a,111122223333,r@x.org,s3cret\n", "in, line 2, column 30: this line has 4 fields, and the header 5" },
		{ HEAD "a,111122223333,r@x.org,s3cret,,\n", "in, line 2, column 31: this line has more" },
		{ HEAD "\n", "in, line 2, column 1: this line has 1 fields" },
		{ HEAD "a,111122223333,r@x.org,s3\"cret,\n", "in, line 2, column 26: a quotation mark" },
		{ HEAD "a,111122223333,r@x.org,\"s3cret,\n\n", "in, line 2, column 25: this quoted field never" },
		{ HEAD "a,111122223333,r@x.org,\"s3cret\"x,\n", "in, line 2, column 32: a comma" },
		{ HEAD "a,111122223333,r@x.org,s3\rcret,\n", "in, line 2, column 26: a carriage return" },
		{ HEAD "a,111122223333,r@x.org,\"s3\ncret\",\n", "in, line 2, column 24: password is too long" },
		{ HEAD "A,111122223333,r@x.org,s3cret,\n", "in, line 2, column 1: name must be" },
		{ HEAD ",111122223333,r@x.org,s3cret,\n", "in, line 2, column 1: name must be" },
		{ HEAD "a,11112222333,r@x.org,s3cret,\n", "in, line 2, column 3: account must be" },
		{ HEAD "a,1111-2222-3333,r@x.org,s3cret,\n", "in, line 2, column 3: account must be" },
		{ HEAD "a,111122223333,rx.org,s3cret,\n", "in, line 2, column 16: email must be" },
		{ HEAD "a,111122223333,r@x.org,,\n", "in, line 2, column 1: password and totp" },
		{ HEAD "a,111122223333,r@x.org,,GEZDGNBV\n", "in, line 2, column 25: totp: The TOTP seed is too short" },
		{ HEAD "a,111122223333,r@x.org,s3cret,\na,111122223334,r@x.org,s3cret,\n", "in, line 3: the name a stands in line 2" },
		{ HEAD "b,111122223333,r@x.org,s3cret,\na,111122223333,r@x.org,s3cret,\n", "in, line 3: the account 111122223333 stands in line 2" },
		{ "name,account,email,password,partition\na,111122223333,r@x.org,s3cret,aws-eu\n", "in, line 2, column 31: partition must be" },
		{ HEAD "a,111122223333,r@x.org,s3cret,\nb,111122223334,x,s3cret,\n", "in, line 3, column 16: email" },
		{ HEAD "a,111122223333,r@x.org,s3\xffret,\n", "in, line 2, column 24: password is too long, no UTF-8" }
	};

	(void)state;
	all_refused(bad, COUNT(bad), IMPORT_CSV);
}

#define A "\"name\":\"a\",\"account\":\"111122223333\",\"email\":\"r@x.org\""

static void json_taken(void **state)
{
	static const struct taken ok[] = {
		{ "[{" A ",\"password\":\"pw\",\"totp\":\"" SEED "\"}]",
		    "1 a 111122223333 r@x.org aws [] [] pw " URI ";" },
		{ "\n [ {" A ",\n \"password\" : \"\\u0070\\\"\\\\\\/\\u00e9\\ud83d\\ude00\"\n} ,\n"
		    "{\"account\":\"000000000001\",\"name\":\"b\",\"email\":\"s@x.org\",\"password\":\"x\","
		    "\"email_controller\":\"Al\",\"phone_controller\":\"Bo\",\"partition\":\"aws-us-gov\"}]\n",
		    "2 a 111122223333 r@x.org aws [] [] p\"\\/\xc3\xa9\xf0\x9f\x98\x80 -;"
		    "5 b 000000000001 s@x.org aws-us-gov [Al] [Bo] x -;" }
	};

	(void)state;
	all_taken(ok, COUNT(ok), IMPORT_JSON);
}

static void json_refused(void **state)
{
	static const struct taken bad[] = {
		{ "", "in, line 1, column 1: it ends where `[`" }, { "[]", "in holds no account" },
		{ "[", "in, line 1, column 2: it ends where `{`" }, { "{}", "in, line 1, column 1: `[`" },
		{ "[{}]", "in, line 1, column 2: name must" },
		{ "[{" A ",\"password\":\"s3cret\"},]", "in, line 1, column 78: `{`" },
		{ "[{" A ",\"password\":\"s3cret\",}]", "in, line 1, column 77: `\"`" },
		{ "[{" A ",\"password\":\"s3cret\"}] x", "in, line 1, column 79: nothing may stand" },
		{ "[{" A ",\"password\":\"s3cret\"}", "in, line 1, column 77: it ends where `,`" },
		{ "[{" A ",\"password\":null}]", "in, line 1, column 68: `\"`" },
		{ "[{" A ",\"password\":\"s3cret\",\"password\":\"s3cret\"}]", "in, line 1, column 77: password stands here twice" },
		{ "[{" A ",\"note\":\"s3cret\"}]", "in, line 1, column 57: no member" },
		{ "[{" A ",\"password\":\"s3\\x\"}]", "in, line 1, column 72: this is no escape" },
		{ "[{" A ",\"password\":\"s3\\ud800\"}]", "in, line 1, column 77: this is no escape" },
		{ "[{" A ",\"password\":\"s3\\u0000\"}]", "in, line 1, column 77: this is no escape" },
		{ "[{" A ",\"password\":\"s3\\u0007\"}]", "in, line 1, column 68: password is too long" },
		{ "[{" A ",\"password\":\"s3\n\"}]", "in, line 1, column 71: a string holds" },
		{ "[{" A ",\"password\":\"s3\xc0\x80\"}]", "in, line 1, column 71: a string is not UTF-8" },
		{ "[{" A ",\"password\":\"s3", "in, line 1, column 71: it ends inside" },
		{ "/*x*/[{" A ",\"password\":\"s3cret\"}]", "in, line 1, column 1: `[`" }
	};

	(void)state;
	all_refused(bad, COUNT(bad), IMPORT_JSON);
}

/* Every cut of a good input, and a NUL in every place, is refused or gives fewer whole
 * accounts; nothing else is called and nothing is read past the end. */
static void cuts(void **state)
{
	static const char json[] = "[{" A ",\"password\":\"pw\"}]";
	static const char csv[] = HEAD "a,111122223333,r@x.org,\"p\"\"w\"," SEED "\r\n";
	struct seen seen = { "", 0, 0 };
	char copy[256];
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(json) - 1; i++) {
		assert_int_equal(run(json, i, IMPORT_JSON, &seen, &e), ERR_INPUT);
		memcpy(copy, json, sizeof(json));
		copy[i] = '\0';
		assert_int_equal(run(copy, sizeof(json) - 1, IMPORT_JSON, &seen, &e), ERR_INPUT);
	}
	for (i = 0; i + 3 < sizeof(csv); i++) {
		const int r = run(csv, i, IMPORT_CSV, &seen, &e);

		/* A shorter seed is a seed, or none at all, as far as CSV can tell. */
		if (i < sizeof(HEAD "a,111122223333,r@x.org,\"p\"\"w\",") - 1)
			assert_int_equal(r, ERR_INPUT);
		memcpy(copy, csv, sizeof(csv));
		copy[i] = '\0';
		assert_int_equal(run(copy, sizeof(csv) - 1, IMPORT_CSV, &seen, &e), ERR_INPUT);
	}
}

static void caller_stops(void **state)
{
	static const char text[] = HEAD "a,111122223333,r@x.org,x,\nb,111122223334,r@x.org,x,\n"
	    "c,111122223335,r@x.org,x,\n";
	struct seen seen = { "", 0, 2 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(text, sizeof(text) - 1, IMPORT_CSV, &seen, &e), ERR_CANCELLED);
	assert_int_equal(seen.calls, 2);
}

static void many(void **state)
{
	struct secret *s;
	struct err e = { 0 };
	char line[80];
	int i;

	(void)state;
	assert_int_equal(secret_new(&s, SECRET_MAX, NULL), 0);
	assert_int_equal(secret_append(s, HEAD, strlen(HEAD), NULL), 0);
	for (i = 0; i < 20000; i++) {
		(void)snprintf(line, sizeof(line), "r%d,%012d,r@x.org,pw%d,\n", i, i, i);
		assert_int_equal(secret_append(s, line, strlen(line), NULL), 0);
	}
	err_clear(&e);
	assert_int_equal(import_each(s, IMPORT_CSV, "in", NULL, NULL, &e), 0);
	assert_int_equal(secret_append(s, "r77,999999999999,r@x.org,pw,\n", 29, NULL), 0);
	assert_int_equal(import_each(s, IMPORT_CSV, "in", NULL, NULL, &e), ERR_INPUT);
	assert_string_equal(e.text, "in, line 20002: the name r77 stands in line 79 too.");
	secret_free(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_taken),
		cmocka_unit_test(csv_refused),
		cmocka_unit_test(json_taken),
		cmocka_unit_test(json_refused),
		cmocka_unit_test(cuts),
		cmocka_unit_test(caller_stops),
		cmocka_unit_test(many)
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
