/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hours of a trail were here, whole. */
#include <stdlib.h>
#include <string.h>

#include "correlate/digest_local.h"
#include "correlate/event_local.h"

/* The region in "<account>_CloudTrail-Digest_<region>_<trail>_...". */
static int region_of(char out[32], const char *object)
{
	static const char mark[] = "_CloudTrail-Digest_";
	const char *at = strrchr(object, '/');
	size_t n;

	at = at != NULL ? strstr(at, mark) : NULL;
	if (at == NULL)
		return -1;
	at += sizeof(mark) - 1;
	n = strcspn(at, "_");
	if (n == 0 || n >= 32)
		return -1;
	memcpy(out, at, n);
	out[n] = '\0';
	return 0;
}

int digest_cover_add(struct digest_cover *c, const struct digest *d, struct err *e)
{
	struct digest_hour *more = reallocarray(c->hour, c->n + 1, sizeof(*more)), *h;
	const struct view *v = &d->view;

	if (more == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for digests.");
	c->hour = more;
	h = &more[c->n];
	memset(h, 0, sizeof(*h));
	h->from = event_time(v, view_get(v, 0, "digestStartTime"));
	h->to = event_time(v, view_get(v, 0, "digestEndTime"));
	if (view_text(v, view_get(v, 0, "awsAccountId"), h->account, sizeof(h->account)) == 0 &&
	    region_of(h->region, d->object) == 0 && h->from >= 0 && h->to >= h->from)
		c->n++;
	return 0;
}

static int where(const struct digest_hour *h, const char *account, const char *region)
{
	const int r = strcmp(h->account, account);

	return r != 0 ? r : strcmp(h->region, region);
}

static int by_time(const void *pa, const void *pb)
{
	const struct digest_hour *a = pa, *b = pb;
	const int r = where(a, b->account, b->region);

	return r != 0 ? r : (a->from > b->from) - (a->from < b->from);
}

void digest_cover_sort(struct digest_cover *c)
{
	if (c->n > 1)
		qsort(c->hour, c->n, sizeof(*c->hour), by_time);
}

int digest_covers(const struct digest_cover *c, const char *account, const char *region, int64_t from,
    int64_t to)
{
	for (size_t i = 0; i < c->n && from < to; i++) {
		const struct digest_hour *h = &c->hour[i];

		if (where(h, account, region) == 0 && h->from <= from && h->to > from)
			from = h->to;
	}
	return from >= to;
}

void digest_cover_free(struct digest_cover *c)
{
	free(c->hour);
	*c = (struct digest_cover)DIGEST_COVER_INIT;
}
