/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CLIENT_LOCAL_H
#define TWOKEY_AWS_CLIENT_LOCAL_H

#include "aws/client.h"

struct aws {
	struct aws_settings s;
	const struct aws_partition *partition;
	struct net *net;
	struct aws_credentials credentials;
	int loaded;
	int not_root;		/* these credentials were asked about */
	int64_t skew;		/* ms that AWS's clock is ahead of ours */
	int corrected;		/* the skew was found out; it is not looked at again */
	int64_t ahead;		/* ms: what aws_clock tells, once dated */
	int dated;
};

/* A call's name in policies: "s3:GetObject". */
#define AWS_ACTION_MAX 96
void aws_action(char out[AWS_ACTION_MAX], const struct aws_call *c);

/* request.c: one signed try. 0 for any answer. */
int aws_try(struct aws *a, const struct aws_call *c, int left_ms, struct net_answer *answer,
    struct err *e);
/* The address that is configured for a service, NULL: AWS's own. */
const char *aws_override(const struct aws *a, const char *service);

/* What this machine's clock says, set right by the skew. */
int64_t aws_now(const struct aws *a);

#endif
