/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/cloudtrail.h"

#include <string.h>

#include "aws/call.h"
#include "aws/client_local.h"

#define PACE_MS 500		/* two calls a second, an account and region */
#define PAGE 50			/* events, at most */
#define PAGES_MAX 200000	/* a day of them: ten million events */
#define ANSWER_BYTES (32u << 20)	/* fifty records of 256 KB, escaped */

/* One listing under way. */
struct listing {
	struct aws *a;
	struct aws_call call;
	struct buf token;	/* of the next page, empty at the end */
	int (*page)(struct listing *l, const struct reply *v, struct err *e);
	int (*event)(void *ctx, const char *record, size_t len, struct err *e);
	int (*key)(void *ctx, const struct cloudtrail_key *k, struct err *e);
	void *ctx;
};

/* NULL when memory ran out. */
static json *listing_body(const struct listing *l, const struct cloudtrail_query *q)
{
	json *j = json_new_object(), *list, *one;
	int r = j == NULL;

	if (q->attribute != NULL) {
		one = json_new_object();
		r |= json_set_str(one, "AttributeKey", q->attribute);
		r |= json_set_str(one, "AttributeValue", q->value);
		list = json_new_array();
		r |= json_add(list, one);
		r |= json_set(j, "LookupAttributes", list);
	}
	if (l->event != NULL)
		r |= json_set_int(j, "MaxResults", PAGE);
	r |= json_set_int(j, "StartTime", q->from / 1000);
	r |= json_set_int(j, "EndTime", q->to / 1000);
	if (l->token.len > 0)
		r |= json_set_str(j, "NextToken", buf_str(&l->token));
	if (r != 0)
		json_free(&j);
	return j;
}

/* The token of the next page; an empty one is none. */
static int listing_next(struct listing *l, const struct reply *v, struct err *e)
{
	const uint32_t node = reply_get(v, 0, "NextToken");
	struct buf next = BUF_INIT;
	int r = 0;

	if (node != REPLY_NONE && reply_text(&next, v, node) != 0)
		r = aws_malformed(e, &l->call, "its NextToken is no string");
	else if (next.len > 0 && strcmp(buf_str(&next), buf_str(&l->token)) == 0)
		r = aws_malformed(e, &l->call, "its pages go in a circle");
	buf_free(&l->token);
	l->token = next;
	return r;
}

/* A page each half second. */
static void listing_pace(const struct listing *l, int64_t began)
{
	const struct aws_timing *t = &l->a->s.timing;
	const int64_t gone = clock_now(t->clock) - began;

	if (gone >= 0 && gone < PACE_MS)
		t->sleep(t->ctx, (int)(PACE_MS - gone));
}

/* All pages, each asked for with the same parameters. */
static int listing_run(struct listing *l, const struct cloudtrail_query *q, struct err *e)
{
	int r, pages = 0;

	do {
		const int64_t began = clock_now(l->a->s.timing.clock);
		struct aws_read in;

		r = aws_call_json(l->a, &l->call, listing_body(l, q), &in, NULL, e);
		if (r == 0)
			r = l->page(l, &in.v, e);
		if (r == 0)
			r = listing_next(l, &in.v, e);
		aws_read_free(&in);
		if (r == 0 && l->token.len > 0 && ++pages == PAGES_MAX)
			r = aws_malformed(e, &l->call, "its pages do not end");
		if (r == 0 && l->token.len > 0)
			listing_pace(l, began);
	} while (r == 0 && l->token.len > 0);
	buf_free(&l->token);
	return r;
}

static int page_events(struct listing *l, const struct reply *v, struct err *e)
{
	const uint32_t events = reply_get(v, 0, "Events");
	struct buf record = BUF_INIT;
	uint32_t i;
	int r = 0;

	if (!reply_is(v, events, REPLY_ARRAY))
		return aws_malformed(e, &l->call, "it has no Events");
	for (i = reply_first(v, events); r == 0 && i != REPLY_NONE; i = reply_after(v, events, i)) {
		buf_reset(&record);
		if (reply_text(&record, v, reply_get(v, i, "CloudTrailEvent")) != 0)
			r = aws_malformed(e, &l->call, "an event has no CloudTrailEvent");
		else
			r = l->event(l->ctx, buf_str(&record), record.len, e);
	}
	buf_free(&record);
	return r;
}

static int page_keys(struct listing *l, const struct reply *v, struct err *e)
{
	const uint32_t keys = reply_get(v, 0, "PublicKeyList");
	struct cloudtrail_key k;
	uint32_t i;
	int r = 0;

	if (!reply_is(v, keys, REPLY_ARRAY))
		return aws_malformed(e, &l->call, "it has no PublicKeyList");
	for (i = reply_first(v, keys); r == 0 && i != REPLY_NONE; i = reply_after(v, keys, i)) {
		k.from = reply_time(v, reply_get(v, i, "ValidityStartTime"));
		k.to = reply_time(v, reply_get(v, i, "ValidityEndTime"));
		if (reply_copy(k.value, sizeof(k.value), v, reply_get(v, i, "Value")) != 0 ||
		    reply_copy(k.fingerprint, sizeof(k.fingerprint), v,
		    reply_get(v, i, "Fingerprint")) != 0 || k.from < 0 || k.to < 0)
			r = aws_malformed(e, &l->call, "a public key lacks a member");
		else
			r = l->key(l->ctx, &k, e);
	}
	return r;
}

int cloudtrail_lookup(struct aws *a, const struct cloudtrail_query *q,
    int (*fn)(void *ctx, const char *record, size_t len, struct err *e), void *ctx, struct err *e)
{
	struct listing l = { .a = a, .page = page_events, .event = fn, .ctx = ctx,
		.call = { .service = "cloudtrail", .action = "LookupEvents", .region = q->region,
		.answer_max = ANSWER_BYTES } };

	return listing_run(&l, q, e);
}

int cloudtrail_keys(struct aws *a, const char *region, int64_t from, int64_t to,
    int (*fn)(void *ctx, const struct cloudtrail_key *k, struct err *e), void *ctx, struct err *e)
{
	const struct cloudtrail_query q = { .from = from, .to = to };
	struct listing l = { .a = a, .page = page_keys, .key = fn, .ctx = ctx,
		.call = { .service = "cloudtrail", .action = "ListPublicKeys", .region = region } };

	return listing_run(&l, &q, e);
}
