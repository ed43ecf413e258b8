/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of a past: it grows, and goes. */
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/past_local.h"

int past_grow(struct past *p)
{
	const size_t cap = p->cap ? p->cap * 2 : 64;
	struct past_release *more;

	if (p->n < p->cap)
		return 0;
	more = reallocarray(p->releases, cap, sizeof(*more));
	if (more == NULL)
		return -1;
	p->releases = more;
	p->cap = cap;
	return 0;
}

int past_candidate_add(struct past *p, const char *record, int64_t version, const char *field,
    int64_t sealed)
{
	struct past_candidate *more = reallocarray(p->candidates, p->n_candidates + 1, sizeof(*more));
	struct past_candidate *c;

	if (more == NULL)
		return -1;
	p->candidates = more;
	c = &more[p->n_candidates];
	*c = (struct past_candidate){ .record = strdup(record), .version = version, .sealed = sealed };
	(void)snprintf(c->field, sizeof(c->field), "%s", field);
	p->n_candidates += c->record != NULL;
	return c->record != NULL ? 0 : -1;
}

int past_settle(struct past *p)
{
	p->plain = calloc(p->n + 1, sizeof(*p->plain));
	for (size_t i = 0; p->plain != NULL && i < p->n; i++)
		p->plain[i] = p->releases[i].release;
	return p->plain == NULL ? -1 : 0;
}

int past_record(struct past *p, const char *record, int64_t version, const char *account,
    json *witnesses, const struct past_record **out, struct err *e)
{
	struct past_record *more = reallocarray(p->records, p->n_records + 1, sizeof(*more));
	struct past_record *pr;

	if (more == NULL) {
		json_free(&witnesses);
		return err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
	}
	p->records = more;
	pr = &more[p->n_records++];
	*pr = (struct past_record){ .record = strdup(record), .version = version, .account = strdup(account),
		.witnesses = witnesses };
	*out = pr;
	return pr->record != NULL && pr->account != NULL && witnesses != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
}

int past_set_add(void **set, const char *text, struct err *e)
{
	char *copy = strdup(text), **found;

	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
	found = tsearch(copy, set, past_compare);
	if (found == NULL || *found != copy)
		free(copy);
	return found == NULL ? err_set(e, ERR_MEMORY, "No memory is left for what the logs say.") : 0;
}

static int add_ids(struct past *p, const json *entry, struct err *e)
{
	void **set = json_bool(entry, "vouched") == 1 ? &p->ids : &p->unsigned_ids;
	const json *ids = json_get(entry, "ids");
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_len(ids); i++)
		if (json_str_at(ids, i) != NULL)
			r = past_set_add(set, json_str_at(ids, i), e);
	return r;
}

void past_records_drop(struct reading *rd)
{
	while (rd->n_records > 0)
		json_free(&rd->records[--rd->n_records]);
}

int past_records_hold(struct reading *rd, const json *entry, struct err *e)
{
	if (rd->n_records == rd->cap_records) {
		const size_t cap = rd->cap_records ? rd->cap_records * 2 : 16;
		json **more = reallocarray(rd->records, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
		rd->records = more;
		rd->cap_records = cap;
	}
	rd->records[rd->n_records] = json_share(entry);
	return rd->records[rd->n_records++] != NULL ? 0 : err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
}

int past_records_take(struct reading *rd, int64_t n, struct err *e)
{
	int r = 0;

	for (size_t i = rd->n_records; i > 0 && n > 0 && r == 0; i--, n--)
		r = add_ids(rd->p, rd->records[i - 1], e);
	return r;
}

int past_wants_witness(const struct past *p, size_t release, int64_t asked)
{
	const struct release *r = &p->plain[release];
	char key[NAME_MAX_LEN + 32];

	past_key(key, r->host, r->seq);
	return *r->witnesses != '\0' && tfind(key, &p->unwitnessed, past_compare) == NULL &&
	    (r->time > asked || tfind(key, &p->witnessed, past_compare) == NULL);
}

int past_is_new(const struct past *p, const struct finding *f, const struct event *events)
{
	for (int64_t i = 0; i < f->events; i++)
		if (!past_has(p, &events[f->of[i]]))
			return 1;
	return 0;
}

/* An event's name among those that entries tell of, and behind it where; NULL without memory. */
static char *told_key(const struct event *ev, int vouched, int64_t seq, const char *host)
{
	char *key;
	const int n = asprintf(&key, "%d %s%c%lld %s", vouched, ev->id, '\0', (long long)seq, host);

	return n < 0 ? NULL : key;
}

int past_tell(struct past *p, const struct event *ev, int64_t seq, const char *host, struct err *e)
{
	char *key = told_key(ev, ev->vouched, seq, host), **found = NULL;

	if (key != NULL)
		found = tsearch(key, &p->told, past_compare);
	if (found == NULL || *found != key)
		free(key);
	return found != NULL ? 0 : err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
}

int past_entry(const struct past *p, const struct event *main, const char **host, int64_t *seq)
{
	char *const *found = NULL, *end;

	for (int vouched = 1; found == NULL && vouched >= main->vouched; vouched--) {
		char *key = told_key(main, vouched, 0, "");

		found = key != NULL ? tfind(key, &p->told, past_compare) : NULL;
		free(key);
	}
	if (found == NULL)
		return 0;
	*seq = strtoll(*found + strlen(*found) + 1, &end, 10);
	*host = end + 1;
	return 1;
}

void past_told(struct past *p, size_t release)
{
	p->releases[release].release.told = p->plain[release].told = 1;
}

void past_free(struct past **pp)
{
	struct past *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free((char *)(uintptr_t)p->releases[i].release.record);
		free((char *)(uintptr_t)p->releases[i].release.host);
		free(p->releases[i].holders);
		free(p->releases[i].ticket);
		free(p->releases[i].witnesses);
		free(p->releases[i].keys);
	}
	for (size_t i = 0; i < p->n_records; i++) {
		free(p->records[i].record);
		free(p->records[i].account);
		json_free(&p->records[i].witnesses);
	}
	for (size_t i = 0; i < p->n_candidates; i++)
		free(p->candidates[i].record);
	free(p->candidates);
	free(p->releases);
	free(p->plain);
	free(p->records);
	tdestroy(p->ids, free);
	tdestroy(p->unsigned_ids, free);
	tdestroy(p->told, free);
	tdestroy(p->days, free);
	tdestroy(p->unused, free);
	tdestroy(p->confirmed, free);
	tdestroy(p->witnessed, free);
	tdestroy(p->unwitnessed, free);
	free(p);
}

const struct past_release *past_releases(const struct past *p, size_t *n)
{
	*n = p->n;
	return p->releases;
}

const struct release *past_plain(const struct past *p)
{
	return p->plain;
}
