/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_CEREMONY_PLACE_H
#define TWOKEY_TESTS_CEREMONY_PLACE_H

/* For tests of askings: a vault, one asking in it, and what its log tells. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/ask.h"
#include "ceremony/entries.h"
#include "log_lib.h"

/* A vault on disk, opened as a command does, with one asking made. */
struct place {
	struct lib l;
	struct session *s;
	struct requester rq;
	struct ui ui;
	char notes[1024];
	struct ask a;
};

static inline void hear(void *ctx, const struct ui_event *ev)
{
	struct place *p = ctx;

	assert_int_equal(ev->kind, UI_NOTE);
	(void)snprintf(p->notes, sizeof(p->notes), "%s", ev->text);
}

static inline void place_open(struct place *p)
{
	struct session_config cfg = { .store = p->l.store_path, .state = p->l.state_path,
		.host = FAKE_HOST, .clock = &p->l.clock };
	struct state_pin pin = { .serial = 1 };
	char key[128];
	struct err e = { 0 };

	memset(p, 0, sizeof(*p));
	lib_new(&p->l, NULL);
	lib_write(&p->l, "state/host.key", p->l.v.host_seed->data, 32);
	(void)snprintf(key, sizeof(key), "%s/host.key", p->l.state_path);
	assert_int_equal(chmod(key, 0600), 0);
	memcpy(pin.vault, p->l.world.vault, HASH_LEN);
	memcpy(pin.hash, p->l.policies[0], HASH_LEN);
	assert_int_equal(state_write_pin(p->l.state, &pin, &e), 0);
	lib_accept(&p->l);
	fake_must(session_open(&p->s, &cfg, &e) == 0, e.text);
	assert_non_null(p->s->log);
	(void)snprintf(p->rq.user, sizeof(p->rq.user), "op");
	p->ui = (struct ui){ .ctx = p, .event = hear };
	p->a = (struct ask){ .s = p->s, .requester = &p->rq, .ui = &p->ui };
}

static inline void place_close(struct place *p)
{
	ask_clear(&p->a);
	session_close(&p->s);
	lib_free(&p->l);
}

/* The statement, and nobody's approval yet. */
static inline void make(struct place *p)
{
	static const uint8_t digest[HASH_LEN] = { 7 }, key[X25519_LEN] = { 9 };
	static const struct statement_field field = { "password", "value" };
	const struct statement_deliver to = { .to = "requester", .key = key, .fields = &field,
		.n = 1 };
	struct statement_in in = { .action = ACTION_UNSEAL, .deliver = &to, .n_deliver = 1,
		.reason = "a test", .subject = statement_subject_unseal("prod", 1, digest) };
	struct err e = { 0 };

	fake_must(ask_statement(&p->a, &in, &e) == 0, e.text);
	assert_int_equal(approvals_new(&p->a.set, p->a.st, p->s->policy, NULL, &e), 0);
}

/* How many lines of the log have this in them. */
static inline size_t count(const struct place *p, const char *what)
{
	struct buf b = BUF_INIT;
	size_t n = 0;

	lib_read(&p->l, "store/log/" FAKE_HOST ".jsonl", &b);
	for (const char *at = buf_str(&b); (at = strstr(at, what)) != NULL; at++)
		n++;
	buf_free(&b);
	return n;
}

static inline size_t denied(const struct place *p)
{
	return count(p, "\"type\":\"ceremony.denied\"");
}

static inline int request(struct place *p, int checkpoint)
{
	struct err e = { 0 };

	return ask_record(&p->a, entry_requested(p->a.st), LOG_SPACE_REQUEST, checkpoint, NULL, &e);
}

/* A failure of another kind, as the command has it in hand. */
static inline int end(struct place *p)
{
	struct err e = { 0 };

	return ask_end(&p->a, err_set(&e, ERR_TOKEN, "A test failed here."), &e);
}

/* What another host wrote while people were asked. */
static inline void newer_policy(struct place *p)
{
	json *doc = NULL;
	struct buf b = BUF_INIT;
	struct policy *next;

	assert_int_equal(policy_draft_next(&doc, p->l.v.policy, FAKE_NOW, NULL), 0);
	next = fake_sign_next(&p->l.v, doc, 3, &b);
	lib_write(&p->l, "store/policies/2.json", b.data, b.len);
	policy_free(&next);
	json_free(&doc);
	buf_free(&b);
}

/* No checkpoint can get its name: an append that wants it durable fails, and
 * its lines are in the log all the same. */
static inline void no_checkpoint(const struct place *p)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/log/" FAKE_HOST ".checkpoint", p->l.store_path);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
}

#endif
