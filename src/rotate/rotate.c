/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

void *rotate_grow(void *list, size_t n, size_t *cap, size_t size)
{
	const size_t more = *cap != 0 ? *cap * 2 : 16;
	void *bigger;

	if (n < *cap)
		return list;
	bigger = reallocarray(list, more, size);
	if (bigger != NULL)
		*cap = more;
	return bigger;
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "Out of memory.");
}

int rotate_new(struct rotate **r, struct err *e)
{
	*r = calloc(1, sizeof(**r));
	return *r != NULL ? 0 : no_memory(e);
}

void rotate_free(struct rotate **r)
{
	size_t i, k;

	if (*r == NULL)
		return;
	for (k = 0; k < FACT_KINDS; k++) {
		for (i = 0; i < (*r)->facts[k].n; i++)
			json_free(&(*r)->facts[k].list[i].entry);
		free((*r)->facts[k].list);
	}
	for (i = 0; i < (*r)->n_policies; i++)
		json_free(&(*r)->policies[i].doc);
	for (i = 0; i < (*r)->n_proofs; i++)
		json_free(&(*r)->proofs[i].keep);
	free((*r)->policies);
	free((*r)->proofs);
	free((*r)->worth);
	free(*r);
	*r = NULL;
}

int rotate_policy(struct rotate *r, const json *policy, struct err *e)
{
	struct policy p = { json_int(policy, "serial"), json_time(policy, "created"), "", NULL };
	struct policy *list;
	struct buf text = BUF_INIT;
	uint8_t hash[HASH_LEN];
	int rc;

	if (p.serial < 1 || p.created < 0 || json_get(policy, "rules") == NULL ||
	    json_get(policy, "quorums") == NULL || json_get(policy, "holders") == NULL)
		return err_set(e, ERR_INPUT, "A policy lacks what rotation needs of it.");
	rc = json_canonical_without(&text, policy, "signatures", e);
	if (rc == 0)
		rc = hash_label(hash, "twokey policy v1", text.data, text.len, e);
	buf_free(&text);
	if (rc != 0)
		return rc;
	hex_encode(p.hash, hash, sizeof(hash));
	if (rotate_policy_by_hash(r, p.hash) < r->n_policies)
		return 0;
	list = rotate_grow(r->policies, r->n_policies, &r->cap_policies, sizeof(*list));
	if (list == NULL)
		return no_memory(e);
	r->policies = list;
	p.doc = json_share(policy);
	if (p.doc == NULL)
		return no_memory(e);
	list[r->n_policies++] = p;
	r->sorted = 0;
	return 0;
}

static int malformed(const json *entry, struct err *e)
{
	const char *host = json_str(entry, "host"), *type = json_str(entry, "type");

	return err_set(e, ERR_INPUT, "Entry %lld of %s's log is no proper `%s`.",
	    (long long)json_int(entry, "seq"), host != NULL ? host : "?", type != NULL ? type : "?");
}

/* [{"name": .., and what else is there}] or, with plain, ["name"]. */
static int fields_ok(const json *entry, int plain, const char *member)
{
	const json *list = json_get(entry, "fields");
	size_t i, n = json_len(list);

	if (!json_is_array(list) || n == 0)
		return 0;
	for (i = 0; i < n; i++) {
		const json *f = json_at(list, i);

		if (plain ? json_str_at(list, i) == NULL :
		    json_str(f, "name") == NULL || json_get(f, member) == NULL)
			return 0;
	}
	return 1;
}

static int fact_ok(enum fact_kind k, const struct fact *f)
{
	const json *j = f->entry;

	if (f->record == NULL || f->version < 1 || f->time < 0 || f->host == NULL || f->seq < 0)
		return 0;
	switch (k) {
	case FACT_SEALED:
		return json_str(j, "kind") != NULL && json_str(j, "quorum") != NULL &&
		    json_str(j, "digest") != NULL && json_str(j, "policy") != NULL &&
		    fields_ok(j, 0, "known_to");
	case FACT_SHARES:
		return json_int(j, "serial") >= 1;
	case FACT_RELEASED:
		return fields_ok(j, 0, "as");
	case FACT_CONFIRMED:
		return json_str(j, "by") != NULL && fields_ok(j, 1, NULL);
	case FACT_PROVEN:
		return json_str(j, "event") != NULL;
	case FACT_KINDS:
		break;
	}
	return 0;
}

static int feed_fact(struct rotate *r, enum fact_kind k, const json *entry, struct err *e)
{
	struct facts *to = &r->facts[k];
	/* A sign-in names its release, and so what was signed in with. */
	const json *of = k == FACT_PROVEN ? json_get(entry, "release") : entry;
	struct fact f = { json_str(of, "record"), json_int(of, "version"),
		json_time(entry, "time"), json_str(entry, "host"), json_int(entry, "seq"), NULL, 0 };
	struct fact *list;

	f.entry = json_share(entry);
	if (f.entry == NULL)
		return no_memory(e);
	list = rotate_grow(to->list, to->n, &to->cap, sizeof(*list));
	if (list == NULL || !fact_ok(k, &f)) {
		json_free(&f.entry);
		if (list != NULL)
			to->list = list;
		return list == NULL ? no_memory(e) : malformed(entry, e);
	}
	to->list = list;
	list[to->n++] = f;
	r->sorted = 0;
	return 0;
}

static int feed_proof(struct rotate *r, const json *entry, const json *says, struct err *e)
{
	struct proof p = { json_str(says, "holder"), json_str(says, "token"),
		json_time(entry, "time"), NULL };
	struct proof *list;
	size_t i;

	if (p.holder == NULL || p.label == NULL || p.time < 0)
		return malformed(entry, e);
	for (i = 0; i < r->n_proofs; i++)
		if (strcmp(r->proofs[i].holder, p.holder) == 0 &&
		    strcmp(r->proofs[i].label, p.label) == 0) {
			if (p.time > r->proofs[i].time)
				r->proofs[i].time = p.time;
			return 0;
		}
	list = rotate_grow(r->proofs, r->n_proofs, &r->cap_proofs, sizeof(*list));
	if (list == NULL)
		return no_memory(e);
	r->proofs = list;
	p.keep = json_share(entry);
	if (p.keep == NULL)
		return no_memory(e);
	list[r->n_proofs++] = p;
	return 0;
}

/* A sign-in with what a release has shown: it was the right secret. */
static int proves(const json *entry)
{
	const char *verdict = json_str(entry, "verdict"), *kind = json_str(entry, "kind");

	return verdict != NULL && kind != NULL && strcmp(verdict, "explained") == 0 &&
	    strcmp(kind, "sign-in") == 0 && json_is_object(json_get(entry, "release"));
}

int rotate_feed(struct rotate *r, const json *entry, struct err *e)
{
	static const char *const types[FACT_KINDS] = {
		[FACT_SEALED] = "record.sealed", [FACT_SHARES] = "shares.sealed",
		[FACT_RELEASED] = "released", [FACT_CONFIRMED] = "rotation.confirmed",
		[FACT_PROVEN] = "root.activity"
	};
	const char *type = json_str(entry, "type");
	enum fact_kind k;

	if (type == NULL)
		return malformed(entry, e);
	for (k = FACT_SEALED; k < FACT_KINDS; k++)
		if (strcmp(type, types[k]) == 0)
			return k == FACT_PROVEN && !proves(entry) ? 0 : feed_fact(r, k, entry, e);
	if (strcmp(type, "ceremony.approved") == 0)
		return feed_proof(r, entry, json_get(entry, "approval"), e);
	if (strcmp(type, "drill.passed") == 0)
		return feed_proof(r, entry, entry, e);
	return 0;
}

static int compare_int(int64_t a, int64_t b)
{
	return a < b ? -1 : a > b;
}

/* Ignored ones last.  By record and version; then by time, host and place, which
 * makes it total. */
static int compare_facts(const void *x, const void *y)
{
	const struct fact *a = x, *b = y;
	int c = a->ignored - b->ignored;

	if (c == 0)
		c = strcmp(a->record, b->record);
	if (c == 0)
		c = compare_int(a->version, b->version);
	if (c == 0)
		c = compare_int(a->time, b->time);
	if (c == 0)
		c = strcmp(a->host, b->host);
	return c != 0 ? c : compare_int(a->seq, b->seq);
}

static int compare_policies(const void *x, const void *y)
{
	const struct policy *a = x, *b = y;
	const int c = compare_int(a->serial, b->serial);

	return c != 0 ? c : strcmp(a->hash, b->hash);
}

static void sort_facts(struct facts *f)
{
	if (f->n > 1)
		qsort(f->list, f->n, sizeof(*f->list), compare_facts);
	for (f->counted = f->n; f->counted > 0 && f->list[f->counted - 1].ignored; f->counted--)
		;
}

void rotate_sort(struct rotate *r)
{
	size_t k, i;

	if (r->sorted)
		return;
	if (r->n_policies > 1)
		qsort(r->policies, r->n_policies, sizeof(struct policy), compare_policies);
	for (k = 0; k < FACT_KINDS; k++) {
		for (i = 0; i < r->facts[k].n; i++)
			r->facts[k].list[i].ignored = 0;
		sort_facts(&r->facts[k]);
	}
	if (owner_ignore(r))
		for (k = 0; k < FACT_KINDS; k++)
			sort_facts(&r->facts[k]);
	r->n_worth = 0;
	r->sorted = 1;
}

/* The first fact that does not stand before (record, version). */
static size_t facts_from(struct span s, const char *record, int64_t version)
{
	size_t lo = 0, hi = s.n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const int c = strcmp(s.list[mid].record, record);

		if (c < 0 || (c == 0 && s.list[mid].version < version))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct span facts_between(struct span s, const char *record, int64_t from, int64_t to)
{
	const size_t a = facts_from(s, record, from), b = facts_from(s, record, to);

	return (struct span){ s.n > 0 ? s.list + a : NULL, b - a };
}

struct span rotate_record_facts(const struct rotate *r, enum fact_kind k, const char *record)
{
	return facts_between((struct span){ r->facts[k].list, r->facts[k].counted }, record, 0, INT64_MAX);
}

struct span rotate_version_facts(struct span of_record, int64_t version)
{
	if (of_record.n == 0)
		return of_record;
	return facts_between(of_record, of_record.list[0].record, version, version + 1);
}
