/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_DOCTOR_H
#define TWOKEY_CLI_DOCTOR_H

#include "base/json.h"
#include "cli/command.h"

/* What a look at the machine's set-up found. */
enum finding { FINDING_OK, FINDING_NOTE, FINDING_BAD };

struct doctor {
	const struct cli *cli;
	json *list;	/* [{what, finding, text, mend}] */
	int bad;
};

/* One line, on the screen at once unless --json; mend is a command, or NULL where
 * none mends it. */
void doctor_add(struct doctor *d, const char *what, enum finding f, const char *mend,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same for an error: its text, and its hint as the mend. */
void doctor_add_err(struct doctor *d, const char *what, const struct err *why);

/* doctor_keys.c: the helper, devices, their access and PINs. */
void doctor_keys(struct doctor *d);
/* doctor_host.c: memory, clock, time, the vault's files and reserve. */
void doctor_machine(struct doctor *d);
void doctor_vault(struct doctor *d);

#endif
