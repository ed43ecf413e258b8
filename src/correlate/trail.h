/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_TRAIL_H
#define TWOKEY_CORRELATE_TRAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Cuts what CloudTrail wrote into units and hands on those that may concern root:
 * the objects of `{"Records": [...]}` or of a list, or else the objects of the outermost level
 * one after another (JSON lines, one record, an answer of LookupEvents, an
 * EventBridge event).  Pure; nothing is copied.
 *
 * All bytes are looked at once, at the speed of memory: strings have ends, brackets match
 * and are at most TRAIL_DEPTH deep, text is UTF-8, units stand where they may.
 * What a unit says is for whoever gets it (correlate/event.h).
 */
#define TRAIL_DEPTH 64
#define TRAIL_UNIT_MAX (1024u * 1024u)		/* bytes of a record: AWS allows 256 KiB */
#define TRAIL_WHOLE_MAX (16u * 1024u * 1024u)	/* of an object of the outermost level */

/* A unit that holds a word of interest (trail_words), not NUL-terminated.  What
 * it returns, unless 0, ends the scan. */
typedef int trail_fn(void *ctx, const char *unit, size_t len, struct err *e);

enum trail_place { TRAIL_BEGIN, TRAIL_RECORDS, TRAIL_BEHIND, TRAIL_OBJECTS };

/* Start with all zeros but fn and ctx. */
struct trail {
	trail_fn *fn;
	void *ctx;
	enum trail_place place;
	int64_t units;		/* found so far, those of no interest too */
	int64_t handed;		/* handed on */
	int level;		/* at which the list's records stand; 0: there is no list */
};

/*
 * Scans the next bytes; TRAIL_SLACK bytes behind them must be readable.  *used is how
 * many are done with: the caller hands in the others again with more behind them, and `last` set
 * when there are no more.  ERR_INPUT, with a sentence that begins "at byte N"
 * (of these bytes), when the trail is broken there: units before it have been handed on.
 */
#define TRAIL_SLACK 64
int trail_scan(struct trail *t, const char *bytes, size_t len, int last, size_t *used,
    struct err *e);

#endif
