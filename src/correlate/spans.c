/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/spans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define SPANS_MAX 20000		/* accounts times regions; more count as unnamed */

/* "20261123T0935Z": hours since 1970, or -1. */
static int64_t hour_of(const char *stamp)
{
	char text[CLOCK_TEXT_LEN + 1];
	int64_t t;

	if (strlen(stamp) < 14 || stamp[8] != 'T' || stamp[13] != 'Z')
		return -1;
	(void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:00.000Z", stamp, stamp + 4, stamp + 6, stamp + 9,
	    stamp + 11);
	return clock_parse(&t, text) == 0 && t >= 0 ? t / HOUR_MS : -1;
}

/* From a file's name; 0 when it tells. */
static int parse(char account[13], char region[32], int64_t *hour, const char *path)
{
	static const char mark[] = "_CloudTrail_";
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *end;

	if (strspn(name, "0123456789") != 12 || strncmp(name + 12, mark, sizeof(mark) - 1) != 0)
		return -1;
	memcpy(account, name, 12);
	account[12] = '\0';
	name += 12 + sizeof(mark) - 1;
	end = strchr(name, '_');
	if (end == NULL || end - name >= 32 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
	    (size_t)(end - name))
		return -1;
	memcpy(region, name, (size_t)(end - name));
	region[end - name] = '\0';
	*hour = hour_of(end + 1);
	return *hour < 0 ? -1 : 0;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for what was read.");
}

/* The span of these three, a new one if need be: NULL when memory ran out. */
static struct span *find(struct spans *s, const char *source, const char *account, const char *region)
{
	struct span *more;
	/* Files come sorted, so that the last is mostly the one. */
	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->span[i].region, region) == 0 && strcmp(s->span[i].account, account) == 0 &&
		    strcmp(s->span[i].source, source) == 0)
			return &s->span[i];
	more = reallocarray(s->span, s->n + 1, sizeof(*more));
	if (more == NULL)
		return NULL;
	s->span = more;
	more = &s->span[s->n++];
	*more = (struct span){ .source = source, .from = -1, .to = -1 };
	(void)snprintf(more->account, sizeof(more->account), "%s", account);
	(void)snprintf(more->region, sizeof(more->region), "%s", region);
	return more;
}

int spans_add(struct spans *s, const char *source, const char *path, struct err *e)
{
	char account[13], region[32];
	struct span *to;
	int64_t hour;

	if (parse(account, region, &hour, path) != 0 || s->n >= SPANS_MAX) {
		s->unnamed++;
		return 0;
	}
	if ((to = find(s, source, account, region)) == NULL)
		return no_memory(e);
	to->files++;
	if (to->n > 0 && to->hour[to->n - 1] == (uint32_t)hour)
		return 0;
	if (to->n == to->cap) {
		const size_t cap = to->cap ? to->cap * 2 : 32;
		uint32_t *more = reallocarray(to->hour, cap, sizeof(*more));

		if (more == NULL)
			return no_memory(e);
		to->hour = more;
		to->cap = cap;
	}
	to->hour[to->n++] = (uint32_t)hour;
	return 0;
}

int spans_add_all(struct spans *s, const char *source, const char *region, int64_t from, int64_t to, struct err *e)
{
	struct span *span = find(s, source, "", region);

	if (span == NULL)
		return no_memory(e);
	span->from = from;
	span->to = to;
	return 0;
}

static int by_place(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	int r = strcmp(a->source, b->source);

	if (r == 0)
		r = strcmp(a->region, b->region);
	return r != 0 ? r : strcmp(a->account, b->account);
}

static int by_hour(const void *pa, const void *pb)
{
	const uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

void spans_settle(struct spans *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct span *p = &s->span[i];
		size_t kept = 0;

		if (p->n == 0)
			continue;
		qsort(p->hour, p->n, sizeof(*p->hour), by_hour);
		for (size_t k = 0; k < p->n; k++)
			if (kept == 0 || p->hour[k] != p->hour[kept - 1])
				p->hour[kept++] = p->hour[k];
		p->n = kept;
		p->from = (int64_t)p->hour[0] * HOUR_MS;
		p->to = ((int64_t)p->hour[kept - 1] + 1) * HOUR_MS;
	}
	if (s->n > 1)
		qsort(s->span, s->n, sizeof(*s->span), by_place);
}

int64_t span_without(const struct span *s)
{
	return s->n == 0 ? 0 : (s->to - s->from) / HOUR_MS - (int64_t)s->n;
}

void spans_free(struct spans *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->span[i].hour);
	free(s->span);
	*s = (struct spans)SPANS_INIT;
}
