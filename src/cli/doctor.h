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

/* doctor_pam.c: all about logins by two keys; the next ones are parts of it. */
void doctor_pam(struct doctor *d);
/* Appends a file that is root's or ours and that nobody else can change, behind links
 * too. */
int doctor_read(struct buf *out, const char *path, size_t max, struct err *e);
/* doctor_sshd.c: account: its PAM stack asks the module there; timeout: the module's, 0
 * for its usual one. */
void doctor_sshd(struct doctor *d, int account, int timeout);
/* doctor_login.c: the time that login gives; timeout: as above, of its own stack. */
void doctor_login(struct doctor *d, int timeout);
/* doctor_rescue.c: what rescue mode asks for. */
void doctor_rescue(struct doctor *d);

#endif
