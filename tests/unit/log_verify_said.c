/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry must say of its record what the record says. */
#include "unit.h"

#include "log_lib.h"

static void is_candidate(json *j)
{
	assert_int_equal(json_set_bool(j, "candidate", 1), 0);
}

static void is_generic(json *j)
{
	assert_int_equal(json_set_str(j, "kind", "generic"), 0);
}

static void has_no_fields(json *j)
{
	assert_int_equal(json_set(j, "fields", json_new_array()), 0);
}

static void nobody_knows(json *j)
{
	json *fields = json_new_array();

	for (size_t i = 0; i < json_len(json_get(j, "fields")); i++) {
		json *f = json_copy(json_at(json_get(j, "fields"), i));

		assert_int_equal(json_set(f, "known_to", json_new_array()), 0);
		assert_int_equal(json_add(fields, f), 0);
	}
	assert_int_equal(json_set(j, "fields", fields), 0);
}

static void other_order(json *j)
{
	const json *was = json_get(j, "fields");
	json *fields = json_new_array();

	for (size_t i = json_len(was); i-- > 0;)
		assert_int_equal(json_add(fields, json_copy(json_at(was, i))), 0);
	assert_int_equal(json_set(j, "fields", fields), 0);
}

/* What is due follows from the entries: they must say what the document says. */
static void sees_an_entry_that_says_another_thing_than_its_record(void **state)
{
	static void (*const lies[])(json *) = { is_candidate, is_generic, has_no_fields, nobody_knows };
	struct verify_report *r;
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(lies); i++) {
		lib_new(&l, NULL);
		l.bend = lies[i];
		lib_seal(&l, "prod", NULL);
		r = lib_verify(&l);
		/* A candidate's seed that nobody knows, without holders who attended: one more. */
		assert_int_equal(r->faults, i == 0 ? 2 : 1);
		assert_true(lib_found(r, VERIFY_FAULT, 1));
		verify_report_free(&r);
		lib_free(&l);
	}
	lib_new(&l, NULL);
	l.bend = other_order;
	lib_seal(&l, "prod", NULL);
	r = lib_verify(&l);
	assert_int_equal(r->faults, 0);
	verify_report_free(&r);
	lib_free(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_an_entry_that_says_another_thing_than_its_record)
	};

	return cmocka_run_group_tests_name("log_verify_said", tests, NULL, NULL);
}
