/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_LOG_SHOT_H
#define TESTS_UNIT_LOG_SHOT_H

/* Pictures of where a writer stands, for the tests of the writer, of its recovery
 * and of full disks. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "log_lib.h"

#define LOG "store/log/bastion1.jsonl"
#define HEAD "state/head.json"
#define WRITTEN "state/written.json"
#define STAGED "store/.new/bastion1_records_prod_1.json"
#define STAGED_SHARES "store/.new/bastion1_records_prod_1.shares.1.json"

/* The files that make up where a writer stands. */
struct shot {
	struct buf head, log;
};

static inline void shot_take(struct shot *s, const struct lib *l)
{
	buf_reset(&s->head);
	buf_reset(&s->log);
	lib_read(l, HEAD, &s->head);
	lib_read(l, LOG, &s->log);
}

/* As a crash behind this write leaves it: no note of what became durable. */
static inline void put_head(const struct lib *l, const struct shot *s)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/" WRITTEN, l->top);
	(void)remove(path);
	lib_write(l, HEAD, s->head.data, s->head.len);
	(void)snprintf(path, sizeof(path), "%s/" HEAD, l->top);
	assert_int_equal(chmod(path, 0600), 0);
}

static inline void shot_free(struct shot *s)
{
	buf_free(&s->head);
	buf_free(&s->log);
}

static inline int begin(struct lib *l, struct err *e)
{
	err_clear(e);
	lib_reopen(l);
	return log_begin(l->log, 100, &l->opts, e);
}

static inline void assert_clean(const struct lib *l)
{
	struct verify_report *r = lib_verify(l);

	if (r->faults != 0)
		lib_print(r);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->logs[0].covered, r->logs[0].size);
	verify_report_free(&r);
	assert_int_equal(lib_count(l, "store/.new", ""), 0);
	assert_int_equal(lib_count(l, "store/log", ".tmp-"), 0);
	assert_int_equal(lib_count(l, "state", ".tmp-"), 0);
}

/* Seals "prod" as entry 2 of a log of two, with pictures before and after. */
static inline void sealed_world(struct lib *l, struct shot *before, struct shot *after)
{
	memset(before, 0, sizeof(*before));
	memset(after, 0, sizeof(*after));
	lib_new(l, NULL);
	lib_note(l, "first");
	shot_take(before, l);
	lib_seal(l, "prod", NULL);
	shot_take(after, l);
}

/* Takes the documents of "prod" out of their places, into staging or away. */
static inline void unplace(const struct lib *l, int stage)
{
	static const char *const names[2][2] = { { "store/records/prod/1.json", STAGED },
		{ "store/records/prod/1.shares.1.json", STAGED_SHARES } };
	struct buf b = BUF_INIT;
	char path[160];
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!lib_exists(l, names[i][0]))
			continue;
		buf_reset(&b);
		lib_read(l, names[i][0], &b);
		(void)snprintf(path, sizeof(path), "%s/%s", l->top, names[i][0]);
		assert_int_equal(remove(path), 0);
		if (stage)
			lib_write(l, names[i][1], b.data, b.len);
	}
	buf_free(&b);
}

#endif
