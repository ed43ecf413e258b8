/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_FAKE_VAULT_H
#define TWOKEY_TESTS_FAKE_VAULT_H

#include "fake_token.h"
#include "vault/approval.h"
#include "vault/policy.h"
#include "vault/record.h"
#include "vault/shares.h"
#include "vault/statement.h"

/*
 * A whole vault in memory, for tests alone: holders with fake tokens, one
 * host, a signed first policy.  What fails here ends the test program.
 */
#define FAKE_HOLDERS_MAX 12
#define FAKE_TOKENS_MAX 2
#define FAKE_NOW INT64_C(1764000000000)
#define FAKE_HOST "bastion1"

struct fake_holder {
	const char *name;
	struct fake_token *tokens[FAKE_TOKENS_MAX];
	struct bundle *bundle;
};

struct fake_vault {
	struct fake_holder holders[FAKE_HOLDERS_MAX];
	size_t n;			/* holders */
	size_t each;			/* tokens of each; labels "t0", "t1" */
	struct secret *host_seed;
	uint8_t host_key[32];
	struct policy *policy;		/* verified */
	struct buf policy_bytes;
};

/* alice, bob, carol, dave, erin, frank, grace, heidi, ivan, judy, kim, leo. */
const char *fake_name(size_t i);
/* n holders, `each` tokens (es256 first, then eddsa), quorums default and
 * (when not NULL) other. */
void fake_vault_new(struct fake_vault *v, size_t n, size_t each, const char *quorum,
    const char *other);
void fake_vault_free(struct fake_vault *v);
/* A signed bundle with fresh tokens, which t receives. */
struct bundle *fake_bundle(const char *name, struct fake_token **t, size_t each);
/* The holder's seed, unwrapped with token k. */
struct secret *fake_seed(const struct fake_vault *v, size_t holder, size_t k);

/* A statement under v's policy; subject is taken over. */
struct statement *fake_statement(const struct fake_vault *v, enum statement_action action,
    json *subject, const struct statement_deliver *deliver, size_t n);
/* Holder i approves with token k, giving these shares. */
struct approval *fake_approve(const struct fake_vault *v, const struct statement *st, size_t i,
    size_t k, const struct approval_share *shares, size_t n);
/* An aws-root record with password and totp, sealed under v's policy. */
void fake_seal(const struct fake_vault *v, const char *name, struct record_sealed *out);
/* A linux-root record with a password that nobody knows, the same way. */
void fake_seal_linux(const struct fake_vault *v, const char *name, struct record_sealed *out);
/* Who signs a draft: bit i of `signers` (by v's tokens), under v's policy. */
struct policy *fake_sign_next(const struct fake_vault *v, json *doc, unsigned signers,
    struct buf *bytes);

#endif
