/* SPDX-License-Identifier: BSD-2-Clause */
/* How an asking ends in the log: denied, or not, by what the log itself holds. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/entries_login.h"
#include "ceremony_place.h"

/* A failure of another kind, as the command has it in hand. */
static int end(struct place *p)
{
	struct err e = { 0 };

	return ask_end(&p->a, err_set(&e, ERR_TOKEN, "A test failed here."), &e);
}

static void a_request_that_came_to_nothing_is_denied(void **state)
{
	struct place p;

	(void)state;
	place_open(&p);
	make(&p);
	/* Before the request there is nothing to deny. */
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(count(&p, "\"type\":\"ceremony."), 0);
	assert_int_equal(request(&p, 0), 0);
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(denied(&p), 1);
	assert_int_equal(count(&p, "\"text\":\"A test failed here.\""), 1);
	assert_string_equal(p.notes, "");
	/* Once. */
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(denied(&p), 1);
	place_close(&p);
}

/* What another host wrote while people were asked. */
static void newer_policy(struct place *p)
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

static void a_newer_policy_stops_the_release_and_is_denied(void **state)
{
	struct err e = { 0 };
	struct place p;

	(void)state;
	place_open(&p);
	make(&p);
	assert_int_equal(request(&p, 0), 0);
	newer_policy(&p);
	assert_int_equal(release(&p, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, "newer policy"));
	assert_int_equal(ask_end(&p.a, ERR_REFUSED, &e), ERR_REFUSED);
	assert_int_equal(count(&p, "\"type\":\"released\""), 0);
	assert_int_equal(denied(&p), 1);
	place_close(&p);
	/* The same before the request: nothing to deny. */
	place_open(&p);
	make(&p);
	newer_policy(&p);
	assert_int_equal(request(&p, 0), ERR_REFUSED);
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(denied(&p), 0);
	place_close(&p);
}

/* No checkpoint can get its name: an append that wants it durable fails, and
 * its lines are in the log all the same. */
static void no_checkpoint(const struct place *p)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/log/" FAKE_HOST ".checkpoint", p->l.store_path);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void a_release_in_the_log_is_not_denied(void **state)
{
	struct err e = { 0 };
	struct place p;
	int r;

	(void)state;
	place_open(&p);
	make(&p);
	assert_int_equal(request(&p, 0), 0);
	no_checkpoint(&p);
	assert_int_not_equal(r = release(&p, &e), 0);
	assert_int_equal(ask_end(&p.a, r, &e), r);
	assert_int_equal(count(&p, "\"type\":\"released\""), 1);
	assert_int_equal(denied(&p), 0);
	assert_non_null(strstr(p.notes, "The log holds what was approved"));
	place_close(&p);
}

static void a_request_is_denied_when_the_log_has_it(void **state)
{
	struct rlimit was, now;
	struct place p;

	(void)state;
	place_open(&p);
	make(&p);
	no_checkpoint(&p);
	assert_int_not_equal(request(&p, 1), 0);
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(denied(&p), 1);
	place_close(&p);
	/* And one for which there was no room is not. */
	place_open(&p);
	for (int i = 0; i < 40; i++)
		lib_note(&p.l, "so that the log is the longest file here");
	session_close(&p.s);
	lib_reopen(&p.l);
	{
		struct session_config cfg = { .store = p.l.store_path, .state = p.l.state_path,
			.host = FAKE_HOST, .clock = &p.l.clock };

		assert_int_equal(session_open(&p.s, &cfg, NULL), 0);
	}
	p.a.s = p.s;
	make(&p);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	now = was;
	now.rlim_cur = (rlim_t)log_head(p.s->log)->bytes + 8;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	assert_int_equal(request(&p, 0), ERR_SPACE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(p.a.begun, 1);
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_int_equal(count(&p, "\"type\":\"ceremony."), 0);
	place_close(&p);
}

/* What an approval would bring, for how entries wait it matters by its statement alone. */
static json *approval_of(const struct place *p, const char *holder)
{
	json *j = json_new_object();

	assert_int_equal(json_set_str(j, "type", "ceremony.approved"), 0);
	assert_int_equal(json_set_hex(j, "statement", p->a.st->hash, HASH_LEN), 0);
	assert_int_equal(json_set_str(j, "holder", holder), 0);
	return j;
}

/* As a login is whose last approval has come: alice's is in the log unless nothing may be. */
static void last_approval(struct place *p, int held)
{
	place_open(p);
	make(p);
	if (held) {
		p->a.held[p->a.nheld++] = entry_requested(p->a.st);
		p->a.held[p->a.nheld++] = approval_of(p, "alice");
	} else {
		assert_int_equal(request(p, 0), 0);
		assert_int_equal(ask_record(&p->a, approval_of(p, "alice"), LOG_SPACE_NONE, 0, NULL, NULL), 0);
	}
	p->a.held[p->a.nheld++] = approval_of(p, "bob");
	p->a.ready = 1;
}

static void what_waits_goes_in_with_the_grant(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct log_receipt receipt;
		struct place p;
		int64_t before;

		last_approval(&p, held);
		before = log_head(p.s->log)->tree.size;
		assert_int_equal(ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1,
		    &receipt, NULL), 0);
		assert_int_equal(receipt.seq, before + (held ? 3 : 1));
		assert_int_equal(log_head(p.s->log)->tree.size, receipt.seq + 1);
		assert_int_equal(p.a.nheld, 0);
		assert_int_equal(p.a.recorded, 4);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 1);
		assert_int_equal(count(&p, "\"type\":\"login.granted\""), 1);
		place_close(&p);
	}
}

static void what_waits_goes_in_with_the_denial(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct place p;

		last_approval(&p, held);
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), 1);
		assert_int_equal(count(&p, "\"type\":\"ceremony.approved\""), 2);
		assert_int_equal(denied(&p), 1);
		assert_int_equal(p.a.requested, 1);
		/* Once. */
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(denied(&p), 1);
		place_close(&p);
	}
}

/* A crash amid the append of the grant may leave some of the lines: none of them comes twice. */
static void what_a_failed_grant_left_is_not_repeated(void **state)
{
	for (size_t left = 1; left <= 3; left++) {
		json *kept[3];
		struct place p;

		(void)state;
		last_approval(&p, 1);
		for (size_t i = 0; i < 3; i++)
			kept[i] = json_share(p.a.held[i]);
		p.a.nheld = 0;
		for (size_t i = 0; i < left; i++)
			assert_int_equal(ask_record(&p.a, json_share(kept[i]), LOG_SPACE_NONE, 0, NULL, NULL), 0);
		p.a.recorded = 0;
		for (size_t i = 0; i < 3; i++)
			json_free(&p.a.held[i]);
		memcpy(p.a.held, kept, sizeof(kept));
		p.a.nheld = 3;
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), 1);
		assert_int_equal(count(&p, "\"holder\":\"alice\""), 1);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 1);
		assert_int_equal(denied(&p), 1);
		place_close(&p);
	}
}

static void a_log_that_cannot_be_written_is_said(void **state)
{
	char path[256];
	struct place p;

	(void)state;
	place_open(&p);
	make(&p);
	assert_int_equal(request(&p, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/log/" FAKE_HOST ".jsonl", p.l.store_path);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(end(&p), ERR_TOKEN);
	assert_non_null(strstr(p.notes, "How this ended could not be recorded: "));
	assert_int_equal(denied(&p), 0);
	assert_int_equal(chmod(path, 0644), 0);
	place_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_that_came_to_nothing_is_denied),
		cmocka_unit_test(a_newer_policy_stops_the_release_and_is_denied),
		cmocka_unit_test(a_release_in_the_log_is_not_denied),
		cmocka_unit_test(a_request_is_denied_when_the_log_has_it),
		cmocka_unit_test(what_waits_goes_in_with_the_grant),
		cmocka_unit_test(what_waits_goes_in_with_the_denial),
		cmocka_unit_test(what_a_failed_grant_left_is_not_repeated),
		cmocka_unit_test(a_log_that_cannot_be_written_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
