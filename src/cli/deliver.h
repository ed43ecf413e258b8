/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_DELIVER_H
#define TWOKEY_CLI_DELIVER_H

#include "ceremony/unseal.h"
#include "cli/command.h"

/* Where opened fields go: the alternate screen (the default), the clipboard, a
 * program, or standard output when that is said twice. */
enum deliver_way { DELIVER_SCREEN, DELIVER_CLIP, DELIVER_EXEC, DELIVER_STDOUT };

struct deliver {
	enum deliver_way way;
	int json;		/* DELIVER_STDOUT as one JSON object */
	int halves;		/* the caller's: DELIVER_SCREEN in two halves (cli/halves.h) */
	int seconds;		/* on screen or clipboard */
	char *const *program;	/* DELIVER_EXEC */
	int64_t code_ms;	/* how long codes may go on from the release */
};

/* Reads --show, --clip, --exec, --force-stdout, --json, --seconds.  ERR_USAGE when they contradict
 * each other, or when there is no terminal to show secrets on: said before
 * anybody is asked for a touch. */
int deliver_choose(struct deliver *d, const struct args *args, struct err *e);
/* Can the fields of this unseal be told apart where they go?  To be asked before
 * anybody is asked for a touch. */
int deliver_possible(const struct deliver *d, const struct unseal *u, struct err *e);
/* Hands out all fields of an unseal that was released. *status: of the program. */
int deliver_fields(const struct deliver *d, const struct unseal *u, int *status, struct err *e);

#endif
