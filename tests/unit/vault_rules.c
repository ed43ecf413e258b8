/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy may say: rules and their ranges, and what stands in it once. */
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

/* A draft that policy_from_json has to refuse. */
static void refuse(const struct fake_vault *v, json *doc, int code, const char *word)
{
	struct policy *p = NULL;
	struct err e = { 0 };
	int r = policy_from_json(&p, doc, "the draft", &e);

	(void)v;
	/* The sentence says what cannot be; only a hint says what can. */
	if (r != code || p != NULL || strstr(e.text, word) == NULL ||
	    (code == ERR_REFUSED && e.hint[0] == '\0'))
		fail_msg("%d (%s) where %d was due", r, e.text, code);
	json_free(&doc);
}

static void rule(const struct fake_vault *v, const char *name, json *value)
{
	json *doc = next(v);

	assert_int_equal(policy_draft_rule(doc, name, value, NULL), 0);
	refuse(v, doc, ERR_INPUT, "");
}

static json *list_of(const char *s)
{
	json *list = json_new_array();

	assert_int_equal(json_add_str(list, s), 0);
	return list;
}

static void rules(void **state)
{
	const struct fake_vault *v = *state;
	json *doc = next(v);

	assert_int_equal(policy_draft_rule(doc, "colour", json_new_str("red"), NULL), ERR_USAGE);
	json_free(&doc);
	rule(v, "request_minutes", json_new_int(0));
	rule(v, "request_minutes", json_new_int(1441));
	rule(v, "login_minutes", json_new_int(0));
	rule(v, "code_minutes", json_new_int(1441));
	rule(v, "drill_days", json_new_int(3651));
	rule(v, "policy", json_new_str("nobody"));
	rule(v, "login", json_new_str("nobody"));
	rule(v, "reason", NULL);
	rule(v, "rotate_after", json_new_str("lunch"));
	rule(v, "record_first", list_of("moon"));
	rule(v, "confirm", list_of("mallory"));
	rule(v, "aaguids", list_of("aa"));
	rule(v, "roots", list_of("!"));
	rule(v, "rotation_hours", json_new_object());
}

static void words(void **state)
{
	const struct fake_vault *v = *state;
	struct policy *p = NULL;
	struct err e = { 0 };
	json *doc = next(v);

	assert_int_equal(policy_check_words(v->policy, "x", NULL, NULL), 0);
	assert_int_equal(policy_check_words(v->policy, "", NULL, &e), ERR_REFUSED);
	assert_true(e.hint[0] != '\0');
	assert_int_equal(policy_draft_rule(doc, "reason", json_new_str("^.{10,}$"), NULL), 0);
	assert_int_equal(policy_draft_rule(doc, "ticket", json_new_str("^INC-[0-9]+$"), NULL), 0);
	assert_int_equal(policy_from_json(&p, doc, "p", NULL), 0);
	assert_int_equal(policy_check_words(p, "too short", "INC-1", NULL), ERR_REFUSED);
	assert_int_equal(policy_check_words(p, "long enough", NULL, NULL), ERR_REFUSED);
	assert_int_equal(policy_check_words(p, "long enough", "INC-", NULL), ERR_REFUSED);
	assert_int_equal(policy_check_words(p, "long enough", "INC-1", NULL), 0);
	policy_free(&p);
	/* A pattern that is none would shut everybody out: never accepted. */
	assert_int_equal(policy_draft_rule(doc, "ticket", json_new_str("("), NULL), 0);
	struct buf bytes = BUF_INIT;

	p = fake_sign_next(v, doc, 3, &bytes);
	assert_int_equal(policy_verify_next(p, v->policy, NULL), ERR_INPUT);
	policy_free(&p);
	buf_free(&bytes);
	json_free(&doc);
}

static json *with_requires(const struct fake_vault *v, const char *feature)
{
	json *doc = next(v);

	assert_int_equal(json_set(doc, "requires", list_of(feature)), 0);
	return doc;
}

static void names_once(void **state)
{
	struct fake_vault *v = *state;
	struct fake_token *none[2];
	struct bundle *erin = fake_bundle("erin", none, 1);
	json *doc, *bundle;

	refuse(v, with_requires(v, "kms"), ERR_TOO_OLD, "requires \"kms\"");
	/* A newer program's member beside it: still "too old", not "malformed". */
	doc = with_requires(v, "kms");
	assert_int_equal(json_set_int(doc, "kms", 1), 0);
	refuse(v, doc, ERR_TOO_OLD, "requires \"kms\"");
	/* Alice's key under another name. */
	doc = next(v);
	bundle = json_copy(erin->doc);
	assert_int_equal(json_set(bundle, "tokens", json_copy(json_get(v->holders[0].bundle->doc,
	    "tokens"))), 0);
	assert_int_equal(json_set(bundle, "signatures", json_copy(json_get(v->holders[0].bundle->doc,
	    "signatures"))), 0);
	json *holders = json_copy(json_get(doc, "holders"));

	assert_int_equal(json_add(holders, bundle), 0);
	assert_int_equal(json_set(doc, "holders", holders), 0);
	refuse(v, doc, ERR_REFUSED, "same credential");
	/* One identity under two names. */
	doc = next(v);
	bundle = json_copy(erin->doc);
	assert_int_equal(json_set_bytes(bundle, "identity", v->holders[2].bundle->identity, 32), 0);
	holders = json_copy(json_get(doc, "holders"));
	assert_int_equal(json_add(holders, bundle), 0);
	assert_int_equal(json_set(doc, "holders", holders), 0);
	refuse(v, doc, ERR_REFUSED, "same identity");
	/* A host's key twice; a tree with a stranger; a holder who is needed, gone. */
	doc = next(v);
	assert_int_equal(policy_draft_host(doc, "two", v->host_key, NULL), 0);
	refuse(v, doc, ERR_REFUSED, "same key");
	doc = next(v);
	assert_int_equal(policy_draft_drop_holder(doc, "dave", NULL), 0);
	refuse(v, doc, ERR_INPUT, "dave");
	doc = next(v);
	assert_int_equal(policy_draft_drop_quorum(doc, "default", NULL), 0);
	refuse(v, doc, ERR_INPUT, "default");
	doc = next(v);
	assert_int_equal(json_set_int(doc, "serial", 1), 0);
	refuse(v, doc, ERR_INPUT, "serial");
	bundle_free(&erin);
	fake_token_free(&none[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules), cmocka_unit_test(words), cmocka_unit_test(names_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
