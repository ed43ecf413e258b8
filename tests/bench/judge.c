/* SPDX-License-Identifier: BSD-2-Clause */
/* usage: judge FILE RELEASES BASE   Reads a trail and judges it against so many releases, an hour apart
 * from BASE (seconds) on, a minute before each session of make_trail's; prints JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "correlate/files.h"
#include "correlate/verdict.h"

int main(int argc, char **argv)
{
	struct files f = FILES_INIT;
	struct files_stats stats;
	const struct files_options o = { .threads = 2 };
	struct events *events = NULL;
	struct verdicts *v = NULL;
	struct release *rel;
	struct err e = { 0 };
	int64_t began = clock_monotonic(), read;
	size_t n = argc == 4 ? (size_t)atol(argv[2]) : 0, len;
	const struct event *ev;

	if (n == 0 || (rel = calloc(n, sizeof(*rel))) == NULL)
		return 2;
	for (size_t i = 0; i < n; i++)
		rel[i] = (struct release){ "111122223333", "prod", "bastion1", (int64_t)i, 1,
			(atol(argv[3]) + (int64_t)i * 3600 - 60) * 1000, "", 0 };
	if (events_new(&events, NULL, NULL, &e) != 0 || files_find(&f, argv[1], &e) != 0 ||
	    files_read(events, &f, &o, &stats, &e) != 0)
		return 1;
	read = clock_monotonic();
	ev = events_sorted(events, &len);
	if (verdicts_make(&v, ev, len, rel, n, &verdict_rules_default, INT64_MAX / 2, &e) != 0)
		return 1;
	printf("{\"events\":%zu,\"explained\":%lld,\"read_ms\":%lld,\"all_ms\":%lld}\n", len,
	    (long long)v->n - (long long)v->unexplained, (long long)(read - began),
	    (long long)(clock_monotonic() - began));
	verdicts_free(&v);
	events_free(&events);
	files_free(&f);
	free(rel);
	return 0;
}
