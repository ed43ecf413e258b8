/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_JOURNAL_H
#define TWOKEY_CORRELATE_JOURNAL_H

#include "correlate/past.h"
#include "correlate/spill.h"
#include "correlate/verdict.h"

/* Writes what was found into this host's log, once each (docs/formats.md section 8). */
struct journal_in {
	const struct verdicts *verdicts;
	const struct event *events;	/* as verdicts_make had them */
	struct past *past;		/* remembers what is confirmed */
	struct spill *records;		/* where their records are */
	const unsigned char *read;	/* by release: 1 when all of its window was read, so that
					 * "unused" can be said; NULL: of none */
	int64_t now;			/* ms */
};
struct journal_done {
	int64_t entries;		/* written */
	int64_t seq;			/* of the first; -1: none */
	int64_t confirmed;		/* rotations among them */
};
/* Pending findings, and days of failed sign-ins that are not over, wait for another
 * time.  Each finding is whole in the log or not there at all.  ERR_SPACE and log_append's others. */
int journal_write(struct journal_done *done, struct session *s, const struct journal_in *in,
    struct err *e);

/* 1 when a finding is for a later run. */
int journal_waits(const struct finding *f, const struct journal_in *in);

/* Keeps the records that AWS vouches for of findings that wait, in the state's waiting.jsonl, in place of what was
 * there: so what AWS has handed over once is not lost.  Of a day of failed sign-ins some are kept; of all else *left
 * is how many found no room, and have to stay with AWS.  aside: what was there could not be read, and is kept under another name. */
int waiting_write(const struct journal_in *in, const struct state *s, int aside, int64_t *left, struct err *e);
/* Where they are; owned, NULL without memory. */
char *waiting_path(const struct state *s);

#endif
