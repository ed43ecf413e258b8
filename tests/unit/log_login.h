/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_LOG_LOGIN_H
#define TESTS_UNIT_LOG_LOGIN_H

/* Logins, sessions and a host that proves a password, as their writers log them. */
#include "unit.h"

#include <stdio.h>

#include "ceremony/entries_login.h"
#include "log_lib.h"

static inline int64_t login_put(struct lib *l, struct log *log, json *j)
{
	struct log_receipt done;
	struct err e = { 0 };

	assert_non_null(j);
	assert_int_equal(log_append_one(log, j, &l->opts, &done, &e), 0);
	json_free(&j);
	return done.seq;
}

/* One fault, at this entry, with these words; none when words is NULL. */
static inline void one_fault(const struct lib *l, int64_t seq, const char *words)
{
	struct verify_report *r = lib_verify(l);
	const struct verify_finding *f = NULL;

	for (size_t i = 0; i < r->nfindings; i++)
		if (r->findings[i].level == VERIFY_FAULT)
			f = &r->findings[i];
	if (r->faults != (words != NULL) ||
	    (words != NULL && (f->seq != seq || strstr(f->text, words) == NULL))) {
		printf("# expected at %d: %s\n", (int)seq, words != NULL ? words : "nothing");
		lib_print(r);
		fail();
	}
	verify_report_free(&r);
}

static inline struct statement *login_ask(struct lib *l)
{
	return lib_request(l, ACTION_LOGIN,
	    statement_subject_login("sshd", "root", "ssh", "192.0.2.7"));
}

/* What a gate writes when the holders of `who` (bits) have approved. */
static inline json *login_granted(struct lib *l, const struct statement *st, unsigned who)
{
	struct approvals *set = NULL;
	struct err e = { 0 };
	json *j;

	assert_int_equal(approvals_new(&set, st, l->v.policy, NULL, &e), 0);
	for (size_t i = 0; i < l->v.n; i++) {
		struct approval *a = who >> i & 1u ? lib_approve(l, st, i) : NULL;

		if (a != NULL)
			assert_int_equal(approvals_add(set, &a, l->now, NULL, &e), 0);
	}
	j = entry_granted(st, set);
	approvals_free(&set);
	return j;
}

static inline int64_t login_grant(struct lib *l)
{
	struct statement *st = login_ask(l);
	const int64_t seq = login_put(l, l->log, login_granted(l, st, 3));

	statement_free(&st);
	return seq;
}

static inline int64_t login_session(struct lib *l, struct log *log, int64_t login)
{
	const struct login_session s = { .login = login, .service = "sshd", .user = "root",
		.tty = "ssh", .rhost = "192.0.2.7", .uid = 0, .audit = 7 };

	return login_put(l, log, entry_session_opened(&s));
}

#define SOURCE(service, user, rhost, count) "{\"count\":" count ",\"rhost\":\"" rhost \
	"\",\"service\":\"" service "\",\"user\":\"" user "\"}"

static inline int64_t login_attempts(struct lib *l, const char *from, const char *to,
    const char *sources)
{
	json *j = lib_entry("login.attempts", "from", from, "to", to, NULL), *list = NULL;
	struct err e = { 0 };

	assert_int_equal(json_parse(&list, sources, strlen(sources), JSON_CANONICAL, "sources", &e), 0);
	assert_int_equal(json_set(j, "sources", list), 0);
	assert_int_equal(json_set_int(j, "more", 3), 0);
	return login_put(l, l->log, j);
}

static inline json *login_proven(const char *record, const char *fields)
{
	json *j = lib_entry("rotation.confirmed", "record", record, "by", "shadow", NULL), *list = NULL;
	struct err e = { 0 };

	assert_int_equal(json_parse(&list, fields, strlen(fields), JSON_CANONICAL, "fields", &e), 0);
	assert_int_equal(json_set(j, "fields", list), 0);
	assert_int_equal(json_set_int(j, "version", 1), 0);
	assert_int_equal(json_set_null(j, "statement"), 0);
	return j;
}

/* The vault with a second host, and logins by the quorum "other": alice and bob. */
struct login_two {
	struct lib l;
	struct secret *seed;
	struct state *state;
	struct log *log;
	struct buf bytes;
};

/* The draft (taken over) becomes the policy in force. */
static inline void login_policy(struct login_two *t, json *doc)
{
	struct store_new next;
	struct policy *p;

	buf_reset(&t->bytes);
	p = fake_sign_next(&t->l.v, doc, 7, &t->bytes);
	json_free(&doc);
	assert_int_equal(policy_verify_next(p, t->l.v.policy, NULL), 0);
	assert_int_equal(store_doc_policy(&next.doc, policy_serial(p), NULL), 0);
	next.data = t->bytes.data;
	next.len = t->bytes.len;
	assert_int_equal(store_stage(t->l.store, FAKE_HOST, &next, 1, NULL), 0);
	assert_int_equal(store_commit(t->l.store, FAKE_HOST, &next.doc, 1, NULL), 0);
	memcpy(t->l.opts.policy, policy_hash(p), HASH_LEN);
	policy_free(&t->l.v.policy);
	t->l.v.policy = p;
}

/* first: what is in the log before there is a second host, or NULL. */
static inline void login_two_after(struct login_two *t, void (*first)(struct lib *l))
{
	uint8_t key[ED25519_KEY_LEN];
	char path[96];
	json *doc = NULL;

	memset(t, 0, sizeof(*t));
	lib_new(&t->l, NULL);
	if (first != NULL)
		first(&t->l);
	assert_int_equal(random_secret(&t->seed, 32, NULL), 0);
	assert_int_equal(ed25519_public(key, t->seed, NULL), 0);
	assert_int_equal(policy_draft_next(&doc, t->l.v.policy, FAKE_NOW, NULL), 0);
	assert_int_equal(policy_draft_host(doc, "bastion2", key, NULL), 0);
	assert_int_equal(policy_draft_rule(doc, "login", json_new_str("other"), NULL), 0);
	login_policy(t, doc);
	(void)snprintf(path, sizeof(path), "%s/state2", t->l.top);
	assert_int_equal(state_open(&t->state, path, 1, NULL), 0);
	struct log_config cfg = { .store = t->l.store, .state = t->state, .host = "bastion2",
		.key = t->seed, .clock = &t->l.clock, .boot = LIB_BOOT };
	memcpy(cfg.vault, t->l.world.vault, HASH_LEN);
	assert_int_equal(log_open(&t->log, &cfg, NULL), 0);
}

static inline void login_two_new(struct login_two *t)
{
	login_two_after(t, NULL);
}

static inline void login_two_free(struct login_two *t)
{
	log_close(&t->log);
	state_close(&t->state);
	secret_free(&t->seed);
	buf_free(&t->bytes);
	lib_free(&t->l);
}

#endif
