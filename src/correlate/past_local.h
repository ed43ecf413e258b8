/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_PAST_LOCAL_H
#define TWOKEY_CORRELATE_PAST_LOCAL_H

#include "base/json.h"
#include "correlate/past.h"

#define ENTRY_ACTIVITY "root.activity"
#define ENTRY_RECORDS "root.records"
#define ENTRY_UNUSED "release.unused"
#define ENTRY_UNWITNESSED "release.unwitnessed"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct past_record {
	char *record;
	int64_t version;
	char *account;		/* "": not of kind aws-root */
	json *witnesses;	/* {FIELD: {id, key, ...}}, of the fields that have one */
};

/* A candidate of one field, of a record of kind aws-root. */
struct past_candidate {
	char *record;
	char field[NAME_MAX_LEN + 1];
	int64_t version, sealed;	/* ms */
};

struct past {
	struct past_candidate *candidates;
	size_t n_candidates;
	struct past_release *releases;
	size_t n, cap;
	struct release *plain;		/* the same, for verdicts_make */
	struct past_record *records;
	size_t n_records;
	void *ids, *unsigned_ids;	/* eventIDs: AWS vouched for them, or not */
	void *told;			/* "1 EVENT" or, not vouched for, "0 EVENT"; behind its NUL: "SEQ HOST" of the first entry of it */
	void *days, *unused, *confirmed, *witnessed, *unwitnessed;	/* sets of strings */
};

/* A reading of the logs under way. */
struct reading {
	struct past *p;
	struct session *s;
	struct events *ev;
	json **records;		/* entries of records that no entry of what was found stands behind yet; owned */
	size_t n_records, cap_records;
};

/* past.c: a name and a number as one string, host and seq or record and version; strcmp for tsearch. */
void past_key(char out[NAME_MAX_LEN + 32], const char *name, int64_t number);
int past_compare(const void *a, const void *b);

/* past_kept.c: adds a copy to a set of strings (tsearch's tree).  ERR_MEMORY. */
int past_set_add(void **set, const char *text, struct err *e);
/* past_kept.c: root.records wait for the root.activity behind them (past_records_take: of the last n, the events are known),
 * and go with any other entry: a crash may have left them without, and nobody was told then.  ERR_MEMORY. */
int past_records_hold(struct reading *rd, const json *entry, struct err *e);
int past_records_take(struct reading *rd, int64_t n, struct err *e);
void past_records_drop(struct reading *rd);
/* past_kept.c: remembers which entry tells of an event.  ERR_MEMORY. */
int past_tell(struct past *p, const struct event *ev, int64_t seq, const char *host, struct err *e);

/* past_kept.c: 0, or -1 / ERR_MEMORY when memory ran out. */
int past_grow(struct past *p);
int past_settle(struct past *p);
int past_candidate_add(struct past *p, const char *record, int64_t version, const char *field,
    int64_t sealed);
/* Remembers whose a version is, and its witnesses (owned then, NULL: no memory); *out is the past's own. */
int past_record(struct past *p, const char *record, int64_t version, const char *account,
    json *witnesses, const struct past_record **out, struct err *e);

#endif
