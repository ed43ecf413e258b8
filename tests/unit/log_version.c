/* SPDX-License-Identifier: BSD-2-Clause */
/* Which version of a record is opened, and which one the next is built on. */
#include "log_two.h"

static const char *record = "prod";

static int64_t choice(struct two *t, int64_t which, struct err *e)
{
	struct index_record *r = need(t, record);
	const struct index_version *v;
	const int rc = index_version(&v, r, which, e);
	const int64_t version = rc == 0 ? v->version : -rc;

	assert_true((rc == 0) == (v != NULL));
	index_record_free(&r);
	return version;
}

/* And after the same was read from the cache, and from the logs anew. */
static void choices(struct two *t, int64_t newest, int64_t in_force, int64_t candidate)
{
	static const char *const boots[] = { LIB_BOOT, LIB_BOOT, BOOT2 };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < COUNT(boots); i++) {
		assert_int_equal(open_index(t, boots[i], &e), 0);
		assert_int_equal(choice(t, INDEX_NEWEST, &e), newest);
		assert_int_equal(choice(t, INDEX_IN_FORCE, &e), in_force);
		assert_int_equal(choice(t, INDEX_CANDIDATE, &e), candidate);
	}
}

static void a_confirmed_candidate_is_in_force(void **state)
{
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	other_says(&t, "record.sealed", "prod", 1, 0, 'a');
	choices(&t, 1, 1, -ERR_MISSING);
	other_says(&t, "candidate", "prod", 2, 0, 'b');
	other_says(&t, "candidate", "prod", 3, 0, 'c');
	choices(&t, 3, 1, 3);
	other_says(&t, "rotation.confirmed", "prod", 2, 0, '0');
	choices(&t, 3, 2, 3);
	other_says(&t, "shadow", "prod", 3, 0, '0');
	choices(&t, 3, 3, -ERR_MISSING);
	assert_int_equal(choice(&t, 1, &e), 1);
	assert_int_equal(choice(&t, 4, &e), -ERR_MISSING);
	/* A confirmation makes no version. */
	other_says(&t, "rotation.confirmed", "prod", 4, 0, '0');
	choices(&t, 3, 3, -ERR_MISSING);
	two_free(&t);
}

static void two_documents_for_a_version_are_both_refused(void **state)
{
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	lib_seal(&t.l, "prod", NULL);
	other_says(&t, "record.sealed", "prod", 2, 0, 'a');
	choices(&t, 2, 2, -ERR_MISSING);
	other_says(&t, "record.sealed", "prod", 1, 0, 'b');
	choices(&t, 2, 2, -ERR_TAMPERED);
	assert_int_equal(choice(&t, 1, &e), -ERR_TAMPERED);
	assert_non_null(strstr(e.text, FAKE_HOST));
	assert_non_null(strstr(e.text, "bastion2"));
	assert_non_null(strstr(e.hint, "log verify"));
	/* Disputed, candidate or not: nothing older takes its place unasked. */
	other_says(&t, "candidate", "prod", 2, 0, 'c');
	choices(&t, -ERR_TAMPERED, -ERR_TAMPERED, -ERR_TAMPERED);
	assert_int_equal(choice(&t, 2, &e), -ERR_TAMPERED);
	other_says(&t, "candidate", "prod", 3, 0, 'd');
	choices(&t, 3, -ERR_TAMPERED, 3);
	/* Shares say nothing of it. */
	other_says(&t, "shares.sealed", "prod", 3, 1, 'e');
	choices(&t, 3, -ERR_TAMPERED, 3);
	two_free(&t);
}

/* Our host says of its own root password what other_says says of one. */
static void own_says(struct two *t, const char *type, int64_t version, char digit)
{
	struct log *other = t->log;

	t->log = t->l.log;
	other_says(t, type, record, version, 0, digit);
	t->log = other;
}

/* Both logs go on under policy `serial`. */
static void under(struct two *t, int64_t serial)
{
	memset(t->l.policies[1], 2, HASH_LEN);
	memset(t->l.policies[2], 3, HASH_LEN);
	t->l.world.npolicies = 3;
	memcpy(t->l.opts.policy, t->l.policies[serial - 1], HASH_LEN);
}

static void a_root_password_is_its_hosts_own(void **state)
{
	struct index_record *none;
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	record = "linux-" FAKE_HOST;
	/* Of a record that only another host names there is none. */
	other_says(&t, "record.sealed", record, 1, 0, 'e');
	other_says(&t, "rotation.confirmed", record, 1, 0, '0');
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	assert_int_equal(index_find(&none, t.ix, record, &e), ERR_MISSING);
	own_says(&t, "record.sealed", 1, 'a');
	choices(&t, 1, 1, -ERR_MISSING);
	other_says(&t, "record.sealed", record, 1, 0, 'b');
	other_says(&t, "record.sealed", record, 2, 0, 'b');
	other_says(&t, "candidate", record, 3, 0, 'c');
	choices(&t, 1, 1, -ERR_MISSING);
	assert_int_equal(choice(&t, 2, &e), -ERR_MISSING);
	own_says(&t, "candidate", 2, 'd');
	choices(&t, 2, 1, 2);
	other_says(&t, "shadow", record, 2, 0, '0');
	other_says(&t, "rotation.confirmed", record, 2, 0, '0');
	choices(&t, 2, 1, 2);
	own_says(&t, "shadow", 2, '0');
	choices(&t, 2, 2, -ERR_MISSING);
	record = "prod";
	two_free(&t);
}

static void a_host_takes_over_when_it_is_one(void **state)
{
	struct two t;

	(void)state;
	two_new(&t);
	record = "linux-" FAKE_HOST;
	t.hosts[0].since = 2;
	under(&t, 1);
	other_says(&t, "record.sealed", record, 1, 0, 'a');
	other_says(&t, "candidate", record, 2, 0, 'b');
	choices(&t, 2, 1, 2);
	other_says(&t, "rotation.confirmed", record, 2, 0, '0');
	choices(&t, 2, 2, -ERR_MISSING);
	under(&t, 2);
	other_says(&t, "record.sealed", record, 3, 0, 'c');
	choices(&t, 2, 2, -ERR_MISSING);
	own_says(&t, "candidate", 3, 'd');
	choices(&t, 3, 2, 3);
	own_says(&t, "shadow", 3, '0');
	choices(&t, 3, 3, -ERR_MISSING);
	/* A log that has stood still since, with that host's key: */
	under(&t, 1);
	other_says(&t, "record.sealed", record, 3, 0, 'e');
	other_says(&t, "record.sealed", record, 4, 0, 'e');
	choices(&t, 3, 3, -ERR_MISSING);
	under(&t, 2);
	own_says(&t, "candidate", 4, 'f');
	under(&t, 1);
	other_says(&t, "rotation.confirmed", record, 4, 0, '0');
	choices(&t, 4, 3, 4);
	record = "prod";
	two_free(&t);
}

static void others_go_on_after_its_end(void **state)
{
	struct two t;

	(void)state;
	two_new(&t);
	record = "linux-" FAKE_HOST;
	t.hosts[0].until = 3;
	under(&t, 2);
	own_says(&t, "record.sealed", 1, 'a');
	own_says(&t, "candidate", 2, 'b');
	other_says(&t, "record.sealed", record, 3, 0, 'c');
	choices(&t, 2, 1, 2);
	under(&t, 3);
	other_says(&t, "rotation.confirmed", record, 2, 0, '0');
	other_says(&t, "record.sealed", record, 2, 0, 'd');
	choices(&t, 2, 1, 2);
	other_says(&t, "record.sealed", record, 3, 0, 'e');
	choices(&t, 3, 3, 2);
	/* A log that has stood still since before it was one: */
	t.hosts[0].since = 2;
	other_says(&t, "candidate", record, 4, 0, 'e');
	under(&t, 1);
	other_says(&t, "rotation.confirmed", record, 4, 0, '0');
	other_says(&t, "record.sealed", record, 4, 0, 'f');
	choices(&t, 4, 3, 4);
	under(&t, 3);
	other_says(&t, "rotation.confirmed", record, 4, 0, '0');
	choices(&t, 4, 4, 2);
	record = "prod";
	two_free(&t);
}

/* Of a host that never sealed, before and after its time as one. */
static void both_count_where_the_owner_has_sealed_nothing(void **state)
{
	struct two t;

	(void)state;
	two_new(&t);
	record = "linux-" FAKE_HOST;
	t.hosts[0].since = 2;
	t.hosts[0].until = 3;
	under(&t, 1);
	other_says(&t, "candidate", record, 1, 0, 'a');
	under(&t, 3);
	other_says(&t, "rotation.confirmed", record, 1, 0, '0');
	choices(&t, 1, 1, -ERR_MISSING);
	other_says(&t, "record.sealed", record, 2, 0, 'b');
	choices(&t, 2, 2, -ERR_MISSING);
	under(&t, 1);
	other_says(&t, "record.sealed", record, 2, 0, 'c');
	choices(&t, -ERR_TAMPERED, -ERR_TAMPERED, -ERR_TAMPERED);
	record = "prod";
	two_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_confirmed_candidate_is_in_force),
		cmocka_unit_test(two_documents_for_a_version_are_both_refused),
		cmocka_unit_test(a_root_password_is_its_hosts_own),
		cmocka_unit_test(a_host_takes_over_when_it_is_one),
		cmocka_unit_test(others_go_on_after_its_end),
		cmocka_unit_test(both_count_where_the_owner_has_sealed_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
