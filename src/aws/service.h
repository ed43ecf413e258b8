/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_SERVICE_H
#define TWOKEY_AWS_SERVICE_H

#include <stddef.h>

#include "base/err.h"

/* Where services live and how they are spoken to. */
enum aws_protocol { AWS_JSON, AWS_QUERY, AWS_REST_JSON, AWS_S3 };

struct aws_service {
	const char *name;	/* of the endpoint and of the signature */
	enum aws_protocol protocol;
	const char *type;	/* Content-Type of a body */
	const char *version;	/* JSON: what stands before ".Action" in X-Amz-Target;
				 * query: the Version */
};

/* NULL when twokey does not use it. */
const struct aws_service *aws_service(const char *name);

struct aws_partition {
	const char *name;	/* as it stands in ARNs: "aws" */
	const char *suffix;	/* "amazonaws.com" */
	const char *home;	/* region of IAM, and of root's sign-in events */
};

/* The partition of a region; ERR_USAGE when the region is none. */
int aws_partition(const struct aws_partition **out, const char *region, struct err *e);

/* The partitions that this program knows, from 0 on; NULL behind the last. */
const struct aws_partition *aws_partition_nth(size_t i);

#define AWS_HOST_MAX 256
#define AWS_REGION_MAX 32
/* The host that answers for a service in a region, and the region it is signed for:
 * services that exist once a partition have one of their own.  ERR_USAGE where there
 * is none (account in aws-us-gov). */
int aws_host(char host[AWS_HOST_MAX], char scope[AWS_REGION_MAX], const char *service,
    const char *region, struct err *e);

#endif
