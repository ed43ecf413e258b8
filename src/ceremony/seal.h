/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_SEAL_H
#define TWOKEY_CEREMONY_SEAL_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "vault/record.h"

/* Sealing records: public keys only, no touch (docs/formats.md section 5). */
struct seal_item {
	const char *name;
	const char *kind;
	const json *attributes;
	const char *quorum;		/* NULL: the record's so far, or "default" */
	int candidate;
	const struct statement *attended;	/* confirm.h: holders attend this sealing; or NULL */
	const struct record_plain *fields;
	size_t n;
};

/* What became of one item. */
struct seal_done {
	int64_t version;
	int64_t seq;			/* log entry */
};

/*
 * Seals n items as the next versions of their records, in batches of 1024 with
 * one checkpoint each, and reads back and verifies what it wrote.  done (n of
 * them) is filled in order; *sealed says how many are durable and verified -
 * all of them after 0, whole batches after a failure.  With `fresh`, an
 * existing record is ERR_EXISTS, and nothing of its batch is sealed.  ERR_REFUSED: another
 * version came before one that holders attend.
 */
int seal_records(struct session *s, const struct seal_item *items, size_t n, int fresh,
    const struct requester *rq, struct seal_done *done, size_t *sealed, struct err *e);

/* The newest version of a record, candidates counted, as the logs name it.
 * *rec is owned by the caller, NULL after a failure.  ERR_MISSING: no log names
 * the record; ERR_TAMPERED: the store holds another document. */
int seal_newest(struct record **rec, struct session *s, const char *name, struct err *e);
/* The same of another version: its number, or as in index_version. */
int seal_version(struct record **rec, struct session *s, const char *name, int64_t which,
    struct err *e);

#endif
