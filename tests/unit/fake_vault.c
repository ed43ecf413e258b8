/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *fake_name(size_t i)
{
	static const char *const names[FAKE_HOLDERS_MAX] = { "alice", "bob", "carol", "dave", "erin",
		"frank", "grace", "heidi", "ivan", "judy", "kim", "leo" };

	return names[i];
}

static void must(int r, const struct err *e)
{
	fake_must(r == 0, e->text);
}

static void add_token(struct bundle *b, const struct secret *seed, struct fake_token *t, size_t k)
{
	struct token_credential *c = calloc(1, sizeof(*c));
	struct token_assertion *a = calloc(1, sizeof(*a));
	uint8_t salt[32], drill[32], cdh[32] = { 1 };
	struct err e = { 0 };
	char label[24];

	fake_must(c != NULL && a != NULL, "memory");
	(void)snprintf(label, sizeof(label), "t%zu", k);
	must(bundle_salt(salt, &e), &e);
	must(bundle_drill_salt(drill, &e), &e);
	fake_token_make(t, cdh, c);
	fake_token_assert(t, cdh, salt, drill, a);
	const struct bundle_enrol in = { .label = label, .credential = c, .firmware = 328967,
		.protection = 2, .hmac = a->hmac1, .hmac_drill = a->hmac2, .now = FAKE_NOW };
	must(bundle_add_token(b, seed, &in, &e), &e);
	fake_assertion_free(a);
	free(a);
	free(c);
}

struct bundle *fake_bundle(const char *name, struct fake_token **t, size_t each)
{
	struct token_assertion *a = calloc(1, sizeof(*a));
	struct secret *seed = NULL;
	struct bundle *b = NULL;
	struct err e = { 0 };
	char label[24];

	fake_must(a != NULL, "memory");
	must(bundle_new(&b, &seed, name, FAKE_NOW, &e), &e);
	for (size_t k = 0; k < each; k++) {
		t[k] = fake_token_new(k % 2 == 0 ? TOKEN_ES256 : TOKEN_EDDSA);
		add_token(b, seed, t[k], k);
	}
	/* Signed backwards: the order of signing does not matter. */
	for (size_t k = each; k-- > 0;) {
		(void)snprintf(label, sizeof(label), "t%zu", k);
		fake_token_assert(t[k], b->hash, NULL, NULL, a);
		must(bundle_sign(b, label, a, &e), &e);
		fake_assertion_free(a);
	}
	must(bundle_check(b, &e), &e);
	secret_free(&seed);
	free(a);
	return b;
}

static struct statement *policy_statement(const struct fake_vault *v, const uint8_t *before,
    int64_t serial, const uint8_t hash[32])
{
	static const uint8_t root[32];
	struct statement_in in = { .vault = before != NULL ? policy_vault(v->policy) : hash,
		.policy = before, .action = ACTION_POLICY,
		.subject = statement_subject_policy(serial, hash), .reason = "new policy",
		.user = "op", .host = FAKE_HOST, .tty = "pts/0", .via = "", .uid = 1000,
		.now = FAKE_NOW, .minutes = 60,
		.log_origin = before != NULL ? "twokey/x/bastion1" : NULL, .log_size = 4,
		.log_root = root };
	struct statement *st = NULL;
	struct err e = { 0 };

	must(statement_new(&st, &in, &e), &e);
	return st;
}

struct approval *fake_approve(const struct fake_vault *v, const struct statement *st, size_t i,
    size_t k, const struct approval_share *shares, size_t n)
{
	struct token_assertion *a = calloc(1, sizeof(*a));
	struct approval *out = NULL;
	struct err e = { 0 };
	uint8_t salt[32];

	fake_must(a != NULL, "memory");
	must(bundle_salt(salt, &e), &e);
	fake_token_assert(v->holders[i].tokens[k], st->hash, n > 0 ? salt : NULL, NULL, a);
	must(approval_new(&out, st, &v->holders[i].bundle->tokens[k], a, shares, n, &e), &e);
	fake_assertion_free(a);
	free(a);
	return out;
}

static void sign_draft(const struct fake_vault *v, json *doc, const struct statement *st,
    unsigned signers)
{
	json *list = json_new_array();
	struct err e = { 0 };

	for (size_t i = 0; i < v->n; i++) {
		struct approval *a;

		if ((signers >> i & 1u) == 0)
			continue;
		a = fake_approve(v, st, i, 0, NULL, 0);
		fake_must(json_add(list, approval_bare(a)) == 0, "memory");
		approval_free(&a);
	}
	must(policy_draft_sign(doc, st, list, &e), &e);
	json_free(&list);
}

static void set_quorum(json *doc, const char *name, const char *text)
{
	struct quorum *q = NULL;
	struct err e = { 0 };

	must(quorum_from_text(&q, text, &e), &e);
	must(policy_draft_quorum(doc, name, q, &e), &e);
	quorum_free(&q);
}

static void make_first(struct fake_vault *v, const char *quorum, const char *other)
{
	struct statement *st;
	struct err e = { 0 };
	uint8_t hash[32];
	json *doc = NULL;

	must(policy_draft_first(&doc, "example", FAKE_NOW, &e), &e);
	for (size_t i = v->n; i-- > 0;)
		must(policy_draft_holder(doc, v->holders[i].bundle, &e), &e);
	set_quorum(doc, "default", quorum);
	if (other != NULL)
		set_quorum(doc, "other", other);
	must(policy_draft_host(doc, FAKE_HOST, v->host_key, &e), &e);
	must(policy_draft_hash(hash, doc, &e), &e);
	st = policy_statement(v, NULL, 1, hash);
	sign_draft(v, doc, st, (1u << v->n) - 1);
	must(policy_draft_write(&v->policy_bytes, doc, &e), &e);
	must(policy_parse(&v->policy, v->policy_bytes.data, v->policy_bytes.len, "policy 1", &e),
	    &e);
	must(policy_verify_first(v->policy, &e), &e);
	statement_free(&st);
	json_free(&doc);
}

void fake_vault_new(struct fake_vault *v, size_t n, size_t each, const char *quorum,
    const char *other)
{
	struct err e = { 0 };

	memset(v, 0, sizeof(*v));
	v->n = n;
	v->each = each;
	must(random_secret(&v->host_seed, 32, &e), &e);
	must(ed25519_public(v->host_key, v->host_seed, &e), &e);
	for (size_t i = 0; i < n; i++) {
		v->holders[i].name = fake_name(i);
		v->holders[i].bundle = fake_bundle(fake_name(i), v->holders[i].tokens, each);
	}
	make_first(v, quorum, other);
}

void fake_vault_free(struct fake_vault *v)
{
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->each; k++)
			fake_token_free(&v->holders[i].tokens[k]);
		bundle_free(&v->holders[i].bundle);
	}
	policy_free(&v->policy);
	buf_free(&v->policy_bytes);
	secret_free(&v->host_seed);
}

struct policy *fake_sign_next(const struct fake_vault *v, json *doc, unsigned signers,
    struct buf *bytes)
{
	struct policy *p = NULL;
	struct statement *st;
	struct err e = { 0 };
	uint8_t hash[32];

	must(policy_draft_hash(hash, doc, &e), &e);
	st = policy_statement(v, policy_hash(v->policy), json_int(doc, "serial"), hash);
	sign_draft(v, doc, st, signers);
	must(policy_draft_write(bytes, doc, &e), &e);
	must(policy_parse(&p, bytes->data, bytes->len, "policy 2", &e), &e);
	statement_free(&st);
	return p;
}

struct secret *fake_seed(const struct fake_vault *v, size_t holder, size_t k)
{
	const struct bundle *b = v->holders[holder].bundle;
	struct token_assertion *a = calloc(1, sizeof(*a));
	struct secret *seed = NULL;
	uint8_t salt[32], cdh[32] = { 2 };
	struct err e = { 0 };

	fake_must(a != NULL, "memory");
	must(bundle_salt(salt, &e), &e);
	fake_token_assert(v->holders[holder].tokens[k], cdh, salt, NULL, a);
	must(bundle_unwrap(&seed, b, &b->tokens[k], a->hmac1, &e), &e);
	fake_assertion_free(a);
	free(a);
	return seed;
}

struct statement *fake_statement(const struct fake_vault *v, enum statement_action action,
    json *subject, const struct statement_deliver *deliver, size_t n)
{
	static const uint8_t root[32];
	struct statement_in in = { .vault = policy_vault(v->policy),
		.policy = policy_hash(v->policy), .action = action, .subject = subject,
		.deliver = deliver, .n_deliver = n, .reason = "locked out", .ticket = "INC-4711",
		.user = "op", .host = FAKE_HOST, .tty = "pts/0", .via = "", .uid = 1000,
		.now = FAKE_NOW, .minutes = 60, .log_origin = "twokey/x/bastion1", .log_size = 4,
		.log_root = root };
	struct statement *st = NULL;
	struct err e = { 0 };

	must(statement_new(&st, &in, &e), &e);
	return st;
}

void fake_seal(const struct fake_vault *v, const char *name, struct record_sealed *out)
{
	static const char *const known[] = { "alice" };
	struct secret *password = NULL, *totp = NULL;
	json *attributes = json_new_object();
	struct err e = { 0 };

	must(secret_from(&password, "correct horse battery staple", 28, &e), &e);
	must(secret_from(&totp, "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6"
	    "&period=30", 75, &e), &e);
	const struct record_plain fields[] = {
		{ .field = "password", .known_to = known, .n_known = 1, .plain = password },
		{ .field = "totp", .plain = totp },
	};
	fake_must(json_set_str(attributes, "account", "111122223333") == 0 &&
	    json_set_str(attributes, "email", "root@example.com") == 0 &&
	    json_set_str(attributes, "email_controller", "it") == 0 &&
	    json_set_str(attributes, "partition", "aws") == 0 &&
	    json_set_str(attributes, "phone_controller", "") == 0, "memory");
	const struct record_in in = { .policy = v->policy, .name = name, .version = 1,
		.kind = "aws-root", .attributes = attributes, .quorum = "default",
		.fields = fields, .n = 2, .host = FAKE_HOST, .host_seed = v->host_seed,
		.now = FAKE_NOW };
	must(record_seal(out, &in, &e), &e);
	json_free(&attributes);
	secret_free(&password);
	secret_free(&totp);
}

void fake_seal_linux(const struct fake_vault *v, const char *name, struct record_sealed *out)
{
	struct secret *password = NULL;
	json *attributes = json_new_object();
	struct err e = { 0 };

	must(secret_from(&password, "correct horse battery staple", 28, &e), &e);
	const struct record_plain field = { .field = "password", .plain = password };
	fake_must(json_set_str(attributes, "host", FAKE_HOST) == 0, "memory");
	const struct record_in in = { .policy = v->policy, .name = name, .version = 1,
		.kind = "linux-root", .attributes = attributes, .quorum = "default",
		.fields = &field, .n = 1, .host = FAKE_HOST, .host_seed = v->host_seed,
		.now = FAKE_NOW };
	must(record_seal(out, &in, &e), &e);
	json_free(&attributes);
	secret_free(&password);
}
