/* SPDX-License-Identifier: BSD-2-Clause */
/* Every single bit flipped and every cut of each document is refused, by
 * parsing, or by the signature, hash or commitment that covers it. */
#include "unit.h"

#include <stdlib.h>

#include "fake_vault.h"

/* The layers that refuse. */
static const char FORM[] = "form and shape", MATCH[] = "comparing with the policy",
    SIGNED[] = "signatures", SHARE[] = "the share's opening";

struct world {
	struct fake_vault v;
	struct record_sealed sealed;
	struct record *rec;
	struct shares *sh;
	struct secret *key;
	uint8_t pub[32];
	struct statement *st;
	struct buf bundle, statement, approval, next;
	const char *layer;	/* the last that a reader came to */
};

static void make_approval(struct world *w)
{
	struct secret *seed = fake_seed(&w->v, 0, 0), *share = NULL;
	struct approval *a;

	assert_int_equal(shares_open(&share, w->sh, w->rec, "password", "alice", seed, NULL), 0);
	const struct approval_share shares[] = { { "password", share } };
	a = fake_approve(&w->v, w->st, 0, 0, shares, 1);
	assert_int_equal(json_canonical(&w->approval, a->doc, NULL), 0);
	approval_free(&a);
	secret_free(&share);
	secret_free(&seed);
}

/* A successor: the same people, another date, and one more host. */
static void make_next(struct world *w)
{
	static const uint8_t key[ED25519_KEY_LEN] = { 1, 2, 3 };
	struct policy *p;
	json *doc = NULL;

	assert_int_equal(policy_draft_next(&doc, w->v.policy, FAKE_NOW + 1, NULL), 0);
	assert_int_equal(policy_draft_host(doc, "bastion2", key, NULL), 0);
	p = fake_sign_next(&w->v, doc, 3, &w->next);
	policy_free(&p);
	json_free(&doc);
}

static int setup(void **state)
{
	static const struct statement_field field = { "password", "value" };
	struct world *w = calloc(1, sizeof(*w));
	struct statement_deliver to = { .to = "requester", .fields = &field, .n = 1 };

	assert_non_null(w);
	to.key = w->pub;
	/* One es256 and one eddsa signature in each bundle. */
	fake_vault_new(&w->v, 2, 2, "2 of (alice, bob)", NULL);
	fake_seal(&w->v, "prod-main", &w->sealed);
	assert_int_equal(record_parse(&w->rec, w->sealed.record.data, w->sealed.record.len, "r",
	    NULL), 0);
	assert_int_equal(shares_parse(&w->sh, w->sealed.shares.data, w->sealed.shares.len, "s",
	    NULL), 0);
	assert_int_equal(hpke_keygen(&w->key, w->pub, (const uint8_t *)"0123456789abcdef0123456789"
	    "abcdef", 32, NULL), 0);
	w->st = fake_statement(&w->v, ACTION_UNSEAL, statement_subject_unseal("prod-main", 1,
	    w->rec->digest), &to, 1);
	assert_int_equal(json_canonical(&w->statement, w->st->doc, NULL), 0);
	assert_int_equal(bundle_write(&w->bundle, w->v.holders[0].bundle, NULL), 0);
	make_approval(w);
	make_next(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	statement_free(&w->st);
	secret_free(&w->key);
	record_free(&w->rec);
	shares_free(&w->sh);
	record_sealed_free(&w->sealed);
	buf_free(&w->bundle);
	buf_free(&w->statement);
	buf_free(&w->approval);
	buf_free(&w->next);
	fake_vault_free(&w->v);
	free(w);
	return 0;
}

/* Each of these says what a reader does with the bytes, to the end: 0 or an
 * error; and in w->layer how far it came. */
static int read_bundle(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct bundle *b = NULL;
	const int r = bundle_parse(&b, d, n, "the bundle", e);

	(void)w;
	bundle_free(&b);
	return r;
}

static int read_policy(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct policy *p = NULL;
	int r = policy_parse(&p, d, n, "the policy", e);

	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = policy_verify_first(p, e);
	policy_free(&p);
	return r;
}

static int read_next(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct policy *p = NULL;
	int r = policy_parse(&p, d, n, "the next policy", e);

	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = policy_verify_next(p, w->v.policy, e);
	policy_free(&p);
	return r;
}

static int read_record(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct record *rec = NULL;
	int r = record_parse(&rec, d, n, "the record", e);

	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = record_verify(rec, w->v.policy, e);
	record_free(&rec);
	return r;
}

static int read_shares(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct shares *sh = NULL;
	int r = shares_parse(&sh, d, n, "the shares", e);

	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = shares_verify(sh, w->rec, w->v.policy, e);
	shares_free(&sh);
	return r;
}

/* A changed statement is another statement: the approval is not for it. */
static int read_statement(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct statement *st = NULL;
	struct approval *a = NULL;
	json *doc = NULL;
	int r;

	assert_int_equal(json_parse(&doc, w->approval.data, w->approval.len, JSON_CANONICAL, "a",
	    NULL), 0);
	assert_int_equal(approval_from_json(&a, doc, 0, "a", NULL), 0);
	r = statement_parse(&st, d, n, "the request", e);
	if (r == 0 && (w->layer = MATCH) != NULL)
		r = statement_check(st, w->v.policy, FAKE_NOW, e);
	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = approval_check(a, st, w->v.policy, NULL, e);
	statement_free(&st);
	approval_free(&a);
	json_free(&doc);
	return r;
}

static int read_approval(struct world *w, const uint8_t *d, size_t n, struct err *e)
{
	struct approvals *set = NULL;
	struct approval *a = NULL;
	struct secret *share = NULL;
	json *doc = NULL;
	int r;

	assert_int_equal(approvals_new(&set, w->st, w->v.policy, NULL, NULL), 0);
	r = json_parse(&doc, d, n, JSON_CANONICAL, "the approval", e);
	if (r == 0)
		r = approval_from_json(&a, doc, 0, "the approval", e);
	if (r == 0 && (w->layer = SIGNED) != NULL)
		r = approvals_add(set, &a, FAKE_NOW, NULL, e);
	if (r == 0 && (w->layer = SHARE) != NULL)
		r = approval_open_share(&share, approvals_at(set, 0), w->st, "password", w->key,
		    w->sh, w->rec, e);
	secret_free(&share);
	approvals_free(&set);
	json_free(&doc);
	return r;
}

typedef int reader(struct world *w, const uint8_t *d, size_t n, struct err *e);

/* From memory of exactly n bytes, so that reading past the end shows.  Returns
 * the layer that refused. */
static const char *refused(struct world *w, reader *read, const uint8_t *d, size_t n, size_t at,
    const char *how)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);
	struct err e = { 0 };
	int r;

	assert_non_null(exact);
	memcpy(exact, d, n);
	w->layer = FORM;
	r = read(w, exact, n, &e);
	free(exact);
	if (r == 0 || e.text[0] == '\0' || e.code == ERR_INTERNAL || e.code == ERR_MEMORY)
		fail_msg("%s at %zu gave %d: %s", how, at, r, e.text);
	return w->layer;
}

/* Cuts are no documents any more.  What a flipped bit leaves in shape is for the
 * layers of `behind`, and each of them has its share of it. */
static void torture(struct world *w, const struct buf *doc, reader *read,
    const char *const behind[2])
{
	size_t by[2] = { 0, 0 };
	struct err e = { 0 };

	if (read(w, doc->data, doc->len, &e) != 0)
		fail_msg("the document itself is refused: %s", e.text);
	for (size_t n = 0; n < doc->len; n += unit_step(31))
		assert_ptr_equal(refused(w, read, doc->data, n, n, "a cut"), FORM);
	for (size_t i = 0; i < 8 * doc->len; i += unit_step(31)) {
		const char *layer;

		doc->data[i / 8] = (uint8_t)(doc->data[i / 8] ^ 1u << i % 8);
		layer = refused(w, read, doc->data, doc->len, i, "a flipped bit");
		doc->data[i / 8] = (uint8_t)(doc->data[i / 8] ^ 1u << i % 8);
		if (layer != FORM && layer != behind[0] && layer != behind[1])
			fail_msg("bit %zu was refused by %s", i, layer);
		by[0] += layer == behind[0];
		by[1] += layer == behind[1];
	}
	for (size_t k = 0; k < 2 && behind[k] != NULL; k++)
		if (by[k] == 0)
			fail_msg("%s refused nothing", behind[k]);
}

static const char *const SIGNATURES[2] = { SIGNED, NULL };

static void bundle(void **state)
{
	struct world *w = *state;

	torture(w, &w->bundle, read_bundle, (const char *const[2]){ NULL, NULL });
}

static void policy(void **state)
{
	struct world *w = *state;

	torture(w, &w->v.policy_bytes, read_policy, SIGNATURES);
}

static void successor(void **state)
{
	struct world *w = *state;

	torture(w, &w->next, read_next, SIGNATURES);
}

static void record(void **state)
{
	struct world *w = *state;

	torture(w, &w->sealed.record, read_record, SIGNATURES);
}

static void shares(void **state)
{
	struct world *w = *state;

	torture(w, &w->sealed.shares, read_shares, SIGNATURES);
}

static void statement(void **state)
{
	struct world *w = *state;

	torture(w, &w->statement, read_statement, (const char *const[2]){ MATCH, SIGNED });
}

static void approval(void **state)
{
	struct world *w = *state;

	torture(w, &w->approval, read_approval, (const char *const[2]){ SIGNED, SHARE });
}

/* What the host signed, but nobody sealed so: the layers behind the signature
 * refuse each by themselves. */
static void behind_signature(void **state)
{
	struct world *w = *state;
	struct secret *s = NULL, *plain = NULL, *share = NULL, *seed = fake_seed(&w->v, 0, 0);
	struct record_field *f = &w->rec->fields[0];
	struct share all[2] = { { "alice", NULL }, { "bob", NULL } };

	assert_int_equal(shares_open(&all[0].bytes, w->sh, w->rec, "password", "alice", seed, NULL),
	    0);
	secret_free(&seed);
	seed = fake_seed(&w->v, 1, 1);
	assert_int_equal(shares_open(&all[1].bytes, w->sh, w->rec, "password", "bob", seed, NULL), 0);
	assert_int_equal(quorum_join(&s, policy_quorum(w->v.policy, "default"), all, 2, NULL), 0);
	assert_int_equal(record_open_field(&plain, w->rec, "password", s, NULL, NULL), 0);
	secret_free(&plain);
	for (size_t i = 0; i < 8 * f->cipher_len; i++) {
		f->cipher[i / 8] = (uint8_t)(f->cipher[i / 8] ^ 1u << i % 8);
		assert_int_equal(record_open_field(&plain, w->rec, "password", s, NULL, NULL),
		    ERR_TAMPERED);
		f->cipher[i / 8] = (uint8_t)(f->cipher[i / 8] ^ 1u << i % 8);
	}
	for (size_t i = 0; i < 8 * 32; i++) {
		s->data[i / 8] = (uint8_t)(s->data[i / 8] ^ 1u << i % 8);
		assert_int_equal(record_open_field(&plain, w->rec, "password", s, NULL, NULL),
		    ERR_TAMPERED);
		s->data[i / 8] = (uint8_t)(s->data[i / 8] ^ 1u << i % 8);
		assert_null(plain);
	}
	assert_null(share);
	quorum_shares_free(all, 2);
	secret_free(&s);
	secret_free(&seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundle), cmocka_unit_test(policy), cmocka_unit_test(successor),
		cmocka_unit_test(record), cmocka_unit_test(shares), cmocka_unit_test(statement), cmocka_unit_test(approval),
		cmocka_unit_test(behind_signature),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
