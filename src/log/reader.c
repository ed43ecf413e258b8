/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/checkpoint.h"
#include "log/log.h"

#define READ_CHUNK (1u << 20)

/* Bytes of the span at `offset` into out: how many, or -1 and errno. */
static ssize_t span_read(const struct store_span *span, int64_t offset, void *out, size_t cap)
{
	const int64_t left = span->len - offset;
	ssize_t n;

	if (left <= 0)
		return 0;
	if ((int64_t)cap > left)
		cap = (size_t)left;
	do
		n = pread(span->fd, out, cap, span->start + offset);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Where a walk through lines stands. */
struct lines {
	const struct store_span *span;
	char *buf;
	size_t have, used;	/* bytes in buf, and of them already handed out */
	int64_t seq, offset;	/* of the line at buf + used */
	int64_t limit;
	log_line_fn *fn;
	void *arg;
};

/* Hands out the whole lines in the buffer. */
static int lines_hand_out(struct lines *l, struct err *e)
{
	const char *nl;
	size_t len;
	int r = 0;

	while (r == 0 && l->limit != 0) {
		const char *line = l->buf + l->used;

		nl = memchr(line, '\n', l->have - l->used);
		if (nl == NULL)
			break;
		len = (size_t)(nl - line);
		if (len > LOG_LINE_MAX)
			return err_set(e, ERR_INPUT, "Line %" PRId64 " is longer than a line may be.",
			    l->seq);
		r = l->fn(l->arg, l->seq, l->offset, line, len, e);
		l->used += len + 1;
		l->offset += (int64_t)len + 1;
		l->seq++;
		if (l->limit > 0)
			l->limit--;
	}
	return r;
}

/* More bytes behind those in the buffer: 1, 0 at the end, or -1 with e. */
static int lines_fill(struct lines *l, struct err *e)
{
	ssize_t n;

	memmove(l->buf, l->buf + l->used, l->have - l->used);
	l->have -= l->used;
	l->used = 0;
	if (l->have > LOG_LINE_MAX) {
		(void)err_set(e, ERR_INPUT, "Line %" PRId64 " is longer than a line may be.", l->seq);
		return -1;
	}
	n = span_read(l->span, l->offset + (int64_t)l->have, l->buf + l->have,
	    READ_CHUNK - l->have);
	if (n < 0) {
		(void)err_errno(e, ERR_IO, errno, "A log cannot be read");
		return -1;
	}
	l->have += (size_t)n;
	return n > 0;
}

int log_lines(const struct store_span *span, int64_t seq, int64_t offset, int64_t limit,
    log_line_fn *fn, void *arg, int64_t *next, struct err *e)
{
	struct lines l = { .span = span, .seq = seq, .offset = offset, .limit = limit, .fn = fn,
		.arg = arg };
	int r = 0, more = 1;

	l.buf = malloc(READ_CHUNK);
	if (l.buf == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading a log.");
	while (r == 0 && l.limit != 0 && more > 0) {
		more = lines_fill(&l, e);
		if (more < 0)
			r = e != NULL && e->code != ERR_NONE ? (int)e->code : ERR_INPUT;
		else
			r = lines_hand_out(&l, e);
	}
	if (r == 0 && l.limit != 0 && l.have > l.used)
		r = err_set(e, ERR_INPUT, "Line %" PRId64 " is not ended.", l.seq);
	if (next != NULL)
		*next = l.offset;
	free(l.buf);
	return r;
}

struct each {
	log_entry_fn *fn;
	void *arg;
};

static int each_line(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	const struct each *w = arg;
	json *j = NULL;
	char where[48];
	int r;

	(void)snprintf(where, sizeof(where), "Entry %" PRId64, seq);
	r = json_parse(&j, line, len, JSON_CANONICAL, where, e);
	if (r == 0 && json_int(j, "seq") != seq)
		r = err_set(e, ERR_TAMPERED, "Entry %" PRId64 " calls itself by another number.",
		    seq);
	if (r == 0)
		r = w->fn(w->arg, seq, offset, j, e);
	json_free(&j);
	return r;
}

int log_each(const struct store_span *span, int64_t seq, int64_t offset, int64_t limit,
    log_entry_fn *fn, void *arg, int64_t *next, struct err *e)
{
	struct each w = { fn, arg };

	return log_lines(span, seq, offset, limit, each_line, &w, next, e);
}

/* The last line before h->bytes: its leaf hash. ERR_TAMPERED when no line can
 * be seen there. */
static int last_leaf(uint8_t out[HASH_LEN], const struct store_span *span, int64_t bytes,
    struct err *e)
{
	const size_t most = LOG_LINE_MAX + 2;
	size_t want = 4096, start;
	char *buf = malloc(most);
	ssize_t n;
	int r = 0;

	if (buf == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading a log.");
	for (;; want = want * 8 > most ? most : want * 8) {
		if ((int64_t)want > bytes)
			want = (size_t)bytes;
		n = span_read(span, bytes - (int64_t)want, buf, want);
		if (n < 0) {
			r = err_errno(e, ERR_IO, errno, "A log cannot be read");
			break;
		}
		if ((size_t)n != want || want < 2 || buf[want - 1] != '\n') {
			r = err_set(e, ERR_TAMPERED, "A log has no line where its last one was.");
			break;
		}
		for (start = want - 1; start > 0 && buf[start - 1] != '\n'; start--)
			;
		if (start > 0 || (int64_t)want == bytes) {
			r = merkle_leaf(out, buf + start, want - 1 - start, e);
			break;
		}
		if (want == most) {
			r = err_set(e, ERR_TAMPERED, "A log has no line where its last one was.");
			break;
		}
	}
	free(buf);
	return r;
}

int log_check_head(const struct store_span *span, const char *host, const struct log_head *h,
    struct err *e)
{
	uint8_t leaf[HASH_LEN];
	int r;

	if (h->tree.size == 0)
		return 0;
	if (span->len < h->bytes) {
		(void)err_set(e, ERR_ROLLBACK, "The log of %s is shorter (%" PRId64 " bytes) than this "
		    "machine has seen it (%" PRId64 " bytes, %" PRId64 " entries).", host, span->len,
		    h->bytes, h->tree.size);
		(void)err_hint(e, "Bring the newer log back, and find out who put an older one there.");
		return ERR_ROLLBACK;
	}
	r = last_leaf(leaf, span, h->bytes, e);
	if (r == 0 && memcmp(leaf, h->last, HASH_LEN) != 0)
		r = err_set(e, ERR_TAMPERED, "Entry %" PRId64
		    " is not the one that this machine has seen.", h->tree.size - 1);
	if (r == ERR_TAMPERED) {
		(void)err_prefix(e, "The log of %s was changed", host);
		(void)err_hint(e, "\"twokey log verify\" tells what was changed.");
	}
	return r;
}

struct follow {
	struct log_head *h;
	log_line_fn *fn;
	void *arg;
};

static int follow_line(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct follow *f = arg;
	int r;

	r = merkle_leaf(f->h->last, line, len, e);
	if (r == 0)
		r = merkle_add(&f->h->tree, f->h->last, e);
	if (r == 0 && f->fn != NULL)
		r = f->fn(f->arg, seq, offset, line, len, e);
	return r;
}

/* From h to size, and the root compared; h is moved on success only. */
static int follow_span(struct log_head *h, const struct store_span *span, const char *host,
    int64_t size, const uint8_t root[HASH_LEN], log_line_fn *fn, void *arg, struct err *e)
{
	struct log_head at = *h;
	struct follow f = { &at, fn, arg };
	uint8_t got[HASH_LEN];
	int r;

	r = log_check_head(span, host, h, e);
	if (r == 0 && size > h->tree.size)
		r = log_lines(span, h->tree.size, h->bytes, size - h->tree.size, follow_line, &f,
		    &at.bytes, e);
	/* What no reader takes is not what the head was made of. */
	if (r == ERR_INPUT) {
		(void)err_prefix(e, "The log of %s", host);
		(void)err_hint(e, "\"twokey log verify\" tells what was changed.");
		if (e != NULL)
			e->code = ERR_TAMPERED;
		return ERR_TAMPERED;
	}
	if (r == 0 && at.tree.size < size) {
		(void)err_set(e, ERR_ROLLBACK, "The log of %s has %" PRId64 " entries, not the %" PRId64
		    " that its head names.", host, at.tree.size, size);
		(void)err_hint(e, "\"twokey log verify\" tells what was changed.");
		return ERR_ROLLBACK;
	}
	if (r == 0)
		r = merkle_root(got, &at.tree, e);
	if (r == 0 && memcmp(got, root, HASH_LEN) != 0) {
		(void)err_set(e, ERR_TAMPERED, "The log of %s does not lead to the root that its head "
		    "names.", host);
		(void)err_hint(e, "\"twokey log verify\" tells what was changed.");
		return ERR_TAMPERED;
	}
	if (r == 0)
		*h = at;
	return r;
}

int log_follow_to(struct log_head *h, const struct store *s, const char *host, int64_t size,
    const uint8_t root[HASH_LEN], log_line_fn *fn, void *arg, struct err *e)
{
	struct store_span span = STORE_SPAN_INIT;
	struct err why;
	int r;

	if (size == 0 && h->tree.size == 0)
		return 0;
	if (size < h->tree.size)
		return err_set(e, ERR_ROLLBACK, "The log of %s ends at %" PRId64
		    " entries, but this machine has seen %" PRId64 ".", host, size, h->tree.size);
	err_clear(&why);
	r = store_log(s, host, &span, &why);
	if (r == ERR_MISSING)
		return err_set(e, ERR_ROLLBACK, "The log of %s is gone.", host);
	if (r != 0)
		(void)err_give(e, &why);
	if (r == 0)
		r = follow_span(h, &span, host, size, root, fn, arg, e);
	store_span_close(&span);
	return r;
}

int log_each_to(const struct store *s, const char *host, int64_t size,
    const uint8_t root[HASH_LEN], log_entry_fn *fn, void *arg, int64_t *next, struct err *e)
{
	struct each w = { fn, arg };
	struct log_head h;
	int r;

	log_head_init(&h);
	r = log_follow_to(&h, s, host, size, root, fn != NULL ? each_line : NULL, &w, e);
	if (next != NULL)
		*next = h.bytes;
	return r;
}

/* The size and root the host's own checkpoint names; ERR_MISSING without one. */
static int follow_checkpoint(struct checkpoint *c, const struct store *s,
    const struct log_world *w, const struct log_host *host, struct err *e)
{
	char origin[CHECKPOINT_ORIGIN_MAX];
	struct buf b = BUF_INIT;
	int r;

	checkpoint_origin(origin, w->vault, host->name);
	r = store_checkpoint(s, host->name, &b, e);
	if (r == 0)
		r = checkpoint_read(c, b.data, b.len, origin, host->key, e);
	buf_free(&b);
	return r;
}

int log_follow(struct log_head *h, const struct store *s, const struct log_world *w,
    const struct log_host *host, log_line_fn *fn, void *arg, struct err *e)
{
	struct checkpoint c;
	struct err why;
	int r;

	if (host->ended) {
		/* What was seen beyond the end does not count any more. */
		if (h->tree.size >= host->end_size)
			return 0;
		return log_follow_to(h, s, host->name, host->end_size, host->end_root, fn, arg, e);
	}
	err_clear(&why);
	r = follow_checkpoint(&c, s, w, host, &why);
	if (r == ERR_MISSING && h->tree.size == 0)
		return 0;
	if (r == ERR_MISSING)
		return err_set(e, ERR_ROLLBACK, "The checkpoint of %s's log is gone.", host->name);
	if (r != 0)
		return err_give(e, &why);
	return log_follow_to(h, s, host->name, c.size, c.root, fn, arg, e);
}

int seen_update(struct seen *seen, const struct store *s, const struct log_world *w,
    const char *own, int *changed, struct err *e)
{
	const struct log_head *known;
	struct log_head h;
	int64_t before;
	size_t i;
	int r = 0;

	*changed = 0;
	for (i = 0; i < w->nhosts && r == 0; i++) {
		if (own != NULL && strcmp(w->hosts[i].name, own) == 0)
			continue;
		known = seen_find(seen, w->hosts[i].name);
		log_head_init(&h);
		if (known != NULL)
			h = *known;
		before = h.tree.size;
		r = log_follow(&h, s, w, &w->hosts[i], NULL, NULL, e);
		if (r == 0 && h.tree.size != before) {
			r = seen_set(seen, w->hosts[i].name, &h, e);
			*changed = 1;
		}
	}
	return r;
}
