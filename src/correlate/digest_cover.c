/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hours of a trail were here, whole. */
#include <stdlib.h>
#include <string.h>

#include "correlate/digest_local.h"

void digest_region(char out[32], const char *object)
{
	static const char mark[] = "_CloudTrail-Digest_";
	const char *at = strrchr(object, '/');
	size_t n;

	out[0] = '\0';
	at = at != NULL ? strstr(at, mark) : NULL;
	if (at == NULL)
		return;
	at += sizeof(mark) - 1;
	n = strcspn(at, "_");
	if (n >= 32)
		return;
	memcpy(out, at, n);
	out[n] = '\0';
}

int digest_cover_add(struct digest_cover *c, const struct digest *d, struct err *e)
{
	struct digest_hour *more, *h;

	if (d->account[0] == '\0' || d->region[0] == '\0' || d->from < 0 || d->to < d->from)
		return 0;
	more = reallocarray(c->hour, c->n + 1, sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for digests.");
	c->hour = more;
	h = &more[c->n++];
	*h = (struct digest_hour){ .from = d->from, .to = d->to };
	memcpy(h->account, d->account, sizeof(h->account));
	memcpy(h->region, d->region, sizeof(h->region));
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
