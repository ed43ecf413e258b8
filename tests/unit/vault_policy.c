/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies: who has to sign, and what a successor may change. */
#include "unit.h"

#include <stdlib.h>

#include "fake_vault.h"

static int setup(void **state)
{
	struct fake_vault *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	fake_vault_new(v, 4, 2, "2 of (alice, bob, carol, dave)",
	    "2 of (1 of (alice, bob), 1 of (carol, dave))");
	*state = v;
	return 0;
}

static int teardown(void **state)
{
	fake_vault_free(*state);
	free(*state);
	return 0;
}

static json *next(const struct fake_vault *v)
{
	json *doc = NULL;

	assert_int_equal(policy_draft_next(&doc, v->policy, FAKE_NOW + 1, NULL), 0);
	return doc;
}

/* Signs and verifies as the successor; takes doc over. */
static int judge(const struct fake_vault *v, json *doc, unsigned signers, struct err *e)
{
	struct buf bytes = BUF_INIT;
	struct policy *p = fake_sign_next(v, doc, signers, &bytes);
	const int r = policy_verify_next(p, v->policy, e);

	assert_int_equal(policy_vault(p) != NULL, r == 0);
	policy_free(&p);
	buf_free(&bytes);
	json_free(&doc);
	return r;
}

static void reading(void **state)
{
	const struct fake_vault *v = *state;
	const struct policy *p = v->policy;
	const struct bundle_token **tokens = NULL;
	struct token_id *ids = NULL;
	size_t n;

	assert_string_equal(policy_name(p), "example");
	assert_int_equal(policy_serial(p), 1);
	assert_null(policy_previous(p));
	assert_memory_equal(policy_vault(p), policy_hash(p), 32);
	assert_int_equal(strlen(policy_vault_hex(p)), 64);
	assert_int_equal(policy_holders(p), 4);
	assert_string_equal(policy_holder_at(p, 3)->name, "dave");
	assert_null(policy_holder_at(p, 4));
	assert_null(policy_holder(p, "erin"));
	assert_int_equal(policy_hosts(p), 1);
	assert_memory_equal(policy_host(p, FAKE_HOST)->key, v->host_key, 32);
	assert_null(policy_host(p, "bastion2"));
	assert_int_equal(policy_quorums(p), 2);
	assert_string_equal(policy_quorum_name(p, 1), "other");
	assert_int_equal(quorum_size(policy_quorum(p, "default")), 4);
	assert_null(policy_quorum(p, "none"));
	assert_int_equal(policy_rotation_hours(p, "aws-root"), 24);
	assert_int_equal(policy_rotation_hours(p, "gcp-root"), -1);
	assert_int_equal(policy_rules(p)->request_minutes, 60);
	assert_int_equal(policy_allow_list(p, NULL, &ids, &tokens, &n, NULL), 0);
	assert_int_equal(n, 8);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ids[i].len, tokens[i]->id_len);
		assert_memory_equal(ids[i].data, tokens[i]->id, ids[i].len);
	}
	assert_string_equal(tokens[7]->holder, "dave");
	assert_string_equal(tokens[7]->label, "t1");
	assert_ptr_equal(policy_token(p, "dave", "t1"), tokens[7]);
	assert_null(policy_token(p, "dave", "t2"));
	free(ids);
	free(tokens);
}

static void pinned(void **state)
{
	const struct fake_vault *v = *state;
	struct policy *p = NULL;
	struct err e = { 0 };
	uint8_t hash[32];

	memcpy(hash, policy_hash(v->policy), 32);
	assert_int_equal(policy_parse_pinned(&p, v->policy_bytes.data, v->policy_bytes.len, hash,
	    hash, "policy 1", NULL), 0);
	assert_string_equal(policy_vault_hex(p), policy_vault_hex(v->policy));
	policy_free(&p);
	hash[0] ^= 1;
	assert_int_equal(policy_parse_pinned(&p, v->policy_bytes.data, v->policy_bytes.len, hash,
	    hash, "policy 1", &e), ERR_TAMPERED);
	assert_null(p);
	assert_non_null(strstr(e.text, "policy 1"));
}

/* The first policy: every holder named, no other. */
static void first(void **state)
{
	const struct fake_vault *v = *state;
	const json *groups = json_get(policy_doc(v->policy), "signatures");
	const json *group = json_at(groups, 0), *approvals = json_get(group, "approvals");
	struct policy *p = NULL;

	assert_int_equal(json_len(approvals), 4);
	for (size_t skip = 0; skip <= 4; skip++) {
		json *doc = json_copy(policy_doc(v->policy)), *g = json_copy(group);
		json *some = json_new_array(), *list = json_new_array();
		struct err e = { 0 };

		for (size_t i = 0; i < 4; i++)
			if (i != skip)
				assert_int_equal(json_add(some, json_share(json_at(approvals, i))), 0);
		if (skip == 4) /* everybody, and one of them twice */
			assert_int_equal(json_add(some, json_share(json_at(approvals, 0))), 0);
		assert_int_equal(json_set(g, "approvals", some), 0);
		assert_int_equal(json_add(list, g), 0);
		assert_int_equal(json_set(doc, "signatures", list), 0);
		assert_int_equal(policy_from_json(&p, doc, "p", NULL), 0);
		assert_int_equal(policy_verify_first(p, &e), ERR_REFUSED);
		assert_non_null(strstr(e.text, skip < 4 ? fake_name(skip) : "alice twice"));
		assert_null(policy_vault(p));
		policy_free(&p);
		json_free(&doc);
	}
	json *bare = json_copy(policy_doc(v->policy));

	assert_int_equal(json_set(bare, "signatures", json_new_array()), 0);
	assert_int_equal(policy_from_json(&p, bare, "p", NULL), 0);
	assert_int_equal(policy_verify_first(p, NULL), ERR_REFUSED);
	policy_free(&p);
	json_free(&bare);
}

static void successor_quorum(void **state)
{
	const struct fake_vault *v = *state;

	for (unsigned set = 1; set < 16; set++) {
		const int r = judge(v, next(v), set, NULL);

		assert_int_equal(r, __builtin_popcount(set) >= 2 ? 0 : ERR_REFUSED);
	}
}

/* The rule names another quorum: that one counts, and that of the policy
 * before, not that of the new one. */
static void successor_rule(void **state)
{
	const struct fake_vault *v = *state;
	struct buf bytes = BUF_INIT;
	struct fake_vault two = *v;
	struct policy *p;
	json *doc = next(v);

	assert_int_equal(policy_draft_rule(doc, "policy", json_new_str("other"), NULL), 0);
	p = fake_sign_next(v, doc, 3, &bytes);
	assert_int_equal(policy_verify_next(p, v->policy, NULL), 0);
	two.policy = p;
	for (unsigned set = 1; set < 16; set++) {
		const int r = judge(&two, next(&two), set, NULL);

		assert_int_equal(r, (set & 3u) != 0 && (set & 12u) != 0 ? 0 : ERR_REFUSED);
	}
	json_free(&doc);
	doc = next(&two);
	assert_int_equal(json_int(doc, "serial"), 3);
	/* Serial 3 does not follow serial 1. */
	struct buf more = BUF_INIT;
	struct policy *p3 = fake_sign_next(&two, doc, 15, &more);

	assert_int_equal(policy_verify_next(p3, v->policy, NULL), ERR_TAMPERED);
	assert_int_equal(policy_verify_first(p3, NULL), ERR_TAMPERED);
	policy_free(&p3);
	policy_free(&p);
	buf_free(&more);
	buf_free(&bytes);
	json_free(&doc);
}

/* Signatures of something else, or of another line of policies. */
static void successor_foreign(void **state)
{
	const struct fake_vault *v = *state;
	const uint8_t other[32] = { 5 };
	struct fake_vault two = *v;
	struct buf bytes = BUF_INIT, more = BUF_INIT;
	struct policy *p, *changed = NULL;
	struct err e = { 0 };
	json *doc = next(v), *copy;

	p = fake_sign_next(v, doc, 3, &bytes);
	assert_int_equal(policy_verify_next(p, v->policy, NULL), 0);
	/* The signatures stay, the content does not. */
	copy = json_copy(policy_doc(p));
	assert_int_equal(json_set_str(copy, "name", "another"), 0);
	assert_int_equal(policy_from_json(&changed, copy, "p", NULL), 0);
	assert_int_equal(policy_verify_next(changed, v->policy, &e), ERR_TAMPERED);
	assert_non_null(strstr(e.text, "something else"));
	policy_free(&changed);
	json_free(&copy);
	/* Signed under another policy than the one before it. */
	two.policy = p;
	copy = next(v);
	changed = fake_sign_next(&two, copy, 15, &more);
	assert_int_equal(policy_verify_next(changed, v->policy, NULL), ERR_TAMPERED);
	policy_free(&changed);
	/* It follows another one itself. */
	assert_int_equal(json_set(copy, "signatures", json_new_array()), 0);
	assert_int_equal(json_set_hex(copy, "previous", other, 32), 0);
	assert_int_equal(judge(v, copy, 15, NULL), ERR_TAMPERED);
	policy_free(&p);
	json_free(&doc);
	buf_free(&bytes);
	buf_free(&more);
}

/* Somebody new, or a changed bundle, signs by their own token too. */
static void successor_holder(void **state)
{
	struct fake_vault v = *(struct fake_vault *)*state;
	struct fake_holder *erin = &v.holders[4];
	struct err e = { 0 };
	json *doc;

	erin->name = "erin";
	erin->bundle = fake_bundle("erin", erin->tokens, 2);
	v.n = 5;
	doc = next(&v);
	assert_int_equal(policy_draft_holder(doc, erin->bundle, NULL), 0);
	assert_int_equal(judge(&v, json_copy(doc), 3, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, "erin"));
	assert_int_equal(judge(&v, json_copy(doc), 1 | 16, NULL), ERR_REFUSED);
	assert_int_equal(judge(&v, json_copy(doc), 3 | 16, NULL), 0);
	/* Everybody signs, but one of her tokens never signed her bundle. */
	json *list = (json *)(uintptr_t)json_get(json_at(json_get(doc, "holders"), 4), "signatures");
	struct token_assertion as;

	fake_token_assert(erin->tokens[0], policy_hash(v.policy), NULL, NULL, &as);
	assert_int_equal(json_set_bytes((json *)(uintptr_t)json_at(list, 0), "authenticator_data",
	    as.authdata, as.authdata_len), 0);
	fake_assertion_free(&as);
	assert_int_equal(judge(&v, json_copy(doc), 31, NULL), ERR_TAMPERED);
	json_free(&doc);
	bundle_free(&erin->bundle);
	for (size_t k = 0; k < 2; k++)
		fake_token_free(&erin->tokens[k]);
}

/* Bob's bundle is replaced by one with other tokens: his old ones no longer
 * sign for the new policy, the new ones do not count for the old quorum. */
static void successor_replaced(void **state)
{
	struct fake_vault v = *(struct fake_vault *)*state;
	struct fake_holder *bob = &v.holders[1];
	json *doc;

	memset(bob->tokens, 0, sizeof(bob->tokens));
	bob->bundle = fake_bundle("bob", bob->tokens, 1);
	doc = next(&v);
	assert_int_equal(policy_draft_holder(doc, bob->bundle, NULL), 0);
	assert_int_equal(judge(&v, json_copy(doc), 1 | 2, NULL), ERR_REFUSED); /* alice, new bob */
	assert_int_equal(judge(&v, json_copy(doc), 1 | 4, NULL), ERR_REFUSED); /* without bob */
	assert_int_equal(judge(&v, json_copy(doc), 1 | 2 | 4, NULL), 0);
	json_free(&doc);
	bundle_free(&bob->bundle);
	fake_token_free(&bob->tokens[0]);
}

/* Counts in the ceremony as the policy will be judged: by a token of the old
 * policy, by one of the draft, or both at once. */
static void ceremony(void **state)
{
	const struct fake_vault *v = *state;
	struct fake_vault mixed = *v;
	struct policy *draft = NULL;
	struct approvals *set = NULL;
	struct statement *st;
	struct approval *a;
	uint8_t hash[32];
	json *doc = next(v), *bare;

	memset(mixed.holders[1].tokens, 0, sizeof(mixed.holders[1].tokens));
	mixed.holders[1].bundle = fake_bundle("bob", mixed.holders[1].tokens, 1);
	assert_int_equal(policy_draft_holder(doc, mixed.holders[1].bundle, NULL), 0);
	assert_int_equal(policy_draft_hash(hash, doc, NULL), 0);
	assert_int_equal(policy_from_json(&draft, doc, "draft", NULL), 0);
	st = fake_statement(v, ACTION_POLICY, statement_subject_policy(2, hash), NULL, 0);
	assert_int_equal(approvals_new(&set, st, v->policy, draft, NULL), 0);
	a = fake_approve(v, st, 0, 0, NULL, 0);
	assert_int_equal(approvals_add(set, &a, FAKE_NOW, NULL, NULL), 0);
	assert_true(approvals_signed_draft(set, "alice"));
	a = fake_approve(v, st, 0, 1, NULL, 0);
	assert_int_equal(approvals_add(set, &a, FAKE_NOW, NULL, NULL), ERR_EXISTS);
	/* Bob by his new token, then by his old one: both add something. */
	a = fake_approve(&mixed, st, 1, 0, NULL, 0);
	assert_int_equal(approvals_add(set, &a, FAKE_NOW, NULL, NULL), 0);
	assert_true(approvals_signed_draft(set, "bob"));
	assert_int_equal(approvals_missing(set, policy_quorum(v->policy, "default")), 1);
	a = fake_approve(&mixed, st, 1, 0, NULL, 0);
	assert_int_equal(approvals_add(set, &a, FAKE_NOW, NULL, NULL), ERR_EXISTS);
	a = fake_approve(v, st, 1, 0, NULL, 0);
	assert_int_equal(approvals_add(set, &a, FAKE_NOW, NULL, NULL), 0);
	assert_true(approvals_satisfied(set, policy_quorum(v->policy, "default")));
	for (int part = 0; part < 2; part++) {
		bare = approvals_bare(set, part);
		assert_int_equal(json_len(bare), part == 0 ? 2 : 1);
		assert_int_equal(policy_draft_sign(doc, st, bare, NULL), 0);
		json_free(&bare);
	}
	policy_free(&draft);
	assert_int_equal(policy_from_json(&draft, doc, "draft", NULL), 0);
	assert_int_equal(policy_verify_next(draft, v->policy, NULL), 0);
	policy_free(&draft);
	approvals_free(&set);
	statement_free(&st);
	bundle_free(&mixed.holders[1].bundle);
	fake_token_free(&mixed.holders[1].tokens[0]);
	json_free(&doc);
}

static void successor_host(void **state)
{
	const struct fake_vault *v = *state;
	const uint8_t key[32] = { 9 }, root[32] = { 1 };
	struct buf bytes = BUF_INIT;
	struct fake_vault two = *v;
	struct policy *p;
	struct err e = { 0 };
	json *doc = next(v);

	assert_int_equal(policy_draft_host(doc, "a-host", key, NULL), 0);
	assert_int_equal(policy_draft_host(doc, FAKE_HOST, key, NULL), ERR_EXISTS);
	assert_int_equal(policy_draft_end_host(doc, FAKE_HOST, 7, root, NULL), 0);
	assert_int_equal(policy_draft_end_host(doc, FAKE_HOST, 8, root, NULL), ERR_EXISTS);
	assert_int_equal(policy_draft_end_host(doc, "none", 7, root, NULL), ERR_MISSING);
	assert_int_equal(policy_draft_log(doc, FAKE_HOST, 7, root, NULL), 0);
	p = fake_sign_next(v, doc, 3, &bytes);
	assert_int_equal(policy_verify_next(p, v->policy, NULL), 0);
	assert_int_equal(policy_hosts(p), 2);
	assert_string_equal(policy_host_at(p, 0)->name, "a-host");
	assert_true(policy_host(p, FAKE_HOST)->ended);
	assert_int_equal(policy_host(p, FAKE_HOST)->size, 7);
	json_free(&doc);
	/* What has ended stays so, and stays listed. */
	two.policy = p;
	doc = next(v);
	assert_int_equal(json_set_int(doc, "serial", 3), 0);
	assert_int_equal(json_set_hex(doc, "previous", policy_hash(p), 32), 0);
	assert_int_equal(judge(&two, json_copy(doc), 15, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, "a-host"));
	assert_int_equal(policy_draft_host(doc, "a-host", key, NULL), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(judge(&two, doc, 15, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, FAKE_HOST));
	policy_free(&p);
	buf_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading), cmocka_unit_test(pinned), cmocka_unit_test(first),
		cmocka_unit_test(successor_quorum), cmocka_unit_test(successor_rule),
		cmocka_unit_test(successor_foreign), cmocka_unit_test(successor_holder), cmocka_unit_test(successor_replaced),
		cmocka_unit_test(ceremony), cmocka_unit_test(successor_host),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
