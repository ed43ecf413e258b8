/* SPDX-License-Identifier: BSD-2-Clause */
/* A record with a witness, where nobody can ask it. */
#include "unit.h"

#include "ceremony/unseal.h"
#include "ceremony_place.h"
#include "vault/doc.h"

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
		cmocka_unit_test(a_witness_is_refused_before_anybody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
