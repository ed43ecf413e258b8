/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/files.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "correlate/file_local.h"

#define THREADS_MAX 4

/* What the threads share. */
struct job {
	const struct files *files;
	const struct files_options *o;
	atomic_size_t next;
	pthread_mutex_t lock;	/* of all below, and of say and keep */
	struct events *into;
	struct files_stats stats;
	struct err error;	/* the first that ends it all */
	atomic_int stop;
};

struct worker {
	struct job *job;
	pthread_t thread;
	int started;
};

static int keep_locked(void *ctx, const char *record, size_t len, uint64_t *at, struct err *e)
{
	struct job *j = ctx;
	int r;

	(void)pthread_mutex_lock(&j->lock);
	r = j->o->keep(j->o->ctx, record, len, at, e);
	(void)pthread_mutex_unlock(&j->lock);
	return r;
}

static void say_locked(void *ctx, const char *path, const char *why)
{
	struct job *j = ctx;

	(void)pthread_mutex_lock(&j->lock);
	if (j->o->say != NULL)
		j->o->say(j->o->ctx, path, why);
	(void)pthread_mutex_unlock(&j->lock);
}

static int work(struct job *j, struct err *e)
{
	const struct files_options o = { .say = say_locked, .digests = j->o->digests, .ctx = j,
		.keep = j->o->keep != NULL ? keep_locked : NULL };
	struct files_stats stats = { 0 };
	struct file_reader *fr = NULL;
	struct events *own = NULL;
	size_t i;
	int r = events_new(&own, o.keep, j, e);

	if (r == 0)
		r = file_reader_new(&fr, e);
	if (r == 0)
		events_vouch(own, j->o->vouched);
	while (r == 0 && !atomic_load(&j->stop) &&
	    (i = atomic_fetch_add(&j->next, 1)) < j->files->len)
		r = file_take(fr, own, j->files->path[i], j->files->path[i], &o, &stats, e);
	(void)pthread_mutex_lock(&j->lock);
	if (r == 0)
		r = events_merge(j->into, own, e);
	j->stats.files += stats.files;
	j->stats.broken += stats.broken;
	j->stats.records += stats.records;
	j->stats.passed += stats.passed;
	j->stats.bytes += stats.bytes;
	if (r != 0 && j->error.code == ERR_NONE)
		j->error = *e;
	(void)pthread_mutex_unlock(&j->lock);
	if (r != 0)
		atomic_store(&j->stop, 1);
	file_reader_free(&fr);
	events_free(&own);
	return r;
}

static void *work_main(void *arg)
{
	struct worker *w = arg;
	struct err e = { 0 };

	(void)work(w->job, &e);
	return NULL;
}

static unsigned threads_of(const struct files_options *o, size_t files)
{
	cpu_set_t set;
	unsigned n = o->threads;

	if (n == 0)
		n = sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
	if (n > THREADS_MAX)
		n = THREADS_MAX;
	return n > files ? (unsigned)files : n;
}

int files_read(struct events *into, const struct files *f, const struct files_options *o,
    struct files_stats *stats, struct err *e)
{
	struct job j = { .files = f, .o = o, .into = into };
	struct worker w[THREADS_MAX] = { { 0 } };
	const unsigned n = threads_of(o, f->len);
	struct err own = { 0 };

	(void)pthread_mutex_init(&j.lock, NULL);
	for (unsigned i = 1; i < n; i++) {
		w[i].job = &j;
		w[i].started = pthread_create(&w[i].thread, NULL, work_main, &w[i]) == 0;
	}
	(void)work(&j, &own);
	for (unsigned i = 1; i < n; i++)
		if (w[i].started)
			(void)pthread_join(w[i].thread, NULL);
	(void)pthread_mutex_destroy(&j.lock);
	*stats = j.stats;
	return j.error.code != ERR_NONE ? err_give(e, &j.error) : 0;
}
