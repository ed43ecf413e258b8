/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "posture/judge_local.h"

/* IAM keeps the first use within five minutes (IAM user guide, "Get credential reports"). */
#define SPAN_MS (INT64_C(5) * 60 * 1000)
/* As in docs/correlation.md. */
#define WINDOW_MS (INT64_C(60) * 60 * 1000)
#define SKEW_MS (INT64_C(2) * 60 * 1000)

static const char *minute(char out[CLOCK_TEXT_LEN + 1], int64_t t)
{
	clock_format(out, t);
	out[10] = ' ';
	memcpy(out + 16, "Z", 2);
	return out;
}

/* The one of the account within [from, to], the last; NULL without one. */
static const struct posture_moment *within(const struct posture_moment *m, size_t n,
    const char *account, int64_t from, int64_t to)
{
	const struct posture_moment *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].account, account) == 0 && m[i].time >= from && m[i].time <= to &&
		    (found == NULL || m[i].time > found->time))
			found = &m[i];
	return found;
}

static int64_t first_sealed(const struct posture_facts *f)
{
	int64_t first = -1;

	for (size_t i = 0; i < f->vault->n_records; i++)
		if (strcmp(f->vault->records[i].account, f->account) == 0 &&
		    (first < 0 || f->vault->records[i].sealed < first))
			first = f->vault->records[i].sealed;
	return first;
}

/* A use that no release is near. */
static void judge_alone(struct posture_findings *o, const struct posture_facts *f, const char *when)
{
	const struct posture_vault *v = f->vault;
	const int64_t t = f->row.password_used, sealed = first_sealed(f);
	const struct posture_moment *before = within(v->sign_ins, v->n_sign_ins, f->account, 0, t);
	char text[CLOCK_TEXT_LEN + 1];

	if (sealed >= 0 && t < sealed) {
		posture_add(o, "password-use", CIS_AVOID, POSTURE_GOOD,
		    "Root last signed in %s, before the vault had its password.", when);
		return;
	}
	if (sealed < 0)
		posture_add(o, "password-use", CIS_AVOID, POSTURE_ATTENTION,
		    "Root last signed in %s, and the vault knows nothing of it.", when);
	else if (before != NULL)
		posture_add(o, "password-use", CIS_AVOID, POSTURE_ATTENTION,
		    "Root last signed in %s; the last sign-in that a release explains was %s.", when,
		    minute(text, before->time));
	else if (within(v->releases, v->n_releases, f->account, 0, t) == NULL)
		posture_add(o, "password-use", CIS_AVOID, POSTURE_ATTENTION,
		    "Root last signed in %s, before anybody opened the vault for it.", when);
	else
		posture_add(o, "password-use", CIS_AVOID, POSTURE_ATTENTION,
		    "Root last signed in %s, and no release explains it.", when);
	posture_next(o, "`twokey correlate --lookup` tells from where it was and what was done; until it is "
	    "explained, take the account for lost.");
}

void posture_judge_use(struct posture_findings *o, const struct posture_facts *f)
{
	const struct posture_vault *v = f->vault;
	const int64_t t = f->row.password_used;
	const struct posture_moment *m;
	char when[CLOCK_TEXT_LEN + 1], at[CLOCK_TEXT_LEN + 1];

	if (f->call[CALL_REPORT].how != POSTURE_READ || t == POSTURE_NOT_TOLD) {
		posture_add(o, "password-use", CIS_AVOID, POSTURE_UNKNOWN,
		    "When root last signed in was not read.");
		return;
	}
	if (t == POSTURE_NEVER) {
		posture_add(o, "password-use", CIS_AVOID, POSTURE_GOOD,
		    "AWS knows of no sign-in of root.");
		return;
	}
	(void)minute(when, t);
	m = within(v->sign_ins, v->n_sign_ins, f->account, t - SKEW_MS, t + SPAN_MS + SKEW_MS);
	if (m != NULL) {
		posture_add(o, "password-use", CIS_AVOID, POSTURE_GOOD,
		    "Root last signed in %s, and a release of %s explains it.", when, m->record);
		return;
	}
	m = within(v->releases, v->n_releases, f->account, t - WINDOW_MS, t + SKEW_MS);
	if (m == NULL) {
		judge_alone(o, f, when);
		return;
	}
	posture_add(o, "password-use", CIS_AVOID, POSTURE_UNKNOWN,
	    "Root last signed in %s, after %s was opened at %s; CloudTrail was not asked yet whether "
	    "that was all.", when, m->record, minute(at, m->time) + 11);
	posture_next(o, "twokey correlate --lookup");
}
