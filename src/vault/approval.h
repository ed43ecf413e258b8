/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_APPROVAL_H
#define TWOKEY_VAULT_APPROVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "token/token.h"
#include "vault/bundle.h"
#include "vault/policy.h"
#include "vault/quorum.h"
#include "vault/record.h"
#include "vault/shares.h"
#include "vault/statement.h"

/* Approvals: one holder's token signing a statement (docs/formats.md section 7). */

/* A parsed approval; read only outside of approval*.c. */
struct approval {
	json *doc;		/* owned */
	const char *holder, *token;
	uint8_t *authdata;
	size_t authdata_len;
	uint8_t sig[TOKEN_SIG_MAX];
	size_t sig_len;
	const json *shares;	/* NULL: bare */
};

/* One opened share of the approving holder, to be handed to the requester. */
struct approval_share {
	const char *field;		/* unseal: the field; reseal: approval_share_name */
	const struct secret *share;	/* 32 bytes */
};

/* The member of `shares` for this field of this record: the field's name, or
 * in a reseal `<record>/<field>`. */
#define APPROVAL_SHARE_NAME 160
void approval_share_name(char out[APPROVAL_SHARE_NAME], const struct statement *st,
    const struct record *r, const char *field);

/* Builds from what the token gave: normalises and checks the assertion, and
 * seals each share to the key the statement wants its field delivered to.
 * shares must be exactly the fields asked for (none where nothing is
 * released; in a reseal fields of its records).  *a is owned by the caller. */
int approval_new(struct approval **a, const struct statement *st, const struct bundle_token *t,
    const struct token_assertion *as, const struct approval_share *shares, size_t n,
    struct err *e);
/* Parses strictly, sharing doc.  bare: 1 without, 0 with `shares`. */
int approval_from_json(struct approval **a, const json *doc, int bare, const char *where,
    struct err *e);
void approval_free(struct approval **a);
/* The form for logs and policies, an owned value; NULL for lack of memory. */
json *approval_bare(const struct approval *a);

/* Does the assertion hold under this token's key for this hash?  Every check of
 * docs/formats.md section 1. counter may be NULL. */
int approval_check_token(const struct approval *a, const struct bundle_token *t,
    const uint8_t hash[HASH_LEN], uint32_t *counter, struct err *e);
/* The same, the token looked up in p (the newest policy). ERR_REFUSED when the
 * holder or token is not in it. */
int approval_check(const struct approval *a, const struct statement *st, const struct policy *p,
    uint32_t *counter, struct err *e);

/* Opens the share of one field with the deliver key's private half (32 bytes)
 * and checks it against the shares document's commitment: ERR_TAMPERED says
 * whose is damaged or false. *share is owned by the caller. */
int approval_open_share(struct secret **share, const struct approval *a,
    const struct statement *st, const char *field, const struct secret *deliver_key,
    const struct shares *sh, const struct record *r, struct err *e);

/*
 * A set of approvals of one statement, each by another holder.
 */
struct approvals;

/* p: newest policy (NULL only for the first policy's statement).  also: for
 * action `policy`, the draft whose added or changed bundles sign too; else
 * NULL.  Both are borrowed, as is st. */
int approvals_new(struct approvals **set, const struct statement *st, const struct policy *p,
    const struct policy *also, struct err *e);
/* Verifies a against the statement, its expiry at `now`, and the policy, and
 * takes it over (also after a failure: *a is NULL then).  ERR_EXISTS, with a
 * sentence of its own, when this holder has approved already; for action
 * `policy` one approval under each of the two policies may count. */
int approvals_add(struct approvals *set, struct approval **a, int64_t now, uint32_t *counter,
    struct err *e);
size_t approvals_size(const struct approvals *set);
const struct approval *approvals_at(const struct approvals *set, size_t i);
int approvals_has(const struct approvals *set, const char *holder);
/* 1 when tokens of p satisfy q. */
int approvals_satisfied(const struct approvals *set, const struct quorum *q);
/* How many people are missing still; 0: satisfied. */
size_t approvals_missing(const struct approvals *set, const struct quorum *q);
/* 1 when this holder signed by a token of the draft. */
int approvals_signed_draft(const struct approvals *set, const char *holder);
/* An array of all, bare; owned, NULL for lack of memory.  A policy's
 * signatures allow each holder once in a group: `draft` 0 gives those by
 * tokens of p, 1 those that count for the draft alone. */
json *approvals_bare(const struct approvals *set, int draft);
void approvals_free(struct approvals **set);

#endif
