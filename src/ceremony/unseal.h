/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_UNSEAL_H
#define TWOKEY_CEREMONY_UNSEAL_H

#include "ceremony/ask.h"
#include "ceremony/witness.h"
#include "token/token.h"
#include "vault/record.h"
#include "vault/statement.h"

/*
 * Opening a record.  The order is the promise: verify everything
 * (unseal_begin), the request durable before the first touch and each approval
 * as it comes (unseal_gather), the release durable before any field is
 * opened (unseal_release).  A failure between request and
 * release leaves a ceremony.denied entry (ask_end).
 */
/* Tells people outside of this machine that a release is about to be recorded (the rule
 * record_first, "told"): 0 when one of them has taken it. */
struct teller {
	int (*tell)(void *ctx, const struct statement *st, const struct approvals *set, struct err *e);
	void *ctx;
};

struct unseal_in {
	const char *record;
	int64_t version;	/* 0: the one in force, of the fields that are named */
	int candidate;		/* 1: the newest candidate */
	const struct statement_field *fields;	/* n 0: all, totp as code */
	size_t n;
	const char *reason, *ticket, *task;	/* ticket, task or NULL */
	const struct requester *requester;
	const struct ui *ui;
	struct token_pool *pool;	/* started already, or NULL */
	const struct witness *witness;	/* asked for fields that have one; NULL: none can be */
	const struct teller *teller;	/* NULL: there is none */
	int wait_ms;
};

struct unseal_field {
	const char *name;	/* borrowed */
	const char *as;		/* "value", "code" or "seed" */
	struct secret *plain;	/* NULL before unseal_release */
	struct secret *witness;	/* its witness's bytes, while it is released */
};

/* Read only outside of unseal.c. */
struct unseal {
	struct session *session;	/* borrowed */
	const struct unseal_in *in;	/* borrowed */
	struct record *record;
	int confirmed;			/* a candidate whose rotation is confirmed */
	json *beside;			/* names of fields that are in force in older versions; or NULL */
	const struct quorum *tree;	/* of the newest policy */
	int64_t last_opened;		/* ms, -1: never */
	struct unseal_field *fields;
	size_t n;
	int64_t due;			/* rotate by, ms; -1 when nothing was exposed */
	int64_t seq;			/* the release's log entry */
	struct shares *shares;
	struct secret *reply_key;
	struct ask ask;
};

/* Reads and verifies record, shares and policy; nothing is written but caches.
 * ERR_MISSING: no such record, version or field.  *u NULL after a failure. */
int unseal_begin(struct unseal **u, struct session *s, const struct unseal_in *in, struct err *e);
/* Request, approvals.  ERR_APPROVALS and others: denied, and recorded so. */
int unseal_gather(struct unseal *u, struct err *e);
/* Witnesses, people who are to be told first, release entry, then the fields.  A release that could not be recorded, or is
 * too late, opens nothing: denied, unless the log holds it all the same. */
int unseal_release(struct unseal *u, struct err *e);
/* Wipes and frees. */
void unseal_free(struct unseal **u);

#endif
