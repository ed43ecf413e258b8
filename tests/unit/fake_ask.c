/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_ask.h"

#include <string.h>

static void must(int r, const char *what)
{
	fake_must(r == 0, what);
}

struct statement *ask_for(const struct ask *a)
{
	static const struct statement_field fields[] = { { "password", "value" }, { "totp", "code" } };
	const struct statement_deliver to = { .to = "requester", .key = a->pub,
		.fields = fields, .n = 2 };

	return fake_statement(&a->v, ACTION_UNSEAL, statement_subject_unseal("prod-main", 1,
	    a->rec->digest), &to, 1);
}

void ask_new(struct ask *a, size_t n, size_t each, const char *quorum)
{
	memset(a, 0, sizeof(*a));
	fake_vault_new(&a->v, n, each, quorum, NULL);
	fake_seal(&a->v, "prod-main", &a->sealed);
	must(record_parse(&a->rec, a->sealed.record.data, a->sealed.record.len, "the record", NULL),
	    "record");
	must(record_verify(a->rec, a->v.policy, NULL), "record");
	must(shares_parse(&a->sh, a->sealed.shares.data, a->sealed.shares.len, "the shares", NULL),
	    "shares");
	must(shares_verify(a->sh, a->rec, a->v.policy, NULL), "shares");
	fake_must(memcmp(a->rec->digest, a->sealed.digest, 32) == 0, "digest");
	fake_must(memcmp(a->sh->digest, a->sealed.shares_digest, 32) == 0, "digest");
	must(hpke_keygen(&a->key, a->pub, (const uint8_t *)"0123456789abcdef0123456789abcdef", 32,
	    NULL), "key");
	a->st = ask_for(a);
}

void ask_free(struct ask *a)
{
	statement_free(&a->st);
	secret_free(&a->key);
	shares_free(&a->sh);
	record_free(&a->rec);
	record_sealed_free(&a->sealed);
	fake_vault_free(&a->v);
}

struct approval *ask_approve(const struct ask *a, size_t i, size_t k)
{
	struct secret *seed = fake_seed(&a->v, i, k), *p = NULL, *t = NULL;
	struct approval *out;

	must(shares_open(&p, a->sh, a->rec, "password", fake_name(i), seed, NULL), "share");
	must(shares_open(&t, a->sh, a->rec, "totp", fake_name(i), seed, NULL), "share");
	const struct approval_share shares[] = { { "totp", t }, { "password", p } };
	out = fake_approve(&a->v, a->st, i, k, shares, 2);
	secret_free(&p);
	secret_free(&t);
	secret_free(&seed);
	return out;
}

struct secret *ask_join(const struct ask *a, const char *field)
{
	struct share got[2] = { { "alice", NULL }, { "bob", NULL } };
	struct secret *s = NULL;

	for (size_t i = 0; i < 2; i++) {
		struct secret *seed = fake_seed(&a->v, i, 0);

		must(shares_open(&got[i].bytes, a->sh, a->rec, field, got[i].holder, seed, NULL),
		    "share");
		secret_free(&seed);
	}
	must(quorum_join(&s, policy_quorum(a->v.policy, "default"), got, 2, NULL), "join");
	quorum_shares_free(got, 2);
	return s;
}
