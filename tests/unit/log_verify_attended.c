/* SPDX-License-Identifier: BSD-2-Clause */
/* A seed is typed by somebody: holders must have attended where nobody is said to know it. */
#include "unit.h"

#include "log_lib.h"

/* What the host that lies says, for bend. */
static struct {
	const uint8_t *attended;	/* NULL: null */
	const char *fields;
	int candidate;
} lie;

static void bend(json *sealed)
{
	json *fields = NULL;

	assert_int_equal(json_parse(&fields, lie.fields, strlen(lie.fields), JSON_CANONICAL, "fields", NULL), 0);
	assert_int_equal(json_set(sealed, "fields", fields), 0);
	assert_int_equal(json_set_bool(sealed, "candidate", lie.candidate), 0);
	if (lie.attended != NULL)
		assert_int_equal(json_set_hex(sealed, "attended", lie.attended, HASH_LEN), 0);
}

/* Faults about who attended; the document's own are another test's. */
static int64_t faults(const struct lib *l, const char *words)
{
	struct verify_report *r = lib_verify(l);
	int64_t n = 0;

	for (size_t i = 0; i < r->nfindings; i++)
		if (strcmp(r->findings[i].what, "attended") == 0) {
			n++;
			if (words == NULL || strstr(r->findings[i].text, words) == NULL)
				lib_print(r);
			assert_non_null(words);
			assert_non_null(strstr(r->findings[i].text, words));
		}
	verify_report_free(&r);
	return n;
}

#define SEED "[{\"known_to\":[],\"name\":\"totp\"}]"

static void judges_who_attended(void **state)
{
	static const char nobody[] = "no holders attended", none[] = "No request to attend this sealing",
		few[] = "do not satisfy the quorum", late[] = "had expired";
	static const struct {
		const char *record, *field;
		int64_t version;
		enum statement_action action;
		unsigned approvers;
		int64_t minutes;	/* from the approvals to the sealing */
		int named, candidate;
		const char *fields, *words;
	} cases[] = {
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 0, 1, 1, SEED, NULL },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 59, 1, 1, SEED, NULL },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 61, 1, 1, SEED, late },
		{ "prod", "totp", 1, ACTION_ATTEND, 1, 0, 1, 1, SEED, few },
		{ "prod", "totp", 1, ACTION_ATTEND, 0, 0, 1, 1, SEED, few },
		{ "test", "totp", 1, ACTION_ATTEND, 3, 0, 1, 1, SEED, none },
		{ "prod", "password", 1, ACTION_ATTEND, 3, 0, 1, 1, SEED, none },
		{ "prod", "totp", 2, ACTION_ATTEND, 3, 0, 1, 1, SEED, none },
		{ "prod", "totp", 1, ACTION_CONFIRM, 3, 0, 1, 1, SEED, none },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 0, 0, 1, SEED, nobody },
		/* Whoever is named to know it needs nobody; a first seal is not judged. */
		{ "prod", "totp", 1, ACTION_ATTEND, 0, 0, 0, 1, "[{\"known_to\":[\"op\"],\"name\":\"totp\"}]", NULL },
		{ "prod", "totp", 1, ACTION_ATTEND, 0, 0, 0, 0, SEED, NULL },
		{ "prod", "totp", 1, ACTION_ATTEND, 0, 0, 0, 1, "[{\"known_to\":[],\"name\":\"password\"}]", NULL },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 0, 1, 1, "[{\"known_to\":[\"op\"],\"name\":\"totp\"}]", none },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 0, 1, 1,
		    "[{\"known_to\":[],\"name\":\"totp\"},{\"known_to\":[],\"name\":\"x\"}]", none },
		{ "prod", "totp", 1, ACTION_ATTEND, 3, 0, 1, 1, "[]", none },
	};
	struct statement *st;
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		lib_new(&l, NULL);
		st = lib_request(&l, cases[i].action,
		    statement_subject_fields(cases[i].record, cases[i].version, &cases[i].field, 1));
		lib_approved(&l, st, cases[i].approvers);
		l.now += cases[i].minutes * 60000;
		lie.attended = cases[i].named ? st->hash : NULL;
		lie.fields = cases[i].fields;
		lie.candidate = cases[i].candidate;
		l.bend = bend;
		lib_seal(&l, "prod", NULL);
		assert_int_equal(faults(&l, cases[i].words), cases[i].words != NULL);
		statement_free(&st);
		lib_free(&l);
	}
}

/* Says the last line once more. */
static void again(struct lib *l)
{
	static const char *const own[] = { "boot", "host", "policy", "seq", "time" };
	struct buf log = BUF_INIT;
	struct err e = { 0 };
	const char *line;
	size_t from;
	json *j = NULL;

	lib_read(l, "store/log/bastion1.jsonl", &log);
	for (from = log.len - 1; from > 0 && log.data[from - 1] != '\n'; from--)
		;
	line = (const char *)log.data + from;
	assert_int_equal(json_parse(&j, line, log.len - 1 - from, JSON_CANONICAL, "line", &e), 0);
	for (size_t i = 0; i < COUNT(own); i++)
		assert_int_equal(json_remove(j, own[i]), 0);
	assert_int_equal(log_append_one(l->log, j, &l->opts, NULL, &e), 0);
	json_free(&j);
	buf_free(&log);
}

static void attended_once(void **state)
{
	static const char *const field[] = { "totp" };
	static const uint8_t missing[HASH_LEN] = { 1 };
	struct statement *st;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	st = lib_request(&l, ACTION_ATTEND, statement_subject_fields("prod", 1, field, 1));
	lib_approved(&l, st, 5);
	lie.attended = st->hash;
	lie.fields = SEED;
	lie.candidate = 1;
	l.bend = bend;
	lib_seal(&l, "prod", NULL);
	assert_int_equal(faults(&l, NULL), 0);
	again(&l);
	assert_int_equal(faults(&l, "attended another sealing"), 1);
	statement_free(&st);
	lib_free(&l);

	lib_new(&l, NULL);
	lie.attended = missing;
	l.bend = bend;
	lib_seal(&l, "prod", NULL);
	assert_int_equal(faults(&l, "No request to attend"), 1);
	lib_free(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_who_attended),
		cmocka_unit_test(attended_once),
	};

	return cmocka_run_group_tests_name("log_verify_attended", tests, NULL, NULL);
}
