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

#endif
