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

static void say(struct job *j, const char *path, const char *why)
{
	(void)pthread_mutex_lock(&j->lock);
	if (j->o->say != NULL)
		j->o->say(j->o->ctx, path, why);
	(void)pthread_mutex_unlock(&j->lock);
}

/* One file into this thread's own events; an error only when all must end. */
static int take(struct job *j, struct file_reader *fr, struct events *own, const char *path,
    struct files_stats *stats, struct err *e)
{
	struct events_faults faults;
	struct err why = { 0 };
	char text[sizeof(faults.first) + 80];
	const int r = file_read_trail(fr, path, own, stats, &why);

	events_faults(own, &faults);
	stats->files++;
	stats->passed += faults.count;
	if (r == ERR_MEMORY || r == ERR_INTERNAL || fr->keep_failed)
		return err_give(e, &why);
	if (r != 0) {
		stats->broken++;
		say(j, path, why.text);
	}
	if (faults.count > 0) {
		(void)snprintf(text, sizeof(text), "%lld of its records %s not read: %s",
		    (long long)faults.count, faults.count == 1 ? "was" : "were", faults.first);
		say(j, path, text);
	}
	return 0;
}

static int work(struct job *j, struct err *e)
{
	struct files_stats stats = { 0 };
	struct file_reader *fr = NULL;
	struct events *own = NULL;
	size_t i;
	int r = events_new(&own, j->o->keep != NULL ? keep_locked : NULL, j, e);

	if (r == 0)
		r = file_reader_new(&fr, e);
	while (r == 0 && !atomic_load(&j->stop) &&
	    (i = atomic_fetch_add(&j->next, 1)) < j->files->len)
		r = take(j, fr, own, j->files->path[i], &stats, e);
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
