/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NOTIFY_STEPS_H
#define TWOKEY_NOTIFY_STEPS_H

#include "rotate/rotate.h"

/*
 * When somebody is reminded of what is due: a pure function of a report and a time,
 * so that every host comes to the same steps.
 *
 * A rotation: step 1, "due soon", a day before, or in the middle of the time there is
 * when that is less than two days; step 2, "overdue", when it is due; then one each day
 * for a week, then one each week.  A drill: step 1, "drill due", when the rules' days are
 * over, then one each week.
 */
#define STEPS_ESCALATE 4	/* from this step of a rotation on more people are told */

struct step {
	const char *event;	/* "due soon", "overdue" or "drill due" */
	const char *record;	/* NULL of a drill */
	const char *holder, *token;	/* NULL of a rotation */
	int64_t due;		/* ms */
	int64_t number;		/* 1 first */
	int64_t next;		/* ms: when the next step is */
	const struct rotate_record *of;	/* NULL of a drill */
};

/* The step that each thing due has come to, earlier ones left out: one for all fields of a
 * record that are due at the same time.  *out is owned, and lends from p.  drill_days: the
 * rule's. */
int steps_make(struct step **out, size_t *n, const struct rotate_report *p, int64_t drill_days,
    int64_t now, struct err *e);

#endif
