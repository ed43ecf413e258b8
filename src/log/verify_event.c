/* SPDX-License-Identifier: BSD-2-Clause */
/* Rotations that CloudTrail confirms: the event is among the records that AWS vouches for. */
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"

/* The name as its line has it, quotes and all, whatever its length. */
static int add(struct verify *v, struct vevents *to, const char *id, size_t len, int64_t seq, struct err *e)
{
	uint8_t hash[HASH_LEN];
	struct vevent *ev;
	int r = verify_grow(&to->list, &to->cap, to->n, sizeof(*to->list), e);

	if (r != 0)
		return r;
	if (hasher_run(v->judge->hasher, hash, id, len, "", 0, NULL) != 0)
		return err_set(e, ERR_INTERNAL, "An event's name could not be hashed.");
	ev = &to->list[to->n++];
	memcpy(ev->key, hash, sizeof(ev->key));
	ev->seq = seq;
	return 0;
}

/* The end of the string that begins at s, both with their quotes: canonical JSON. */
static const char *string_end(const char *s, const char *end)
{
	for (s++; s < end && *s != '"'; s++)
		if (*s == '\\')
			s++;
	return s < end ? s + 1 : end;
}

int verify_event_records(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	const char *s = in->line + in->fields_at + 1, *end = in->line + in->fields_at + in->fields_len - 1;
	int r = 0;

	while (in->vouched && r == 0 && s < end) {
		const char *next = string_end(s, end);

		r = add(v, &v->logs[log].events, s, (size_t)(next - s), in->seq, e);
		s = next + 1;	/* the comma */
	}
	return r;
}

int verify_event_confirms(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	verify_find(v, VERIFY_NOTE, v->logs[log].host, in->seq, "confirmed", "The host says that CloudTrail "
	    "confirms this rotation; no holder does.");
	return add(v, &v->logs[log].by_event, in->line + in->holders_at, in->holders_len, in->seq, e);
}

/* By name, then as they stand in the log. */
static int compare(const void *a, const void *b)
{
	const struct vevent *x = a, *y = b;
	const int c = memcmp(x->key, y->key, sizeof(x->key));

	return c != 0 ? c : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Does a record of that name stand before the confirmation? */
static int is_there(const struct vevents *events, const struct vevent *by)
{
	size_t lo = 0, hi = events->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (memcmp(events->list[mid].key, by->key, sizeof(by->key)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < events->n && memcmp(events->list[lo].key, by->key, sizeof(by->key)) == 0 &&
	    events->list[lo].seq < by->seq;
}

void verify_events(struct verify *v, struct vlog *l)
{
	if (l->by_event.n > 0 && l->events.n > 1)
		qsort(l->events.list, l->events.n, sizeof(*l->events.list), compare);
	for (size_t i = 0; i < l->by_event.n; i++)
		if (!is_there(&l->events, &l->by_event.list[i]))
			verify_find(v, VERIFY_FAULT, l->host, l->by_event.list[i].seq, "confirmed", "It names an "
			    "event of CloudTrail's as its proof, and no record of that event, vouched for by "
			    "AWS, stands before it.");
	free(l->events.list);
	free(l->by_event.list);
	l->events = l->by_event = (struct vevents){ NULL, 0, 0 };
}
