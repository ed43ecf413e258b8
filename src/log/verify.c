/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/verify.h"

#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"

#define THREADS_MAX 64
#define FINDINGS_DEFAULT 1000

int verify_memory_out(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for verifying.");
}

int verify_grow(void *list, size_t *cap, size_t n, size_t size, struct err *e)
{
	const size_t more = *cap ? *cap * 2 : 64;
	void *bigger;

	if (n < *cap)
		return 0;
	memcpy(&bigger, list, sizeof(bigger));
	bigger = reallocarray(bigger, more, size);
	if (bigger == NULL)
		return verify_memory_out(e);
	memcpy(list, &bigger, sizeof(bigger));
	*cap = more;
	return 0;
}

static struct verify_finding *add_finding(struct verify *v, enum verify_level level,
    const char *host, int64_t seq, int64_t last, const char *what)
{
	struct verify_report *r = v->report;
	struct verify_finding *more, *f;

	*(level == VERIFY_FAULT ? &r->faults : &r->notes) += 1;
	if (r->nfindings >= v->max_findings)
		return NULL;
	more = reallocarray(r->findings, r->nfindings + 1, sizeof(*more));
	/* It is counted: a fault is never lost, its words may be. */
	if (more == NULL)
		return NULL;
	r->findings = more;
	f = &more[r->nfindings++];
	memset(f, 0, sizeof(*f));
	f->level = level;
	f->seq = seq;
	f->last = last;
	(void)snprintf(f->host, sizeof(f->host), "%s", host);
	(void)snprintf(f->what, sizeof(f->what), "%s", what);
	return f;
}

void verify_find(struct verify *v, enum verify_level level, const char *host, int64_t seq,
    const char *what, const char *fmt, ...)
{
	struct verify_finding *f = add_finding(v, level, host, seq, seq, what);
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

void verify_find_range(struct verify *v, enum verify_level level, const char *host, int64_t seq,
    int64_t last, const char *what, const char *fmt, ...)
{
	struct verify_finding *f = add_finding(v, level, host, seq, last, what);
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

struct parallel {
	struct verify *v;
	void (*fn)(struct verify *v, struct vthread *t, void *arg, size_t i);
	void *arg;
	size_t n;
	atomic_size_t next;
};
struct parallel_thread {
	struct parallel *p;
	struct vthread *t;
};

static void *parallel_main(void *arg)
{
	const struct parallel_thread *pt = arg;
	struct parallel *p = pt->p;
	size_t i;

	while ((i = atomic_fetch_add(&p->next, 1)) < p->n)
		p->fn(p->v, pt->t, p->arg, i);
	return NULL;
}

void verify_parallel(struct verify *v, size_t n,
    void (*fn)(struct verify *v, struct vthread *t, void *arg, size_t i), void *arg)
{
	struct parallel p = { .v = v, .fn = fn, .arg = arg, .n = n };
	struct parallel_thread pt[THREADS_MAX];
	pthread_t id[THREADS_MAX];
	unsigned i, started = 1;

	atomic_init(&p.next, 0);
	for (i = 0; i < v->threads; i++)
		pt[i] = (struct parallel_thread) { &p, &v->th[i] };
	/* A thread that can't be had only makes it slower. */
	while (started < v->threads && started < n &&
	    pthread_create(&id[started], NULL, parallel_main, &pt[started]) == 0)
		started++;
	(void)parallel_main(&pt[0]);
	for (i = 1; i < started; i++)
		(void)pthread_join(id[i], NULL);
}

static unsigned threads_usable(const struct verify_options *opts)
{
	cpu_set_t set;
	int n = 1;

	if (opts != NULL && opts->threads > 0)
		n = (int)opts->threads;
	else if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

static int threads_make(struct verify *v, struct err *e)
{
	unsigned i;
	int r = 0;

	v->judge = &v->th[v->threads];
	for (i = 0; i <= v->threads && r == 0; i++) {
		v->th[i].verifiers = calloc(v->nkeys + 1, sizeof(struct es256_verifier *));
		r = v->th[i].verifiers == NULL ? verify_memory_out(e)
						: hasher_new(&v->th[i].hasher, e);
	}
	return r;
}

static void thread_free(const struct verify *v, struct vthread *t)
{
	size_t i;

	for (i = 0; t->verifiers != NULL && i < v->nkeys; i++)
		es256_verifier_free(&t->verifiers[i]);
	free(t->verifiers);
	for (i = 0; i < t->npolicies && t->policies != NULL; i++)
		policy_free(&t->policies[i]);
	free(t->policies);
	hasher_free(&t->hasher);
	view_free(&t->view);
}

static void verify_free(struct verify *v)
{
	size_t i;

	for (i = 0; v->th != NULL && i <= v->threads; i++)
		thread_free(v, &v->th[i]);
	free(v->th);
	for (i = 0; i < v->npolicies; i++) {
		policy_free(&v->policies[i].p);
		buf_free(&v->policies[i].doc);
		free(v->policies[i].tokens);
	}
	free(v->policies);
	free(v->keys);
	for (i = 0; i < v->nlogs; i++) {
		store_span_close(&v->logs[i].span);
		free(v->logs[i].leaves);
		free(v->logs[i].granted.list);
		free(v->logs[i].opened.list);
		free(v->logs[i].events.list);
		free(v->logs[i].by_event.list);
	}
	free(v->logs);
	ceremonies_free(v);
	for (i = 0; i < v->nclaims; i++)
		free(v->claims[i].what);
	free(v->claims);
	for (i = 0; i < v->ndocs; i++)
		json_free(&v->docs[i].logs);
	free(v->docs);
	free(v->releases);
	verify_report_free(&v->report);
}

/* Policies, then entries, then documents that nobody names. */
static int finding_class(const struct verify_finding *f)
{
	if (f->host[0] != '\0')
		return 1;
	return strncmp(f->what, "policies", 8) == 0 ? 0 : 2;
}

static int finding_compare(const void *a, const void *b)
{
	const struct verify_finding *x = a, *y = b;
	const int k = finding_class(x) - finding_class(y), h = strcmp(x->host, y->host);

	if (k != 0 || h != 0)
		return k != 0 ? k : h;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return strcmp(x->what, y->what);
}

static int report_logs(struct verify *v, struct err *e)
{
	struct verify_report *r = v->report;
	size_t i;

	if (r->nfindings > 1)
		qsort(r->findings, r->nfindings, sizeof(*r->findings), finding_compare);
	r->logs = calloc(v->nlogs + 1, sizeof(*r->logs));
	if (r->logs == NULL)
		return verify_memory_out(e);
	for (i = 0; i < v->nlogs; i++) {
		struct verify_log *o = &r->logs[r->nlogs++];
		const struct vlog *l = &v->logs[i];

		(void)snprintf(o->host, sizeof(o->host), "%s", l->host);
		o->size = l->lines;
		o->covered = l->covered;
		memcpy(o->root, l->root, HASH_LEN);
		o->vouched = l->vouched;
		o->memory = l->memory;
	}
	return 0;
}

static int verify_run(struct verify *v, struct err *e)
{
	int r;

	v->report = calloc(1, sizeof(*v->report));
	v->ceremonies = calloc(CEREMONY_BUCKETS, sizeof(struct ceremony *));
	v->th = calloc(v->threads + 1, sizeof(*v->th));
	if (v->report == NULL || v->ceremonies == NULL || v->th == NULL)
		return verify_memory_out(e);
	r = hash_sha256(v->rp_hash, "twokey:", 7, e);
	if (r == 0)
		r = verify_policies(v, e);
	/* Without a first policy there is no vault to judge the rest by. */
	if (r == 0 && v->npolicies > 0) {
		r = threads_make(v, e);
		if (r == 0)
			r = verify_logs(v, e);
		if (r == 0)
			r = verify_docs(v, e);
		if (r == 0)
			r = verify_heads(v, e);
		if (r == 0)
			verify_releases(v);
	}
	return r == 0 ? report_logs(v, e) : r;
}

int verify_store(struct verify_report **out, const struct store *s,
    const struct verify_memory *memory, const struct verify_options *opts, struct err *e)
{
	struct verify v = { .s = s, .memory = memory, .opts = opts };
	int r;

	*out = NULL;
	v.threads = threads_usable(opts);
	v.max_findings = opts != NULL && opts->max_findings > 0 ? opts->max_findings
								 : FINDINGS_DEFAULT;
	r = verify_run(&v, e);
	if (r == 0) {
		*out = v.report;
		v.report = NULL;
	}
	verify_free(&v);
	return r;
}
