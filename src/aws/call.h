/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CALL_H
#define TWOKEY_AWS_CALL_H

#include "aws/client.h"
#include "aws/reply.h"
#include "aws/xml.h"
#include "base/json.h"

/* A call whose answer is JSON or XML, read. */
struct aws_read {
	struct net_answer answer;
	struct reply v;
	struct xml x;
};

/* aws_call with body written out (taken over also after a failure; NULL: memory ran out
 * while it was built), its answer a JSON object.  End with aws_read_free in any case. */
int aws_call_json(struct aws *a, const struct aws_call *c, json *body, struct aws_read *out,
    struct aws_error *x, struct err *e);
/* aws_call, its answer an XML document. */
int aws_call_xml(struct aws *a, const struct aws_call *c, struct aws_read *out,
    struct aws_error *x, struct err *e);
/* Wipes the answer too: it may have been a secret. */
void aws_read_free(struct aws_read *r);

#endif
