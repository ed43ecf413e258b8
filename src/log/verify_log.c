/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the logs in rounds: lines are analysed on all threads, then judged in order. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/verify_local.h"

#define ROUND_BYTES (1u << 20)	/* at least twice a line */
#define JOB_LINES 64

struct round {
	char *buf;
	size_t have, used;
	struct ventry_info *in;
	size_t n, cap;
};

/* Two rounds: one is analysed while the one before it is judged. */
struct reading {
	size_t log;
	struct round rounds[2], *now, *before;
	int64_t seq;		/* of the next line */
	struct err *e;
	int r;			/* what judging said */
};

/* The whole lines in the buffer become entries to be analysed. */
static int round_cut(struct reading *rg, struct err *e)
{
	struct round *rd = rg->now;
	const char *nl;
	int r = 0;

	rd->n = 0;
	while (r == 0) {
		char *line = rd->buf + rd->used;

		nl = memchr(line, '\n', rd->have - rd->used);
		if (nl == NULL || nl - line > (ptrdiff_t)LOG_LINE_MAX)
			break;
		r = verify_grow(&rd->in, &rd->cap, rd->n, sizeof(*rd->in), e);
		if (r != 0)
			break;
		rd->in[rd->n].line = line;
		rd->in[rd->n].len = (size_t)(nl - line);
		rd->in[rd->n].seq = rg->seq++;
		rd->n++;
		rd->used += (size_t)(nl - line) + 1;
	}
	return r;
}

static int round_judge(struct verify *v, const struct reading *rg, struct err *e)
{
	struct vlog *l = &v->logs[rg->log];
	const struct round *rd = rg->before;
	size_t i;
	int r = 0;

	for (i = 0; i < rd->n && r == 0; i++) {
		r = verify_grow(&l->leaves, &l->cap, (size_t)l->lines, HASH_LEN, e);
		if (r != 0)
			break;
		memcpy(l->leaves[l->lines], rd->in[i].leaf, HASH_LEN);
		l->lines++;
		if (rd->in[i].seq < l->limit)
			r = verify_judge(v, rg->log, &rd->in[i], e);
	}
	return r;
}

/* Piece 0 is the round before, to be judged by one thread; the others are
 * lines of this one. */
static void round_job(struct verify *v, struct vthread *t, void *arg, size_t i)
{
	struct reading *rg = arg;
	struct round *rd = rg->now;
	struct ventry_info *in;
	size_t k;

	if (i == 0) {
		rg->r = round_judge(v, rg, rg->e);
		return;
	}
	for (k = (i - 1) * JOB_LINES; k < rd->n && k < i * JOB_LINES; k++) {
		in = &rd->in[k];
		*in = (struct ventry_info) { .line = in->line, .len = in->len, .seq = in->seq };
		verify_entry(v, t, v->logs[rg->log].host, in);
	}
}

/* Analyses this round, judges the one before, and makes this one that. */
static int round_run(struct verify *v, struct reading *rg, struct err *e)
{
	struct round *spare = rg->before;
	size_t i;

	rg->e = e;
	verify_parallel(v, 1 + (rg->now->n + JOB_LINES - 1) / JOB_LINES, round_job, rg);
	for (i = 0; i <= v->threads && rg->r == 0; i++)
		if (v->th[i].failed)
			rg->r = err_set(e, (enum err_code)v->th[i].failed,
			    "The log of %s could not be verified.", v->logs[rg->log].host);
	rg->before = rg->now;
	rg->now = spare;
	return rg->r;
}

/* Fills the buffer with what the round before left of its own and with more:
 * 1, 0 at the end of the log, or -1 with e. */
static int round_fill(struct reading *rg, const struct vlog *l, int64_t *offset, struct err *e)
{
	struct round *rd = rg->now;
	const struct round *prev = rg->before;
	const int64_t left = l->span.len - *offset;
	size_t room;
	ssize_t n;

	rd->have = prev->have - prev->used;
	rd->used = 0;
	memcpy(rd->buf, prev->buf + prev->used, rd->have);
	room = ROUND_BYTES - rd->have;
	if (left <= 0)
		return 0;
	do
		n = pread(l->span.fd, rd->buf + rd->have, left < (int64_t)room ? (size_t)left : room,
		    l->span.start + *offset);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		(void)err_errno(e, ERR_IO, errno, "The log of %s cannot be read", l->host);
		return -1;
	}
	rd->have += (size_t)n;
	*offset += n;
	return n > 0;
}

static int report_progress(struct verify *v, int64_t bytes, struct err *e)
{
	v->bytes_done += bytes;
	if (v->opts == NULL || v->opts->progress == NULL ||
	    v->opts->progress(v->opts->progress_arg, v->bytes_done, v->bytes_total) == 0)
		return 0;
	return err_set(e, ERR_CANCELLED, "Verification was stopped.");
}

/* What is left when no whole line is. */
static void report_rest(struct verify *v, const struct vlog *l, const struct round *rd)
{
	const size_t rest = rd->have - rd->used;

	if (rest > LOG_LINE_MAX)
		verify_find(v, VERIFY_FAULT, l->host, l->lines, "line", "Line %" PRId64
		    " is longer than a line may be; nothing behind it was read.", l->lines);
	else if (rest > 0)
		verify_find(v, VERIFY_NOTE, l->host, l->lines, "line", "%zu bytes behind the last whole "
		    "line are no entry; the next writer cuts them off and reports them.", rest);
}

static int read_lines(struct verify *v, struct reading *rg, struct err *e)
{
	struct vlog *l = &v->logs[rg->log];
	int64_t offset = 0, start;
	int r, more;

	do {
		start = offset;
		more = round_fill(rg, l, &offset, e);
		if (more < 0)
			return ERR_IO;
		r = round_cut(rg, e);
		/* Without a whole line there is nothing more to read either. */
		if (r == 0 && rg->now->n == 0 && rg->now->have > LOG_LINE_MAX)
			more = 0;
		if (r == 0)
			r = round_run(v, rg, e);
		if (r == 0)
			r = report_progress(v, offset - start, e);
	} while (r == 0 && more > 0);
	/* The last round is still to be judged. */
	if (r == 0)
		r = round_judge(v, rg, e);
	if (r == 0)
		report_rest(v, l, rg->before);
	return r;
}

static int read_log(struct verify *v, size_t log, struct err *e)
{
	struct reading rg = { .log = log, .now = &rg.rounds[0], .before = &rg.rounds[1] };
	struct vlog *l = &v->logs[log];
	size_t i;
	int r;

	if (l->span.fd < 0)
		return 0;
	rg.rounds[0].buf = malloc(ROUND_BYTES);
	rg.rounds[1].buf = malloc(ROUND_BYTES);
	if (rg.rounds[0].buf == NULL || rg.rounds[1].buf == NULL)
		r = verify_memory_out(e);
	else
		r = read_lines(v, &rg, e);
	for (i = 0; i < 2; i++) {
		free(rg.rounds[i].buf);
		free(rg.rounds[i].in);
	}
	v->report->entries += l->lines;
	verify_loose(v, l);
	verify_events(v, l);
	if (r == 0 && l->lines > l->limit)
		verify_find(v, VERIFY_NOTE, l->host, l->limit, "end", "The host was removed: its %" PRId64
		    " entries from %" PRId64 " on count for nothing.", l->lines - l->limit, l->limit);
	return r;
}

/* A host as the newest policy that names it has it. */
static const struct policy_host *find_host(const struct verify *v, const char *name)
{
	const struct policy_host *h = NULL;
	size_t i;

	for (i = v->npolicies; i-- > 0 && h == NULL;)
		h = policy_host(v->policies[i].p, name);
	return h;
}

static int add_log(struct verify *v, const char *host, struct err *e)
{
	const struct policy_host *ph = find_host(v, host);
	struct vlog *more, *l;
	struct err why;
	size_t i;
	int r;

	for (i = 0; i < v->nlogs; i++)
		if (strcmp(v->logs[i].host, host) == 0)
			return 0;
	if (ph == NULL) {
		verify_find(v, VERIFY_NOTE, host, -1, "log", "No policy knows this host: its log counts "
		    "for nothing.");
		return 0;
	}
	more = reallocarray(v->logs, v->nlogs + 1, sizeof(*more));
	if (more == NULL)
		return verify_memory_out(e);
	v->logs = more;
	l = &more[v->nlogs++];
	memset(l, 0, sizeof(*l));
	(void)snprintf(l->host, sizeof(l->host), "%s", host);
	l->ph = ph;
	l->limit = ph->ended ? ph->size : INT64_MAX;
	l->covered = -1;
	l->last_time = -1;
	err_clear(&why);
	r = store_log(v->s, host, &l->span, &why);
	if (r == 0)
		v->bytes_total += l->span.len;
	else if (r == ERR_INPUT)
		verify_find(v, VERIFY_FAULT, host, -1, "log", "%s", why.text);
	else if (r != ERR_MISSING && e != NULL && e->code == ERR_NONE)
		*e = why;
	return r == ERR_MISSING || r == ERR_INPUT ? 0 : r;
}

static int add_log_of(void *arg, const char *host, struct err *e)
{
	return add_log(arg, host, e);
}

static int log_compare(const void *a, const void *b)
{
	return strcmp(((const struct vlog *)a)->host, ((const struct vlog *)b)->host);
}

int verify_logs(struct verify *v, struct err *e)
{
	const struct policy *newest = v->policies[v->npolicies - 1].p;
	size_t i;
	int r;

	r = store_hosts(v->s, add_log_of, v, e);
	/* A log that is not there may be missed by somebody's head. */
	for (i = 0; i < policy_hosts(newest) && r == 0; i++)
		r = add_log(v, policy_host_at(newest, i)->name, e);
	if (r == 0 && v->nlogs > 1)
		qsort(v->logs, v->nlogs, sizeof(*v->logs), log_compare);
	for (i = 0; i < v->nlogs && r == 0; i++)
		r = read_log(v, i, e);
	return r;
}
