/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_ROTATE_LOCAL_H
#define TWOKEY_CLI_ROTATE_LOCAL_H

#include "ceremony/requester.h"
#include "cli/command.h"
#include "cli/open.h"

/* Shared by the files of `twokey rotate` only. */

/* One rotation under way. */
struct rotation {
	const struct cli *cli;
	struct open_vault v;
	struct requester rq;
	const char *name, *ticket;
	char reason[NAME_MAX_LEN + 32];
	const char *why;		/* --reason, or the one above */
	char field[NAME_MAX_LEN + 1];
	int64_t candidate;		/* version that waits for its confirmation; 0: none */
	int shown;			/* the candidate was opened once */
	int wait_ms;
};

/* rotate_seal.c: seals the new value alone, durable before anybody sees it; t->candidate is its
 * version.  All other fields stay in force where they are: none is opened for a rotation that does
 * not change it.  An MFA seed is asked for, once the record's quorum attends. */
int rotate_seal(struct rotation *t, struct err *e);

#endif
