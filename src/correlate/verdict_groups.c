/* SPDX-License-Identifier: BSD-2-Clause */
/* Which events belong together, and what they come to. */
#include <stdlib.h>
#include <string.h>

#include "correlate/verdict_local.h"

#define DAY (INT64_C(24) * 3600 * 1000)
#define JOIN 5000	/* ms: a session's creationDate is its sign-in's time; measured equal */
#define ASKED 600000	/* ms from asking for a second factor to the sign-in */

/* The last sign-in of `in` at or before t, or SIZE_MAX.  in: indexes of events, by time. */
struct sign_ins {
	size_t *in;
	size_t n;
};
static size_t last_before(const struct sign_ins *s, const struct event *ev, int64_t t)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (ev[s->in[mid]].time <= t)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? SIZE_MAX : s->in[lo - 1];
}

/* An account's: all, and those that AWS vouches for. */
struct both {
	struct sign_ins any, vouched;
};

/* The last sign-in in [from, to] for an event, or SIZE_MAX: what AWS tells hangs on what it tells, if it can. */
static size_t sign_in_of(const struct verdicts_all *all, const struct both *s, const struct event *ev,
    int64_t from, int64_t to)
{
	size_t in = ev->vouched ? last_before(&s->vouched, all->ev, to) : SIZE_MAX;

	if (in == SIZE_MAX || all->ev[in].time < from)
		in = last_before(&s->any, all->ev, to);
	return in == SIZE_MAX || all->ev[in].time < from ? SIZE_MAX : in;
}

/* The sign-in that a session hangs on: the one nearest to when it began, of those as near the one from its address. */
static size_t sign_in_near(const struct verdicts_all *all, const struct sign_ins *s, const struct event *ev)
{
	size_t lo = 0, hi = s->n, best = SIZE_MAX;
	int64_t least = JOIN;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (all->ev[s->in[mid]].time < ev->session - JOIN)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->n && all->ev[s->in[lo]].time <= ev->session + JOIN; lo++) {
		const struct event *in = &all->ev[s->in[lo]];
		const int64_t off = llabs((long long)(in->time - ev->session));

		if (best == SIZE_MAX || off < least || (off == least && strcmp(in->address, ev->address) == 0)) {
			best = s->in[lo];
			least = off;
		}
	}
	return best;
}

static struct group_key alone(size_t at)
{
	return (struct group_key){ GROUP_ALONE, (int64_t)at, NULL, at };
}

/* An act names its session by the time that this began, or, in the consoles of some
 * services, not at all. */
static struct group_key act_key(const struct verdicts_all *all, const struct both *s, size_t at)
{
	const struct event *ev = &all->ev[at];
	size_t in;

	if (strncmp(ev->key, "AKIA", 4) == 0)
		return (struct group_key){ GROUP_ACCESS_KEY, 0, ev->key, at };
	if (ev->session >= 0) {
		in = ev->vouched ? sign_in_near(all, &s->vouched, ev) : SIZE_MAX;
		if (in == SIZE_MAX)
			in = sign_in_near(all, &s->any, ev);
		if (in != SIZE_MAX)
			return (struct group_key){ GROUP_SIGN_IN, (int64_t)in, NULL, at };
		return (struct group_key){ GROUP_ORPHAN, ev->session, NULL, at };
	}
	in = sign_in_of(all, s, ev, ev->time - all->rules->session, ev->time);
	return in == SIZE_MAX ? alone(at) : (struct group_key){ GROUP_SIGN_IN, (int64_t)in, NULL, at };
}

static struct group_key key_of(const struct verdicts_all *all, const struct both *s, size_t at)
{
	const struct event *ev = &all->ev[at];
	size_t in;

	switch ((enum event_kind)ev->kind) {
	case EVENT_SIGN_IN:
		return (struct group_key){ GROUP_SIGN_IN, (int64_t)at, NULL, at };
	case EVENT_MFA_ASKED:
		in = sign_in_of(all, s, ev, ev->time, ev->time + ASKED);
		if (in != SIZE_MAX)
			return (struct group_key){ GROUP_SIGN_IN, (int64_t)in, NULL, at };
		/* fall through */
	case EVENT_SIGN_IN_FAILED:
		return (struct group_key){ GROUP_FAILED, ev->time / DAY, NULL, at };
	case EVENT_WITNESS:
		if (all->rules->vault != NULL && strncmp(ev->detail, all->rules->vault, strlen(all->rules->vault)) != 0)
			return (struct group_key){ GROUP_FOREIGN, 0, NULL, at };
		return alone(at);
	case EVENT_CENTRAL:
	case EVENT_ASSUME_ROOT:
		return *ev->key == '\0' ? alone(at) :
		    (struct group_key){ GROUP_CENTRAL, 0, ev->key, at };
	case EVENT_RECOVERY_REQUESTED:
	case EVENT_RECOVERY_COMPLETED:
	case EVENT_EMAIL_UPDATED:
		return ev->session >= 0 ? act_key(all, s, at) : alone(at);
	default:
		return act_key(all, s, at);
	}
}

static int by_group(const void *pa, const void *pb)
{
	const struct group_key *a = pa, *b = pb;

	if (a->type != b->type)
		return (a->type > b->type) - (a->type < b->type);
	if (a->a != b->a)
		return (a->a > b->a) - (a->a < b->a);
	if (a->b != b->b)
		return (a->b > b->b) - (a->b < b->b);
	return (a->at > b->at) - (a->at < b->at);
}

static int same_group(const struct group_key *a, const struct group_key *b)
{
	return a->type == b->type && a->a == b->a && a->b == b->b;
}

int address_is(const char *s)
{
	return strspn(s, "0123456789.") == strlen(s) ? *s != '\0' :
	    strchr(s, ':') != NULL && strspn(s, "0123456789abcdefABCDEF:.") == strlen(s);
}

static int same_family(const char *a, const char *b)
{
	return (strchr(a, ':') == NULL) == (strchr(b, ':') == NULL);
}

static void count_write(struct finding *f, const char *source)
{
	for (size_t i = 0; i < f->n_services; i++)
		if (f->services[i].source == source) {
			f->services[i].writes++;
			for (; i > 0 && f->services[i].writes > f->services[i - 1].writes; i--) {
				const struct finding_service up = f->services[i];

				f->services[i] = f->services[i - 1];
				f->services[i - 1] = up;
			}
			return;
		}
	if (f->n_services == FINDING_SERVICES)
		f->more_writes++;
	else
		f->services[f->n_services++] = (struct finding_service){ source, 1 };
}

/* A console's calls may come by IPv4 and IPv6 in turn from one desk: only another
 * address of the same family is another place. */
void finding_count(struct finding *f, const struct event *ev)
{
	f->last = ev->time > f->last ? ev->time : f->last;
	f->first = ev->time < f->first ? ev->time : f->first;
	f->events++;
	f->vouched += ev->vouched;
	f->kinds |= 1u << ev->kind;
	f->failed += ev->failed;
	if (ev->kind != EVENT_SIGN_IN && ev->kind != EVENT_SIGN_IN_FAILED && ev->kind != EVENT_MFA_ASKED) {
		f->reads += !ev->writes;
		f->writes += ev->writes;
		if (ev->writes)
			count_write(f, ev->source);
	}
	if (f->other_address == NULL && ev->address != f->main->address && address_is(ev->address) &&
	    address_is(f->main->address) && same_family(ev->address, f->main->address))
		f->other_address = ev->address;
}

static int finding_new(struct verdicts_all *all, struct finding **out, struct err *e)
{
	if (all->v.n == all->cap) {
		const size_t cap = all->cap ? all->cap * 2 : 256;
		struct finding *more = reallocarray(all->v.finding, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for comparing events.");
		all->v.finding = more;
		all->cap = cap;
	}
	*out = &all->v.finding[all->v.n++];
	memset(*out, 0, sizeof(**out));
	return 0;
}

static int fold_group(struct verdicts_all *all, size_t from, size_t to, struct err *e)
{
	size_t first = from;
	const struct event *main;
	struct finding *f = NULL;

	while (first < to && !all->ev[all->key[first].at].vouched)
		first++;
	main = &all->ev[all->key[first < to ? first : from].at];
	/* Asking for a second factor comes before its sign-in. */
	if (all->key[from].type == GROUP_SIGN_IN)
		main = &all->ev[all->key[from].a];
	if (finding_new(all, &f, e) != 0)
		return (int)e->code;
	f->main = main;
	f->account = main->account;
	f->release = -1;
	f->first = f->last = main->time;
	f->of = &all->of[from];
	for (size_t i = from; i < to; i++) {
		all->of[i] = all->key[i].at;
		finding_count(f, &all->ev[all->key[i].at]);
	}
	return 0;
}

enum group_type groups_type(const struct verdicts_all *all, const struct finding *f)
{
	return all->key[f->of - all->of].type;
}

int groups_fold(struct verdicts_all *all, size_t lo, size_t hi, struct err *e)
{
	size_t *in = reallocarray(NULL, hi - lo, 2 * sizeof(*in)), i, from;
	struct both s = { { in, 0 }, { in + (in != NULL ? hi - lo : 0), 0 } };
	int r = 0;

	if (in == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for comparing events.");
	for (i = lo; i < hi; i++) {
		if (all->ev[i].kind != EVENT_SIGN_IN)
			continue;
		s.any.in[s.any.n++] = i;
		if (all->ev[i].vouched)
			s.vouched.in[s.vouched.n++] = i;
	}
	for (i = lo; i < hi; i++)
		all->key[i] = key_of(all, &s, i);
	free(in);
	qsort(all->key + lo, hi - lo, sizeof(*all->key), by_group);
	for (from = lo; from < hi && r == 0; from = i) {
		for (i = from + 1; i < hi && same_group(&all->key[from], &all->key[i]); i++)
			;
		if (all->key[from].type != GROUP_FOREIGN)
			r = fold_group(all, from, i, e);
	}
	return r;
}
