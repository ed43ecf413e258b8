/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "correlate/verdict_local.h"

#define MINUTE (INT64_C(60) * 1000)


const struct verdict_rules verdict_rules_default = {
	.window = 60 * MINUTE, .skew = 2 * MINUTE, .settle = 20 * MINUTE, .session = 720 * MINUTE,
	.witness = 10 * MINUTE, .vouch = 180 * MINUTE, .vault = NULL
};

/* Releases of one account, by time. */
struct own {
	const struct release *rel;
	const size_t *at;	/* indexes into rel */
	size_t n;
	struct release_verdict *state;
	const struct verdict_rules *rules;
	int64_t now;
	size_t n_all;		/* releases of all accounts and kinds, in rel */
};

static int64_t opens(const struct own *o, size_t i)
{
	return o->rel[o->at[i]].time - o->rules->skew;
}

static int64_t closes(const struct own *o, size_t i)
{
	return o->rel[o->at[i]].time + o->rules->window + o->rules->skew;
}

/* The first release whose window has not closed at t, or n. */
static size_t first_open(const struct own *o, int64_t t)
{
	size_t lo = 0, hi = o->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (closes(o, mid) < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The oldest release that covers t: one that has explained nothing yet before one that
 * has. */
static int64_t covering(const struct own *o, int64_t t)
{
	int64_t used = -1;

	for (size_t i = first_open(o, t); i < o->n && opens(o, i) <= t; i++) {
		if (o->state[o->at[i]].sign_in == NULL)
			return (int64_t)o->at[i];
		if (used < 0)
			used = (int64_t)o->at[i];
	}
	return used;
}

static void unexplained(struct finding *f, enum verdict_why why)
{
	f->verdict = VERDICT_UNEXPLAINED;
	f->why = why;
}

/* A release explains the first sign-in with a second factor that comes in its window,
 * with what the session does from there. */
static void judge_sign_in(struct own *o, struct finding *f)
{
	const struct event *in = f->main;
	struct release_verdict *rv;

	f->release = covering(o, in->time);
	if (f->release < 0) {
		unexplained(f, WHY_NO_RELEASE);
		return;
	}
	rv = &o->state[f->release];
	if (in->mfa != EVENT_MFA_YES) {
		unexplained(f, WHY_NO_MFA);
	} else if (rv->sign_in != NULL) {
		unexplained(f, strcmp(rv->sign_in->address, in->address) == 0 ? WHY_SECOND : WHY_ADDRESS);
	} else {
		rv->sign_in = in;
		rv->state = RELEASE_USED;
		f->verdict = VERDICT_EXPLAINED;
		if (f->other_address != NULL)
			unexplained(f, WHY_ADDRESS);
	}
}

/* KMS has opened a witness: a release of what hangs on it follows at once, or somebody else asked.  A refusal
 * has opened nothing. */
static void judge_witness(const struct own *o, struct finding *f)
{
	const enum verdict_why why = f->main->failed ? WHY_WITNESS_VAIN : WHY_WITNESS;
	const char *record = strchr(f->main->detail, ' ');
	size_t n;

	if (record == NULL) {
		unexplained(f, why);
		return;
	}
	n = strcspn(++record, " ");
	for (size_t i = 0; i < o->n_all; i++) {
		const struct release *r = &o->rel[i];

		if (strlen(r->record) == n && strncmp(r->record, record, n) == 0 &&
		    verdict_has_witness(r, record + n + strspn(record + n, " ")) &&
		    r->time >= f->main->time - o->rules->skew && r->time <= f->main->time + o->rules->witness) {
			f->release = (int64_t)i;
			f->verdict = VERDICT_EXPLAINED;
			return;
		}
	}
	unexplained(f, why);
}

/* A new password, without a session: a release explains one. */
static void judge_recovery(const struct own *o, struct finding *f)
{
	for (size_t i = first_open(o, f->main->time); i < o->n && opens(o, i) <= f->main->time; i++) {
		struct release_verdict *rv = &o->state[o->at[i]];

		f->release = (int64_t)o->at[i];
		if (rv->recovery == NULL) {
			rv->recovery = f->main;
			f->verdict = VERDICT_EXPLAINED;
			return;
		}
	}
	unexplained(f, f->release < 0 ? WHY_NO_RELEASE : WHY_RECOVERED);
}

/* An event outside of all sessions: explained by any release that is near. */
static void judge_alone(const struct own *o, struct finding *f)
{
	if (f->main->kind == EVENT_RECOVERY_COMPLETED && !f->main->failed) {
		judge_recovery(o, f);
		return;
	}
	f->release = covering(o, f->main->time);
	if (f->release >= 0)
		f->verdict = VERDICT_EXPLAINED;
	else
		unexplained(f, WHY_NO_RELEASE);
}

static void judge(struct own *o, struct finding *f, enum group_type type)
{
	switch (type) {
	case GROUP_SIGN_IN:
		judge_sign_in(o, f);
		break;
	case GROUP_FAILED:
		f->verdict = VERDICT_FAILED;
		return;
	case GROUP_CENTRAL:
		f->verdict = VERDICT_CENTRAL;
		return;
	case GROUP_ACCESS_KEY:
		unexplained(f, WHY_ACCESS_KEY);
		break;
	case GROUP_ORPHAN:
		unexplained(f, WHY_NO_SIGN_IN);
		break;
	case GROUP_FOREIGN:
		break;
	case GROUP_ALONE:
		if (f->main->kind == EVENT_CENTRAL || f->main->kind == EVENT_ASSUME_ROOT)
			f->verdict = VERDICT_CENTRAL;
		else if (f->main->kind == EVENT_WITNESS)
			judge_witness(o, f);
		else
			judge_alone(o, f);
		break;
	}
	/* Whoever can write a file is not to explain what AWS has told. */
	if (f->verdict == VERDICT_EXPLAINED && !f->main->vouched && f->vouched > 0) {
		unexplained(f, WHY_UNSIGNED);
		if (f->first + o->rules->vouch > o->now)
			f->verdict = VERDICT_PENDING;
	}
	/* Its release may stand in a log that has not come here yet; the sign-in of a
	 * session may still come. */
	if (f->verdict == VERDICT_UNEXPLAINED && (f->why == WHY_NO_RELEASE ||
	    f->why == WHY_NO_SIGN_IN || f->why == WHY_WITNESS || f->why == WHY_WITNESS_VAIN) &&
	    f->first + o->rules->settle > o->now)
		f->verdict = VERDICT_PENDING;
}

static int by_time(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;

	if (a->main->time != b->main->time)
		return (a->main->time > b->main->time) - (a->main->time < b->main->time);
	return strcmp(a->main->id, b->main->id);
}

/* Who comes first when releases are given out. */
static int rank_of(const struct event *ev)
{
	return ev->explained ? 2 : ev->vouched ? 1 : 0;
}

static int judge_account(struct verdicts_all *all, struct own *o, size_t lo, size_t hi, struct err *e)
{
	const size_t from = all->v.n;
	const int r = groups_fold(all, lo, hi, e);

	if (r != 0)
		return r;
	if (all->v.n - from > 1)
		qsort(all->v.finding + from, all->v.n - from, sizeof(*all->v.finding), by_time);
	/* What the log says stays so, whatever comes late; no release is spent on a file's word while AWS's own is there. */
	for (int rank = 2; rank >= 0; rank--)
		for (size_t i = from; i < all->v.n; i++)
			if (rank_of(all->v.finding[i].main) == rank)
				judge(o, &all->v.finding[i], groups_type(all, &all->v.finding[i]));
	for (size_t i = from; i < all->v.n; i++) {
		all->v.unexplained += all->v.finding[i].verdict == VERDICT_UNEXPLAINED;
		all->v.pending += all->v.finding[i].verdict == VERDICT_PENDING;
	}
	return 0;
}

struct place {
	const struct release *rel;
	size_t at;
};
static int by_release(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	const int r = strcmp(a->rel->account, b->rel->account);

	if (r != 0)
		return r;
	if (a->rel->time != b->rel->time)
		return (a->rel->time > b->rel->time) - (a->rel->time < b->rel->time);
	return (a->at > b->at) - (a->at < b->at);
}

/* Indexes of releases by account and time. */
static size_t *releases_order(const struct release *rel, size_t n)
{
	struct place *p = calloc(n + 1, sizeof(*p));
	size_t *order = calloc(n + 1, sizeof(*order));

	if (p != NULL && order != NULL) {
		for (size_t i = 0; i < n; i++)
			p[i] = (struct place){ &rel[i], i };
		qsort(p, n, sizeof(*p), by_release);
		for (size_t i = 0; i < n; i++)
			order[i] = p[i].at;
	} else {
		free(order);
		order = NULL;
	}
	free(p);
	return order;
}

/* Accounts in turn: both lists are sorted by them. */
static int judge_all(struct verdicts_all *all, struct own *o, const size_t *order, size_t n_events,
    size_t n_releases, struct err *e)
{
	size_t lo, hi, from = 0, to;
	int r = 0;

	for (lo = 0; lo < n_events && r == 0; lo = hi) {
		const char *account = all->ev[lo].account;

		for (hi = lo + 1; hi < n_events && (all->ev[hi].account == account ||
		    strcmp(all->ev[hi].account, account) == 0); hi++)
			;
		while (from < n_releases && strcmp(o->rel[order[from]].account, account) < 0)
			from++;
		for (to = from; to < n_releases && strcmp(o->rel[order[to]].account, account) == 0; to++)
			;
		o->at = order + from;
		o->n = to - from;
		r = judge_account(all, o, lo, hi, e);
		from = to;
	}
	return r;
}

static void settle_releases(struct verdicts *v, const struct release *rel,
    const struct verdict_rules *rules, int64_t now)
{
	for (size_t i = 0; i < v->n_releases; i++)
		if (*rel[i].account == '\0')
			v->release[i].state = RELEASE_USED;
		else if (v->release[i].sign_in == NULL)
			v->release[i].state = rel[i].time + rules->window + rules->skew + rules->settle > now ?
			    RELEASE_PENDING : RELEASE_UNUSED;
}

int verdicts_make(struct verdicts **out, const struct event *ev, size_t n_events,
    const struct release *rel, size_t n_releases, const struct verdict_rules *rules, int64_t now,
    struct err *e)
{
	struct verdicts_all *all = calloc(1, sizeof(*all));
	struct own o = { .rel = rel, .rules = rules, .now = now, .n_all = n_releases };
	size_t *order = releases_order(rel, n_releases);
	int r = 0;

	*out = NULL;
	if (all != NULL) {
		all->ev = ev;
		all->rules = rules;
		all->key = calloc(n_events + 1, sizeof(*all->key));
		all->of = calloc(n_events + 1, sizeof(*all->of));
		all->v.release = calloc(n_releases + 1, sizeof(*all->v.release));
		all->v.n_releases = n_releases;
	}
	if (all == NULL || order == NULL || all->key == NULL || all->of == NULL || all->v.release == NULL)
		r = err_set(e, ERR_MEMORY, "No memory is left for comparing events.");
	if (r == 0) {
		o.state = all->v.release;
		r = judge_all(all, &o, order, n_events, n_releases, e);
	}
	if (r == 0) {
		settle_releases(&all->v, rel, rules, now);
		verdict_witnesses(&all->v, ev, n_events, rel, rules, now);
	}
	free(order);
	*out = all != NULL ? &all->v : NULL;
	if (r != 0)
		verdicts_free(out);
	return r;
}

void verdicts_free(struct verdicts **p)
{
	struct verdicts_all *all = (struct verdicts_all *)*p;

	*p = NULL;
	if (all == NULL)
		return;
	free(all->key);
	free(all->of);
	free(all->v.finding);
	free(all->v.release);
	free(all);
}

const char *verdict_name(enum verdict v)
{
	switch (v) {
	case VERDICT_EXPLAINED: return "explained";
	case VERDICT_UNEXPLAINED: return "unexplained";
	case VERDICT_CENTRAL: return "central";
	case VERDICT_PENDING: return "pending";
	case VERDICT_FAILED: return "failed sign-in";
	}
	return "none";
}

const char *verdict_why_text(enum verdict_why w)
{
	switch (w) {
	case WHY_NONE: return "";
	case WHY_NO_RELEASE: return "nobody opened the vault for it";
	case WHY_NO_MFA: return "no second factor was given";
	case WHY_SECOND: return "its release has explained another sign-in already";
	case WHY_ADDRESS: return "it came from another address than the sign-in that its release explains";
	case WHY_RECOVERED: return "its release has explained another password recovery already";
	case WHY_NO_SIGN_IN: return "the sign-in of its session was not read";
	case WHY_ACCESS_KEY: return "it used an access key of root's own";
	case WHY_UNSIGNED: return "its sign-in stands in a file alone that nobody has signed";
	case WHY_WITNESS_VAIN: return "a record's witness was asked, in vain, and nothing was released";
	case WHY_WITNESS: return "a record's witness was asked, and nothing was released: seal the record anew";
	}
	return "";
}
