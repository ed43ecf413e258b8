/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_CLOUD_H
#define TWOKEY_CORRELATE_CLOUD_H

#include "aws/client.h"
#include "correlate/files.h"

/* CloudTrail's records from AWS itself: the event history, a trail's bucket, a queue. */
struct cloud {
	struct aws *aws;
	struct events *into;
	const struct files_options *o;	/* say alone */
	struct files_stats stats;	/* objects of a bucket are files */
};

/* The event history of a region (NULL: where the partition's sign-ins are) from..to, ms: root's
 * events, what may be about root without its identity, and AssumeRoot.  90 days are kept by AWS. */
int cloud_lookup(struct cloud *c, const char *region, int64_t from, int64_t to, struct err *e);

/* A trail's files in a bucket, "s3://BUCKET/PREFIX", delivered from `from` (ms) on.  Broken objects are reported, and passed by. */
int cloud_bucket(struct cloud *c, const char *url, int64_t from, struct err *e);

/* The messages of a queue, all that are there; receipts (owned strings) are for cloud_settle. */
struct cloud_receipts {
	char **list;
	size_t n;
};
#define CLOUD_RECEIPTS_INIT { NULL, 0 }
int cloud_queue(struct cloud *c, const char *url, int wait_s, struct cloud_receipts *r, struct err *e);
/* Removes them from the queue: once what they say is durable. */
int cloud_settle(struct cloud *c, const char *url, const struct cloud_receipts *r, struct err *e);
void cloud_receipts_free(struct cloud_receipts *r);

#endif
