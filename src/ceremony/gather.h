/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_GATHER_H
#define TWOKEY_CEREMONY_GATHER_H

#include "base/clock.h"
#include "ceremony/ui.h"
#include "token/token.h"
#include "vault/approval.h"

/*
 * Collecting approvals of one statement at this machine, from keys plugged in
 * together or one after the other (docs/formats.md section 7).
 */
struct gather {
	const struct statement *st;
	const struct policy *people;	/* whose tokens are asked */
	const struct quorum *tree;	/* NULL: every holder of `people` must approve */
	const json *must;		/* names of holders who must be among them; NULL: nobody */
	struct approvals *set;		/* filled */
	const struct record *record;	/* unseal: what is opened, and by which shares; */
	const struct shares *shares;	/* NULL for the other actions */
	const struct ui *ui;
	const struct clock *clock;
	struct token_pool *pool;	/* started already, or NULL */
	int wait_ms;			/* limit for all of it */
	/* Called with each approval that holds, before the next is asked for: puts
	 * it into the log (NULL: there is none).  A failure ends the gathering. */
	int (*approved)(void *ctx, const struct approval *a, uint32_t counter, struct err *e);
	void *ctx;
};

/* 0 when the tree (or everybody) is satisfied, and all of `must` have approved.  ERR_APPROVALS: the time ran
 * out before; ERR_CANCELLED; others from the log.  A key or PIN that fails is
 * told through the ui and passed by. */
int gather_approvals(const struct gather *g, struct err *e);

/* What was not done where such a gathering failed: "released" and so on; static. */
const char *gather_undone(enum statement_action action);

#endif
