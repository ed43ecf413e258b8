/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of events: each eventID once, strings kept once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/arena.h"
#include "correlate/event_local.h"
#include "crypto/crypto.h"

#define EVENTS_MAX 4000000u	/* of one reading: some gigabyte */
#define UNWRAP_DEPTH 4		/* SNS holds EventBridge holds a record; LookupEvents holds one */

/* Open addressing, a power of two of slots. */
struct slot {
	uint32_t next;		/* index + 1; 0: empty */
	uint32_t hash;
};
struct table {
	struct slot *slot;
	size_t cap, len;
};

struct events {
	struct event *ev;
	size_t len, cap;
	struct table ids, words;
	const char **word;		/* strings kept once, by index */
	size_t nwords, wcap;
	struct arena arena;
	struct view view;
	events_keep *keep;
	void *ctx;
	struct events_faults faults;
	int64_t twice;
	uint64_t seed;		/* of the hashes: nobody else knows where a text goes */
	int sorted, moved;	/* moved: since the ids were put into their table */
	uint8_t vouch;		/* for what is added from now on */
};

int events_new(struct events **out, events_keep *keep, void *ctx, struct err *e)
{
	struct events *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for CloudTrail's events.");
	s->view = (struct view)VIEW_INIT;
	s->keep = keep;
	s->ctx = ctx;
	if (random_bytes(&s->seed, sizeof(s->seed), e) == 0)
		return 0;
	events_free(out);
	return (int)e->code;
}

void events_free(struct events **p)
{
	struct events *s = *p;

	*p = NULL;
	if (s == NULL)
		return;
	arena_free(&s->arena);
	view_free(&s->view);
	free(s->ev);
	free(s->ids.slot);
	free(s->words.slot);
	free(s->word);
	free(s);
}

/* FNV-1a, folded; from a seed no file can fill a table with collisions.  Its load is below a half. */
static uint32_t hash_text(uint64_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 29);
}

static int table_grow(struct table *t)
{
	const size_t cap = t->cap ? t->cap * 2 : 1024;
	struct slot *slot = calloc(cap, sizeof(*slot));

	if (slot == NULL)
		return -1;
	for (size_t i = 0; i < t->cap; i++) {
		size_t at = t->slot[i].hash & (cap - 1);

		if (t->slot[i].next == 0)
			continue;
		while (slot[at].next != 0)
			at = (at + 1) & (cap - 1);
		slot[at] = t->slot[i];
	}
	free(t->slot);
	t->slot = slot;
	t->cap = cap;
	return 0;
}

/* The index of this text, or -1 with the slot where it would stand, its hash there. */
static int64_t table_find(const struct table *t, const char *(*text)(const struct events *, size_t),
    const struct events *s, const char *what, size_t *free_at)
{
	const uint32_t hash = hash_text(s->seed, what);
	size_t at = hash & (t->cap - 1);

	for (; t->slot[at].next != 0; at = (at + 1) & (t->cap - 1))
		if (t->slot[at].hash == hash && strcmp(text(s, t->slot[at].next - 1), what) == 0)
			return t->slot[at].next - 1;
	t->slot[at].hash = hash;
	*free_at = at;
	return -1;
}

static const char *id_text(const struct events *s, size_t i)
{
	return s->ev[i].id;
}

static const char *word_text(const struct events *s, size_t i)
{
	return s->word[i];
}

/* The one copy of a text that many events have; NULL when memory ran out. */
static const char *intern(struct events *s, const char *text)
{
	size_t at;
	int64_t i;

	if (2 * s->words.len >= s->words.cap && table_grow(&s->words) != 0)
		return NULL;
	i = table_find(&s->words, word_text, s, text, &at);
	if (i >= 0)
		return s->word[i];
	if (s->nwords == s->wcap) {
		const size_t cap = s->wcap ? s->wcap * 2 : 256;
		const char **more = reallocarray(s->word, cap, sizeof(*more));

		if (more == NULL)
			return NULL;
		s->word = more;
		s->wcap = cap;
	}
	s->word[s->nwords] = arena_copy(&s->arena, text, strlen(text));
	if (s->word[s->nwords] == NULL)
		return NULL;
	s->words.slot[at].next = (uint32_t)++s->nwords;
	s->words.len++;
	return s->word[s->nwords - 1];
}

/* Its strings become the set's own. */
static int adopt(struct events *s, struct event *ev)
{
	const char **all[] = { &ev->account, &ev->source, &ev->name, &ev->region, &ev->address,
		&ev->agent, &ev->key, &ev->detail };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if ((*all[i] = intern(s, *all[i])) == NULL)
			return -1;
	ev->id = arena_copy(&s->arena, ev->id, strlen(ev->id));
	return ev->id == NULL ? -1 : 0;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for CloudTrail's events.");
}

/* One more place, for an event whose id would stand in this slot; NULL when memory ran out. */
static struct event *place(struct events *s, size_t slot)
{
	if (s->len == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 256;
		struct event *more = reallocarray(s->ev, cap, sizeof(*more));

		if (more == NULL)
			return NULL;
		s->ev = more;
		s->cap = cap;
	}
	s->ids.len++;
	s->ids.slot[slot].next = (uint32_t)++s->len;
	return &s->ev[s->len - 1];
}

/* The table of ids knows places: anew, when events have been sorted since. */
static void find_moved(struct events *s)
{
	if (!s->moved)
		return;
	memset(s->ids.slot, 0, s->ids.cap * sizeof(*s->ids.slot));
	for (size_t i = 0; i < s->len; i++) {
		size_t at = 0;

		(void)table_find(&s->ids, id_text, s, s->ev[i].id, &at);
		s->ids.slot[at].next = (uint32_t)i + 1;
	}
	s->moved = 0;
}

/* record NULL: it is kept already. */
static int insert(struct events *s, const struct event *found, const char *record, size_t len,
    struct err *e)
{
	struct event ev = *found, *to;
	size_t slot = 0;
	int64_t at;

	find_moved(s);
	if (2 * s->ids.len >= s->ids.cap && table_grow(&s->ids) != 0)
		return no_memory(e);
	at = table_find(&s->ids, id_text, s, ev.id, &slot);
	if (at >= 0) {
		/* What the log knows of came once, when it is read again. */
		s->twice += s->ev[at].raw_len != 0 && (record != NULL || ev.raw_len != 0);
		if (!ev.vouched || s->ev[at].vouched)
			return 0;
	} else if (s->len >= EVENTS_MAX) {
		err_set(e, ERR_INPUT, "There are more of root's events than fit into memory.");
		err_hint(e, "Read a shorter time (--since), or part of the trail.");
		return ERR_INPUT;
	}
	if (adopt(s, &ev) != 0)
		return no_memory(e);
	if (record != NULL) {
		ev.raw_len = (uint32_t)len;
		if (s->keep != NULL && s->keep(s->ctx, record, len, &ev.raw_at, e) != 0)
			return (int)e->code;
	}
	to = at >= 0 ? &s->ev[at] : place(s, slot);
	if (to == NULL)
		return no_memory(e);
	*to = ev;
	s->sorted = 0;
	return 0;
}

static void fault(struct events *s, const char *why)
{
	if (s->faults.count++ == 0)
		(void)snprintf(s->faults.first, sizeof(s->faults.first), "%s", why);
}

static int add_text(struct events *s, const char *text, size_t len, int depth, struct err *e);

/* A record that stands in a string, as JSON. */
static int add_string(struct events *s, const struct view *v, uint32_t node, int depth, struct err *e)
{
	const size_t cap = (size_t)v->nodes[node].len + 1;
	char *text = malloc(cap);
	int r = 0;

	if (text == NULL)
		return no_memory(e);
	if (view_text(v, node, text, cap) != 0)
		fault(s, "a record in a string is none");
	else
		r = add_text(s, text, strlen(text), depth + 1, e);
	free(text);
	return r;
}

static int add_record(struct events *s, const struct view *v, uint32_t obj, struct err *e)
{
	char text[EVENT_TEXT_MAX];
	struct event ev;
	const char *why = "", *raw;
	size_t len;
	const int r = event_read(&ev, text, v, obj, &why);

	if (r < 0)
		fault(s, why);
	ev.vouched = s->vouch;
	raw = view_raw(v, obj, &len);
	return r == 1 ? insert(s, &ev, raw, len, e) : 0;
}

/* What nobody has seen counts as broken, whoever made it so. */
static int unknown(struct events *s, int depth)
{
	fault(s, depth < UNWRAP_DEPTH ? "it is no record of CloudTrail's, and holds none" : "it is wrapped too deeply");
	return 0;
}

/* A record, or what holds some. */
static int add_value(struct events *s, const struct view *v, uint32_t node, int depth, struct err *e)
{
	static const char *const holders[] = { "Records", "Events", "detail", "CloudTrailEvent", "Message" };
	uint32_t at, end, inner;
	int r = 0;

	if (event_is_record(v, node))
		return add_record(s, v, node, e);
	if (depth >= UNWRAP_DEPTH)
		return unknown(s, depth);
	if (view_is(v, node, VIEW_ARRAY)) {
		end = v->nodes[node].next;
		for (at = node + 1; at < end && r == 0; at = v->nodes[at].next)
			r = add_value(s, v, at, depth + 1, e);
		return r;
	}
	if (view_is(v, node, VIEW_STRING))
		return add_string(s, v, node, depth, e);
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		inner = view_get(v, node, holders[i]);
		if (inner != VIEW_NONE)
			return add_value(s, v, inner, depth + 1, e);
	}
	return unknown(s, depth);
}

static int add_text(struct events *s, const char *text, size_t len, int depth, struct err *e)
{
	struct view own = VIEW_INIT, *v = depth == 0 ? &s->view : &own;
	int r = 0;

	if (view_parse_loose(v, text, len) != 0)
		fault(s, v->why);
	else
		r = add_value(s, v, 0, depth, e);
	view_free(&own);
	return r;
}

int events_add(struct events *s, const char *unit, size_t len, struct err *e)
{
	return add_text(s, unit, len, 0, e);
}

void events_vouch(struct events *s, int yes)
{
	s->vouch = yes != 0;
}

void events_vouch_all(struct events *s)
{
	for (size_t i = 0; i < s->len; i++)
		s->ev[i].vouched = 1;
}

int events_add_known(struct events *s, const struct event *ev, struct err *e)
{
	return insert(s, ev, NULL, 0, e);
}

int events_merge(struct events *s, struct events *from, struct err *e)
{
	for (size_t i = 0; i < from->len; i++)
		if (insert(s, &from->ev[i], NULL, 0, e) != 0)
			return (int)e->code;
	s->twice += from->twice;
	from->twice = 0;
	from->len = from->ids.len = 0;
	from->moved = 0;
	if (from->ids.slot != NULL)
		memset(from->ids.slot, 0, from->ids.cap * sizeof(*from->ids.slot));
	return 0;
}

void events_faults(struct events *s, struct events_faults *out)
{
	*out = s->faults;
	s->faults = (struct events_faults){ 0 };
}

int64_t events_twice(const struct events *s)
{
	return s->twice;
}

static int by_account(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;
	int r = a->account == b->account ? 0 : strcmp(a->account, b->account);

	if (r == 0)
		r = (a->time > b->time) - (a->time < b->time);
	return r != 0 ? r : strcmp(a->id, b->id);
}

const struct event *events_sorted(struct events *s, size_t *n)
{
	*n = s->len;
	if (s->sorted || s->len < 2)
		return s->ev;
	qsort(s->ev, s->len, sizeof(*s->ev), by_account);
	s->sorted = s->moved = 1;
	return s->ev;
}
