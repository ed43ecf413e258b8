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

int past_wants_witness(const struct past *p, size_t release, int64_t asked)
{
	const struct release *r = &p->plain[release];
	char key[NAME_MAX_LEN + 32];

	past_key(key, r->host, r->seq);
	return *r->witnesses != '\0' && tfind(key, &p->unwitnessed, past_compare) == NULL &&
	    (r->time > asked || tfind(key, &p->witnessed, past_compare) == NULL);
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
