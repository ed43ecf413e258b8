/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ASK_H
#define TWOKEY_CEREMONY_ASK_H

#include "ceremony/gather.h"
#include "ceremony/requester.h"
#include "ceremony/session.h"

/*
 * One asking for approvals on a host: the statement, the approvals that came,
 * and what the log tells of it, from ceremony.requested to the entry that the
 * asking was for (`released`, rotation.confirmed, record.sealed, login.granted, or policy.accepted) or
 * ceremony.denied.  The first three members are the caller's, and may_record with its
 * ctx, all else zero.
 *
 * A login may be asked for by anybody who reaches the machine.  Its request is
 * recorded together with its first valid approval, and not before: strangers
 * write nothing, and never hold the log's locks.  On a full disk approvals that do
 * not satisfy the quorum yet wait for the one that does: one holder alone must not
 * use the reserve up.  So they do where may_record says no to the first one.  The approval
 * that satisfies the quorum waits as well: for ask_record, whose entry is appended with it, or
 * for ask_end.
 */
#define ASK_HELD 130		/* entries: a request and more approvals than keys at hand */

struct ask {
	struct session *s;		/* borrowed; has a log */
	const struct requester *requester;	/* borrowed */
	const struct ui *ui;		/* borrowed */
	struct statement *st;
	struct approvals *set;
	struct log_head from;		/* our log's head when the statement was made */
	int begun;			/* the log may hold entries of this asking, */
	int requested;			/* and does hold the request */
	size_t recorded;		/* entries of this asking that are in it for sure */
	const struct quorum *tree;	/* borrowed */
	/* May a login's request be recorded with this holder's approval, the first, before
	 * a quorum is there?  NULL: yes. */
	int (*may_record)(void *ctx, const char *holder);
	void *ctx;
	int hold;			/* it may not */
	json *held[ASK_HELD];		/* entries of a login that wait; owned */
	size_t nheld;
	int ready;			/* the quorum is there: they wait for ask_record or ask_end */
};

/* Makes the statement.  `in` says what is asked for: action, subject (taken over,
 * always), deliver, words; the rest of it is filled in. */
int ask_statement(struct ask *a, struct statement_in *in, struct err *e);

/* Records the request, then collects approvals, each recorded before the next is
 * asked for (but see above of a login), until they satisfy g->tree.  g says whom to ask for what: tree,
 * record and shares, pool, wait_ms; the rest is filled in.  also: as in
 * approvals_new.  Whatever it returns, go on to ask_end or ask_record. */
int ask_gather(struct ask *a, struct gather *g, const struct policy *also, struct err *e);

/* Does the statement hold long enough for an entry that may have to wait for other
 * writers first?  ERR_TIMEOUT: what is recorded behind its end counts for nothing. */
int ask_in_time(const struct ask *a, struct err *e);

/* Appends an entry (taken over; NULL: no memory) under the policy this began
 * with: ERR_REFUSED when there is a newer one by now.  Durable after 0, with the
 * checkpoint if `checkpoint`.  After a failure it may be in the log or not:
 * ask_end finds out.  What waits goes in before it.  receipt: of the entry; NULL allowed. */
int ask_record(struct ask *a, json *entry, enum log_space space, int checkpoint,
    struct log_receipt *receipt, struct err *e);

/* The one way out, with what the asking came to: r is handed back.  On a failure
 * (r not 0, said in e) ceremony.denied is recorded, if the request is in the
 * log and what was asked for is not.  Not for failures after that is durable. */
int ask_end(struct ask *a, int r, struct err *e);

/* Frees statement and approvals. */
void ask_clear(struct ask *a);

/* Puts the approvals (of one group: approvals_bare's draft) into the draft of a
 * policy, and reads it back into *draft, which is freed before.  Signatures are
 * still to be verified. */
int ask_sign(struct policy **draft, json *doc, const struct statement *st,
    const struct approvals *set, int group, struct err *e);

#endif
