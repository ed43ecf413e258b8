/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_REQUESTER_H
#define TWOKEY_CEREMONY_REQUESTER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/json.h"

/* Who asks, as the program found out: `uid` and `user` by the kernel's login
 * uid, `via` what sudo claims.  All text is clean. */
struct requester {
	char user[64];
	int64_t uid;		/* STATEMENT_UID_NONE when none is set */
	char tty[64];		/* "" when there is none */
	char via[128];		/* "" or e.g. "sudo: alice" */
};

/* The kernel's login uid ("loginuid") or audit session ("sessionid") of a process (man 5
 * proc); pid 0: this one.  STATEMENT_UID_NONE where none is set or the kernel does not tell. */
int64_t requester_audit(const char *what, pid_t pid);

/* Fills uid and user by the kernel's login uid of pid (where none is set: STATEMENT_UID_NONE,
 * and the name of `real`, the real user of the program that asks); the rest becomes "". */
void requester_kernel(struct requester *r, uid_t real, pid_t pid);

/* {user, uid, host, tty, via}, an owned value; NULL for lack of memory. */
json *requester_json(const struct requester *r, const char *host);

#endif
