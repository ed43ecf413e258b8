/* SPDX-License-Identifier: BSD-2-Clause */
/* How an asking ends in the log: denied, or not, by what the log itself holds. */
#include "ceremony_place.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/ask.h"
#include "ceremony/entries.h"
#include "ceremony/entries_login.h"
#include "ceremony/unseal.h"
#include "vault/doc.h"

static int release(struct place *p, struct err *e)
{
	return ask_record(&p->a, entry_released(p->a.st, p->a.set, -1), LOG_SPACE_APPROVED, 1, NULL,
	    e);
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
		cmocka_unit_test(a_log_that_cannot_be_written_is_said),
		cmocka_unit_test(a_witness_is_refused_before_anybody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
