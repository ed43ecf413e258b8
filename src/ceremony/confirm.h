/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_CONFIRM_H
#define TWOKEY_CEREMONY_CONFIRM_H

#include "ceremony/ask.h"

/*
 * Holders confirm that a candidate is what its service takes now (docs/formats.md section 8,
 * rotation.confirmed): a ceremony of action `confirm`, which opens nothing.  Asked are the
 * record's quorum and everybody whom the rules' `confirm` names.
 */
struct confirm_in {
	const char *record;
	int64_t version;		/* an unconfirmed candidate */
	const char *field;		/* the one it holds */
	const char *quorum;		/* the record's */
	const char *reason, *ticket;	/* ticket or NULL */
	const struct requester *requester;
	const struct ui *ui;
	struct token_pool *pool;	/* started already, or NULL */
	int wait_ms;
};

/* *seq: the log entry.  ERR_APPROVALS and others: recorded as denied, nothing is confirmed. */
int confirm_rotation(int64_t *seq, struct session *s, const struct confirm_in *in, struct err *e);

#endif
