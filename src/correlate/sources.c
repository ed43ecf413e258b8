/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/cloudtrail.h"
#include "aws/sqs.h"
#include "aws/sts.h"

#define HIDDEN_S 300	/* that a message is nobody else's, while it is judged and recorded */
#define QUEUE_MOST 1000	/* messages taken at a time */

static int add(void *ctx, const char *record, size_t len, struct err *e)
{
	struct sources *c = ctx;

	c->stats.records++;
	return events_add(c->into, record, len, e);
}

/* What events_add could not read, as files_read tells it. */
static void tell_faults(struct sources *c, const char *where)
{
	struct events_faults f;
	char text[sizeof(f.first) + 80];

	events_faults(c->into, &f);
	c->stats.passed += f.count;
	if (f.count == 0 || c->o->say == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%lld of its records %s not read: %s", (long long)f.count,
	    f.count == 1 ? "was" : "were", f.first);
	c->o->say(c->o->ctx, where, text);
}

int sources_lookup(struct sources *c, const char *region, int64_t from, int64_t to, struct err *e)
{
	/* One attribute a call: so several calls, and records that come twice count once. */
	static const struct { const char *attribute, *value; int home; } passes[] = {
		{ "Username", "root", 0 }, { "EventName", "AssumeRoot", 0 },
		{ "EventName", "ConsoleLogin", 1 }, { "EventName", "PasswordRecoveryRequested", 1 },
		{ "EventName", "PasswordRecoveryCompleted", 1 }, { "EventName", "PasswordUpdated", 1 },
		{ "EventName", "EmailUpdated", 1 }
	};
	const char *home = aws_partition_of(c->aws)->home;
	const int is_home = region == NULL || strcmp(region, home) == 0;
	int r = 0;

	events_vouch(c->into, 1);
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]) && r == 0; i++) {
		const struct cloudtrail_query q = { .region = is_home ? home : region,
			.attribute = passes[i].attribute, .value = passes[i].value, .from = from, .to = to };

		if (is_home || !passes[i].home)
			r = cloudtrail_lookup(c->aws, &q, add, c, e);
	}
	events_vouch(c->into, 0);
	tell_faults(c, "the event history");
	return r == 0 ? spans_add_all(c->spans, "history", is_home ? home : region, from, to, e) : r;
}

/* The n-th part of an ARN, from 0; 0 when it fits. */
static int arn_part(char *out, size_t cap, const char *arn, int n)
{
	size_t len;

	for (; n > 0; n--)
		if ((arn = strchr(arn, ':')) == NULL || *++arn == '\0')
			return -1;
	len = strcspn(arn, ":");
	if (len >= cap)
		return -1;
	memcpy(out, arn, len);
	out[len] = '\0';
	return 0;
}

int sources_witness(struct sources *c, const char *key, int64_t from, int64_t to, int *told, struct err *e)
{
	static const char *const names[] = { "Decrypt", "ReEncrypt" };
	char region[AWS_REGION_MAX], account[16];
	struct aws_identity who;
	int r = aws_caller(&who, c->aws, e);

	*told = r == 0 && arn_part(region, sizeof(region), key, 3) == 0 &&
	    arn_part(account, sizeof(account), key, 4) == 0 && strcmp(account, who.account) == 0;
	events_vouch(c->into, 1);
	for (size_t i = 0; i < 2 && r == 0 && *told; i++) {
		const struct cloudtrail_query q = { .region = region, .attribute = "EventName",
			.value = names[i], .from = from, .to = to };

		r = cloudtrail_lookup(c->aws, &q, add, c, e);
	}
	events_vouch(c->into, 0);
	tell_faults(c, "the event history");
	return r;
}

struct queue {
	struct sources *c;
	struct sources_receipts *r;
	size_t taken;		/* those that stay there, too */
};

static int take_message(void *ctx, const struct sqs_message *m, struct err *e)
{
	struct queue *q = ctx;
	char **more = reallocarray(q->r->list, q->r->n + 1, sizeof(*more)), *copy;
	int64_t passed = q->c->stats.passed;
	int r;

	q->taken++;
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for messages of a queue.");
	q->r->list = more;
	if ((r = add(q->c, m->body, m->body_len, e)) != 0)
		return r;
	/* One that cannot be read stays there, hidden for a while, so that it blocks no other: nobody has seen what it
	 * says.  The queue's redrive policy moves it to the dead letters. */
	tell_faults(q->c, "the queue");
	if (q->c->stats.passed > passed)
		return 0;
	copy = strdup(m->receipt);
	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for messages of a queue.");
	more[q->r->n++] = copy;
	return 0;
}

/* A queue of the caller's own account, "https://HOST/ACCOUNT/NAME": who may write to another's, nobody here knows. */
static int need_own(struct sources *c, const char *url, struct err *e)
{
	const char *host = strstr(url, "://"), *path = host != NULL ? strchr(host + 3, '/') : NULL;
	struct aws_identity who;
	const int r = aws_caller(&who, c->aws, e);

	if (r != 0 || (path != NULL && strncmp(path + 1, who.account, 12) == 0 && path[13] == '/'))
		return r;
	err_set(e, ERR_REFUSED, "The queue %s is not of account %s, whose credentials these are.", url, who.account);
	err_hint(e, "Read it with credentials of its own account.");
	return ERR_REFUSED;
}

int sources_queue(struct sources *c, const char *url, int wait_s, struct sources_receipts *rs, struct err *e)
{
	struct queue q = { c, rs, 0 };
	size_t n = 1;
	int r = need_own(c, url, e);

	events_vouch(c->into, 1);
	while (r == 0 && n > 0 && q.taken < QUEUE_MOST) {
		r = sqs_receive(c->aws, url, wait_s, HIDDEN_S, &n, take_message, &q, e);
		wait_s = 0;
	}
	events_vouch(c->into, 0);
	return r;
}

int sources_settle(struct sources *c, const char *url, const struct sources_receipts *rs, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < rs->n && r == 0; i++)
		r = sqs_delete(c->aws, url, rs->list[i], e);
	return r;
}

void sources_receipts_free(struct sources_receipts *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i]);
	free(r->list);
	*r = (struct sources_receipts)SOURCES_RECEIPTS_INIT;
}
