/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_STS_H
#define TWOKEY_AWS_STS_H

#include "aws/client.h"

/* Who the credentials belong to. */
struct aws_identity {
	char account[16];	/* twelve digits */
	char arn[512];		/* cleaned */
};

/* sts GetCallerIdentity; needs no permission. */
int aws_caller(struct aws_identity *out, struct aws *a, struct err *e);

/* sts AssumeRole: credentials of a role's, for a quarter of an hour; the caller frees them also
 * after a failure.  role: its name, with its path if it has one. ERR_REFUSED for root's
 * own credentials. */
int aws_assume_role(struct aws_credentials *out, struct aws *a, const char *account,
    const char *role, struct err *e);

#endif
