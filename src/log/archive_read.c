/* SPDX-License-Identifier: BSD-2-Clause */
/* An archive as a read-only store. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/archive.h"
#include "log/archive_local.h"

#define CHECKPOINT_FILE_MAX (64u * 1024u)

/* A file in the archive. */
struct part {
	int64_t at, len;	/* at 0: none */
};
struct part_doc {
	struct store_doc doc;
	struct part part;
};
struct part_log {
	char host[NAME_MAX_LEN + 1];
	struct part log, checkpoint;
};
struct archive {
	int fd;
	struct part_doc *docs;
	size_t n, cap;
	struct part_log *logs;
	size_t nlogs;
	uint8_t block[2 * USTAR_BLOCK];	/* the header at hand */
};

static int archive_bad(struct err *e, int64_t at, const char *what)
{
	return err_set(e, ERR_INPUT, "This is no archive of twokey: %s (byte %" PRId64 ").", what, at);
}

/* Exactly len bytes, or ERR_INPUT at the file's end. */
static int archive_pread(int fd, void *out, size_t len, int64_t at, struct err *e)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = pread(fd, (char *)out + got, len - got, at + (int64_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "The archive cannot be read");
		if (n == 0)
			return archive_bad(e, at + (int64_t)got, "it ends too early");
		got += (size_t)n;
	}
	return 0;
}

/* Path and size of a header: it must be the one ustar_header makes of them. */
static int header_read(char path[STORE_PATH_MAX], int64_t *size, const uint8_t h[USTAR_BLOCK])
{
	char name[101], prefix[156], digits[13], full[300], *end;
	uint8_t again[USTAR_BLOCK];

	memcpy(name, h, 100);
	name[100] = '\0';
	memcpy(prefix, h + 345, 155);
	prefix[155] = '\0';
	memcpy(digits, h + 124, 12);
	digits[12] = '\0';
	if (strlen(digits) != 11)
		return -1;
	*size = (int64_t)strtoull(digits, &end, 8);
	(void)snprintf(full, sizeof(full), "%s%s%s", prefix, prefix[0] != '\0' ? "/" : "", name);
	if (*end != '\0' || strlen(full) >= STORE_PATH_MAX)
		return -1;
	memcpy(path, full, strlen(full) + 1);
	return ustar_header(again, path, *size) == 0 && memcmp(again, h, USTAR_BLOCK) == 0 ? 0 : -1;
}

static int archive_add_doc(struct archive *a, const struct store_doc *d, const struct part *p,
    struct err *e)
{
	/* Policies, records, logs: each kind in order, so nothing comes twice. */
	if (a->nlogs > 0 || (a->n > 0 && store_doc_cmp(&a->docs[a->n - 1].doc, d) >= 0))
		return archive_bad(e, p->at, "its files are not in order");
	if (p->len > STORE_DOC_MAX)
		return archive_bad(e, p->at, "a document is too large");
	if (a->n == a->cap) {
		const size_t cap = a->cap ? a->cap * 2 : 256;
		struct part_doc *more = reallocarray(a->docs, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for reading an archive.");
		a->docs = more;
		a->cap = cap;
	}
	a->docs[a->n++] = (struct part_doc) { *d, *p };
	return 0;
}

/* "log/<host>.jsonl" or ".checkpoint": 0 and which, or -1. */
static int log_path(char host[NAME_MAX_LEN + 1], int *checkpoint, const char *path)
{
	static const char *const ends[] = { ".jsonl", ".checkpoint" };
	const size_t len = strlen(path);
	size_t n;

	if (strncmp(path, "log/", 4) != 0)
		return -1;
	for (*checkpoint = 0; *checkpoint < 2; (*checkpoint)++) {
		n = strlen(ends[*checkpoint]);
		if (len <= 4 + n || len - 4 - n > NAME_MAX_LEN ||
		    strcmp(path + len - n, ends[*checkpoint]) != 0)
			continue;
		memcpy(host, path + 4, len - 4 - n);
		host[len - 4 - n] = '\0';
		return text_is_name(host) ? 0 : -1;
	}
	return -1;
}

static int archive_add_log(struct archive *a, const char *host, int checkpoint,
    const struct part *p, struct err *e)
{
	struct part_log *last = a->nlogs > 0 ? &a->logs[a->nlogs - 1] : NULL, *more;
	const int order = last != NULL ? strcmp(last->host, host) : -1;

	if (checkpoint && p->len > CHECKPOINT_FILE_MAX)
		return archive_bad(e, p->at, "a checkpoint is too large");
	if (order > 0 || (order == 0 && (!checkpoint || last->checkpoint.at != 0)))
		return archive_bad(e, p->at, "its files are not in order");
	if (order < 0) {
		more = reallocarray(a->logs, a->nlogs + 1, sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for reading an archive.");
		a->logs = more;
		last = &more[a->nlogs++];
		memset(last, 0, sizeof(*last));
		(void)snprintf(last->host, sizeof(last->host), "%s", host);
	}
	if (checkpoint)
		last->checkpoint = *p;
	else
		last->log = *p;
	return 0;
}

static int archive_add(struct archive *a, const char *path, const struct part *p, struct err *e)
{
	char host[NAME_MAX_LEN + 1];
	struct store_doc d;
	int checkpoint;

	if (store_doc_parse(&d, path) == 0)
		return archive_add_doc(a, &d, p, e);
	if (log_path(host, &checkpoint, path) == 0)
		return archive_add_log(a, host, checkpoint, p, e);
	return archive_bad(e, p->at, "it holds a file that no vault has");
}

static int all_zero(const uint8_t *p, size_t len)
{
	uint8_t any = 0;

	while (len-- > 0)
		any |= *p++;
	return any == 0;
}

/* Reads every header; contents stay where they are. */
static int archive_scan(struct archive *a, int64_t total, struct err *e)
{
	uint8_t *h = a->block;
	char path[STORE_PATH_MAX];
	struct part p;
	int64_t at = 0;
	size_t pad;
	int r = 0;

	while (r == 0) {
		r = archive_pread(a->fd, h, USTAR_BLOCK, at, e);
		if (r != 0 || all_zero(h, USTAR_BLOCK))
			break;
		p.at = at + USTAR_BLOCK;
		if (header_read(path, &p.len, h) != 0)
			return archive_bad(e, at, "a header is malformed");
		pad = ustar_padding(p.len);
		if (p.len + (int64_t)pad > total - p.at)
			return archive_bad(e, at, "it ends too early");
		r = archive_add(a, path, &p, e);
		if (r == 0)
			r = archive_pread(a->fd, h, pad, p.at + p.len, e);
		if (r == 0 && !all_zero(h, pad))
			return archive_bad(e, p.at + p.len, "bytes are behind a file");
		at = p.at + p.len + (int64_t)pad;
	}
	if (r == 0)
		r = archive_pread(a->fd, h, sizeof(a->block), at, e);
	if (r == 0 && (!all_zero(h, sizeof(a->block)) ||
			  total != at + (int64_t)sizeof(a->block)))
		r = archive_bad(e, at, "its end is malformed");
	return r;
}

static int part_compare(const void *key, const void *elem)
{
	return store_doc_cmp(key, &((const struct part_doc *)elem)->doc);
}

static int part_read(const struct archive *a, const struct part *p, struct buf *out, struct err *e)
{
	char *bytes = malloc((size_t)p->len + 1);
	int r;

	if (bytes == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading an archive.");
	r = archive_pread(a->fd, bytes, (size_t)p->len, p->at, e);
	if (r == 0) {
		buf_put(out, bytes, (size_t)p->len);
		if (!buf_ok(out))
			r = err_set(e, ERR_MEMORY, "No memory is left for reading an archive.");
	}
	free(bytes);
	return r;
}

static int archive_read(void *ctx, const struct store_doc *d, struct buf *out, struct err *e)
{
	const struct archive *a = ctx;
	const struct part_doc *p = a->n == 0 ? NULL
	    : bsearch(d, a->docs, a->n, sizeof(*a->docs), part_compare);
	char path[STORE_PATH_MAX];

	if (p == NULL) {
		store_doc_path(path, d);
		return err_set(e, ERR_MISSING, "%s is not in the archive.", path);
	}
	return part_read(a, &p->part, out, e);
}

static int archive_policies(void *ctx, store_doc_fn *fn, void *arg, struct err *e)
{
	const struct archive *a = ctx;
	size_t i;
	int r = 0;

	for (i = 0; i < a->n && a->docs[i].doc.kind == STORE_POLICY && r == 0; i++)
		r = fn(arg, &a->docs[i].doc, e);
	return r;
}

static int archive_records(void *ctx, store_name_fn *fn, void *arg, struct err *e)
{
	const struct archive *a = ctx;
	const char *last = "";
	size_t i;
	int r = 0;

	for (i = 0; i < a->n && r == 0; i++) {
		if (strcmp(a->docs[i].doc.name, last) == 0)
			continue;
		last = a->docs[i].doc.name;
		r = fn(arg, last, e);
	}
	return r;
}

/* The first document at or behind this record's version 0. */
static int archive_versions(void *ctx, const char *record, store_doc_fn *fn, void *arg,
    struct err *e)
{
	const struct archive *a = ctx;
	size_t lo = 0, hi = a->n, mid;
	int r = 0;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(a->docs[mid].doc.name, record) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < a->n && strcmp(a->docs[lo].doc.name, record) == 0 && r == 0; lo++)
		r = fn(arg, &a->docs[lo].doc, e);
	return r;
}

static const struct part_log *archive_find_log(const struct archive *a, const char *host)
{
	size_t i;

	for (i = 0; i < a->nlogs; i++)
		if (strcmp(a->logs[i].host, host) == 0)
			return &a->logs[i];
	return NULL;
}

static int archive_log(void *ctx, const char *host, struct store_span *out, struct err *e)
{
	const struct archive *a = ctx;
	const struct part_log *l = archive_find_log(a, host);

	if (l == NULL || l->log.at == 0)
		return err_set(e, ERR_MISSING, "The log of %s is not in the archive.", host);
	out->fd = fcntl(a->fd, F_DUPFD_CLOEXEC, 0);
	if (out->fd < 0)
		return err_errno(e, ERR_IO, errno, "The archive cannot be read");
	out->start = l->log.at;
	out->len = l->log.len;
	return 0;
}

static int archive_checkpoint(void *ctx, const char *host, struct buf *out, struct err *e)
{
	const struct archive *a = ctx;
	const struct part_log *l = archive_find_log(a, host);

	if (l == NULL || l->checkpoint.at == 0)
		return err_set(e, ERR_MISSING, "The checkpoint of %s is not in the archive.", host);
	return part_read(a, &l->checkpoint, out, e);
}

static int archive_hosts(void *ctx, store_name_fn *fn, void *arg, struct err *e)
{
	const struct archive *a = ctx;
	size_t i;
	int r = 0;

	for (i = 0; i < a->nlogs && r == 0; i++)
		r = fn(arg, a->logs[i].host, e);
	return r;
}

static void archive_close(void *ctx)
{
	struct archive *a = ctx;

	free(a->docs);
	free(a->logs);
	free(a);
}

static const struct store_ops archive_ops = {
	.read = archive_read,
	.policies = archive_policies,
	.records = archive_records,
	.versions = archive_versions,
	.log = archive_log,
	.checkpoint = archive_checkpoint,
	.hosts = archive_hosts,
	.close = archive_close,
};

int archive_open(struct store **out, int fd, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	struct archive *a = calloc(1, sizeof(*a));
	struct stat st;
	int r;

	*out = NULL;
	if (s == NULL || a == NULL) {
		free(s);
		free(a);
		return err_set(e, ERR_MEMORY, "No memory is left for reading an archive.");
	}
	s->ops = &archive_ops;
	s->ctx = a;
	a->fd = fd;
	if (fstat(fd, &st) != 0)
		r = err_errno(e, ERR_IO, errno, "The archive cannot be examined");
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, ERR_INPUT, "An archive must be a regular file.");
	else
		r = archive_scan(a, st.st_size, e);
	if (r != 0)
		store_close(&s);
	*out = s;
	return r;
}
