/* SPDX-License-Identifier: BSD-2-Clause */
/* A rotation that CloudTrail confirms: the record of that event stands before it. */
#include "unit.h"

#include "log_lib.h"

#define EVENT "0f2d0ae5-1111-4222-8333-444444444444"

static void append(struct lib *l, json *j)
{
	struct err e = { 0 };

	assert_int_equal(log_append_one(l->log, j, &l->opts, NULL, &e), 0);
	json_free(&j);
}

static void records(struct lib *l, const char *ids, int vouched)
{
	json *j = lib_entry("root.records", "account", "111122223333", "gzip", "", NULL), *list = NULL;

	assert_int_equal(json_parse(&list, ids, strlen(ids), JSON_CANONICAL, "ids", NULL), 0);
	assert_int_equal(json_set(j, "ids", list), 0);
	assert_int_equal(json_set_bool(j, "vouched", vouched), 0);
	assert_int_equal(json_set_int(j, "without", 1), 0);
	append(l, j);
}

static void confirmed(struct lib *l, const char *by)
{
	json *j = lib_entry("rotation.confirmed", "record", "prod", "by", by, NULL);
	json *fields = json_new_array();

	assert_int_equal(json_add_str(fields, "password"), 0);
	assert_int_equal(json_set(j, "fields", fields), 0);
	assert_int_equal(json_set_int(j, "version", 1), 0);
	assert_int_equal(json_set_null(j, "statement"), 0);
	append(l, j);
}

/* The only faults, if any, are of the confirmation. */
static void expect(const struct lib *l, int64_t seq, int fault)
{
	struct verify_report *r = lib_verify(l);

	if (r->faults != fault)
		lib_print(r);
	assert_int_equal(r->faults, fault);
	assert_int_equal(lib_found(r, VERIFY_FAULT, seq), fault);
	assert_true(lib_found(r, VERIFY_NOTE, seq));
	verify_report_free(&r);
}

static void an_event_stands_before_what_it_confirms(void **state)
{
	static const struct {
		const char *ids, *by;
		int vouched, fault;
	} cases[] = {
		{ "[\"" EVENT "\"]", EVENT, 1, 0 },
		{ "[\"a\",\"" EVENT "\",\"b\"]", EVENT, 1, 0 },
		{ "[\"a\",\"b\",\"" EVENT "\"]", EVENT, 1, 0 },
		{ "[\"x\\\",\",\"b\"]", "b", 1, 0 },
		{ "[\"x\\\",\",\"b\"]", "x\",", 1, 0 },
		{ "[\"x\\\\\",\"b\"]", "b", 1, 0 },
		{ "[\"" EVENT "\"]", EVENT, 0, 1 },
		{ "[\"" EVENT "0\"]", EVENT, 1, 1 },
		{ "[\"a\"]", EVENT, 1, 1 },
	};
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		lib_new(&l, NULL);
		lib_seal(&l, "prod", NULL);
		records(&l, cases[i].ids, cases[i].vouched);
		confirmed(&l, cases[i].by);
		expect(&l, 3, cases[i].fault);
		lib_free(&l);
	}
}

static void an_event_behind_it_confirms_nothing(void **state)
{
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_seal(&l, "prod", NULL);
	confirmed(&l, EVENT);
	expect(&l, 2, 1);
	records(&l, "[\"" EVENT "\"]", 1);
	expect(&l, 2, 1);
	records(&l, "[\"" EVENT "\"]", 1);
	expect(&l, 2, 1);
	lib_free(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_stands_before_what_it_confirms),
		cmocka_unit_test(an_event_behind_it_confirms_nothing),
	};

	return cmocka_run_group_tests_name("log_verify_event", tests, NULL, NULL);
}
