/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/steps.h"

#include <stdlib.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define DAILY 7		/* days on which the overdue is told each day */
#define WEEK_MS (7 * DAY_MS)

/* When step `number` of a rotation is. */
static int64_t rotation_at(int64_t due, int64_t since, int64_t number)
{
	const int64_t days = number - 2;
	int64_t before = due > since && since >= 0 ? (due - since) / 2 : 0;

	if (before > DAY_MS)
		before = DAY_MS;
	if (days < 0)
		return due - before;
	return days <= DAILY ? due + days * DAY_MS : due + (days - DAILY + 1) * WEEK_MS;
}

static int64_t rotation_step(int64_t due, int64_t since, int64_t now)
{
	if (now < rotation_at(due, since, 1))
		return 0;
	if (now < due)
		return 1;
	if (now < due + WEEK_MS)
		return 2 + (now - due) / DAY_MS;
	return 2 + DAILY + (now - due) / WEEK_MS - 1;
}

/* The fields of a record that are due when field i is; 0 when an earlier one was. */
static int64_t since_of(const struct rotate_record *r, size_t i)
{
	const int64_t due = r->fields[i].due;
	int64_t since = r->fields[i].since;

	for (size_t k = 0; k < r->n_fields; k++) {
		if (r->fields[k].due != due)
			continue;
		if (k < i)
			return -1;
		if (r->fields[k].since < since)
			since = r->fields[k].since;
	}
	return since;
}

static size_t record_steps(struct step *out, const struct rotate_record *r, int64_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_fields; i++) {
		const int64_t due = r->fields[i].due, since = due < 0 ? -1 : since_of(r, i);
		const int64_t number = since < 0 ? 0 : rotation_step(due, since, now);

		if (number > 0)
			out[n++] = (struct step){ .event = number == 1 ? "due soon" : "overdue",
				.record = r->name, .due = due, .number = number,
				.next = rotation_at(due, since, number + 1), .of = r };
	}
	return n;
}

int steps_make(struct step **out, size_t *n, const struct rotate_report *p, int64_t drill_days,
    int64_t now, struct err *e)
{
	size_t most = p->n_tokens + 1;

	*n = 0;
	for (size_t i = 0; i < p->n_records; i++)
		most += p->records[i].n_fields;
	*out = calloc(most, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	for (size_t i = 0; i < p->n_records; i++)
		*n += record_steps(*out + *n, &p->records[i], now);
	for (size_t i = 0; i < p->n_tokens; i++) {
		const struct rotate_token *t = &p->tokens[i];
		const int64_t due = t->proven + drill_days * DAY_MS;
		const int64_t number = t->stale ? 1 + (now - due) / WEEK_MS : 0;

		if (number > 0)
			(*out)[(*n)++] = (struct step){ .event = "drill due", .holder = t->holder,
				.token = t->label, .due = due, .number = number,
				.next = due + number * WEEK_MS };
	}
	return 0;
}
