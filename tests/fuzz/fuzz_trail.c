/* SPDX-License-Identifier: BSD-2-Clause */
/* A trail: whole and in pieces (the first byte says how large) it holds the same, and what it
 * says of root is judged, each event once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/event.h"
#include "correlate/trail.h"
#include "correlate/verdict.h"

#define IN_MAX 65536

struct taken {
	struct events *events;
	uint64_t sum;		/* over the units handed on */
};

static int take(void *ctx, const char *unit, size_t len, struct err *e)
{
	struct taken *t = ctx;

	for (size_t i = 0; i < len; i++)
		t->sum = t->sum * 31 + (unsigned char)unit[i];
	if (unit[0] != '{' || unit[len - 1] != '}')
		abort();
	return t->events == NULL ? 0 : events_add(t->events, unit, len, e);
}

/* As a file is read: what is not done with comes again with more. */
static int in_pieces(struct trail *t, const char *bytes, size_t len, size_t piece, struct err *e)
{
	char *own = malloc(len + TRAIL_SLACK);
	size_t from = 0, to = 0, used;
	int r = 0;

	while (r == 0) {
		to = len - to < piece ? len : to + piece;
		memcpy(own, bytes + from, to - from);
		r = trail_scan(t, own, to - from, to == len, &used, e);
		from += used;
		if (to == len)
			break;
	}
	free(own);
	return r;
}

static void judge(struct events *events)
{
	static const struct release rel[] = { { "111122223333", "prod", "h", 7, 1, INT64_C(1627641000000), "", 0 },
		{ "111122223333", "prod", "h", 9, 1, INT64_C(1627641600000), "5 6", 1 } };
	struct verdicts *v = NULL;
	int64_t seen = 0;
	size_t n;
	const struct event *ev = events_sorted(events, &n);
	struct err e = { 0 };

	if (verdicts_make(&v, ev, n, rel, 2, &verdict_rules_default, INT64_C(1900000000000), &e) != 0)
		abort();
	for (size_t i = 0; i < v->n; i++)
		seen += v->finding[i].events;
	for (size_t i = 0; i < v->n_releases; i++)
		if ((v->release[i].state == RELEASE_USED) != (v->release[i].sign_in != NULL))
			abort();
	if (seen != (int64_t)n)
		abort();
	verdicts_free(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct taken whole = { NULL, 0 }, pieces = { NULL, 0 };
	struct trail a = { .fn = take, .ctx = &whole }, b = { .fn = take, .ctx = &pieces };
	struct err ea = { 0 }, eb = { 0 };
	size_t used, len = size > 0 ? size - 1 : 0;
	char *own;
	int ra, rb;

	if (size == 0 || size > IN_MAX)
		return 0;
	own = malloc(len + TRAIL_SLACK);
	if (own == NULL || events_new(&whole.events, NULL, NULL, &ea) != 0)
		abort();
	memcpy(own, data + 1, len);
	ra = trail_scan(&a, own, len, 1, &used, &ea);
	rb = in_pieces(&b, own, len, (size_t)data[0] * 4 + 1, &eb);
	if (ra != rb || (ra == 0 && (a.units != b.units || whole.sum != pieces.sum || used > len)))
		abort();
	judge(whole.events);
	events_free(&whole.events);
	free(own);
	return 0;
}
