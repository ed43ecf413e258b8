/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/publish.h"

#include <stdio.h>
#include <string.h>

#include "aws/call.h"
#include "aws/sigv4.h"

#define SUBJECT_MAX 100

/* arn:PARTITION:SERVICE:REGION:... */
static void arn_region(char out[AWS_REGION_MAX], struct aws_call *c, const char *arn)
{
	const struct aws_partition *p;
	size_t len;

	if (strncmp(arn, "arn:", 4) != 0)
		return;
	for (int i = 0; i < 3; i++) {
		arn += strcspn(arn, ":");
		arn += *arn == ':';
	}
	len = strcspn(arn, ":");
	if (len >= AWS_REGION_MAX)
		return;
	memcpy(out, arn, len);
	out[len] = '\0';
	if (aws_partition(&p, out, NULL) == 0)
		c->region = out;
}

static void put(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s%s=", b->len > 0 ? "&" : "", name);
	sigv4_encode(b, value, strlen(value), 0);
}

static void put_attribute(struct buf *b, int n, const char *name, const char *value)
{
	char member[64];

	(void)snprintf(member, sizeof(member), "MessageAttributes.entry.%d.Name", n);
	put(b, member, name);
	(void)snprintf(member, sizeof(member), "MessageAttributes.entry.%d.Value.DataType", n);
	put(b, member, "String");
	(void)snprintf(member, sizeof(member), "MessageAttributes.entry.%d.Value.StringValue", n);
	put(b, member, value);
}

int sns_publish(struct aws *a, const struct sns_message *m, struct err *e)
{
	struct aws_call c = { .service = "sns", .action = "Publish" };
	const size_t len = strlen(m->topic);
	char region[AWS_REGION_MAX], subject[SUBJECT_MAX];
	struct buf body = BUF_INIT;
	struct aws_read in;
	size_t i;
	int r;

	for (i = 0; i + 1 < sizeof(subject) && m->subject[i] != '\0'; i++)
		subject[i] = m->subject[i] >= 0x20 && m->subject[i] < 0x7f ? m->subject[i] : '?';
	subject[i] = '\0';
	arn_region(region, &c, m->topic);
	put(&body, "Message", m->text);
	put_attribute(&body, 1, "id", m->id);
	put_attribute(&body, 2, "event", m->event);
	put_attribute(&body, 3, "level", m->level);
	if (len > 5 && strcmp(m->topic + len - 5, ".fifo") == 0) {
		put(&body, "MessageDeduplicationId", m->id);
		put(&body, "MessageGroupId", "twokey");
	}
	put(&body, "Subject", subject);
	put(&body, "TopicArn", m->topic);
	c.body = buf_str(&body);
	r = buf_ok(&body) ? aws_call_xml(a, &c, &in, NULL, e) : err_set(e, ERR_MEMORY, "Out of memory.");
	if (buf_ok(&body))
		aws_read_free(&in);
	buf_free(&body);
	return r;
}

/* What became of the one event. */
static int put_result(const struct aws_call *c, const struct aws_read *in, struct err *e)
{
	const uint32_t one = reply_first(&in->v, reply_get(&in->v, 0, "Entries"));
	char id[128], why[256];

	if (one == REPLY_NONE)
		return aws_malformed(e, c, "it has no Entries");
	if (reply_copy(id, sizeof(id), &in->v, reply_get(&in->v, one, "EventId")) == 0)
		return 0;
	(void)reply_copy(why, sizeof(why), &in->v, reply_get(&in->v, one, "ErrorCode"));
	return err_set(e, ERR_STORE, "EventBridge does not take the event: %s.", why);
}

int events_put(struct aws *a, const char *bus, const char *type, const char *detail, struct err *e)
{
	struct aws_call c = { .service = "events", .action = "PutEvents" };
	json *j = json_new_object(), *list = json_new_array(), *one = json_new_object();
	char region[AWS_REGION_MAX];
	struct aws_read in;
	int r;

	arn_region(region, &c, bus);
	if (json_set_str(one, "Detail", detail) | json_set_str(one, "DetailType", type) |
	    json_set_str(one, "EventBusName", bus) | json_set_str(one, "Source", "twokey") |
	    json_add(list, one) | json_set(j, "Entries", list))
		json_free(&j);
	r = aws_call_json(a, &c, j, &in, NULL, e);
	if (r == 0)
		r = put_result(&c, &in, e);
	aws_read_free(&in);
	return r;
}
