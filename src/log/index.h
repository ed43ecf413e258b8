/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_INDEX_H
#define TWOKEY_LOG_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/head.h"
#include "log/log.h"
#include "vault/state.h"
#include "vault/store.h"

/*
 * What the logs say about records, looked up in constant time: a private
 * cache in the state (index/), rebuilt from the logs whenever it does not fit
 * them.  Only record.sealed, released and rotation.confirmed entries of hosts'
 * logs that verify count: this program reseals nothing.  Of another host's root
 * password they count as docs/formats.md section 8 has it.
 */
struct index_shares {
	int64_t serial;			/* policy they were made for */
	uint8_t digest[HASH_LEN];	/* shares digest */
	char host[NAME_MAX_LEN + 1];	/* whose log names them, */
	int64_t seq;			/* and where */
};
struct index_version {
	int64_t version;
	uint8_t digest[HASH_LEN];	/* record digest */
	char host[NAME_MAX_LEN + 1];
	int64_t seq;
	char other[NAME_MAX_LEN + 1];	/* whose log names another digest for it; "": none */
	int candidate;
	int confirmed;			/* 1: a rotation.confirmed entry names it */
	/* Of a record that is a host's own, by another host: */
	int claimed;			/* a rotation.confirmed entry */
	int early;			/* all of it, under policies that the owner is no host of yet;
					 * 0 in what index_find gives */
	struct index_shares *shares;	/* by ascending serial */
	size_t nshares;
};
struct index_record {
	char name[NAME_MAX_LEN + 1];
	struct index_version *versions;	/* by ascending version; the last is the newest */
	size_t nversions;		/* without those behind a gap */
	int64_t beyond;			/* the lowest of these, which do not count; 0: none */
	int64_t released;		/* time of the last release, ms; -1: never */
	char released_host[NAME_MAX_LEN + 1];
	int64_t released_seq;
};

/* Brings the cache up to the logs: verifies what is new in each host's log
 * (moving `seen` forward, written to the state when it did), and updates or
 * rebuilds.  Call it inside log_begin..log_end, or with state_lock held.  A
 * cache that can't be written is kept in memory.  ERR_ROLLBACK and
 * ERR_TAMPERED name the log. */
struct index;
struct index_config {
	const struct store *store;	/* all lent for the life of the index */
	const struct state *state;
	const struct log_world *world;
	const char *own_host;		/* NULL: none */
	const struct log_head *own_head;	/* as log_head gives it; NULL: none */
	struct seen *seen;
	const char *boot;
};
int index_open(struct index **out, const struct index_config *cfg, struct err *e);
/* Follows the logs again, e.g. after own appends (*own_head has moved). */
int index_update(struct index *ix, struct err *e);
void index_close(struct index **ix);

/* Looks a record up: owned, ERR_MISSING when no log names it. */
int index_find(struct index_record **out, struct index *ix, const char *name, struct err *e);
void index_record_free(struct index_record **r);
/*
 * The version to open or to go on from: one by its number (1 or more), or one
 * of these.  *out is lent from r, NULL after a failure.  ERR_MISSING, without a
 * hint, when there is no such version; ERR_TAMPERED when it is behind a gap, or the logs name two
 * digests for it: neither is trusted then (docs/formats.md section 8).
 */
#define INDEX_NEWEST 0
#define INDEX_IN_FORCE (-1)	/* the highest that is no candidate, or was confirmed */
#define INDEX_CANDIDATE (-2)	/* the highest candidate that was not confirmed */
int index_version(const struct index_version **out, const struct index_record *r, int64_t which,
    struct err *e);
/* The next older one of that sort, which is no number, below `version`. */
int index_version_below(const struct index_version **out, const struct index_record *r,
    int64_t which, int64_t version, struct err *e);

#endif
