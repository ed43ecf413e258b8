/* SPDX-License-Identifier: BSD-2-Clause */
/* How an asking ends in the log: denied, or not, by what the log itself holds. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/ask.h"
#include "ceremony/entries.h"
#include "ceremony/entries_login.h"
#include "ceremony/unseal.h"
#include "log_lib.h"
#include "vault/doc.h"

/* A vault on disk, opened as a command does, with one asking made. */
struct place {
	struct lib l;
	struct session *s;
	struct requester rq;
	struct ui ui;
	char notes[1024];
	struct ask a;
};

static void hear(void *ctx, const struct ui_event *ev)
{
	struct place *p = ctx;

	assert_int_equal(ev->kind, UI_NOTE);
	(void)snprintf(p->notes, sizeof(p->notes), "%s", ev->text);
}

static void place_open(struct place *p)
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

static void place_close(struct place *p)
{
	ask_clear(&p->a);
	session_close(&p->s);
	lib_free(&p->l);
}

/* The statement, and nobody's approval yet. */
static void make(struct place *p)
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
static size_t count(const struct place *p, const char *what)
{
	struct buf b = BUF_INIT;
	size_t n = 0;

	lib_read(&p->l, "store/log/" FAKE_HOST ".jsonl", &b);
	for (const char *at = buf_str(&b); (at = strstr(at, what)) != NULL; at++)
		n++;
	buf_free(&b);
	return n;
}

static size_t denied(const struct place *p)
{
	return count(p, "\"type\":\"ceremony.denied\"");
}

static int request(struct place *p, int checkpoint)
{
	struct err e = { 0 };

	return ask_record(&p->a, entry_requested(p->a.st), LOG_SPACE_REQUEST, checkpoint, NULL, &e);
}

static int release(struct place *p, struct err *e)
{
	return ask_record(&p->a, entry_released(p->a.st, p->a.set, -1), LOG_SPACE_APPROVED, 1, NULL,
	    e);
}

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

/* A request stands under the policy that it names, or nowhere: `twokey log verify` would find fault with it. */
static void what_waits_is_not_told_under_a_newer_policy(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct state_pin pin;
		struct err e = { 0 };
		struct place p;

		last_approval(&p, held);
		newer_policy(&p);
		/* Another command of this machine has taken it over. */
		assert_int_equal(state_read_pin(p.l.state, &pin, NULL), 0);
		pin.serial = 2;
		pin.hash[0] ^= 1;
		assert_int_equal(state_write_pin(p.l.state, &pin, NULL), 0);
		assert_int_equal(ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1, NULL, &e),
		    ERR_REFUSED);
		assert_int_equal(ask_end(&p.a, ERR_REFUSED, &e), ERR_REFUSED);
		assert_int_equal(count(&p, "\"type\":\"login.granted\""), 0);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), !held);
		assert_int_equal(count(&p, "\"type\":\"ceremony.approved\""), held ? 0 : 2);
		assert_int_equal(denied(&p), !held);
		assert_int_equal(p.a.requested, !held);
		place_close(&p);
	}
}

/* Nor an approval behind the end of its request. */
static void what_waits_is_not_told_too_late(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct place p;

		last_approval(&p, held);
		p.l.now = p.a.st->expires;
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 0);
		assert_int_equal(denied(&p), !held);
		assert_int_equal(p.a.requested, !held);
		place_close(&p);
	}
}

/* A grant that is in the log although its append failed was recorded, with its request. */
static void a_grant_in_the_log_is_recorded(void **state)
{
	struct err e = { 0 };
	struct place p;
	int r;

	(void)state;
	last_approval(&p, 1);
	no_checkpoint(&p);
	r = ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1, NULL, &e);
	assert_int_not_equal(r, 0);
	assert_int_equal(ask_end(&p.a, r, &e), r);
	assert_int_equal(count(&p, "\"type\":\"login.granted\""), 1);
	assert_int_equal(denied(&p), 0);
	assert_int_equal(p.a.requested, 1);
	place_close(&p);
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

/* The document, changed, as its host would sign it; its digest. */
static void sign_again(const struct place *p, json *doc, const char *label, const char *sig_label,
    uint8_t digest[HASH_LEN], struct buf *out)
{
	assert_int_equal(doc_hash(digest, label, doc, "signature", NULL), 0);
	assert_int_equal(doc_sign(doc, sig_label, digest, p->l.v.host_seed, NULL), 0);
	buf_reset(out);
	assert_int_equal(json_canonical(out, doc, NULL), 0);
	json_free(&doc);
}

static json *parsed(const void *data, size_t len)
{
	json *j = NULL;

	assert_int_equal(json_parse(&j, data, len, JSON_CANONICAL, "a test", NULL), 0);
	return j;
}

/* Record prod, whose field totp has a witness. */
static void seal_with_witness(struct place *p)
{
	static const char witness[] = "{\"id\":\"i\",\"key\":\"k\",\"kind\":\"aws-kms\",\"sealed\":\"\"}";
	const struct record_plain fields[] = { { .field = "password" }, { .field = "totp" } };
	const struct record_in in = { .name = "prod", .version = 1, .kind = "aws-root",
		.quorum = "default", .fields = fields, .n = 2 };
	const struct log_options o = session_options(p->s, LOG_SPACE_NONE, 1);
	struct store_new docs[2];
	struct record_sealed sealed;
	struct err e = { 0 };
	json *doc, *entry;

	fake_seal(&p->l.v, "prod", &sealed);
	doc = parsed(sealed.record.data, sealed.record.len);
	assert_int_equal(json_set((json *)(uintptr_t)json_get(json_get(doc, "fields"), "totp"),
	    "witness", parsed(witness, strlen(witness))), 0);
	sign_again(p, doc, "twokey record v1", "twokey record signature v1", sealed.digest,
	    &sealed.record);
	doc = parsed(sealed.shares.data, sealed.shares.len);
	assert_int_equal(json_set_hex(doc, "digest", sealed.digest, HASH_LEN), 0);
	sign_again(p, doc, "twokey shares v1", "twokey shares signature v1", sealed.shares_digest,
	    &sealed.shares);
	assert_int_equal(store_doc_record(&docs[0].doc, "prod", 1, NULL), 0);
	assert_int_equal(store_doc_shares(&docs[1].doc, "prod", 1, 1, NULL), 0);
	docs[0].data = sealed.record.data;
	docs[0].len = sealed.record.len;
	docs[1].data = sealed.shares.data;
	docs[1].len = sealed.shares.len;
	entry = entry_sealed(p->s, &in, &sealed, NULL, &p->rq);
	fake_must(log_append(p->s->log, &entry, 1, docs, 2, &o, NULL, &e) == 0, e.text);
	json_free(&entry);
	record_sealed_free(&sealed);
}

static void a_witness_is_refused_before_anybody_is_asked(void **state)
{
	const struct statement_field password = { "password", NULL };
	struct unseal_in in = { .record = "prod", .reason = "a test" };
	struct unseal *u = NULL;
	struct err e = { 0 };
	static struct place p;

	(void)state;
	place_open(&p);
	seal_with_witness(&p);
	in.requester = &p.rq;
	in.ui = &p.ui;
	assert_int_equal(unseal_begin(&u, p.s, &in, &e), ERR_TOO_OLD);
	assert_non_null(strstr(e.text, "Field totp of prod needs a witness"));
	assert_non_null(strstr(e.hint, "--field"));
	assert_null(u);
	/* The other field can be opened, as the hint says. */
	in.fields = &password;
	in.n = 1;
	err_clear(&e);
	fake_must(unseal_begin(&u, p.s, &in, &e) == 0, e.text);
	unseal_free(&u);
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
		cmocka_unit_test(what_waits_is_not_told_under_a_newer_policy),
		cmocka_unit_test(what_waits_is_not_told_too_late),
		cmocka_unit_test(a_grant_in_the_log_is_recorded),
		cmocka_unit_test(what_a_failed_grant_left_is_not_repeated),
		cmocka_unit_test(a_log_that_cannot_be_written_is_said),
		cmocka_unit_test(a_witness_is_refused_before_anybody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
