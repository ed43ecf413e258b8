/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CLIENT_H
#define TWOKEY_AWS_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "aws/credentials.h"
#include "aws/error.h"
#include "aws/service.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/net.h"

/*
 * Calls of AWS's services: signed, sent through twokey-net, tried again where that
 * can help.  One struct aws holds one set of credentials, loaded by the first call
 * and anew before they expire, and one connection after the other.  Not for use by
 * more than one thread at a time.
 */

/* Where a service answers instead of at AWS: a VPC endpoint, another S3, a test. */
struct aws_endpoint {
	const char *service;	/* NULL: every one without an entry of its own */
	const char *url;	/* https://HOST[:PORT]; http for 127.0.0.1 and [::1] alone */
};

/* What waits and chances come from; NULL members: the system. */
struct aws_timing {
	const struct clock *clock;
	void (*sleep)(void *ctx, int ms);
	uint32_t (*below)(void *ctx, uint32_t bound);	/* uniform in [0, bound) */
	void *ctx;
};

/* Borrowed for as long as the struct aws lives. */
struct aws_settings {
	const char *region;			/* of calls that name none */
	const struct aws_where *where;		/* credentials */
	const struct aws_endpoint *endpoints;
	size_t n_endpoints;
	struct net_settings net;
	const struct net_watch *watch;		/* asked while waiting; may be NULL */
	struct aws_timing timing;
	int total_ms;				/* limit of one call with all its tries; 0: 90 s, or of one try where that is more */
};

struct aws;
/* Sends nothing yet. ERR_USAGE for a region or address that cannot be used. */
int aws_new(struct aws **out, const struct aws_settings *s, struct err *e);
/* Wipes the credentials and ends the helper; *a (NULL allowed) becomes NULL. */
void aws_free(struct aws **a);
/* The partition of the settings' region. */
const struct aws_partition *aws_partition_of(const struct aws *a);

/* How far AWS's clock is ahead of this machine's, ms: by the answer whose Date came nearest, since
 * some take long.  0 when no answer has told (RFC 9110 section 6.6.1), else 1. */
int aws_clock(const struct aws *a, int64_t *ahead);

/* One call.  Strings stay the caller's. */
struct aws_call {
	const char *service;	/* "cloudtrail" */
	const char *action;	/* "LookupEvents": of the target, and of policies */
	const char *region;	/* NULL: the settings' */
	const char *body;	/* query protocol: the parameters but Action and Version; NULL: none */
	const char *bucket;	/* S3 alone */
	const char *path;	/* REST alone: from '/', encoded as it is to be sent; NULL: "/" */
	const char *query;	/* S3 alone: sorted and encoded; NULL: none */
	uint32_t answer_max;	/* bytes of an answer; 0: 8 MiB */
	int try_ms;		/* limit of one try; 0: 30 s */
	int to_file;		/* 1: the answer's body goes to answer_fd */
	int answer_fd;		/* a regular file, emptied first; after a failure it holds anything */
};

/* Sends it, and again on throttling, 5xx and broken connections, waiting a random
 * time in between.  0: *answer holds a 2xx answer; it and x (NULL allowed) are filled
 * in after a failure too, as far as there was an answer; net_answer_free(answer).
 * Errors as aws_error_set and net_send give them; ERR_REFUSED for root's credentials. */
int aws_call(struct aws *a, const struct aws_call *c, struct net_answer *answer,
    struct aws_error *x, struct err *e);

/* ERR_REFUSED when the credentials are those of an account's root user: whoever
 * watches over root must not be it.  Asked of AWS once per credentials; aws_call does
 * so before anything else, but for an S3 with an address of its own. */
int aws_refuse_root(struct aws *a, struct err *e);

/* "The answer to cloudtrail:LookupEvents is malformed: WHY." ERR_INPUT. */
int aws_malformed(struct err *e, const struct aws_call *c, const char *why);

#endif
