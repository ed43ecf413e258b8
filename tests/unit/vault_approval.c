/* SPDX-License-Identifier: BSD-2-Clause */
/* Approvals: whose count, and what is refused. */
#include "unit.h"

#include <stdlib.h>

#include "fake_ask.h"

static void same_person_twice(void **state)
{
	struct approvals *list = NULL;
	struct approval *one;
	struct err e = { 0 };
	struct ask a;

	(void)state;
	ask_new(&a, 3, 2, "2 of (alice, bob, carol)");
	assert_int_equal(approvals_new(&list, a.st, a.v.policy, NULL, NULL), 0);
	one = ask_approve(&a, 0, 0);
	assert_int_equal(approvals_add(list, &one, FAKE_NOW, NULL, NULL), 0);
	one = ask_approve(&a, 0, 1); /* the other token of the same person */
	assert_int_equal(approvals_add(list, &one, FAKE_NOW, NULL, &e), ERR_EXISTS);
	assert_string_equal(e.text, "alice has approved this request already.");
	assert_null(one);
	assert_int_equal(approvals_size(list), 1);
	assert_int_equal(approvals_missing(list, policy_quorum(a.v.policy, "default")), 1);
	one = ask_approve(&a, 2, 1);
	assert_int_equal(approvals_add(list, &one, FAKE_NOW, NULL, NULL), 0);
	assert_true(approvals_satisfied(list, policy_quorum(a.v.policy, "default")));
	assert_true(approvals_has(list, "carol"));
	approvals_free(&list);
	ask_free(&a);
}

/* Adds to a fresh set and tells the error. */
static int add(const struct ask *a, struct approval *one, int64_t now, struct err *e)
{
	struct approvals *list = NULL;
	int r;

	memset(e, 0, sizeof(*e));
	assert_int_equal(approvals_new(&list, a->st, a->v.policy, NULL, NULL), 0);
	r = approvals_add(list, &one, now, NULL, e);
	assert_int_equal(approvals_size(list), r == 0 ? 1 : 0);
	assert_int_equal(e->code, r);
	approvals_free(&list);
	return r;
}

/* An approval for a->st, changed by swapping one member. */
static struct approval *changed(const struct ask *a, const char *member, json *value)
{
	struct approval *one = ask_approve(a, 0, 0), *out = NULL;
	json *doc = json_copy(one->doc);

	assert_int_equal(json_set(doc, member, value), 0);
	assert_int_equal(approval_from_json(&out, doc, 0, "reply", NULL), 0);
	json_free(&doc);
	approval_free(&one);
	return out;
}

static void approvals_refused(void **state)
{
	struct statement *st, *other;
	struct err e = { 0 };
	struct ask a;

	(void)state;
	ask_new(&a, 3, 2, "2 of (alice, bob, carol)");
	assert_int_equal(add(&a, ask_approve(&a, 0, 0), a.st->expires - 1, &e), 0);
	assert_int_equal(add(&a, ask_approve(&a, 0, 0), a.st->expires, &e), ERR_TIMEOUT);
	assert_int_equal(add(&a, ask_approve(&a, 0, 0), FAKE_NOW - 600000, &e), ERR_REFUSED);
	assert_int_equal(add(&a, changed(&a, "holder", json_new_str("bob")), FAKE_NOW, &e),
	    ERR_TAMPERED);
	assert_int_equal(add(&a, changed(&a, "holder", json_new_str("mallory")), FAKE_NOW, &e),
	    ERR_REFUSED);
	assert_non_null(strstr(e.text, "mallory"));
	assert_int_equal(add(&a, changed(&a, "token", json_new_str("t9")), FAKE_NOW, &e),
	    ERR_REFUSED);
	assert_int_equal(add(&a, changed(&a, "shares", json_new_object()), FAKE_NOW, &e), ERR_INPUT);
	/* Signed for another statement: same words, another nonce. */
	other = ask_for(&a);
	assert_memory_not_equal(other->hash, a.st->hash, 32);
	st = a.st;
	a.st = other;
	struct approval *stolen = ask_approve(&a, 1, 0);
	a.st = st;
	assert_int_equal(add(&a, stolen, FAKE_NOW, &e), ERR_TAMPERED);
	statement_free(&other);
	ask_free(&a);
}

/* A token that signs without its person. */
static void token_flags(void **state)
{
	static const struct {
		uint8_t flags;
		const char *rp;
		int code;
	} rows[] = {
		{ 0x05, TOKEN_RP_ID, 0 }, { 0x04, TOKEN_RP_ID, ERR_REFUSED },
		{ 0x01, TOKEN_RP_ID, ERR_REFUSED }, { 0x00, TOKEN_RP_ID, ERR_REFUSED },
		{ 0x45, TOKEN_RP_ID, ERR_INPUT },
		{ 0x05, "ssh:", ERR_TAMPERED },
	};
	struct ask a;

	(void)state;
	ask_new(&a, 2, 2, "2 of (alice, bob)");
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		struct fake_token *t = a.v.holders[0].tokens[i % 2];
		const struct bundle_token *bt = &a.v.holders[0].bundle->tokens[i % 2];
		struct token_assertion as;
		uint8_t sig[TOKEN_SIG_MAX];
		struct assertion_key key;
		struct err e = { 0 };
		size_t len;

		fake_token_behave(t, rows[i / 2].flags, rows[i / 2].rp);
		fake_token_assert(t, a.st->hash, NULL, NULL, &as);
		bundle_token_key(&key, bt);
		assert_int_equal(assertion_normalise(sig, &len, bt->alg, as.sig, as.sig_len, NULL),
		    0);
		if (assertion_verify(&key, a.st->hash, as.authdata, as.authdata_len, sig, len, NULL,
		    &e) != rows[i / 2].code)
			fail_msg("row %zu: %s", i, e.text);
		fake_assertion_free(&as);
		fake_token_behave(t, 0x05, TOKEN_RP_ID);
	}
	ask_free(&a);
}

/* Bytes behind the head without a flag that says so. */
static void token_left_over(void **state)
{
	const uint8_t salt[32] = { 1 }, hash[32] = { 2 };
	struct fake_token *t = fake_token_new(TOKEN_EDDSA);
	struct token_credential *c = calloc(1, sizeof(*c));
	struct token_assertion as;
	uint8_t msg[512], sig[TOKEN_SIG_MAX];
	struct assertion_key key;
	size_t len;

	(void)state;
	assert_non_null(c);
	fake_token_make(t, hash, c);
	key = (struct assertion_key){ TOKEN_EDDSA, c->key, 32 };
	fake_token_assert(t, hash, salt, NULL, &as);
	for (int ed = 1; ed >= 0; ed--) {
		as.authdata[32] = (uint8_t)(0x05 | (ed ? 0x80 : 0));
		memcpy(msg, as.authdata, as.authdata_len);
		memcpy(msg + as.authdata_len, hash, 32);
		fake_token_sign(t, msg, as.authdata_len + 32, sig, &len);
		assert_int_equal(assertion_verify(&key, hash, as.authdata, as.authdata_len, sig, len,
		    NULL, NULL), ed ? 0 : ERR_INPUT);
	}
	/* Malformed ones of a token. */
	assert_int_equal(assertion_verify(&key, hash, as.authdata, 36, sig, len, NULL, NULL),
	    ERR_INPUT);
	assert_int_equal(assertion_normalise(msg, &len, TOKEN_EDDSA, sig, 63, NULL), ERR_TOKEN);
	assert_int_equal(assertion_normalise(msg, &len, TOKEN_ES256, sig, 64, NULL), ERR_TOKEN);
	fake_assertion_free(&as);
	fake_token_free(&t);
	free(c);
}

/* Shares for a whole reseal, named by record. */
static void reseal_approval(void **state)
{
	static const struct statement_field fields[] = { { "password", "value" },
		{ "totp", "value" } };
	struct statement_deliver list = { .to = "requester", .fields = fields, .n = 2 };
	struct secret *seed, *share = NULL, *back = NULL;
	char name[APPROVAL_SHARE_NAME];
	struct approval *one;
	json *subject;
	struct err e = { 0 };
	struct ask a;

	(void)state;
	ask_new(&a, 2, 1, "2 of (alice, bob)");
	list.key = a.pub;
	statement_free(&a.st);
	subject = statement_subject_reseal(policy_hash(a.v.policy));
	assert_int_equal(statement_subject_reseal_add(subject, "prod-main", 1, a.rec->digest), 0);
	a.st = fake_statement(&a.v, ACTION_RESEAL, subject, &list, 1);
	seed = fake_seed(&a.v, 0, 0);
	assert_int_equal(shares_open(&share, a.sh, a.rec, "totp", "alice", seed, NULL), 0);
	approval_share_name(name, a.st, a.rec, "totp");
	assert_string_equal(name, "prod-main/totp");
	const struct approval_share shares[] = { { name, share } };
	one = fake_approve(&a.v, a.st, 0, 0, shares, 1);
	assert_int_equal(approval_open_share(&back, one, a.st, "totp", a.key, a.sh, a.rec, NULL), 0);
	assert_memory_equal(back->data, share->data, 32);
	assert_int_equal(add(&a, one, FAKE_NOW, &e), 0);
	secret_free(&back);
	secret_free(&share);
	secret_free(&seed);
	ask_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_person_twice), cmocka_unit_test(approvals_refused),
		cmocka_unit_test(token_flags), cmocka_unit_test(token_left_over), cmocka_unit_test(reseal_approval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
