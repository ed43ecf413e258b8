/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_ERROR_H
#define TWOKEY_AWS_ERROR_H

#include "base/err.h"
#include "net/net.h"

/* What a service says when it refuses a call; all texts cleaned for showing. */
struct aws_error {
	int status;		/* HTTP; 0 when there was no answer */
	char code[96];		/* "AccessDeniedException", "" when the answer names none */
	char message[320];
	char request_id[96];
};

enum aws_kind {
	AWS_OTHER = 0,
	AWS_DENIED,		/* the key's owner may not do that */
	AWS_EXPIRED,		/* temporary credentials are past their time */
	AWS_UNKNOWN_KEY,
	AWS_SIGNATURE,
	AWS_SKEW,		/* this machine's clock is off */
	AWS_THROTTLED,
	AWS_SERVER,		/* the service's own trouble: worth another try */
	AWS_MISSING,		/* what was asked for is not there */
	AWS_SEALED		/* KMS does not open this: wrong key, context or bytes */
};

/* Reads an answer whose status is no success: JSON, either kind of XML, or headers alone. */
void aws_error_read(struct aws_error *out, const struct net_answer *a, const char *body,
    size_t len);
/* What the code, or without one the status, means. */
enum aws_kind aws_error_kind(const struct aws_error *x);
/* 1 when the code is this one, namespace and endings as services vary them aside. */
int aws_error_is(const struct aws_error *x, const char *code);
/* One sentence and what to do; action: "cloudtrail:LookupEvents", as policies name it. */
int aws_error_set(struct err *e, const struct aws_error *x, const char *action);

/* An HTTP date (RFC 9110 section 5.6.7, the one form that is sent) as ms; -1. */
int64_t aws_http_date(const char *text);

#endif
