/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_STATEMENT_H
#define TWOKEY_VAULT_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "crypto/crypto.h"

/* Statements: the exact request that holders approve (docs/formats.md section 7). */
#define STATEMENT_SKEW_MS (5 * 60 * 1000)	/* how far a requester's clock may be ahead */
#define STATEMENT_UID_NONE 4294967295

struct policy;

enum statement_action {
	ACTION_UNSEAL = 1, ACTION_RESEAL, ACTION_LOGIN, ACTION_POLICY, ACTION_DRILL, ACTION_CONFIRM,
	ACTION_ATTEND
};

/* A parsed statement; read only outside of statement*.c.  Text is borrowed
 * from doc.  Members that the action does not have are NULL, 0 or -1. */
struct statement {
	json *doc;			/* owned */
	uint8_t hash[HASH_LEN];		/* the client data hash of every approval */
	uint8_t vault[HASH_LEN];
	int has_policy;
	uint8_t policy[HASH_LEN];
	enum statement_action action;
	const json *subject;
	/* subject, by action */
	const char *record;		/* unseal, confirm, attend */
	int64_t version;		/* unseal, confirm, attend */
	uint8_t digest[HASH_LEN];	/* unseal: record digest; policy, reseal: policy hash */
	int64_t serial;			/* policy */
	const char *holder;		/* drill; NULL: anyone */
	const json *fields;		/* confirm, attend: array of names */
	const json *records;		/* reseal: array of {record, version, digest} */
	/* for all */
	const json *deliver;		/* array of {to, key, fields} */
	const char *reason, *ticket, *task;	/* ticket, task or NULL */
	const char *user, *host, *tty, *via;	/* requester */
	int64_t uid;
	int64_t time, expires;		/* ms */
};

struct statement_field { const char *name; const char *as; /* "value", "code", "seed" */ };
struct statement_deliver {
	const char *to;			/* "requester", or a holder */
	const uint8_t *key;		/* X25519 public key, 32 bytes */
	const struct statement_field *fields;	/* in a reseal all that its records have */
	size_t n;
};
struct statement_in {
	const uint8_t *vault;		/* 32 bytes */
	const uint8_t *policy;		/* newest policy's hash; NULL for the first */
	enum statement_action action;
	json *subject;			/* from statement_subject_*; taken over, always */
	const struct statement_deliver *deliver;
	size_t n_deliver;
	const char *reason, *ticket, *task;
	const char *user, *host, *tty, *via;
	int64_t uid;
	int64_t now;
	int minutes;			/* lifetime */
	const char *log_origin;		/* NULL only for the first policy */
	int64_t log_size;
	const uint8_t *log_root;
};
/* Builds with a fresh nonce and parses it back.  ERR_USAGE or ERR_INPUT say
 * which word is off. *st NULL after a failure; in->subject is gone either way. */
int statement_new(struct statement **st, struct statement_in *in, struct err *e);

/* Owned values; NULL for lack of memory. */
json *statement_subject_unseal(const char *record, int64_t version,
    const uint8_t digest[HASH_LEN]);
json *statement_subject_reseal(const uint8_t policy[HASH_LEN]);
int statement_subject_reseal_add(json *subject, const char *record, int64_t version,
    const uint8_t digest[HASH_LEN]);
json *statement_subject_login(const char *service, const char *user, const char *tty,
    const char *rhost);
json *statement_subject_policy(int64_t serial, const uint8_t hash[HASH_LEN]);
json *statement_subject_drill(const char *holder);
/* confirm and attend */
json *statement_subject_fields(const char *record, int64_t version, const char *const *fields,
    size_t n);

/* Parses strictly: shape, the action's subject, one deliver where something is
 * released and none elsewhere, each field once. */
int statement_parse(struct statement **st, const void *data, size_t len, const char *where,
    struct err *e);
/* The same from a parsed value, which is shared. */
int statement_from_json(struct statement **st, const json *doc, const char *where,
    struct err *e);
void statement_free(struct statement **st);

/* "unseal" and so on; NULL for no action. */
const char *statement_action_name(enum statement_action a);
/* The X25519 key a field's shares go to (32 bytes), and `as`; 0, or -1 when
 * the field is not asked for.  to and as may be NULL.  In a reseal the name is
 * `<record>/<field>`. */
int statement_field(const struct statement *st, const char *field, uint8_t key[X25519_LEN],
    const char **to, const char **as);

/* Does it hold no longer than p's rules allow?  p NULL: the first policy is not
 * known yet; the default rules count then.  ERR_REFUSED. */
int statement_check_life(const struct statement *st, const struct policy *p, struct err *e);
/* Expired (ERR_TIMEOUT), or from the future by more than the skew (ERR_REFUSED)? */
int statement_check_time(const struct statement *st, int64_t now, struct err *e);
/* All that can be judged before asking for a touch: vault, newest policy,
 * lifetime by the rules, reason and ticket, time.  p NULL: the first policy. */
int statement_check(const struct statement *st, const struct policy *p, int64_t now,
    struct err *e);

#endif
