/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements: each action's shape, times, and what a checker asks first. */
#include "unit.h"

#include <stdlib.h>

#include "fake_vault.h"

static int setup(void **state)
{
	struct fake_vault *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	fake_vault_new(v, 2, 1, "2 of (alice, bob)", NULL);
	*state = v;
	return 0;
}

static int teardown(void **state)
{
	fake_vault_free(*state);
	free(*state);
	return 0;
}

static const uint8_t some_key[32] = { 9 };
static const uint8_t some_hash[32] = { 7 };

static struct statement *unseal(const struct fake_vault *v)
{
	static const struct statement_field fields[] = { { "password", "value" },
		{ "totp", "code" } };
	const struct statement_deliver to = { .to = "bob", .key = some_key, .fields = fields,
		.n = 2 };

	return fake_statement(v, ACTION_UNSEAL, statement_subject_unseal("prod-main", 3, some_hash),
	    &to, 1);
}

static void reading(void **state)
{
	struct statement *st = unseal(*state);
	const char *to = NULL, *as = NULL;
	uint8_t key[32];

	assert_int_equal(st->action, ACTION_UNSEAL);
	assert_string_equal(statement_action_name(st->action), "unseal");
	assert_string_equal(st->record, "prod-main");
	assert_int_equal(st->version, 3);
	assert_memory_equal(st->digest, some_hash, 32);
	assert_string_equal(st->reason, "locked out");
	assert_string_equal(st->ticket, "INC-4711");
	assert_null(st->task);
	assert_int_equal(st->uid, 1000);
	assert_int_equal(st->expires - st->time, 3600000);
	assert_int_equal(statement_field(st, "totp", key, &to, &as), 0);
	assert_string_equal(to, "bob");
	assert_string_equal(as, "code");
	assert_memory_equal(key, some_key, 32);
	assert_int_equal(statement_field(st, "seed", key, NULL, NULL), -1);
	statement_free(&st);
}

static void actions(void **state)
{
	static const char *const fields[] = { "password", "totp" };
	const struct fake_vault *v = *state;
	struct statement *st;

	st = fake_statement(v, ACTION_LOGIN, statement_subject_login("sshd", "root", "ssh", "10.0.0.1"),
	    NULL, 0);
	assert_string_equal(json_str(st->subject, "rhost"), "10.0.0.1");
	statement_free(&st);
	st = fake_statement(v, ACTION_DRILL, statement_subject_drill(NULL), NULL, 0);
	assert_null(st->holder);
	statement_free(&st);
	st = fake_statement(v, ACTION_DRILL, statement_subject_drill("bob"), NULL, 0);
	assert_string_equal(st->holder, "bob");
	statement_free(&st);
	st = fake_statement(v, ACTION_CONFIRM, statement_subject_fields("prod-main", 2, fields, 2),
	    NULL, 0);
	assert_int_equal(json_len(st->fields), 2);
	assert_int_equal(st->version, 2);
	statement_free(&st);
	st = fake_statement(v, ACTION_POLICY, statement_subject_policy(2, some_hash), NULL, 0);
	assert_int_equal(st->serial, 2);
	statement_free(&st);
}

/* The statement with one member replaced (NULL: null), or taken away. */
static void refuse(const struct fake_vault *v, const char *member, const char *text)
{
	struct statement *st = unseal(v), *out = NULL;
	json *doc = json_copy(st->doc), *value = NULL;
	struct err e = { 0 };
	struct buf b = BUF_INIT;

	if (text == NULL) {
		assert_int_equal(json_remove(doc, member), 0);
	} else {
		buf_printf(&b, "{\"v\":%s}", text);
		assert_int_equal(json_parse(&value, b.data, b.len, JSON_LOOSE, "t", NULL), 0);
		if (json_get(value, "v") == NULL)
			assert_int_equal(json_set_null(doc, member), 0);
		else
			assert_int_equal(json_set(doc, member, json_copy(json_get(value, "v"))), 0);
	}
	if (statement_from_json(&out, doc, "the request", &e) != ERR_INPUT || out != NULL)
		fail_msg("%s = %s gave %d: %s", member, text != NULL ? text : "(gone)", e.code, e.text);
	assert_true(strncmp(e.text, "the request", 11) == 0);
	json_free(&value);
	json_free(&doc);
	buf_free(&b);
	statement_free(&st);
}

static void shapes(void **state)
{
	static const char *const gone[] = { "type", "vault", "policy", "action", "subject", "deliver",
		"reason", "ticket", "task", "requester", "time", "expires", "nonce", "log" };
	static const struct {
		const char *member, *text;
	} rows[] = {
		{ "extra", "1" }, { "type", "\"twokey-statement-v2\"" }, { "action", "\"open\"" },
		{ "action", "\"drill\"" }, { "policy", "null" }, { "log", "null" },
		{ "vault", "\"00\"" }, { "nonce", "\"AA==\"" }, { "time", "\"2026-01-01\"" },
		{ "expires", "\"2020-01-01T00:00:00.000Z\"" }, { "deliver", "[]" },
		{ "subject", "{\"record\":\"x\",\"version\":0,\"digest\":\"0000000000000000000000000000"
		    "000000000000000000000000000000000000\"}" },
		{ "subject", "{\"record\":\"x\",\"version\":1}" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AA==\",\"fields\":[{\"name\":\"p\",\"as\":"
		    "\"value\"}]}]" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[]}]" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[{\"name\":\"p\",\"as\":\"file\"}]}]" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[{\"name\":\"p\",\"as\":\"value\"},{\"name\":\"p\",\"as\":\"value\"}]}]" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[{\"name\":\"p\",\"as\":\"value\"}]},{\"to\":\"b\",\"key\":\"AAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"fields\":[{\"name\":\"p\",\"as\":\"value\"}]}]" },
		{ "deliver", "[{\"to\":\"A B\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[{\"name\":\"p\",\"as\":\"value\"}]}]" },
		{ "deliver", "[{\"to\":\"a\",\"key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
		    "\"fields\":[{\"name\":\"p\",\"as\":\"code\"}]}]" },
		{ "requester", "{\"host\":\"h\",\"tty\":\"\",\"uid\":4294967296,\"user\":\"u\",\"via\":"
		    "\"\"}" },
		{ "requester", "{\"host\":\"H\",\"tty\":\"\",\"uid\":1,\"user\":\"u\",\"via\":\"\"}" },
	};

	for (size_t i = 0; i < COUNT(gone); i++)
		refuse(*state, gone[i], NULL);
	for (size_t i = 0; i < COUNT(rows); i++)
		refuse(*state, rows[i].member, rows[i].text);
}

static void times(void **state)
{
	struct statement *st = unseal(*state);
	struct err e = { 0 };

	assert_int_equal(statement_check_time(st, FAKE_NOW, NULL), 0);
	assert_int_equal(statement_check_time(st, st->expires - 1, NULL), 0);
	assert_int_equal(statement_check_time(st, st->expires, &e), ERR_TIMEOUT);
	assert_true(e.hint[0] != '\0');
	assert_int_equal(statement_check_time(st, FAKE_NOW - STATEMENT_SKEW_MS, NULL), 0);
	assert_int_equal(statement_check_time(st, FAKE_NOW - STATEMENT_SKEW_MS - 1, NULL),
	    ERR_REFUSED);
	statement_free(&st);
}

static int check(const struct fake_vault *v, struct statement_in *in, const struct policy *p)
{
	struct statement *st = NULL;
	struct err e = { 0 };
	int r;

	in->subject = statement_subject_drill(NULL);
	if (statement_new(&st, in, &e) != 0)
		fail_msg("%s", e.text);
	assert_null(in->subject);
	r = statement_check(st, p, v != NULL ? FAKE_NOW : 0, NULL);
	statement_free(&st);
	return r;
}

static void checks(void **state)
{
	const struct fake_vault *v = *state;
	const struct statement_in good = { .vault = policy_vault(v->policy),
		.policy = policy_hash(v->policy), .action = ACTION_DRILL, .reason = "drill",
		.user = "op", .host = FAKE_HOST, .tty = "", .via = "", .uid = STATEMENT_UID_NONE,
		.now = FAKE_NOW, .minutes = 60, .log_origin = "o", .log_root = some_hash };
	struct statement_in in = good;

	assert_int_equal(check(v, &in, v->policy), 0);
	assert_int_equal(check(v, &in, NULL), ERR_REFUSED);
	in.vault = some_hash;
	assert_int_equal(check(v, &in, v->policy), ERR_REFUSED);
	in = good;
	in.policy = some_hash;
	assert_int_equal(check(v, &in, v->policy), ERR_REFUSED);
	in = good;
	in.minutes = 61;
	assert_int_equal(check(v, &in, v->policy), ERR_REFUSED);
	in = good;
	in.reason = "";
	assert_int_equal(check(v, &in, v->policy), ERR_REFUSED);
	in = good;
	in.now = FAKE_NOW - 3600000;
	assert_int_equal(check(v, &in, v->policy), ERR_TIMEOUT);
}

/* What people type is answered before anything is written. */
static void typed(void **state)
{
	const struct fake_vault *v = *state;
	struct statement_in in = { .vault = policy_vault(v->policy),
		.policy = policy_hash(v->policy), .action = ACTION_DRILL, .reason = "a\nb",
		.user = "op", .host = FAKE_HOST, .tty = "", .via = "", .now = FAKE_NOW, .minutes = 1,
		.log_origin = "o", .log_root = some_hash };
	struct statement *st = (struct statement *)1;
	struct err e = { 0 };
	char *text = malloc(600);

	in.subject = statement_subject_drill(NULL);
	assert_int_equal(statement_new(&st, &in, &e), ERR_USAGE);
	assert_non_null(strstr(e.text, "reason"));
	assert_null(st);
	assert_null(in.subject);
	memset(text, 'x', 599);
	text[513] = '\0';
	in.reason = "fine";
	in.ticket = text;
	in.subject = statement_subject_drill(NULL);
	assert_int_equal(statement_new(&st, &in, NULL), ERR_USAGE);
	text[512] = '\0';
	in.subject = statement_subject_drill(NULL);
	assert_int_equal(statement_new(&st, &in, NULL), 0);
	statement_free(&st);
	in.ticket = "\xe2\x80\xae" "rtl";
	in.subject = statement_subject_drill(NULL);
	assert_int_equal(statement_new(&st, &in, NULL), ERR_USAGE);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading), cmocka_unit_test(actions), cmocka_unit_test(shapes),
		cmocka_unit_test(times), cmocka_unit_test(checks), cmocka_unit_test(typed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
