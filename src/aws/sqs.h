/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_SQS_H
#define TWOKEY_AWS_SQS_H

#include <stddef.h>

#include "aws/client.h"

/* A queue that an EventBridge rule feeds. */
struct sqs_message {
	const char *id;
	const char *receipt;	/* what sqs_delete wants */
	const char *body;
	size_t body_len;
};

/* ReceiveMessage: waits at most wait_s (0..20) for up to ten messages, which nobody else
 * gets for hidden_s.  fn returns non-zero to stop, which is handed on; what it keeps it
 * copies. *n counts them. queue is the queue's URL, region the one it names. */
int sqs_receive(struct aws *a, const char *queue, int wait_s, int hidden_s, size_t *n,
    int (*fn)(void *ctx, const struct sqs_message *m, struct err *e), void *ctx, struct err *e);
/* DeleteMessage: once what it said is durable. */
int sqs_delete(struct aws *a, const char *queue, const char *receipt, struct err *e);

#endif
