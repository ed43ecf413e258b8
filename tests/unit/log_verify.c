/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole store is verified, and each change is found where it is. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "log_lib.h"

static struct verify_report *clean(struct lib *l)
{
	struct verify_report *r = lib_verify(l);

	if (r->faults != 0)
		lib_print(r);
	assert_int_equal(r->faults, 0);
	return r;
}

static void verifies_what_was_written(void **state)
{
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 5, 1);
	lib_unseal(&l, "prod", digest, 2, 0);
	r = clean(&l);
	assert_int_equal(r->policies, 1);
	assert_int_equal(r->records, 1);
	assert_int_equal(r->shares, 1);
	assert_int_equal(r->entries, 9);
	assert_int_equal(r->approvals, 3);
	assert_int_equal(r->notes, 0);
	assert_int_equal(r->nlogs, 1);
	assert_int_equal(r->logs[0].covered, 9);
	/* The last request with an approval named the log of seven entries. */
	assert_int_equal(r->logs[0].vouched, 7);
	assert_int_equal(r->logs[0].memory, 0);
	verify_report_free(&r);
	lib_free(&l);
}

/* Appends an entry of a ceremony as a host that lies would. */
static void lie(struct lib *l, json *j)
{
	struct err e = { 0 };

	assert_int_equal(log_append_one(l->log, j, &l->opts, NULL, &e), 0);
	json_free(&j);
}

/* A rotation is confirmed by whom the rules name, or the report says whose word it is. */
static void sees_a_rotation_nobody_confirmed(void **state)
{
	static const char *const by[] = { "holders", "0f2d0ae5-1111-4222-8333-444444444444" };
	struct verify_report *r;
	struct lib l;
	json *j, *fields;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		lib_new(&l, NULL);
		lib_seal(&l, "prod", NULL);
		j = lib_entry("rotation.confirmed", "record", "prod", "by", by[i], NULL);
		fields = json_new_array();
		assert_int_equal(json_add_str(fields, "password"), 0);
		assert_int_equal(json_set(j, "fields", fields), 0);
		assert_int_equal(json_set_int(j, "version", 1), 0);
		assert_int_equal(json_set_null(j, "statement"), 0);
		lie(&l, j);
		r = lib_verify(&l);
		assert_int_equal(r->faults, 1);
		assert_true(lib_found(r, VERIFY_FAULT, 2));
		/* Whose word it is; the record of the event is missing as well. */
		assert_int_equal(lib_found(r, VERIFY_NOTE, 2), i == 1);
		verify_report_free(&r);
		lib_free(&l);
	}
}

/* By holders: the record's quorum, and no word of another's beside it. */
static void sees_a_rotation_that_too_few_confirmed(void **state)
{
	static const struct {
		unsigned approvers;
		const char *by;
		int64_t faults;
	} cases[] = { { 1, "holders", 1 }, { 5, "holders", 0 }, { 5, "some-event", 1 } };
	static const char *const field[] = { "password" };
	struct verify_report *r;
	struct statement *st;
	struct lib l;
	json *j, *fields;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		lib_new(&l, NULL);
		lib_seal(&l, "prod", NULL);
		st = lib_request(&l, ACTION_CONFIRM, statement_subject_fields("prod", 1, field, 1));
		lib_approved(&l, st, cases[i].approvers);
		j = lib_entry("rotation.confirmed", "record", "prod", "by", cases[i].by, NULL);
		fields = json_new_array();
		assert_int_equal(json_add_str(fields, "password"), 0);
		assert_int_equal(json_set(j, "fields", fields), 0);
		assert_int_equal(json_set_int(j, "version", 1), 0);
		assert_int_equal(json_set_hex(j, "statement", st->hash, HASH_LEN), 0);
		lie(&l, j);
		r = lib_verify(&l);
		if (r->faults != cases[i].faults)
			lib_print(r);
		assert_int_equal(r->faults, cases[i].faults);
		verify_report_free(&r);
		statement_free(&st);
		lib_free(&l);
	}
}

/* Requests that no program would have accepted. */
static void sees_requests_that_cannot_be(void **state)
{
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	json *j, *st, *requests[2] = { NULL };
	struct lib l;
	struct buf b = BUF_INIT;

	(void)state;
	lib_new(&l, NULL);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 0, 0);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (size_t i = 0; i < 2; i++) {
		const char *line = strrchr((const char *)b.data, '{');

		while (strncmp(line, "{\"boot\"", 7) != 0)
			line--;
		assert_int_equal(json_parse(&j, line, strlen(line) - 1, JSON_CANONICAL, "line", NULL), 0);
		requests[i] = lib_entry("ceremony.requested", NULL);
		st = json_copy(json_get(j, "statement"));
		json_free(&j);
		if (i == 0)
			assert_int_equal(json_set_null(st, "policy"), 0);
		else
			assert_int_equal(json_set_str(st, "expires", "2099-01-01T00:00:00.000Z"), 0);
		assert_int_equal(json_set(requests[i], "statement", st), 0);
		lie(&l, requests[i]);
	}
	r = lib_verify(&l);
	assert_int_equal(r->faults, 2);
	assert_true(lib_found(r, VERIFY_FAULT, 3));
	assert_true(lib_found(r, VERIFY_FAULT, 4));
	verify_report_free(&r);
	buf_free(&b);
	lib_free(&l);
}

/* A release that too few approved, by a host that lies about it. */
static void sees_a_quorum_that_was_not(void **state)
{
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 1, 1);
	r = lib_verify(&l);
	assert_int_equal(r->faults, 1);
	assert_true(lib_found(r, VERIFY_FAULT, 4));
	assert_string_equal(r->findings[0].what, "released");
	verify_report_free(&r);
	lib_free(&l);
}

static json *resealed(const struct lib *l, const char *record, int64_t version,
    const uint8_t digest[HASH_LEN])
{
	json *j = lib_entry("shares.sealed", "record", record, NULL);

	assert_int_equal(json_set_int(j, "version", version), 0);
	assert_int_equal(json_set_hex(j, "digest", digest, HASH_LEN), 0);
	assert_int_equal(json_set_hex(j, "shares", l->policies[0], HASH_LEN), 0);
	assert_int_equal(json_set_int(j, "serial", 1), 0);
	return j;
}

/* A reseal that too few approved, of another record, version or digest, or for
 * another policy than its request names.  Policy 1's shares are there already,
 * which each of them is told, too: the document of that name is named twice. */
static void sees_a_reseal_nobody_asked_for(void **state)
{
	static const char *const words[] = { NULL, "do not satisfy the quorum", "something else",
		"something else", "something else", "something else" };
	uint8_t digest[HASH_LEN], other[HASH_LEN] = { 7 };
	struct verify_report *r;
	size_t i, k, n;
	struct lib l;

	(void)state;
	for (i = 0; i < COUNT(words); i++) {
		lib_new(&l, NULL);
		lib_seal(&l, "prod", digest);
		lib_seal(&l, "test", other);
		lib_reseal(&l, i == 2 ? "test" : "prod", digest, i == 5 ? other : l.policies[0],
		    i == 1 ? 1 : 3, resealed(&l, "prod", i == 3 ? 2 : 1, i == 4 ? other : digest));
		r = lib_verify(&l);
		for (k = n = 0; k < r->nfindings; k++)
			if (strcmp(r->findings[k].what, "shares") == 0 &&
			    (words[i] == NULL || strstr(r->findings[k].text, words[i]) != NULL))
				n++;
		if (n != (words[i] != NULL))
			lib_print(r);
		assert_int_equal(n, words[i] != NULL);
		verify_report_free(&r);
		lib_free(&l);
	}
}

/* Appends `j` where nothing allows it. */
static void forge(struct lib *l, json *j)
{
	struct err e = { 0 };

	assert_int_equal(log_append_one(l->log, j, &l->opts, NULL, &e), 0);
	json_free(&j);
}

static void sees_a_release_without_request(void **state)
{
	static const char zeros[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	struct verify_report *r;
	struct lib l;
	json *j;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	j = lib_entry("released", "record", "prod", "statement", zeros, "digest", zeros, "due", NULL,
	    NULL);
	/* The pair ("due", NULL) ended the list: due is null. */
	assert_int_equal(json_set_int(j, "version", 1), 0);
	assert_int_equal(json_set(j, "fields", json_new_array()), 0);
	assert_int_equal(json_set(j, "holders", json_new_array()), 0);
	forge(&l, j);
	r = lib_verify(&l);
	assert_int_equal(r->faults, 1);
	assert_true(lib_found(r, VERIFY_FAULT, 2));
	verify_report_free(&r);
	lib_free(&l);
}

static void reports_unknown_types(void **state)
{
	struct verify_report *r;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "hello");
	r = clean(&l);
	assert_int_equal(r->unknown, 1);
	assert_true(lib_found(r, VERIFY_NOTE, 1));
	verify_report_free(&r);
	lib_free(&l);
}

static void tells_missing_and_void_documents(void **state)
{
	struct verify_report *r;
	struct buf b = BUF_INIT;
	char path[160];
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_seal(&l, "prod", NULL);
	lib_read(&l, "store/records/prod/1.json", &b);
	lib_write(&l, "store/records/prod/2.json", b.data, b.len);
	(void)snprintf(path, sizeof(path), "%s/store/records/prod/1.shares.1.json", l.top);
	assert_int_equal(remove(path), 0);
	r = lib_verify(&l);
	assert_int_equal(r->faults, 1);
	assert_int_equal(r->notes, 1);
	assert_string_equal(r->findings[0].what, "records/prod/1.shares.1.json");
	assert_int_equal(r->findings[0].seq, 1);
	assert_string_equal(r->findings[1].what, "records/prod/2.json");
	assert_int_equal(r->findings[1].level, VERIFY_NOTE);
	verify_report_free(&r);
	buf_free(&b);
	lib_free(&l);
}

/* An old whole snapshot is found by whoever saw more, and by nobody else. */
static void outside_memory_finds_an_old_snapshot(void **state)
{
	struct verify_memory memory = { .own_host = FAKE_HOST };
	struct buf log = BUF_INIT, cp = BUF_INIT;
	struct verify_report *r;
	struct log_head head;
	struct err e = { 0 };
	char words[64];
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "one");
	lib_read(&l, "store/log/bastion1.jsonl", &log);
	lib_read(&l, "store/log/bastion1.checkpoint", &cp);
	lib_note(&l, "two");
	head = *log_head(l.log);
	lib_write(&l, "store/log/bastion1.jsonl", log.data, log.len);
	lib_write(&l, "store/log/bastion1.checkpoint", cp.data, cp.len);
	r = clean(&l);
	verify_memory_words(words, sizeof(words), r);
	assert_string_equal(words, "none");
	verify_report_free(&r);
	memory.own = &head;
	assert_int_equal(verify_store(&r, l.store, &memory, NULL, &e), 0);
	assert_int_equal(r->faults, 1);
	assert_true(lib_found(r, VERIFY_FAULT, 2));
	verify_memory_words(words, sizeof(words), r);
	assert_string_equal(words, "own head");
	verify_report_free(&r);
	buf_free(&log);
	buf_free(&cp);
	lib_free(&l);
}

static void pin_is_compared(void **state)
{
	struct verify_memory memory = { NULL, NULL, NULL, NULL };
	struct state_pin pin = { .serial = 2 };
	struct verify_report *r;
	struct err e = { 0 };
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	memory.pin = &pin;
	memcpy(pin.vault, l.world.vault, HASH_LEN);
	assert_int_equal(verify_store(&r, l.store, &memory, NULL, &e), 0);
	assert_int_equal(r->faults, 1);
	verify_report_free(&r);
	pin.serial = 1;
	assert_int_equal(verify_store(&r, l.store, &memory, NULL, &e), 0);
	assert_int_equal(r->faults, 1);
	verify_report_free(&r);
	memcpy(pin.hash, l.policies[0], HASH_LEN);
	assert_int_equal(verify_store(&r, l.store, &memory, NULL, &e), 0);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->used_pin, 1);
	verify_report_free(&r);
	pin.vault[0] ^= 1;
	assert_int_equal(verify_store(&r, l.store, &memory, NULL, &e), 0);
	assert_int_equal(r->faults, 1);
	verify_report_free(&r);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_what_was_written),
		cmocka_unit_test(sees_a_rotation_nobody_confirmed),
		cmocka_unit_test(sees_a_rotation_that_too_few_confirmed),
		cmocka_unit_test(sees_requests_that_cannot_be),
		cmocka_unit_test(sees_a_quorum_that_was_not),
		cmocka_unit_test(sees_a_reseal_nobody_asked_for),
		cmocka_unit_test(sees_a_release_without_request),
		cmocka_unit_test(reports_unknown_types),
		cmocka_unit_test(tells_missing_and_void_documents),
		cmocka_unit_test(outside_memory_finds_an_old_snapshot),
		cmocka_unit_test(pin_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
