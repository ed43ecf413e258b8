/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_S3_H
#define TWOKEY_AWS_S3_H

#include <stddef.h>
#include <stdint.h>

#include "aws/client.h"

/* Amazon S3, or another store that speaks as it does: what reading a trail needs. */
struct s3_bucket {
	const char *name;		/* borrowed */
	char region[AWS_REGION_MAX];	/* corrected when S3 names another one */
};

struct s3_object {
	const char *key;		/* decoded, NUL-terminated; until fn returns */
	uint64_t size;
};

#define S3_SIGNATURE_MAX 2048
/* What CloudTrail says of a digest file beside its bytes; "" when absent. */
struct s3_meta {
	char signature[S3_SIGNATURE_MAX + 1];	/* x-amz-meta-signature */
	char algorithm[64];			/* x-amz-meta-signature-algorithm */
};

/* Keys that begin with prefix, in the order of their bytes, behind `after` (NULL: from
 * the first); a store that gives them otherwise is malformed.  fn returns non-zero to stop, which is handed on. */
int s3_list(struct aws *a, struct s3_bucket *b, const char *prefix, const char *after,
    int (*fn)(void *ctx, const struct s3_object *o, struct err *e), void *ctx, struct err *e);

/* Why an object was not read. */
enum s3_fault {
	S3_FAULT_ALL,		/* for what others are not read for either: the bucket, the network, this machine */
	S3_FAULT_DENIED,	/* the policies, which may be of all of them */
	S3_FAULT_OBJECT		/* it is not there, too large, archived or the like */
};

/* Reads an object into fd, a regular file that is emptied first, at most max bytes; meta and fault may be
 * NULL.  ERR_MISSING when it is not there.  After a failure fd holds anything, and *fault says why. */
int s3_get(struct aws *a, struct s3_bucket *b, const char *key, int fd, uint32_t max,
    struct s3_meta *meta, enum s3_fault *fault, struct err *e);

#endif
