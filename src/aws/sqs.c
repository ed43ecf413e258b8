/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sqs.h"

#include <string.h>

#include "aws/call.h"

#define ID_MAX 256
#define RECEIPT_MAX 4096
#define ANSWER_BYTES (16u << 20)	/* ten messages of a megabyte, escaped */
#define REST_MS 15000			/* of a try, beside the wait for messages */

/* The region in https://sqs.REGION.SUFFIX/ACCOUNT/NAME; of other addresses (VPC endpoints,
 * tests) the settings' holds. */
static void queue_region(char out[AWS_REGION_MAX], struct aws_call *c, const char *queue)
{
	const char *from = queue + strlen("https://sqs.");
	const struct aws_partition *p;
	size_t len;

	if (strncmp(queue, "https://sqs.", strlen("https://sqs.")) != 0)
		return;
	len = strcspn(from, ".");
	if (len >= AWS_REGION_MAX)
		return;
	memcpy(out, from, len);
	out[len] = '\0';
	if (aws_partition(&p, out, NULL) == 0)
		c->region = out;
}

static int receive_each(const struct aws_call *c, const struct aws_read *in, size_t *n,
    int (*fn)(void *ctx, const struct sqs_message *m, struct err *e), void *ctx, struct err *e)
{
	/* Absent when there is none. */
	const uint32_t list = reply_get(&in->v, 0, "Messages");
	char id[ID_MAX], receipt[RECEIPT_MAX];
	struct buf body = BUF_INIT;
	uint32_t i;
	int r = 0;

	if (list != REPLY_NONE && !reply_is(&in->v, list, REPLY_ARRAY))
		return aws_malformed(e, c, "its Messages are no list");
	for (i = reply_first(&in->v, list); r == 0 && i != REPLY_NONE;
	    i = reply_after(&in->v, list, i)) {
		buf_reset(&body);
		if (reply_copy(id, sizeof(id), &in->v, reply_get(&in->v, i, "MessageId")) != 0 ||
		    reply_copy(receipt, sizeof(receipt), &in->v,
		    reply_get(&in->v, i, "ReceiptHandle")) != 0 ||
		    reply_text(&body, &in->v, reply_get(&in->v, i, "Body")) != 0) {
			r = aws_malformed(e, c, "a message lacks a member");
		} else {
			const struct sqs_message m = { id, receipt, buf_str(&body), body.len };

			(*n)++;
			r = fn(ctx, &m, e);
		}
	}
	buf_free(&body);
	return r;
}

int sqs_receive(struct aws *a, const char *queue, int wait_s, int hidden_s, size_t *n,
    int (*fn)(void *ctx, const struct sqs_message *m, struct err *e), void *ctx, struct err *e)
{
	struct aws_call c = { .service = "sqs", .action = "ReceiveMessage",
		.answer_max = ANSWER_BYTES, .try_ms = wait_s * 1000 + REST_MS };
	json *j = json_new_object(), *names = json_new_array();
	char region[AWS_REGION_MAX];
	struct aws_read in;
	int r;

	*n = 0;
	queue_region(region, &c, queue);
	r = json_add_str(names, "All");
	if (json_set(j, "MessageSystemAttributeNames", names) != 0 || r != 0 ||
	    json_set_str(j, "QueueUrl", queue) != 0 ||
	    json_set_int(j, "MaxNumberOfMessages", 10) != 0 ||
	    json_set_int(j, "WaitTimeSeconds", wait_s) != 0 ||
	    json_set_int(j, "VisibilityTimeout", hidden_s) != 0)
		json_free(&j);
	r = aws_call_json(a, &c, j, &in, NULL, e);
	if (r == 0)
		r = receive_each(&c, &in, n, fn, ctx, e);
	aws_read_free(&in);
	return r;
}

int sqs_delete(struct aws *a, const char *queue, const char *receipt, struct err *e)
{
	struct aws_call c = { .service = "sqs", .action = "DeleteMessage" };
	json *j = json_new_object();
	char region[AWS_REGION_MAX];
	struct net_answer answer = { .why = NET_ANSWERED };
	struct buf body = BUF_INIT;
	int r;

	queue_region(region, &c, queue);
	if (json_set_str(j, "QueueUrl", queue) != 0 || json_set_str(j, "ReceiptHandle", receipt) != 0)
		r = err_set(e, ERR_MEMORY, "No memory is left for a request.");
	else
		r = json_canonical(&body, j, e);
	json_free(&j);
	c.body = buf_str(&body);
	/* Its answer is empty. */
	if (r == 0)
		r = aws_call(a, &c, &answer, NULL, e);
	net_answer_free(&answer);
	buf_free(&body);
	return r;
}
