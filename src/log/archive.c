/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/archive.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/archive_local.h"
#include "log/log.h"
#include "log/reader.h"

#define COPY_CHUNK (64u * 1024u)
#define LOCK_WAIT_MS 5000

int ustar_header(uint8_t out[USTAR_BLOCK], const char *path, int64_t size)
{
	const char *slash = strrchr(path, '/'), *name = path;
	unsigned sum = 0;
	char *h = (char *)out;
	size_t i;

	memset(out, 0, USTAR_BLOCK);
	if (size < 0 || size > USTAR_SIZE_MAX)
		return -1;
	/* name 100 bytes, prefix 155: split only where it must be. */
	if (strlen(path) > 100) {
		if (slash == NULL || slash - path > 155 || strlen(slash + 1) > 100)
			return -1;
		memcpy(h + 345, path, (size_t)(slash - path));
		name = slash + 1;
	}
	memcpy(h, name, strlen(name));
	memcpy(h + 100, "0000644", 7);
	memcpy(h + 108, "0000000", 7);
	memcpy(h + 116, "0000000", 7);
	(void)snprintf(h + 124, 12, "%011" PRIo64, (uint64_t)size);
	memcpy(h + 136, "00000000000", 11);
	memset(h + 148, ' ', 8);
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	memcpy(h + 329, "0000000", 7);
	memcpy(h + 337, "0000000", 7);
	for (i = 0; i < USTAR_BLOCK; i++)
		sum += out[i];
	(void)snprintf(h + 148, 8, "%06o", sum);
	h[155] = ' ';
	return 0;
}

size_t ustar_padding(int64_t size)
{
	return (size_t)(-size & (USTAR_BLOCK - 1));
}

/* What the archive will hold, taken while no writer is at work. */
struct content_log {
	char host[NAME_MAX_LEN + 1];
	struct store_span span;
	struct buf checkpoint;
	int has_log, has_checkpoint;
};
struct content {
	const struct store *s;
	struct store_doc *docs;
	size_t n, cap;
	struct content_log *logs;
	size_t nlogs;
};

static int content_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for an archive.");
}

static int content_doc(void *arg, const struct store_doc *d, struct err *e)
{
	struct content *c = arg;

	if (c->n == c->cap) {
		const size_t cap = c->cap ? c->cap * 2 : 256;
		struct store_doc *more = reallocarray(c->docs, cap, sizeof(*more));

		if (more == NULL)
			return content_memory(e);
		c->docs = more;
		c->cap = cap;
	}
	c->docs[c->n++] = *d;
	return 0;
}

static int content_record(void *arg, const char *name, struct err *e)
{
	struct content *c = arg;

	return store_versions(c->s, name, content_doc, c, e);
}

/* The log up to its last newline: a line may be under way. */
static int content_cut(struct store_span *span, struct err *e)
{
	char buf[512];
	ssize_t n;
	size_t want;

	while (span->len > 0) {
		want = span->len < (int64_t)sizeof(buf) ? (size_t)span->len : sizeof(buf);
		n = pread(span->fd, buf, want, span->start + span->len - (int64_t)want);
		if (n != (ssize_t)want)
			return err_errno(e, ERR_IO, n < 0 ? errno : EIO, "A log cannot be read");
		while (want > 0 && buf[want - 1] != '\n') {
			want--;
			span->len--;
		}
		if (want > 0)
			return 0;
	}
	return 0;
}

static int content_log(void *arg, const char *host, struct err *e)
{
	struct content *c = arg;
	struct content_log *more = reallocarray(c->logs, c->nlogs + 1, sizeof(*more)), *l;
	struct err why;
	int r;

	if (more == NULL)
		return content_memory(e);
	c->logs = more;
	l = &more[c->nlogs++];
	memset(l, 0, sizeof(*l));
	l->span = (struct store_span)STORE_SPAN_INIT;
	(void)snprintf(l->host, sizeof(l->host), "%s", host);
	err_clear(&why);
	r = store_checkpoint(c->s, host, &l->checkpoint, &why);
	l->has_checkpoint = r == 0;
	if (r == 0 || r == ERR_MISSING) {
		err_clear(&why);
		r = store_log(c->s, host, &l->span, &why);
		l->has_log = r == 0;
	}
	if (r == 0)
		r = content_cut(&l->span, &why);
	if (r == ERR_MISSING)
		return 0;
	if (r != 0)
		(void)err_give(e, &why);
	return r;
}

static int content_take(struct content *c, struct err *e)
{
	int r, lock = -1;

	/* A reader may be unable to lock; the log is then a moment older than
	 * the documents, which is the harmless way round. */
	if (store_writable(c->s))
		(void)store_lock(c->s, &lock, LOCK_WAIT_MS, NULL);
	r = store_hosts(c->s, content_log, c, e);
	if (r == 0)
		r = store_policies(c->s, content_doc, c, e);
	if (r == 0)
		r = store_records(c->s, content_record, c, e);
	if (lock >= 0)
		(void)close(lock);
	return r;
}

static void content_free(struct content *c)
{
	while (c->nlogs > 0) {
		c->nlogs--;
		store_span_close(&c->logs[c->nlogs].span);
		buf_free(&c->logs[c->nlogs].checkpoint);
	}
	free(c->logs);
	free(c->docs);
}

static int put_header(int fd, const char *path, int64_t size, struct err *e)
{
	uint8_t h[USTAR_BLOCK];

	if (ustar_header(h, path, size) != 0)
		return err_set(e, ERR_INPUT, "%s does not fit into an archive.", path);
	return file_write_all(fd, h, sizeof(h), "The archive", e);
}

static int put_padding(int fd, int64_t size, struct err *e)
{
	static const uint8_t zeros[USTAR_BLOCK];

	return file_write_all(fd, zeros, ustar_padding(size), "The archive", e);
}

static int put_bytes(int fd, const char *path, const struct buf *b, struct err *e)
{
	int r;

	r = put_header(fd, path, (int64_t)b->len, e);
	if (r == 0)
		r = file_write_all(fd, buf_str(b), b->len, "The archive", e);
	return r == 0 ? put_padding(fd, (int64_t)b->len, e) : r;
}

static int put_span(int fd, const struct store_span *span, struct err *e)
{
	char *buf = malloc(COPY_CHUNK);
	int64_t done = 0;
	ssize_t n;
	int r = 0;

	if (buf == NULL)
		return content_memory(e);
	while (r == 0 && done < span->len) {
		const int64_t left = span->len - done;

		n = pread(span->fd, buf, left < (int64_t)COPY_CHUNK ? (size_t)left : COPY_CHUNK,
		    span->start + done);
		if (n <= 0)
			r = err_errno(e, ERR_IO, n < 0 ? errno : EIO, "A log cannot be read");
		else
			r = file_write_all(fd, buf, (size_t)n, "The archive", e);
		done += n;
	}
	free(buf);
	return r;
}

static int put_log(int fd, const struct content_log *l, struct err *e)
{
	char path[STORE_PATH_MAX];
	int r = 0;

	if (l->has_log) {
		(void)snprintf(path, sizeof(path), "log/%s.jsonl", l->host);
		r = put_header(fd, path, l->span.len, e);
		if (r == 0)
			r = put_span(fd, &l->span, e);
		if (r == 0)
			r = put_padding(fd, l->span.len, e);
	}
	if (r == 0 && l->has_checkpoint) {
		(void)snprintf(path, sizeof(path), "log/%s.checkpoint", l->host);
		r = put_bytes(fd, path, &l->checkpoint, e);
	}
	return r;
}

int archive_write(int fd, const struct store *s, struct err *e)
{
	static const uint8_t end[2 * USTAR_BLOCK];
	struct content c = { .s = s };
	struct buf b = BUF_INIT;
	char path[STORE_PATH_MAX];
	size_t i;
	int r;

	r = content_take(&c, e);
	for (i = 0; i < c.n && r == 0; i++) {
		buf_reset(&b);
		store_doc_path(path, &c.docs[i]);
		r = store_read(s, &c.docs[i], &b, e);
		if (r == 0)
			r = put_bytes(fd, path, &b, e);
	}
	for (i = 0; i < c.nlogs && r == 0; i++)
		r = put_log(fd, &c.logs[i], e);
	if (r == 0)
		r = file_write_all(fd, end, sizeof(end), "The archive", e);
	buf_free(&b);
	content_free(&c);
	return r;
}

struct lines_out {
	int fd;
	int64_t first;
	struct buf b;
};

static int lines_out_one(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct lines_out *o = arg;
	int r = 0;

	(void)offset;
	if (seq < o->first)
		return 0;
	buf_put(&o->b, line, len);
	buf_put(&o->b, "\n", 1);
	if (!buf_ok(&o->b))
		return content_memory(e);
	if (o->b.len >= COPY_CHUNK) {
		r = file_write_all(o->fd, o->b.data, o->b.len, "The export", e);
		buf_reset(&o->b);
	}
	return r;
}

static int lines_out_all(struct lines_out *o, const struct store *s, const char *host,
    struct err *e)
{
	struct store_span span = STORE_SPAN_INIT;
	int r;

	r = store_log(s, host, &span, e);
	if (r == 0)
		r = content_cut(&span, e);
	if (r == 0)
		r = log_lines(&span, 0, 0, -1, lines_out_one, o, NULL, e);
	store_span_close(&span);
	return r;
}

int archive_lines(int fd, const struct store *s, const char *host, int64_t first, int64_t size,
    const uint8_t root[HASH_LEN], struct err *e)
{
	struct lines_out o = { fd, first, BUF_INIT };
	struct log_head h;
	int r, wrote;

	log_head_init(&h);
	r = size < 0 ? lines_out_all(&o, s, host, e)
		     : log_follow_to(&h, s, host, size, root, lines_out_one, &o, e);
	/* A damaged log is worth keeping, too. */
	if (r == 0 || r == ERR_TAMPERED || r == ERR_ROLLBACK) {
		wrote = file_write_all(fd, buf_str(&o.b), o.b.len, "The export", r == 0 ? e : NULL);
		r = r == 0 ? wrote : r;
	}
	buf_free(&o.b);
	return r;
}
