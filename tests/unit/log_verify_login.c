/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins, sessions and what a shadow file proves: `log verify` finds what cannot be. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "log_login.h"

#define MINUTE INT64_C(60000)

static void takes_logins_as_they_are(void **state)
{
	struct verify_report *r;
	int64_t session;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	session = login_session(&l, l.log, login_grant(&l));
	login_put(&l, l.log, entry_session_closed(session, 720000));
	session = login_session(&l, l.log, login_grant(&l));
	login_put(&l, l.log, entry_session_closed(session, 0));
	r = lib_verify(&l);
	if (r->faults + r->notes != 0)
		lib_print(r);
	assert_int_equal(r->faults + r->notes + r->unknown, 0);
	assert_int_equal(r->approvals, 4);
	verify_report_free(&r);
	lib_free(&l);
}

/* 0: a drill was asked for; 1: nobody asked; 2: one approval; 3: names whom
 * nobody saw approve; 4: twice; 5: too late; 6: the second approval comes after. */
static int64_t bad_grant(struct lib *l, size_t how)
{
	struct statement *st = how == 0 ? lib_request(l, ACTION_DRILL, statement_subject_drill(NULL))
					: login_ask(l);
	struct approval *a = NULL;
	json *j = login_granted(l, st, how == 2 || how == 6 ? 1 : 3), *names;
	int64_t seq;

	if (how == 1)
		assert_int_equal(json_set_hex(j, "statement", l->policies[0], HASH_LEN), 0);
	names = json_copy(json_get(j, "holders"));
	if (how == 3)
		assert_int_equal(json_add_str(names, "carol"), 0);
	assert_int_equal(json_set(j, "holders", names), 0);
	if (how == 4)
		login_put(l, l->log, json_copy(j));
	if (how == 5)
		l->now += 5 * MINUTE;
	seq = login_put(l, l->log, j);
	if (how == 6)
		a = lib_approve(l, st, 1);
	approval_free(&a);
	statement_free(&st);
	return seq;
}

static void sees_a_login_that_was_not_granted(void **state)
{
	static const char *const words[] = { "No request to log in", "No request to log in",
		"do not satisfy the quorum \"default\"", "names carol", "granted before",
		"had expired", "do not satisfy the quorum" };
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		lib_new(&l, NULL);
		one_fault(&l, bad_grant(&l, i), words[i]);
		lib_free(&l);
	}
}

/* Asked under a policy that nobody has. */
static void sees_a_login_under_no_policy(void **state)
{
	static const uint8_t nobody[HASH_LEN];
	struct statement *asked, *st = NULL;
	struct verify_report *r;
	int64_t seq;
	struct lib l;
	json *doc, *j;

	(void)state;
	lib_new(&l, NULL);
	asked = login_ask(&l);
	doc = json_copy(asked->doc);
	assert_int_equal(json_set_hex(doc, "policy", nobody, HASH_LEN), 0);
	assert_int_equal(statement_from_json(&st, doc, "statement", NULL), 0);
	j = lib_entry("ceremony.requested", NULL);
	assert_int_equal(json_set(j, "statement", doc), 0);
	login_put(&l, l.log, j);
	seq = login_put(&l, l.log, login_granted(&l, st, 3));
	r = lib_verify(&l);
	if (r->faults != 2)
		lib_print(r);
	assert_int_equal(r->faults, 2);
	assert_int_equal(r->findings[1].seq, seq);
	assert_non_null(strstr(r->findings[1].text, "not in the chain"));
	verify_report_free(&r);
	statement_free(&st);
	statement_free(&asked);
	lib_free(&l);
}

static void sees_a_session_without_its_login(void **state)
{
	int64_t seq;
	struct lib l;

	(void)state;
	for (int how = 0; how < 4; how++) {
		lib_new(&l, NULL);
		seq = login_grant(&l);
		/* An approval; what is not there; itself; a login that was used. */
		if (how == 3)
			login_session(&l, l.log, seq);
		seq = login_session(&l, l.log, how == 0 ? seq - 1 : how == 1 ? 999 : how == 2 ? seq + 1 : seq);
		one_fault(&l, seq, how == 3 ? "Another session" : "is no login.granted before it");
		lib_free(&l);
	}
}

/* Asked for by who is `via`, and granted. */
static int64_t grant_via(struct lib *l, const char *via, const char *user)
{
	struct statement *asked = login_ask(l), *st = NULL;
	json *doc = json_copy(asked->doc), *part, *j = lib_entry("ceremony.requested", NULL);
	int64_t seq;

	part = json_copy(json_get(doc, "requester"));
	assert_int_equal(json_set_str(part, "via", via), 0);
	assert_int_equal(json_set(doc, "requester", part), 0);
	part = json_copy(json_get(doc, "subject"));
	assert_int_equal(json_set_str(part, "user", user), 0);
	assert_int_equal(json_set(doc, "subject", part), 0);
	assert_int_equal(json_set_str(doc, "reason", "once more"), 0);
	assert_int_equal(statement_from_json(&st, doc, "statement", NULL), 0);
	assert_int_equal(json_set(j, "statement", doc), 0);
	login_put(l, l->log, j);
	seq = login_put(l, l->log, login_granted(l, st, 3));
	statement_free(&st);
	statement_free(&asked);
	return seq;
}

/* Service and user are those that people approved; sudo asks as its caller. */
static void sees_a_session_of_somebody_else(void **state)
{
	static const struct {
		const char *via, *asked, *service, *user;
		int good;
	} table[] = {
		{ "", "root", "sshd", "root", 1 }, { "", "root", "sudo", "root", 0 },
		{ "", "root", "sshd", "eve", 0 }, { "", "roo", "sshd", "root", 0 },
		{ "", "root", "sshdx", "root", 0 }, { "", "eve", "sshd", "root", 0 },
		{ "sshd: eve", "eve", "sshd", "root", 1 }, { "sshd: bob", "eve", "sshd", "root", 0 },
		{ "sudo: eve", "eve", "sshd", "root", 0 }, { "sshd: eve", "eve", "sudo", "root", 0 },
		{ "sshd: \"e\\", "\"e\\", "sshd", "root", 1 }, { "sshd: root", "root", "sshd", "eve", 1 },
	};
	int64_t seq;
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct login_session s = { .service = table[i].service, .user = table[i].user,
			.tty = "ssh", .rhost = "192.0.2.7", .uid = 0, .audit = 7 };

		lib_new(&l, NULL);
		s.login = grant_via(&l, table[i].via, table[i].asked);
		seq = login_put(&l, l.log, entry_session_opened(&s));
		one_fault(&l, seq, table[i].good ? NULL : "granted to another service or user");
		lib_free(&l);
	}
}

static void sees_an_end_without_its_session(void **state)
{
	int64_t seq;
	struct lib l;

	(void)state;
	for (int how = 0; how < 4; how++) {
		lib_new(&l, NULL);
		seq = login_session(&l, l.log, login_grant(&l));
		/* A login; what is not there; itself; a session that was closed. */
		if (how == 3)
			login_put(&l, l.log, entry_session_closed(seq, 5));
		seq = login_put(&l, l.log, entry_session_closed(how == 0 ? seq - 1 : how == 1 ? 999 :
		    how == 2 ? seq + 1 : seq, 5));
		one_fault(&l, seq, how == 3 ? "was closed before" : "is no session.opened before it");
		lib_free(&l);
	}
}

/* However many there are, one note tells of them. */
static void counts_sessions_without_a_login(void **state)
{
	struct verify_report *r;
	int64_t first;
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	login_session(&l, l.log, login_grant(&l));
	first = login_session(&l, l.log, -1);
	login_put(&l, l.log, entry_session_closed(first, 5));
	login_session(&l, l.log, -1);
	login_session(&l, l.log, -1);
	r = lib_verify(&l);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->notes, 1);
	assert_int_equal(r->findings[0].seq, first);
	assert_string_equal(r->findings[0].what, "session");
	assert_non_null(strstr(r->findings[0].text, ": 3,"));
	verify_report_free(&r);
	lib_free(&l);
}

/* A negative number stands in no entry. */
static void sees_numbers_that_cannot_be(void **state)
{
	json *j;
	int64_t seq;
	struct lib l;

	(void)state;
	for (int how = 0; how < 3; how++) {
		lib_new(&l, NULL);
		seq = login_session(&l, l.log, login_grant(&l));
		j = entry_session_closed(how == 0 ? -1 : seq, how == 1 ? -1 : 5);
		if (how == 2)
			assert_int_equal(json_set_null(j, "opened"), 0);
		one_fault(&l, login_put(&l, l.log, j), "is malformed");
		lib_free(&l);
	}
}

static void many_sources(struct buf *b, int n)
{
	buf_reset(b);
	for (int i = 0; i < n; i++)
		buf_printf(b, "%c" SOURCE("sshd", "root", "192.0.2.%03d", "1"), i > 0 ? ',' : '[', i);
	buf_puts(b, "]");
}

/* In order by service, then user, then host, by their bytes. */
static void judges_attempts(void **state)
{
	static const char early[] = "2026-01-01T00:00:00.000Z", late[] = "2026-01-01T00:00:00.001Z";
	static const struct {
		const char *sources, *words;
	} table[] = {
		{ "[]", NULL },
		{ "[" SOURCE("sshd", "root", "a", "1") "," SOURCE("sshd", "root", "b", "2") ","
		  SOURCE("sshd", "sue", "a", "1") "," SOURCE("su", "root", "", "1") "]", NULL },
		{ "[" SOURCE("su", "root", "", "1") "," SOURCE("sshd", "root", "", "1") "]", "out of order" },
		{ "[" SOURCE("su", "z", "z", "1") "," SOURCE("sudo", "b", "a", "1") ","
		  SOURCE("sudo", "b", "b", "1") "," SOURCE("sudo", "c", "a", "1") "]", NULL },
		{ "[" SOURCE("su", "b", "a", "1") "," SOURCE("su", "a", "b", "1") "]", "out of order" },
		{ "[" SOURCE("su", "a", "b", "1") "," SOURCE("su", "a", "a", "1") "]", "out of order" },
		{ "[" SOURCE("su", "a", "a", "1") "," SOURCE("su", "a", "a", "1") "]", "out of order" },
		/* A quotation mark comes before a letter, though it is written with a backslash. */
		{ "[" SOURCE("su", "a\\\"", "", "1") "," SOURCE("su", "aB", "", "1") "]", NULL },
		{ "[" SOURCE("su", "aB", "", "1") "," SOURCE("su", "a\\\"", "", "1") "]", "out of order" },
		{ "[" SOURCE("su", "a", "a", "0") "]", "made no attempt" },
		{ "[{\"count\":1,\"rhost\":\"a\",\"service\":\"su\"}]", "is malformed" },
		{ "[1]", "is malformed" },
	};
	struct buf b = BUF_INIT;
	struct lib l;

	(void)state;
	for (size_t i = 0; i < COUNT(table) + 4; i++) {
		const char *sources = i < COUNT(table) ? table[i].sources : "[]";
		const size_t how = i < COUNT(table) ? 9 : i - COUNT(table);
		const char *words = i < COUNT(table) ? table[i].words : how == 0 ? "end before" :
		    how == 3 ? "too many sources" : NULL;

		if (how == 2 || how == 3) {
			many_sources(&b, how == 2 ? 64 : 65);
			sources = buf_str(&b);
		}
		lib_new(&l, NULL);
		one_fault(&l, login_attempts(&l, how == 0 ? late : early, how <= 1 ? early : late, sources),
		    words);
		lib_free(&l);
	}
	buf_free(&b);
}

static void judges_what_a_shadow_file_proves(void **state)
{
	static const struct {
		const char *record, *fields, *words;
	} table[] = {
		{ "root", "[\"password\"]", NULL }, { "prod", "[\"password\"]", "of kind linux-root" },
		{ "none", "[\"password\"]", "of kind linux-root" }, { "root", "[]", "a password alone" },
		{ "root", "[\"password\",\"password\"]", "a password alone" },
		{ "root", "[\"passwort\"]", "a password alone" },
		{ "root", "[\"password\"]", "on no request" }, { "root", "[\"password\"]", "linux-root" },
	};
	struct verify_report *r;
	struct statement *st;
	struct lib l;
	int64_t seq;
	json *j;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		lib_new(&l, NULL);
		lib_seal(&l, "prod", NULL);
		j = login_proven(table[i].record, table[i].fields);
		if (i == 6) {
			st = login_ask(&l);
			assert_int_equal(json_set_hex(j, "statement", st->hash, HASH_LEN), 0);
			statement_free(&st);
		}
		if (i != 7)
			lib_seal_linux(&l, "root");
		seq = login_put(&l, l.log, j);
		/* Sealed behind it. */
		if (i == 7)
			lib_seal_linux(&l, "root");
		one_fault(&l, seq, table[i].words);
		r = lib_verify(&l);
		assert_int_equal(r->notes, 0);
		verify_report_free(&r);
		lib_free(&l);
	}
}

/* What one host wrote holds up nothing in another one's log. */
static void goes_by_the_same_log_alone(void **state)
{
	struct statement *st;
	struct login_two t;
	int64_t seq;

	(void)state;
	for (int how = 0; how < 5; how++) {
		login_two_new(&t);
		if (how == 0) {
			seq = login_session(&t.l, t.log, login_grant(&t.l));
			one_fault(&t.l, seq, "no login.granted before it");
		} else if (how == 1) {
			seq = login_put(&t.l, t.log, entry_session_closed(login_session(&t.l, t.l.log, login_grant(&t.l)), 5));
			one_fault(&t.l, seq, "no session.opened before it");
		} else if (how == 2) {
			st = login_ask(&t.l);
			seq = login_put(&t.l, t.log, login_granted(&t.l, st, 3));
			one_fault(&t.l, seq, "No request to log in");
			statement_free(&st);
		} else if (how == 3) {
			lib_seal_linux(&t.l, "root");
			/* So that its entry stands behind that one's number. */
			for (int i = 0; i < 3; i++)
				login_session(&t.l, t.log, -1);
			seq = login_put(&t.l, t.log, login_proven("root", "[\"password\"]"));
			one_fault(&t.l, seq, "this host has sealed no such version");
		} else {
			st = login_ask(&t.l);
			seq = login_put(&t.l, t.l.log, login_granted(&t.l, st, 5));
			one_fault(&t.l, seq, "do not satisfy the quorum \"other\"");
			statement_free(&st);
		}
		login_two_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_logins_as_they_are),
		cmocka_unit_test(sees_a_login_that_was_not_granted),
		cmocka_unit_test(sees_a_login_under_no_policy),
		cmocka_unit_test(sees_a_session_without_its_login),
		cmocka_unit_test(sees_a_session_of_somebody_else),
		cmocka_unit_test(sees_an_end_without_its_session),
		cmocka_unit_test(counts_sessions_without_a_login),
		cmocka_unit_test(sees_numbers_that_cannot_be),
		cmocka_unit_test(judges_attempts),
		cmocka_unit_test(judges_what_a_shadow_file_proves),
		cmocka_unit_test(goes_by_the_same_log_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
