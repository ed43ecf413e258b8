/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "correlate/journal.h"

#define FILE_NAME "waiting.jsonl"
#define WAITING_MAX (16u * 1024u * 1024u)	/* bytes kept; what is more stays in AWS's hands */
#define FAILED_KEPT 500				/* failed sign-ins of a day: strangers make these */
#define LOCK_MS 10000

/* *left counts what found no room. */
static int keep(struct buf *b, const struct finding *f, const struct journal_in *in, int64_t *left, struct err *e)
{
	int64_t most = f->verdict == VERDICT_FAILED && f->events > FAILED_KEPT ? FAILED_KEPT : f->events;
	int r = 0;

	for (int64_t i = 0; i < most && r == 0; i++) {
		const struct event *ev = &in->events[f->of[i]];
		const size_t from = b->len;

		if (!ev->vouched || ev->raw_len == 0 || past_has(in->past, ev))
			continue;
		if (ev->raw_at == SPILL_NOT || b->len + ev->raw_len > WAITING_MAX) {
			++*left;
			continue;
		}
		r = spill_read(in->records, b, ev->raw_at, ev->raw_len, e);
		for (size_t k = from; k < b->len; k++)
			if (b->data[k] == '\n' || b->data[k] == '\r')
				b->data[k] = ' ';
		buf_puts(b, "\n");
	}
	return r;
}

/* Replaces the file, under the state's lock. */
static int replace(const struct buf *b, const struct state *s, int aside, struct err *e)
{
	const struct dir *d = state_dir(s);
	int r = aside ? state_set_aside(s, FILE_NAME, e) : 0;

	if (r == 0 && b->len > 0)
		r = file_replace(d, FILE_NAME, b->data, b->len, 0600, e);
	else if (r == 0 && !aside && unlinkat(d->fd, FILE_NAME, 0) != 0)
		r = err_set(e, ERR_IO, "%s/" FILE_NAME " cannot be removed.", d->path);
	return r;
}

int waiting_write(const struct journal_in *in, const struct state *s, int aside, int64_t *left, struct err *e)
{
	struct buf b = BUF_INIT;
	int64_t of_failed = 0;
	int r = 0, fd;

	*left = 0;
	/* Whoever fails to sign in is a stranger: that takes no room from the rest. */
	for (int failed = 0; failed < 2; failed++)
		for (size_t i = 0; i < in->verdicts->n && r == 0; i++) {
			const struct finding *f = &in->verdicts->finding[i];

			if (journal_waits(f, in) && (f->verdict == VERDICT_FAILED) == failed)
				r = keep(&b, f, in, failed ? &of_failed : left, e);
		}
	if (r == 0 && !buf_ok(&b))
		r = err_set(e, ERR_MEMORY, "Out of memory.");
	if (r == 0 && (b.len > 0 || file_exists(state_dir(s), FILE_NAME) != 0) &&
	    (r = state_lock(s, &fd, LOCK_MS, e)) == 0) {
		r = replace(&b, s, aside, e);
		(void)close(fd);
	}
	buf_free(&b);
	return r;
}

char *waiting_path(const struct state *s)
{
	char *path;

	return asprintf(&path, "%s/" FILE_NAME, state_path(s)) < 0 ? NULL : path;
}
