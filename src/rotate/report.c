/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <stdlib.h>
#include <string.h>

/* A report and what it owns; the part shown outside comes first. */
struct report {
	struct rotate_report shown;
	struct rotate_record *records;
	struct rotate_field **fields;	/* one list a record */
	struct rotate_token *tokens;
};

void rotate_report_free(struct rotate_report **p)
{
	struct report *own = (struct report *)*p;
	size_t i;

	if (own == NULL)
		return;
	for (i = 0; own->fields != NULL && i < own->shown.n_records; i++)
		free(own->fields[i]);
	free(own->fields);
	free(own->records);
	free(own->tokens);
	free(own);
	*p = NULL;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* The newest version that is no candidate or of which something was confirmed,
 * else the newest. */
static const struct fact *version_in_force(const struct judge *j)
{
	size_t i;

	for (i = j->sealed.n; i-- > 0;) {
		const struct fact *s = &j->sealed.list[i];

		if (json_bool(s->entry, "candidate") != 1 ||
		    rotate_version_facts(j->confirmed, s->version).n > 0)
			return judge_version(j, s->version);
	}
	return judge_version(j, j->sealed.list[j->sealed.n - 1].version);
}

/* Shares sealed under one policy open when their own tree can be satisfied
 * and so can the newest policy's; any one shares document will do. */
static int record_spare(const struct judge *j, const struct fact *s, struct rotate_spare *out,
    struct err *e)
{
	const char *quorum = json_str(s->entry, "quorum");
	const struct span docs = rotate_version_facts(j->shares, s->version);
	const struct worth *w;
	int tokens = 0, holders = 0, r = 0;
	size_t i;

	for (i = 0; r == 0 && i <= docs.n; i++) {
		const size_t at = i == docs.n ? rotate_policy_by_hash(j->r, json_str(s->entry, "policy"))
		    : rotate_policy_by_serial(j->r, json_int(docs.list[i].entry, "serial"));

		if (at == j->r->n_policies)
			continue;
		r = worth_get(j->r, at, quorum, &w, e);
		if (r == 0) {
			tokens = -least(-tokens, -w->cut_tokens);
			holders = -least(-holders, -w->cut_holders);
		}
	}
	if (r == 0)
		r = worth_get(j->r, j->r->n_policies - 1, quorum, &w, e);
	if (r != 0)
		return r;
	out->tokens = least(tokens, w->cut_tokens) - 1;
	out->holders = least(holders, w->cut_holders) - 1;
	out->hosts = rotate_policy_hosts(rotate_policy_newest(j->r)) - 1;
	return 0;
}

static int has_conflict(const struct judge *j)
{
	size_t i;

	for (i = 1; i < j->sealed.n; i++) {
		const struct fact *a = &j->sealed.list[i - 1], *b = &j->sealed.list[i];

		if (a->version == b->version &&
		    strcmp(json_str(a->entry, "digest"), json_str(b->entry, "digest")) != 0)
			return 1;
	}
	return 0;
}

static const char *proof_of(const struct judge *j, int64_t version)
{
	const struct span s = rotate_version_facts(j->proven, version);

	return s.n > 0 ? json_str(s.list[0].entry, "event") : NULL;
}

static int report_record(struct judge *j, struct rotate_record *rec, struct rotate_field **fields,
    struct err *e)
{
	const struct fact *s = version_in_force(j);
	size_t i;
	int r;

	rec->name = s->record;
	rec->kind = json_str(s->entry, "kind");
	rec->quorum = json_str(s->entry, "quorum");
	rec->version = j->sealed.list[j->sealed.n - 1].version;
	rec->sealed = s->time;
	rec->opened = -1;
	for (i = 0; i < j->released.n; i++)
		if (j->released.list[i].time > rec->opened)
			rec->opened = j->released.list[i].time;
	rec->proven_by = proof_of(j, s->version);
	rec->conflict = has_conflict(j);
	r = record_spare(j, s, &rec->spare, e);
	if (r == 0)
		r = judge_record(j, rec, fields, e);
	rec->fields = *fields;
	return r;
}

static size_t count_records(const struct facts *f)
{
	size_t i, n = 0;

	for (i = 0; i < f->counted; i++)
		n += i == 0 || strcmp(f->list[i].record, f->list[i - 1].record) != 0;
	return n;
}

/* Versions behind the first that no log names do not count (docs/formats.md
 * section 8).  A record without its first one is told as the logs have it. */
static void leave_gap(struct span *sealed)
{
	int64_t last = 0;
	size_t n = 0;

	while (n < sealed->n && sealed->list[n].version <= last + 1)
		last = sealed->list[n++].version;
	if (n > 0)
		sealed->n = n;
}

static int report_records(struct rotate *r, int64_t now, struct report *own, struct err *e)
{
	const struct facts *all = &r->facts[FACT_SEALED];
	const size_t n = count_records(all);
	size_t i = 0, k;
	int rc = 0;

	own->records = calloc(n + 1, sizeof(*own->records));
	own->fields = calloc(n + 1, sizeof(*own->fields));
	if (own->records == NULL || own->fields == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	own->shown.records = own->records;
	while (rc == 0 && i < all->counted) {
		struct rotate_record *rec = &own->records[own->shown.n_records];
		const char *name = all->list[i].record;
		struct judge j = { r, now, rotate_record_facts(r, FACT_SEALED, name),
			rotate_record_facts(r, FACT_SHARES, name),
			rotate_record_facts(r, FACT_RELEASED, name),
			rotate_record_facts(r, FACT_CONFIRMED, name),
			rotate_record_facts(r, FACT_PROVEN, name) };

		i += j.sealed.n;
		leave_gap(&j.sealed);
		rc = report_record(&j, rec, &own->fields[own->shown.n_records++], e);
		for (k = 0; rc == 0 && k < rec->n_fields; k++) {
			own->shown.n_due += rec->fields[k].due >= 0;
			own->shown.n_overdue += rec->fields[k].overdue != 0;
		}
	}
	return rc;
}

static int compare_tokens(const void *x, const void *y)
{
	const struct rotate_token *a = x, *b = y;
	const int c = strcmp(a->holder, b->holder);

	return c != 0 ? c : strcmp(a->label, b->label);
}

static void token_judge(const struct rotate *r, struct rotate_token *t, const json *doc,
    int64_t now)
{
	const json *rules = json_get(rotate_policy_newest(r)->doc, "rules");
	const int64_t days = json_int(rules, "drill_days");
	size_t i;

	/* Enrolment made it sign; what an earlier token of that label did does not count. */
	t->proven = json_time(doc, "created");
	for (i = 0; i < r->n_proofs; i++)
		if (strcmp(r->proofs[i].holder, t->holder) == 0 &&
		    strcmp(r->proofs[i].label, t->label) == 0 && r->proofs[i].time > t->proven)
			t->proven = r->proofs[i].time;
	t->stale = days > 0 && (now - t->proven) / (INT64_C(24) * 3600 * 1000) >= days;
}

static int report_tokens(const struct rotate *r, int64_t now, struct report *own, struct err *e)
{
	const json *holders = json_get(rotate_policy_newest(r)->doc, "holders");
	size_t n = 0, i, k;

	for (i = 0; i < json_len(holders); i++)
		n += json_len(json_get(json_at(holders, i), "tokens"));
	own->tokens = calloc(n + 1, sizeof(*own->tokens));
	if (own->tokens == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	own->shown.tokens = own->tokens;
	for (i = 0; i < json_len(holders); i++) {
		const json *h = json_at(holders, i), *tokens = json_get(h, "tokens");

		for (k = 0; k < json_len(tokens); k++) {
			struct rotate_token *t = &own->tokens[own->shown.n_tokens];

			t->holder = json_str(h, "name");
			t->label = json_str(json_at(tokens, k), "label");
			if (t->holder == NULL || t->label == NULL)
				return err_set(e, ERR_INPUT, "A token in the policy has no name.");
			token_judge(r, t, json_at(tokens, k), now);
			own->shown.n_stale += t->stale != 0;
			own->shown.n_tokens++;
		}
	}
	if (own->shown.n_tokens > 1)
		qsort(own->tokens, own->shown.n_tokens, sizeof(*own->tokens), compare_tokens);
	return 0;
}

int rotate_judge(struct rotate *r, int64_t now, struct rotate_report **out, struct err *e)
{
	struct rotate_report *p;
	struct report *own;
	int rc;

	*out = NULL;
	if (r->n_policies == 0)
		return err_set(e, ERR_MISSING, "There is no policy to judge exposures by.");
	own = calloc(1, sizeof(*own));
	if (own == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	rotate_sort(r);
	rc = report_records(r, now, own, e);
	if (rc == 0)
		rc = report_tokens(r, now, own, e);
	p = &own->shown;
	if (rc != 0)
		rotate_report_free(&p);
	*out = p;
	return rc;
}
