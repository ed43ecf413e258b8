/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_LOG_H
#define TWOKEY_LOG_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "log/head.h"
#include "vault/state.h"
#include "vault/store.h"

/*
 * A host's own log: the writer (docs/formats.md sections 8 and 9).
 *
 * log_open only reads.  log_begin takes the writer locks (state first, then
 * store), re-reads the private head, checks that the log extends it, adopts or
 * cuts what a crash left, and settles staged documents; log_append appends;
 * log_end gives the locks back.  Hold them shortly: never while a person is
 * waited for.  A new begin picks up what other processes appended meanwhile.
 */
#define LOG_LINE_MAX (256u * 1024u)	/* bytes in a line, without newline */
#define LOG_BATCH_MAX 4096		/* entries in one append */
#define LOG_WAIT_MS 10000		/* how long commands wait for other writers */

struct log;

struct log_config {
	const struct store *store;	/* lent for the life of the log, like the rest */
	const struct state *state;
	const char *host;
	const struct secret *key;	/* host key's seed */
	uint8_t vault[HASH_LEN];
	const struct clock *clock;
	const char *boot;		/* boot id, 36 characters */
};

/* May an append use the disk reserve when the disk is full? */
enum log_space {
	LOG_SPACE_NONE,		/* no */
	LOG_SPACE_REQUEST,	/* down to 3/4 of it: a root operator's request */
	LOG_SPACE_APPROVED	/* all of it: a ceremony with a valid approval */
};

struct log_options {
	uint8_t policy[HASH_LEN];	/* policy hash in force */
	enum log_space space;
	/* The checkpoint is durable before log_append returns, and its failure
	 * is one; otherwise it may lag behind, and the next append renews it. */
	int durable_checkpoint;
};

/* What an append did. */
struct log_receipt {
	int64_t seq;		/* of the first entry handed in */
	int64_t size;		/* of the log now */
	uint8_t root[HASH_LEN];
	int64_t time;		/* ms, as written into the entries */
	int checkpoint;		/* 1: the checkpoint is at `size` */
};

/* No file is made or changed. */
int log_open(struct log **out, const struct log_config *cfg, struct err *e);
/* Ends a begin that is still on (NULL allowed). */
void log_close(struct log **l);

/* Waits at most wait_ms for other writers: ERR_BUSY.  ERR_TAMPERED or
 * ERR_ROLLBACK when the log does not extend the private head; nothing is
 * changed then.  Fills the space reserves where there is room. opts->policy
 * and space serve what is due after a crash: staged documents that get their
 * places, a log.recovered entry. */
int log_begin(struct log *l, int wait_ms, const struct log_options *opts, struct err *e);
void log_end(struct log *l);

/*
 * Appends n entries and puts the ndocs documents they name into place.  Each
 * entry is an object with its `type` and the members of its type; seq, time,
 * boot, host and policy are set in it here.  To an empty log, log.started is
 * written first.  Between log_begin and log_end; outside, it begins and ends
 * by itself, waiting LOG_WAIT_MS.
 *
 * On success the lines are durable.  ERR_SPACE: nothing was appended, and no
 * document is left, unless it came only when the documents got their places.
 * After that, and other errors, it is not known which of the entries became
 * durable; the next begin finds out, and this one is over (log_end).
 */
int log_append(struct log *l, json *const entries[], size_t n, const struct store_new docs[],
    size_t ndocs, const struct log_options *opts, struct log_receipt *receipt, struct err *e);
/* The same for one entry without documents. */
int log_append_one(struct log *l, json *entry, const struct log_options *opts,
    struct log_receipt *receipt, struct err *e);

/* The head as of the last begin, append or open. */
const struct log_head *log_head(const struct log *l);
int log_root(uint8_t out[HASH_LEN], const struct log *l, struct err *e);
/* [{"host", "size", "root"}] of the own head (l may be NULL) and the other
 * logs seen, sorted by host, empty logs left out: for records and policies;
 * owned. */
int log_heads_json(json **out, const struct log *l, const struct seen *seen, struct err *e);

/* The space kept, in bytes in the store and in the state (doctor). */
#define LOG_RESERVE_STORE (1024u * 1024u)
#define LOG_RESERVE_STATE (256u * 1024u)
int log_reserve_left(int64_t *store_bytes, int64_t *state_bytes, const struct store *s,
    const struct state *st, struct err *e);

#endif
