/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_SOURCES_H
#define TWOKEY_CORRELATE_SOURCES_H

#include "aws/client.h"
#include "correlate/digest.h"
#include "correlate/files.h"
#include "correlate/spans.h"

/* CloudTrail's records from AWS itself: the event history, a trail's bucket, a queue. */
struct sources {
	struct aws *aws;
	struct events *into;
	const struct files_options *o;	/* say; keep, as the set has it */
	const struct digest_keys *keys;	/* of digests in a bucket; NULL: AWS is asked for them */
	struct files_stats stats;	/* objects of a bucket are files */
	struct spans *spans;		/* what was read is added to these */
	struct digest_stats digest;
	struct digest_cover *cover;	/* what digests in a bucket add to it */
};

/* The event history of a region (NULL: where the partition's sign-ins are) from..to, ms: root's
 * events, what may be about root without its identity, and AssumeRoot.  90 days are kept by AWS. */
int sources_lookup(struct sources *c, const char *region, int64_t from, int64_t to, struct err *e);

/* What the history has of a witness's KMS key in its region from..to, ms.  *told: 1, or 0 and nothing is read, since it is
 * not a key of the caller's account: another's history has what is done with it. */
int sources_witness(struct sources *c, const char *key, int64_t from, int64_t to, int *told, struct err *e);

/* A trail's files in a bucket, "s3://BUCKET/PREFIX", delivered from `from` on, and the digests of that time; to: now, ms.  Broken objects, and those
 * that S3 does not give, are reported, counted as broken and passed by.  ERR_INPUT when there is none of that time.  Where AWS does not give its keys, nothing is verified, and that is told. */
int sources_bucket(struct sources *c, const char *url, int64_t from, int64_t to, struct err *e);

/* The messages of a queue, all that are there.  ERR_REFUSED: it is not of the caller's own account; receipts (owned strings) are for sources_settle. */
struct sources_receipts {
	char **list;
	size_t n;
};
#define SOURCES_RECEIPTS_INIT { NULL, 0 }
int sources_queue(struct sources *c, const char *url, int wait_s, struct sources_receipts *r, struct err *e);
/* Removes them from the queue: once what they say is durable. */
int sources_settle(struct sources *c, const char *url, const struct sources_receipts *r, struct err *e);
void sources_receipts_free(struct sources_receipts *r);

#endif
