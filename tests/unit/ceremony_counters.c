/* SPDX-License-Identifier: BSD-2-Clause */
/* Sign counters: one that does not grow warns, and nothing else comes of it. */
#include "unit.h"

#include <stdio.h>

#include "ceremony/counters.h"
#include "log_lib.h"

/* How many warnings the counter of alice's key gives; the last is in text. */
static size_t warned(const struct lib *l, const struct approval *a, uint32_t counter, char *text,
    size_t cap)
{
	json *w = json_new_array();
	size_t n;

	counters_compare(l->state, a, counter, w);
	n = json_len(w);
	(void)snprintf(text, cap, "%s", n > 0 ? json_str_at(w, n - 1) : "");
	json_free(&w);
	return n;
}

/* A set with alice's (and bob's) approval; *first: the counter of alice's. */
static struct approvals *approve(const struct lib *l, const struct statement *st, size_t n,
    uint32_t *first)
{
	struct approvals *set = NULL;

	assert_int_equal(approvals_new(&set, st, l->v.policy, NULL, NULL), 0);
	for (size_t i = 0; i < n; i++) {
		struct approval *a = fake_approve(&l->v, st, i, 0, NULL, 0);
		uint32_t counter;

		assert_int_equal(approvals_add(set, &a, FAKE_NOW, &counter, NULL), 0);
		if (i == 0)
			*first = counter;
	}
	return set;
}

static void what_does_not_grow_warns(void **state)
{
	struct approvals *set;
	struct statement *st;
	const struct approval *alice, *bob;
	uint32_t at;
	char text[256];
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	st = fake_statement(&l.v, ACTION_DRILL, statement_subject_drill(NULL), NULL, 0);
	set = approve(&l, st, 2, &at);
	alice = approvals_at(set, 0);
	bob = approvals_at(set, 1);
	/* Nothing is remembered yet. */
	assert_int_equal(warned(&l, alice, 1, text, sizeof(text)), 0);
	counters_keep(l.state, set);
	assert_int_equal(warned(&l, alice, at + 1, text, sizeof(text)), 0);
	assert_int_equal(warned(&l, alice, at, text, sizeof(text)), 1);
	assert_int_equal(warned(&l, alice, at - 1, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "The sign counter of alice's key t0 went from "));
	assert_int_equal(warned(&l, alice, 0, text, sizeof(text)), 1);
	assert_non_null(strstr(text, " to 0: a clone of it may exist"));
	/* Each key has its own. */
	assert_int_equal(warned(&l, bob, UINT32_MAX, text, sizeof(text)), 0);
	approvals_free(&set);
	/* A later ceremony of alice alone moves hers, and forgets nobody's. */
	set = approve(&l, st, 1, &at);
	counters_keep(l.state, set);
	assert_int_equal(warned(&l, approvals_at(set, 0), at, text, sizeof(text)), 1);
	approvals_free(&set);
	set = approve(&l, st, 2, &at);
	assert_int_equal(warned(&l, approvals_at(set, 1), 1, text, sizeof(text)), 1);
	assert_non_null(strstr(text, "bob's key t0"));
	approvals_free(&set);
	statement_free(&st);
	lib_free(&l);
}

static void a_memory_that_is_none_is_replaced(void **state)
{
	static const char *const rows[] = { "", "{", "{}", "{\"counters\":[],\"type\":\"x\"}" };
	struct approvals *set;
	struct statement *st;
	uint32_t at;
	char text[256];
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	st = fake_statement(&l.v, ACTION_DRILL, statement_subject_drill(NULL), NULL, 0);
	set = approve(&l, st, 1, &at);
	for (size_t i = 0; i < COUNT(rows); i++) {
		lib_write(&l, "state/counters.json", rows[i], strlen(rows[i]));
		assert_int_equal(warned(&l, approvals_at(set, 0), 1, text, sizeof(text)), 0);
		counters_keep(l.state, set);
		assert_int_equal(warned(&l, approvals_at(set, 0), at, text, sizeof(text)), 1);
	}
	approvals_free(&set);
	statement_free(&st);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_grow_warns),
		cmocka_unit_test(a_memory_that_is_none_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
