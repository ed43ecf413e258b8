/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_ATTEMPTS_H
#define TWOKEY_GATE_ATTEMPTS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "ceremony/session.h"

/*
 * Attempts at logins that no valid approval came for: counted per source in a
 * small file of the private state (docs/formats.md section 9) with a lock of
 * its own, so that strangers hold up nobody and fill nothing.  Whoever writes
 * to the log next - a session that opens, the minute's timer - turns the count
 * into one login.attempts entry.
 */
#define ATTEMPTS_SOURCES 64	/* further ones are only counted */

/* Counts one; texts are cut.  What cannot be counted (a full disk, a lock that
 * is held) is left out: syslog has it. */
void attempts_fold(const struct session *s, const char *service, const char *user,
    const char *rhost);

/*
 * Logins that one holder approves and a quorum does not: each writes a request, an
 * approval and a denial, so their number a day and first holder has a limit, too.
 * by 1, before such a request is recorded: 1 when it may be, and is counted; 0 when
 * ATTEMPTS_EARLY of today are, or it cannot be counted.  by -1: the login was
 * granted after all, and does not count.
 */
#define ATTEMPTS_EARLY 32
#define ATTEMPTS_HOLDERS 64	/* further ones of a day may not */
int attempts_early(const struct session *s, const char *holder, int by);

/* Appends what was counted, if anything was and it is time, and forgets it, between
 * log_begin and log_end.  ERR_SPACE and others leave the count as it is. */
int attempts_record(struct session *s, struct err *e);

/* When: each entry doubles the wait for the next one, from a minute to an hour, each
 * hour without an attempt halves it.  So there are at most ATTEMPTS_A_DAY. */
#define ATTEMPTS_A_DAY 32
struct attempts_pace {
	int64_t recorded;	/* ms: when the last entry was written */
	int64_t pause;		/* minutes from then to the next one; 0: none was yet */
};
/* 1: now is time for an entry of attempts that began at `from` (ms); *p is what follows
 * it.  0: not yet, *p is as it was. */
int attempts_due(struct attempts_pace *p, int64_t from, int64_t now);

#endif
