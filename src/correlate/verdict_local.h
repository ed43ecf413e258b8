/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_VERDICT_LOCAL_H
#define TWOKEY_CORRELATE_VERDICT_LOCAL_H

#include "correlate/verdict.h"

/* What belongs together, by these three. */
enum group_type {
	GROUP_SIGN_IN,		/* a: index of the sign-in */
	GROUP_FAILED,		/* a: day */
	GROUP_CENTRAL,		/* b: access key id */
	GROUP_ACCESS_KEY,	/* b: access key id */
	GROUP_ORPHAN,		/* a: creationDate of a session whose sign-in is not there */
	GROUP_ALONE,		/* a: index of the event */
	GROUP_FOREIGN		/* a witness of another vault: no finding */
};
struct group_key {
	enum group_type type;
	int64_t a;
	const char *b;		/* compared by address: strings are kept once */
	size_t at;		/* the event */
};

struct verdicts_all {
	struct verdicts v;	/* first: what others see */
	struct group_key *key;	/* one an event */
	size_t *of;		/* the events in the order of the groups */
	size_t cap;		/* of findings */
	const struct event *ev;
	const struct verdict_rules *rules;
};

/* Folds the events [lo, hi) of one account into findings, without verdicts: verdict_groups.c.
 * ERR_MEMORY. */
int groups_fold(struct verdicts_all *all, size_t lo, size_t hi, struct err *e);
/* The type that a finding's events were put together by. */
enum group_type groups_type(const struct verdicts_all *all, const struct finding *f);

/* verdict_witness.c: has what a release opened a witness of this id? */
int verdict_has_witness(const struct release *r, const char *id);
/* verdict_witness.c: sets unwitnessed of v and of its releases. */
void verdict_witnesses(struct verdicts *v, const struct event *ev, size_t n, const struct release *rel,
    const struct verdict_rules *rules, int64_t now);

/* Is it the address of a machine, and no service's name? */
int address_is(const char *s);

#endif
