/* SPDX-License-Identifier: BSD-2-Clause */
/* Enrolment: what a bundle holds, what it proves, what is refused. */
#include "unit.h"

#include <stdlib.h>

#include "fake_vault.h"

#define MODEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	/* of fake tokens */

static struct secret *hmac_of(struct fake_token *t, int drill)
{
	struct token_assertion as;
	struct secret *s = NULL;
	uint8_t salt[32], cdh[32] = { 3 };

	assert_int_equal(drill ? bundle_drill_salt(salt, NULL) : bundle_salt(salt, NULL), 0);
	fake_token_assert(t, cdh, salt, NULL, &as);
	s = as.hmac1;
	as.hmac1 = NULL;
	fake_assertion_free(&as);
	return s;
}

/* The document of a bundle, parsed anew. */
static struct bundle *again(const struct bundle *b)
{
	struct buf bytes = BUF_INIT;
	struct bundle *out = NULL;

	assert_int_equal(bundle_write(&bytes, b, NULL), 0);
	assert_int_equal(bundle_parse(&out, bytes.data, bytes.len, "the bundle", NULL), 0);
	buf_free(&bytes);
	return out;
}

static void enrolled(void **state)
{
	struct fake_token *t[2];
	struct bundle *made = fake_bundle("alice", t, 2), *b = again(made);
	char print[BUNDLE_FINGERPRINT_LEN + 1];
	struct secret *one = NULL, *two = NULL, *h;
	uint8_t pub[32];

	(void)state;
	assert_string_equal(b->name, "alice");
	assert_int_equal(b->n, 2);
	assert_int_equal(b->created, FAKE_NOW);
	assert_memory_equal(b->hash, made->hash, 32);
	assert_string_equal(b->tokens[1].label, "t1");
	assert_int_equal(b->tokens[0].alg, TOKEN_ES256);
	assert_int_equal(b->tokens[1].alg, TOKEN_EDDSA);
	assert_string_equal(b->tokens[0].aaguid, MODEL);
	assert_int_equal(b->tokens[0].firmware, 328967);
	assert_ptr_equal(bundle_token_by_id(b, b->tokens[1].id, b->tokens[1].id_len), &b->tokens[1]);
	/* Both tokens open the one identity. */
	h = hmac_of(t[0], 0);
	assert_int_equal(bundle_unwrap(&one, b, &b->tokens[0], h, NULL), 0);
	assert_int_equal(bundle_unwrap(&two, b, &b->tokens[1], h, NULL), ERR_TAMPERED);
	secret_free(&h);
	h = hmac_of(t[1], 0);
	assert_int_equal(bundle_unwrap(&two, b, &b->tokens[1], h, NULL), 0);
	secret_free(&h);
	assert_memory_equal(one->data, two->data, 32);
	assert_int_equal(x25519_public(pub, one->data, NULL), 0);
	assert_memory_equal(pub, b->identity, 32);
	/* Without the PIN another secret comes, and opens nothing. */
	fake_token_behave(t[0], 0x01, TOKEN_RP_ID);
	h = hmac_of(t[0], 0);
	secret_free(&one);
	assert_int_equal(bundle_unwrap(&one, b, &b->tokens[0], h, NULL), ERR_TAMPERED);
	assert_null(one);
	fake_token_behave(t[0], 0x05, TOKEN_RP_ID);
	secret_free(&h);
	bundle_fingerprint(print, b);
	assert_int_equal(strlen(print), BUNDLE_FINGERPRINT_LEN);
	for (int i = 0; i < BUNDLE_FINGERPRINT_LEN; i++)
		assert_true(i % 6 == 5 ? print[i] == ' ' : print[i] >= '0' && print[i] <= '9');
	secret_free(&two);
	bundle_free(&b);
	bundle_free(&made);
	fake_token_free(&t[0]);
	fake_token_free(&t[1]);
}

/* The bundle with another identity, as its holder's own program could write it. */
static int with_identity(const struct bundle *b, const uint8_t identity[32], struct err *e)
{
	struct buf bytes = BUF_INIT;
	struct bundle *out = NULL;
	json *doc;
	int r;

	assert_int_equal(bundle_write(&bytes, b, NULL), 0);
	assert_int_equal(json_parse(&doc, bytes.data, bytes.len, JSON_CANONICAL, "it", NULL), 0);
	assert_int_equal(json_set_bytes(doc, "identity", identity, 32), 0);
	r = bundle_from_json(&out, doc, 0, "the bundle", e);
	json_free(&doc);
	buf_free(&bytes);
	bundle_free(&out);
	return r;
}

static void identities(void **state)
{
	struct fake_token *t[1];
	struct bundle *b = fake_bundle("alice", t, 1);
	uint8_t identity[32];
	struct err e = { 0 };

	(void)state;
	memcpy(identity, b->identity, 32);
	assert_int_equal(with_identity(b, identity, NULL), 0);
	/* The same key in another spelling, and one that no share can be sealed to. */
	identity[31] |= 0x80;
	assert_int_equal(with_identity(b, identity, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "identity of alice"));
	memset(identity, 0, sizeof(identity));
	assert_int_equal(with_identity(b, identity, NULL), ERR_INPUT);
	bundle_free(&b);
	fake_token_free(&t[0]);
}

static void fingerprint(void **state)
{
	struct bundle b = { .hash = { 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 1, 0x86, 0xa0 } };
	char print[BUNDLE_FINGERPRINT_LEN + 1];

	(void)state;
	bundle_fingerprint(print, &b);
	assert_string_equal(print, "00001 67295 00000 00000 00000 00000 00000 00000");
}

static void drill(void **state)
{
	struct fake_token *t[1];
	struct bundle *b = fake_bundle("alice", t, 1);
	struct secret *right = hmac_of(t[0], 1), *wrong = hmac_of(t[0], 0);

	(void)state;
	assert_int_equal(bundle_check_drill(&b->tokens[0], right, NULL), 0);
	assert_int_equal(bundle_check_drill(&b->tokens[0], wrong, NULL), ERR_TAMPERED);
	assert_int_equal(bundle_check_drill(&b->tokens[0], NULL, NULL), ERR_TOKEN);
	secret_free(&right);
	secret_free(&wrong);
	bundle_free(&b);
	fake_token_free(&t[0]);
}

static int sign(struct bundle *b, const char *label, struct fake_token *t, struct err *e)
{
	struct token_assertion as;
	int r;

	fake_token_assert(t, b->hash, NULL, NULL, &as);
	r = bundle_sign(b, label, &as, e);
	fake_assertion_free(&as);
	return r;
}

static void signing(void **state)
{
	struct fake_token *t[2], *other[1];
	struct bundle *b = fake_bundle("alice", t, 2), *stranger = fake_bundle("bob", other, 1);
	struct bundle *renewed = NULL;
	struct buf bytes = BUF_INIT;

	(void)state;
	assert_int_equal(bundle_renew(&renewed, b, FAKE_NOW + 1, NULL), 0);
	assert_memory_not_equal(renewed->hash, b->hash, 32);
	assert_int_equal(bundle_write(&bytes, renewed, NULL), ERR_INPUT);
	assert_int_equal(sign(renewed, "t2", t[0], NULL), ERR_MISSING);
	assert_int_equal(sign(renewed, "t1", t[0], NULL), ERR_TOKEN);
	assert_int_equal(sign(renewed, "t0", other[0], NULL), ERR_TOKEN);
	fake_token_behave(t[0], 0x01, TOKEN_RP_ID);
	assert_int_equal(sign(renewed, "t0", t[0], NULL), ERR_REFUSED);
	fake_token_behave(t[0], 0x05, TOKEN_RP_ID);
	assert_int_equal(sign(renewed, "t0", t[0], NULL), 0);
	assert_int_equal(bundle_check(renewed, NULL), ERR_INPUT);
	assert_int_equal(sign(renewed, "t1", t[1], NULL), 0);
	assert_int_equal(bundle_check(renewed, NULL), 0);
	/* A change makes the signatures worthless. */
	assert_int_equal(bundle_remove_token(renewed, "t2", NULL), ERR_MISSING);
	assert_int_equal(bundle_remove_token(renewed, "t0", NULL), 0);
	assert_int_equal(bundle_check(renewed, NULL), ERR_INPUT);
	assert_int_equal(bundle_remove_token(renewed, "t1", NULL), ERR_REFUSED);
	assert_int_equal(sign(renewed, "t1", t[1], NULL), 0);
	assert_int_equal(bundle_write(&bytes, renewed, NULL), 0);
	buf_free(&bytes);
	bundle_free(&renewed);
	bundle_free(&stranger);
	bundle_free(&b);
	fake_token_free(&other[0]);
	fake_token_free(&t[0]);
	fake_token_free(&t[1]);
}

/* Tries to add one credential, after a change to it. */
static int add(struct bundle *b, const struct secret *seed, struct fake_token *t,
    const char *label, void (*change)(struct token_credential *c))
{
	struct token_credential *c = calloc(1, sizeof(*c));
	struct secret *hmac = hmac_of(t, 0), *hmac_drill = hmac_of(t, 1);
	const size_t before = b->n;
	uint8_t cdh[32] = { 4 };
	struct err e = { 0 };
	int r;

	assert_non_null(c);
	fake_token_make(t, cdh, c);
	if (change != NULL)
		change(c);
	const struct bundle_enrol in = { .label = label, .credential = c, .protection = 2,
		.hmac = hmac, .hmac_drill = hmac_drill, .now = FAKE_NOW };
	r = bundle_add_token(b, seed, &in, &e);
	assert_int_equal(b->n, before + (r == 0));
	assert_int_equal(e.code, r);
	secret_free(&hmac);
	secret_free(&hmac_drill);
	free(c);
	return r;
}

static void other_id(struct token_credential *c)
{
	c->id[0] ^= 1;
}

static void other_key(struct token_credential *c)
{
	c->key[63] ^= 1;
}

static void no_attested_data(struct token_credential *c)
{
	c->authdata[32] = (uint8_t)(c->authdata[32] & ~0x40u);
}

static void cut_short(struct token_credential *c)
{
	c->authdata_len = 40;
}

static void other_site(struct token_credential *c)
{
	c->authdata[0] ^= 1;
}

static void adding(void **state)
{
	static void (*const changes[])(struct token_credential *c) = {
		other_id, other_key, no_attested_data, cut_short, other_site,
	};
	struct fake_token *t = fake_token_new(TOKEN_ES256), *u = fake_token_new(TOKEN_ES256);
	struct secret *seed = NULL, *wrong = NULL;
	struct bundle *b = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(bundle_new(&b, &seed, "Alice", FAKE_NOW, &e), ERR_USAGE);
	assert_null(b);
	assert_null(seed);
	assert_int_equal(bundle_new(&b, &seed, "alice", FAKE_NOW, NULL), 0);
	assert_int_equal(random_secret(&wrong, 32, NULL), 0);
	assert_int_equal(add(b, wrong, t, "blue", NULL), ERR_TAMPERED);
	assert_int_equal(add(b, seed, t, "Blue", NULL), ERR_USAGE);
	for (size_t i = 0; i < COUNT(changes); i++)
		assert_int_equal(add(b, seed, t, "blue", changes[i]), ERR_TOKEN);
	assert_int_equal(add(b, seed, t, "blue", NULL), 0);
	assert_int_equal(add(b, seed, u, "blue", NULL), ERR_EXISTS);
	assert_int_equal(add(b, seed, t, "red", NULL), ERR_EXISTS);
	assert_int_equal(add(b, seed, u, "red", NULL), 0);
	secret_free(&seed);
	secret_free(&wrong);
	bundle_free(&b);
	fake_token_free(&t);
	fake_token_free(&u);
}

/* The same label, credential or key in two places. */
static void twice(void **state)
{
	struct fake_token *t[2], *u[1];
	struct bundle *b = fake_bundle("alice", t, 2), *other = fake_bundle("bob", u, 1), *out = NULL;
	struct err e = { 0 };
	json *doc = json_copy(b->doc), *list = json_new_array(), *again;

	(void)state;
	again = json_copy(json_at(json_get(b->doc, "tokens"), 0));
	assert_int_equal(json_add(list, json_copy(again)), 0);
	assert_int_equal(json_add(list, again), 0);
	assert_int_equal(json_set(doc, "tokens", list), 0);
	assert_int_equal(bundle_from_json(&out, doc, 0, "b", &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "same label"));
	assert_int_equal(json_set_str(again, "label", "t2"), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(bundle_from_json(&out, doc, 0, "b", &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "same credential"));
	json_free(&doc);
	/* Signatures in another order than the tokens. */
	doc = json_copy(b->doc);
	list = json_new_array();
	for (size_t i = 2; i-- > 0;)
		assert_int_equal(json_add(list, json_copy(json_at(json_get(b->doc, "signatures"), i))),
		    0);
	assert_int_equal(json_set(doc, "signatures", list), 0);
	memset(&e, 0, sizeof(e));
	assert_int_equal(bundle_from_json(&out, doc, 0, "b", &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "in their order"));
	json_free(&doc);
	bundle_free(&b);
	bundle_free(&other);
	fake_token_free(&u[0]);
	fake_token_free(&t[0]);
	fake_token_free(&t[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enrolled), cmocka_unit_test(identities),
		cmocka_unit_test(fingerprint), cmocka_unit_test(drill),
		cmocka_unit_test(signing), cmocka_unit_test(adding), cmocka_unit_test(twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
