/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole way of a secret: sealed, asked for, approved, shared, joined,
 * opened - exactly when the quorum is satisfied. */
#include "unit.h"

#include <stdlib.h>

#include "fake_ask.h"
#include "vault/doc.h"

#define PASSWORD "correct horse battery staple"

/* Over the wire: written, parsed again. */
static struct approval *carried(struct approval **a)
{
	struct buf b = BUF_INIT;
	struct approval *out = NULL;
	json *doc = NULL;

	assert_int_equal(json_canonical(&b, (*a)->doc, NULL), 0);
	assert_int_equal(json_parse(&doc, b.data, b.len, JSON_CANONICAL, "reply", NULL), 0);
	assert_int_equal(approval_from_json(&out, doc, 0, "reply", NULL), 0);
	json_free(&doc);
	buf_free(&b);
	approval_free(a);
	return out;
}

/* Collects from `set`, and tries to open whatever that gives. */
static int opens(const struct ask *a, unsigned set)
{
	struct share got[2 * FAKE_HOLDERS_MAX] = { { NULL, NULL } };
	const struct quorum *q = policy_quorum(a->v.policy, "default");
	struct secret *s = NULL, *plain = NULL;
	struct approvals *list = NULL;
	size_t n = 0;
	int satisfied, r;

	assert_int_equal(approvals_new(&list, a->st, a->v.policy, NULL, NULL), 0);
	for (size_t i = 0; i < a->v.n; i++) {
		struct approval *one;
		uint32_t counter = 0;

		if ((set >> i & 1u) == 0)
			continue;
		one = ask_approve(a, i, 0);
		one = carried(&one);
		assert_int_equal(approvals_add(list, &one, FAKE_NOW + 1000, &counter, NULL), 0);
		assert_null(one);
		assert_true(counter > 0);
	}
	satisfied = approvals_satisfied(list, q);
	for (size_t i = 0; i < approvals_size(list); i++, n++) {
		const struct approval *one = approvals_at(list, i);

		got[n].holder = one->holder;
		assert_int_equal(approval_open_share(&got[n].bytes, one, a->st, "password", a->key,
		    a->sh, a->rec, NULL), 0);
	}
	r = quorum_join(&s, q, got, n, NULL);
	assert_int_equal(r == 0, satisfied);
	if (r == 0) {
		assert_int_equal(record_open_field(&plain, a->rec, "password", s, NULL, NULL), 0);
		assert_int_equal(plain->len, strlen(PASSWORD));
		assert_memory_equal(plain->data, PASSWORD, plain->len);
	}
	secret_free(&plain);
	secret_free(&s);
	quorum_shares_free(got, n);
	approvals_free(&list);
	return r == 0;
}

static int two(unsigned s)
{
	return __builtin_popcount(s) >= 2;
}

static int three(unsigned s)
{
	return __builtin_popcount(s) >= 3;
}

static int five(unsigned s)
{
	return __builtin_popcount(s) >= 5;
}

static int both(unsigned s)
{
	return (s & 3u) != 0 && __builtin_popcount(s & 28u) >= 2;
}

static void matrix(void **state)
{
	static const struct {
		size_t n;
		const char *quorum;
		int (*rule)(unsigned set);
	} rows[] = {
		{ 2, "2 of (alice, bob)", two }, { 3, "2 of (alice, bob, carol)", two },
		{ 5, "3 of (alice, bob, carol, dave, erin)", three },
		{ 7, "5 of (alice, bob, carol, dave, erin, frank, grace)", five },
		{ 5, "2 of (1 of (alice, bob), 2 of (carol, dave, erin))", both },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const unsigned step = rows[i].n < 5 ? 1 : (unsigned)unit_step(5);
		struct ask a;

		ask_new(&a, rows[i].n, 1, rows[i].quorum);
		for (unsigned set = 0; set < 1u << rows[i].n; set += step)
			assert_int_equal(opens(&a, set), rows[i].rule(set));
		ask_free(&a);
	}
}

static void false_shares(void **state)
{
	struct secret *seed, *wrong, *share = NULL, *s = NULL, *plain = NULL;
	struct err e = { 0 };
	struct ask a;

	(void)state;
	ask_new(&a, 3, 1, "2 of (alice, bob, carol)");
	seed = fake_seed(&a.v, 0, 0);
	wrong = fake_seed(&a.v, 1, 0);
	assert_int_equal(shares_open(&share, a.sh, a.rec, "password", "alice", wrong, &e),
	    ERR_TAMPERED);
	assert_non_null(strstr(e.text, "damaged or false, ask again"));
	assert_int_equal(shares_open(&share, a.sh, a.rec, "password", "dave", seed, NULL),
	    ERR_MISSING);
	assert_int_equal(shares_open(&share, a.sh, a.rec, "card", "alice", seed, NULL), ERR_MISSING);
	assert_int_equal(shares_open(&share, a.sh, a.rec, "password", "alice", seed, NULL), 0);
	assert_int_equal(shares_check(a.sh, a.rec, "password", "alice", share, NULL), 0);
	assert_int_equal(shares_check(a.sh, a.rec, "totp", "alice", share, NULL), ERR_TAMPERED);
	assert_int_equal(shares_check(a.sh, a.rec, "password", "bob", share, NULL), ERR_TAMPERED);
	share->data[31] ^= 1;
	assert_int_equal(shares_check(a.sh, a.rec, "password", "alice", share, NULL), ERR_TAMPERED);
	/* A secret that is not the field's is seen before anything is decrypted. */
	assert_int_equal(secret_from(&s, share->data, 32, NULL), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(record_open_field(&plain, a.rec, "password", s, NULL, &e), ERR_TAMPERED);
	assert_non_null(strstr(e.text, "something else"));
	assert_null(plain);
	secret_free(&s);
	secret_free(&share);
	secret_free(&wrong);
	secret_free(&seed);
	ask_free(&a);
}

/* Signed again by the host, after a change; what a reader makes of it. */
static int forged(const struct ask *a, json *doc)
{
	struct shares *sh = NULL;
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	int r;

	assert_int_equal(doc_hash(digest, "twokey shares v1", doc, "signature", NULL), 0);
	assert_int_equal(doc_sign(doc, "twokey shares signature v1", digest, a->v.host_seed, NULL),
	    0);
	assert_int_equal(json_canonical(&b, doc, NULL), 0);
	assert_int_equal(shares_parse(&sh, b.data, b.len, "shares", NULL), 0);
	r = shares_verify(sh, a->rec, a->v.policy, NULL);
	shares_free(&sh);
	buf_free(&b);
	json_free(&doc);
	return r;
}

static json *part(json *doc, const char *name)
{
	return (json *)(uintptr_t)json_get(doc, name);
}

/* A host cannot leave people or fields out, nor slip others in. */
static void cover(void **state)
{
	struct ask a;
	json *doc, *fields;

	(void)state;
	ask_new(&a, 3, 1, "2 of (alice, bob, carol)");
	assert_int_equal(forged(&a, json_copy(a.sh->doc)), 0);
	doc = json_copy(a.sh->doc);
	assert_int_equal(json_remove(part(part(doc, "fields"), "totp"), "bob"), 0);
	assert_int_equal(forged(&a, doc), ERR_TAMPERED);
	doc = json_copy(a.sh->doc);
	fields = part(part(doc, "fields"), "totp");
	assert_int_equal(json_set(fields, "mallory", json_copy(json_get(fields, "bob"))), 0);
	assert_int_equal(forged(&a, json_copy(doc)), ERR_TAMPERED);
	assert_int_equal(json_remove(fields, "bob"), 0);
	assert_int_equal(forged(&a, doc), ERR_TAMPERED);
	doc = json_copy(a.sh->doc);
	fields = part(doc, "fields");
	assert_int_equal(json_set(fields, "other", json_copy(json_get(fields, "totp"))), 0);
	assert_int_equal(forged(&a, json_copy(doc)), ERR_TAMPERED);
	assert_int_equal(json_remove(fields, "totp"), 0);
	assert_int_equal(forged(&a, doc), ERR_TAMPERED);
	doc = json_copy(a.sh->doc);
	assert_int_equal(json_set_str(doc, "quorum", "other"), 0);
	assert_int_equal(forged(&a, doc), ERR_TAMPERED);
	doc = json_copy(a.sh->doc);
	assert_int_equal(json_set_hex(doc, "digest", a.sh->digest, 32), 0);
	assert_int_equal(forged(&a, doc), ERR_TAMPERED);
	ask_free(&a);
}

static struct policy *next_policy(const struct ask *a)
{
	struct quorum *q = NULL;
	struct buf bytes = BUF_INIT;
	struct policy *p;
	json *doc = NULL;

	assert_int_equal(policy_draft_next(&doc, a->v.policy, FAKE_NOW + 5000, NULL), 0);
	assert_int_equal(quorum_from_text(&q, "3 of (alice, bob, carol)", NULL), 0);
	assert_int_equal(policy_draft_quorum(doc, "default", q, NULL), 0);
	p = fake_sign_next(&a->v, doc, 3, &bytes);
	assert_int_equal(policy_verify_next(p, a->v.policy, NULL), 0);
	quorum_free(&q);
	buf_free(&bytes);
	json_free(&doc);
	return p;
}

static void reseal(void **state)
{
	struct secret *pw, *totp, *seed, *share = NULL;
	struct policy *p;
	struct shares *sh = NULL;
	struct buf bytes = BUF_INIT;
	uint8_t digest[32];
	struct ask a;

	(void)state;
	ask_new(&a, 3, 1, "2 of (alice, bob, carol)");
	p = next_policy(&a);
	pw = ask_join(&a, "password");
	totp = ask_join(&a, "totp");
	const struct shares_secret right[] = { { "totp", totp }, { "password", pw } };
	const struct shares_secret swapped[] = { { "totp", pw }, { "password", totp } };
	const struct shares_secret twice[] = { { "totp", totp }, { "totp", totp } };
	struct shares_in in = { .record = a.rec, .policy = p, .secrets = swapped, .n = 2,
		.host = FAKE_HOST, .host_seed = a.v.host_seed, .now = FAKE_NOW + 6000 };

	assert_int_equal(shares_build(&bytes, digest, &in, NULL), ERR_TAMPERED);
	in.secrets = twice;
	assert_int_equal(shares_build(&bytes, digest, &in, NULL), ERR_INTERNAL);
	in.secrets = right;
	in.n = 1;
	assert_int_equal(shares_build(&bytes, digest, &in, NULL), ERR_INTERNAL);
	assert_int_equal(bytes.len, 0);
	in.n = 2;
	assert_int_equal(shares_build(&bytes, digest, &in, NULL), 0);
	assert_int_equal(shares_parse(&sh, bytes.data, bytes.len, "shares 2", NULL), 0);
	assert_int_equal(shares_verify(sh, a.rec, p, NULL), 0);
	assert_int_equal(shares_verify(sh, a.rec, a.v.policy, NULL), ERR_TAMPERED);
	assert_memory_equal(sh->digest, digest, 32);
	/* Shares of both documents do not mix. */
	seed = fake_seed(&a.v, 0, 0);
	assert_int_equal(shares_open(&share, sh, a.rec, "password", "alice", seed, NULL), 0);
	assert_int_equal(shares_check(a.sh, a.rec, "password", "alice", share, NULL), ERR_TAMPERED);
	secret_free(&share);
	secret_free(&seed);
	secret_free(&pw);
	secret_free(&totp);
	shares_free(&sh);
	buf_free(&bytes);
	policy_free(&p);
	ask_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matrix), cmocka_unit_test(false_shares), cmocka_unit_test(cover),
		cmocka_unit_test(reseal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
