/* SPDX-License-Identifier: BSD-2-Clause */
/* Releases whose witnesses have to have been asked, by CloudTrail's history. */
#include <string.h>

#include "correlate/verdict_local.h"

/* Does the event tell that this witness of the release's record was asked at its time? */
static int tells(const struct event *ev, const struct release *r, const char *id, size_t len,
    const struct verdict_rules *rules)
{
	const char *vault = ev->detail, *record = strchr(vault, ' ');
	const size_t n = strlen(r->record);

	return ev->kind == EVENT_WITNESS && ev->vouched && !ev->failed && record != NULL &&
	    (rules->vault == NULL || (strncmp(vault, rules->vault, strlen(rules->vault)) == 0 &&
	    vault + strlen(rules->vault) == record)) &&
	    strncmp(record + 1, r->record, n) == 0 && record[1 + n] == ' ' &&
	    strlen(record + 2 + n) == len && memcmp(record + 2 + n, id, len) == 0 &&
	    ev->time >= r->time - rules->witness - rules->skew && ev->time <= r->time + rules->skew;
}

int verdict_has_witness(const struct release *r, const char *id)
{
	const size_t len = strlen(id);

	for (const char *at = r->witnesses; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " "))
		if (strcspn(at, " ") == len && memcmp(at, id, len) == 0)
			return 1;
	return 0;
}

static int was_asked(const struct event *ev, size_t n, const struct release *r, const char *id, size_t len,
    const struct verdict_rules *rules)
{
	for (size_t i = 0; i < n; i++)
		if (tells(&ev[i], r, id, len, rules))
			return 1;
	return 0;
}

void verdict_witnesses(struct verdicts *v, const struct event *ev, size_t n, const struct release *rel,
    const struct verdict_rules *rules, int64_t now)
{
	for (size_t i = 0; i < v->n_releases; i++) {
		const char *id = rel[i].witnesses;
		size_t len;

		if (!rel[i].told || rel[i].time + rules->settle > now)
			continue;
		for (; *(id += strspn(id, " ")) != '\0'; id += len) {
			len = strcspn(id, " ");
			if (!was_asked(ev, n, &rel[i], id, len, rules))
				v->release[i].unwitnessed = 1;
		}
		v->unwitnessed += v->release[i].unwitnessed;
	}
}
