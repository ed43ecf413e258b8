/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CORRELATE_RUN_H
#define TWOKEY_CLI_CORRELATE_RUN_H

#include "cli/cloud.h"
#include "cli/open.h"
#include "correlate/sources.h"
#include "correlate/cursor.h"
#include "correlate/digest.h"
#include "correlate/journal.h"

/* One correlation, as `correlate` and `watch` make it: read, judge, tell, record, and only
 * then move on in the sources. */
struct correlate_ask {
	const char *const *paths;	/* files, folders, "-" and s3://BUCKET/PREFIX */
	size_t n_paths;
	int lookup;			/* the event history, */
	const char *const *regions;	/* of these regions besides that of sign-ins */
	size_t n_regions;
	const char *queue;		/* URL, or NULL */
	int queue_wait_s;
	int64_t since;			/* ms: read AWS's sources from there on; -1: where they were left */
	int64_t window;			/* ms */
	const char *keys;		/* file of AWS's public keys, or NULL */
	int dry;			/* nothing is recorded, no source moved on */
	int64_t now;
};

struct correlation {
	const struct correlate_ask *ask;
	struct open_vault v;
	struct cloud cloud;	/* how AWS is reached */
	struct aws *aws;
	struct files files;
	struct events *events;
	struct spill spill;
	struct past *past;
	struct verdicts *verdicts;
	const struct event *ev;
	size_t n;
	struct verdict_rules rules;
	struct files_stats stats;
	struct cursor cursor;
	struct sources_receipts receipts;
	struct digest_stats digest;
	struct digest_cover cover;
	struct spans spans;	/* what was read */
	struct digest_keys *keys;	/* of --keys, or NULL */
	int digests;		/* some could be verified */
	struct err missed;	/* why a source of AWS's could not be read, or not trusted, the first one */
	int clock_off;		/* this machine's clock is not AWS's */
	int waiting_broken;	/* what an earlier run kept could not be read */
	int64_t left;		/* records that found no room, and have to stay with AWS */
	int64_t found;		/* unexplained findings that no entry told of before this run */
	struct journal_done done;
};

/* The words that `correlate` and `watch` have in common; *words is freed by the caller. */
#define CORRELATE_OPTS \
	{ "lookup", NULL, "read CloudTrail's event history", 0 }, \
	{ "region", "REGION", "of the history: this region besides that of sign-ins", OPT_MANY }, \
	{ "queue", "URL", "read the SQS queue that EventBridge feeds", 0 }, \
	{ "since", "HOURS", "begin so long ago in AWS's sources, not where they were left", 0 }, \
	{ "window", "MINUTES", "how long after a release its sign-in may come (default: 60)", 0 }, \
	{ "keys", "FILE", "AWS's public keys: digests in the folders are verified", 0 }
int correlate_args(struct correlate_ask *a, const char ***words, const struct cli *cli, struct err *e);

/* 1 for "s3://...". */
int correlate_is_bucket(const char *path);
/* 1 when a source of AWS's is among what is asked for. */
int correlate_asks_aws(const struct correlate_ask *a);

/* Reads and judges; c ends with correlate_end also after a failure. */
int correlate_begin(struct correlation *c, const struct cli *cli, const struct correlate_ask *ask,
    struct err *e);
/* Fails as the source of AWS's that could not be read; the others were, and judged. */
int correlate_missed(const struct correlation *c, struct err *e);
/* ERR_TAMPERED when what was read is not what AWS has signed. */
int correlate_trail(const struct correlation *c, struct err *e);
/* Records what was found, and moves on; nothing when ask->dry. */
int correlate_record(struct correlation *c, struct err *e);
void correlate_end(struct correlation *c);

#endif
