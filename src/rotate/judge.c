/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <stdlib.h>
#include <string.h>

/* What is held against a field, carried from version to version. */
struct held {
	int64_t known, exposed, due;	/* ms, -1: not */
	int identity;
};
static const struct held held_none = { -1, -1, -1, 0 };

static void earlier(int64_t *to, int64_t t)
{
	if (t >= 0 && (*to < 0 || t < *to))
		*to = t;
}

/* The field of this name in an entry's list of {name, ...}, or NULL. */
static const json *field_in(const json *entry, const char *name)
{
	const json *list = json_get(entry, "fields");
	size_t i, n = json_len(list);

	for (i = 0; i < n; i++) {
		const char *own = json_str(json_at(list, i), "name");

		if (own != NULL && strcmp(own, name) == 0)
			return json_at(list, i);
	}
	return NULL;
}

const struct fact *judge_version(const struct judge *j, int64_t version)
{
	const struct span s = rotate_version_facts(j->sealed, version);

	return s.n > 0 ? s.list : NULL;
}

/* The first confirmation of a version's field, or NULL. */
static const struct fact *confirmation(const struct judge *j, int64_t version, const char *field)
{
	const struct span s = rotate_version_facts(j->confirmed, version);
	size_t i;

	for (i = 0; i < s.n; i++)
		if (json_has_str(json_get(s.list[i].entry, "fields"), field))
			return &s.list[i];
	return NULL;
}

/* Releases of one version's field; those of a candidate count from `from` on. */
static void hold_releases(const struct judge *j, int64_t version, const char *field, int64_t from,
    int64_t deadline, struct held *h)
{
	const struct span s = rotate_version_facts(j->released, version);
	size_t i;

	for (i = 0; i < s.n; i++) {
		const char *as = json_str(field_in(s.list[i].entry, field), "as");
		const int64_t t = s.list[i].time;

		if (as == NULL || strcmp(as, "code") == 0 || t < from)
			continue;
		earlier(&h->exposed, t);
		earlier(&h->due, t + deadline);
		earlier(&h->due, json_time(s.list[i].entry, "due"));
	}
}

static int hold_worth(const struct judge *j, size_t policy, const char *quorum, int64_t deadline,
    struct held *h, struct err *e)
{
	const struct worth *w;
	int r;

	if (policy == j->r->n_policies)
		return 0;
	r = worth_get(j->r, policy, quorum, &w, e);
	if (r == 0 && w->given_up >= 0) {
		earlier(&h->exposed, w->given_up);
		earlier(&h->due, w->given_up + deadline);
		h->identity = 1;
	}
	return r;
}

/* Identities given up that any shares of this version were sealed to. */
static int hold_identities(const struct judge *j, const struct fact *sealed, int64_t deadline,
    struct held *h, struct err *e)
{
	const struct span s = rotate_version_facts(j->shares, sealed->version);
	const char *quorum = json_str(sealed->entry, "quorum");
	size_t i;
	int r = hold_worth(j, rotate_policy_by_hash(j->r, json_str(sealed->entry, "policy")), quorum,
	    deadline, h, e);

	for (i = 0; r == 0 && i < s.n; i++)
		r = hold_worth(j, rotate_policy_by_serial(j->r, json_int(s.list[i].entry, "serial")),
		    quorum, deadline, h, e);
	return r;
}

/* Takes the next version that is in force for this field into account. */
static int hold_version(const struct judge *j, const struct fact *sealed, const json *field,
    const struct fact *confirmed, struct held *h, struct err *e)
{
	const char *name = json_str(field, "name");
	const int64_t deadline = rotate_policy_deadline(rotate_policy_newest(j->r),
	    json_str(sealed->entry, "kind"));
	const int known = json_len(json_get(field, "known_to")) > 0;
	const int candidate = json_bool(sealed->entry, "candidate") == 1;

	/* Only a value that nobody knew, or whose change was confirmed, is a new one for sure. */
	if (!known || confirmed != NULL)
		*h = held_none;
	if (known) {
		earlier(&h->known, sealed->time);
		earlier(&h->due, sealed->time + deadline);
	}
	hold_releases(j, sealed->version, name, candidate ? confirmed->time : 0, deadline, h);
	return hold_identities(j, sealed, deadline, h, e);
}

static void field_state(struct rotate_field *f, const struct held *h, int64_t now)
{
	f->state = h->exposed >= 0 ? ROTATE_EXPOSED : h->known >= 0 ? ROTATE_KNOWN : ROTATE_SEALED;
	f->since = h->exposed >= 0 ? h->exposed : h->known;
	f->due = h->due;
	f->overdue = h->due >= 0 && now >= h->due;
	f->identity = h->identity;
}

/* Walks over the record's versions in order.  *dropped: a newer version in
 * force has no such field any more, and no candidate has it. */
static int judge_field(const struct judge *j, const char *name, struct rotate_field *f,
    int *dropped, struct err *e)
{
	struct held h = held_none;
	int64_t last = 0;
	size_t i;
	int r = 0, gone = 0;

	*f = (struct rotate_field){ .name = name, .since = -1, .due = -1, .rotated = -1 };
	for (i = 0; r == 0 && i < j->sealed.n; i++) {
		const struct fact *s = &j->sealed.list[i];
		const json *field = field_in(s->entry, name);
		const int candidate = json_bool(s->entry, "candidate") == 1;
		const struct fact *c;

		if (s->version == last)
			continue; /* sealed twice: the first counts */
		last = s->version;
		if (field == NULL) {
			gone |= !candidate;
			f->rotating = candidate ? f->rotating : 0;
			continue;
		}
		c = confirmation(j, s->version, name);
		if (candidate && c == NULL) {
			f->rotating = s->version;
			continue;
		}
		gone = 0;
		f->rotating = 0;
		f->rotated = f->version == 0 ? -1 : candidate ? c->time : s->time;
		f->version = s->version;
		f->known_to = json_get(field, "known_to");
		f->confirmed_by = c != NULL ? json_str(c->entry, "by") : NULL;
		r = hold_version(j, s, field, c, &h, e);
	}
	*dropped = gone && f->rotating == 0;
	/* What a later version in force may still inherit says nothing while none is. */
	if (gone)
		*f = (struct rotate_field){ .name = name, .rotating = f->rotating, .rotated = -1 };
	field_state(f, gone ? &held_none : &h, j->now);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every field name of any version, sorted, each once. */
static int field_names(const struct judge *j, const char ***out, size_t *n, struct err *e)
{
	const char **list = NULL, **more;
	size_t cap = 0, i, k, kept = 0;

	*n = 0;
	for (i = 0; i < j->sealed.n; i++) {
		const json *fields = json_get(j->sealed.list[i].entry, "fields");

		for (k = 0; k < json_len(fields); k++) {
			more = rotate_grow(list, *n, &cap, sizeof(*list));
			if (more == NULL) {
				free(list);
				return err_set(e, ERR_MEMORY, "Out of memory.");
			}
			list = more;
			list[(*n)++] = json_str(json_at(fields, k), "name");
		}
	}
	if (*n > 1)
		qsort(list, *n, sizeof(*list), compare_names);
	for (i = 0; i < *n; i++)
		if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
			list[kept++] = list[i];
	*n = kept;
	*out = list;
	return 0;
}

int judge_record(struct judge *j, struct rotate_record *rec, struct rotate_field **fields,
    struct err *e)
{
	const char **names = NULL;
	struct rotate_field *list = NULL;
	size_t n = 0, i;
	int r, dropped;

	*fields = NULL;
	r = field_names(j, &names, &n, e);
	if (r != 0)
		return r;
	list = calloc(n, sizeof(*list));
	if (list == NULL) {
		r = err_set(e, ERR_MEMORY, "Out of memory.");
		goto out;
	}
	rec->n_fields = 0;
	rec->due = -1;
	for (i = 0; i < n; i++) {
		struct rotate_field *f = &list[rec->n_fields];

		r = judge_field(j, names[i], f, &dropped, e);
		if (r != 0)
			goto out;
		if (dropped)
			continue;
		earlier(&rec->due, f->due);
		rec->overdue |= f->overdue;
		rec->n_fields++;
	}
	*fields = list;
	list = NULL;
out:
	free(list);
	free(names);
	return r;
}
