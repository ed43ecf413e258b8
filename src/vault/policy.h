/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_POLICY_H
#define TWOKEY_VAULT_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/crypto.h"
#include "vault/bundle.h"
#include "vault/quorum.h"

/* Policies (docs/formats.md section 4). */
#define POLICY_MAX (8u << 20)	/* bytes of a document, at most */

struct policy;
struct statement;

struct policy_host {
	const char *name;
	uint8_t key[ED25519_KEY_LEN];
	int ended;		/* 1: removed; its log counts up to size and root */
	int64_t size;
	uint8_t root[HASH_LEN];
};

struct policy_rules {
	const char *policy, *login;	/* names of quorums */
	const char *reason, *ticket;	/* patterns, "" for the default */
	int64_t request_minutes, login_minutes, drill_days, code_minutes;
	const json *aaguids, *roots, *record_first, *notify, *confirm;
	int rotate_after_session;
};

/*
 * Reading.  policy_parse checks form, shape, ranges and uniqueness, and no
 * signature: call policy_verify_first or policy_verify_next before trusting it.
 * *p is owned by the caller, NULL after a failure.  ERR_TOO_OLD when `requires`
 * names what this program does not know.
 */
int policy_parse(struct policy **p, const void *data, size_t len, const char *where,
    struct err *e);
/* The same from a parsed value or draft, which is shared, not copied. */
int policy_from_json(struct policy **p, const json *doc, const char *where, struct err *e);
/* Trusts the document because its policy hash is the pinned one: signatures
 * were verified when the pin was made, and are not again.  ERR_TAMPERED when
 * the hash differs. `vault` is the vault id. */
int policy_parse_pinned(struct policy **p, const void *data, size_t len,
    const uint8_t hash[HASH_LEN], const uint8_t vault[HASH_LEN], const char *where,
    struct err *e);
/* Serial 1, signed by every holder; makes p's hash its vault id. */
int policy_verify_first(struct policy *p, struct err *e);
/* Successor of prev, which is verified itself: signed by prev's policy quorum
 * and by each holder added or changed.  p gets prev's vault id. */
int policy_verify_next(struct policy *p, const struct policy *prev, struct err *e);
void policy_free(struct policy **p);

const json *policy_doc(const struct policy *p);
const char *policy_name(const struct policy *p);
int64_t policy_serial(const struct policy *p);
const uint8_t *policy_hash(const struct policy *p);		/* 32 bytes */
const uint8_t *policy_previous(const struct policy *p);		/* NULL for the first */
/* Vault id: 32 bytes, NULL until verified or pinned. */
const uint8_t *policy_vault(const struct policy *p);
const char *policy_vault_hex(const struct policy *p);		/* "" until then */
const struct policy_rules *policy_rules(const struct policy *p);
/* Hours a rotation may take for this kind of record; -1 for no such kind. */
int64_t policy_rotation_hours(const struct policy *p, const char *kind);
const json *policy_logs(const struct policy *p);

size_t policy_holders(const struct policy *p);
const struct bundle *policy_holder_at(const struct policy *p, size_t i);	/* by name */
const struct bundle *policy_holder(const struct policy *p, const char *name);	/* or NULL */
const struct bundle_token *policy_token(const struct policy *p, const char *holder,
    const char *label);
/* Every token of every holder (of q, or of all with q NULL), holders by name,
 * as an allow list.  *ids and *tokens (parallel; tokens may be NULL) are freed
 * by the caller with free(); their content is borrowed from p. */
int policy_allow_list(const struct policy *p, const struct quorum *q, struct token_id **ids,
    const struct bundle_token ***tokens, size_t *n, struct err *e);

size_t policy_hosts(const struct policy *p);
const struct policy_host *policy_host_at(const struct policy *p, size_t i);
const struct policy_host *policy_host(const struct policy *p, const char *name); /* or NULL */

size_t policy_quorums(const struct policy *p);
const char *policy_quorum_name(const struct policy *p, size_t i);
const struct quorum *policy_quorum(const struct policy *p, const char *name);	/* or NULL */

/* Does a reason and a ticket (NULL: none) meet the rules? ERR_REFUSED. */
int policy_check_words(const struct policy *p, const char *reason, const char *ticket,
    struct err *e);

/*
 * Writing: a draft is a plain json document, changed by these, then hashed,
 * signed through a ceremony, checked by policy_from_json + policy_verify_*,
 * and written.  Each change drops the signatures.
 */
/* Serial 1 with default rules, no holders, hosts or quorums.  *doc is owned. */
int policy_draft_first(json **doc, const char *name, int64_t now, struct err *e);
/* A successor of p with everything else as p has it. */
int policy_draft_next(json **doc, const struct policy *p, int64_t now, struct err *e);
int policy_draft_quorum(json *doc, const char *name, const struct quorum *q, struct err *e);
int policy_draft_drop_quorum(json *doc, const char *name, struct err *e);
int policy_draft_holder(json *doc, const struct bundle *b, struct err *e); /* adds or replaces */
int policy_draft_drop_holder(json *doc, const char *name, struct err *e);
int policy_draft_host(json *doc, const char *name, const uint8_t key[ED25519_KEY_LEN],
    struct err *e);
/* Ends a host at its last trusted size and root. */
int policy_draft_end_host(json *doc, const char *name, int64_t size,
    const uint8_t root[HASH_LEN], struct err *e);
/* Sets one rule; takes value over. */
int policy_draft_rule(json *doc, const char *rule, json *value, struct err *e);
/* Notes a log's newest head. */
int policy_draft_log(json *doc, const char *host, int64_t size, const uint8_t root[HASH_LEN],
    struct err *e);
int policy_draft_hash(uint8_t hash[HASH_LEN], const json *doc, struct err *e);
/* Appends {statement, approvals}; `approvals` is an array of approvals with or
 * without shares (they are made bare), and is not taken over. */
int policy_draft_sign(json *doc, const struct statement *st, const json *approvals,
    struct err *e);
/* Appends the canonical bytes to be stored. */
int policy_draft_write(struct buf *out, const json *doc, struct err *e);

#endif
