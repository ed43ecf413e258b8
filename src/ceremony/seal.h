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
	const struct record_plain *fields;
	size_t n;
};

/* What became of one item. */
struct seal_done {
	int64_t version;
	int64_t seq;			/* log entry */
};

/*
 * Seals n items as the next versions of their records, in one batch with one
 * checkpoint for each LOG_BATCH_MAX of them.  done (n of them) is filled in
 * order; *sealed says how many are durable - all of them after 0.  With
 * `fresh`, an existing record is ERR_EXISTS and nothing is sealed.
 */
int seal_records(struct session *s, const struct seal_item *items, size_t n, int fresh,
    const struct requester *rq, struct seal_done *done, size_t *sealed, struct err *e);

#endif
