/* SPDX-License-Identifier: BSD-2-Clause */
/* What the next writer does after a crash: docs/formats.md section 9. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "log/log_local.h"
#include "log/reader.h"

#define RECOVERED_MAX (64u * 1024u)
#define STOP (-1)	/* ends a walk; no err_code */

struct adopt {
	struct log_head *h;
	const uint8_t (*pending)[HASH_LEN];
	size_t n, i;
};

static int adopt_line(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e)
{
	struct adopt *a = arg;
	uint8_t leaf[HASH_LEN];
	int r;

	(void)seq;
	if (a->i == a->n)
		return STOP;
	r = merkle_leaf(leaf, line, len, e);
	if (r == 0 && memcmp(leaf, a->pending[a->i], HASH_LEN) != 0)
		return STOP;
	if (r == 0)
		r = merkle_add(&a->h->tree, leaf, e);
	if (r == 0) {
		a->i++;
		memcpy(a->h->last, leaf, HASH_LEN);
		a->h->bytes = offset + (int64_t)len + 1;
	}
	return r;
}

/* Moves h over the first of the pending lines, as far as they are there. */
static int recover_adopt(struct log_head *h, const struct store_span *span,
    const uint8_t (*pending)[HASH_LEN], size_t n, struct err *e)
{
	struct adopt a = { h, pending, n, 0 };
	struct err why;
	int r;

	err_clear(&why);
	r = log_lines(span, h->tree.size, h->bytes, -1, adopt_line, &a, NULL, &why);
	/* A torn or overlong line is what the tail is for. */
	if (r == STOP || r == ERR_INPUT)
		return 0;
	if (r != 0)
		(void)err_give(e, &why);
	return r;
}

/* Opens the log file for writing, and its span. No file: fd -1 and length 0. */
static int recover_open(struct log *l, struct store_span *span, struct err *e)
{
	const struct dir *d = store_logs(l->cfg.store);
	struct stat st;

	*span = (struct store_span)STORE_SPAN_INIT;
	/* log_open reads only: it may run where the log can't be written to. */
	l->fd = openat(d->fd, l->file,
	    (log_begun(l) ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (l->fd < 0 && errno == ENOENT)
		return 0;
	if (l->fd < 0 && errno == ELOOP)
		return err_set(e, ERR_CONFIG, "%s/%s is a symbolic link, not a log.", d->path,
		    l->file);
	if (l->fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be opened", d->path, l->file);
	if (fstat(l->fd, &st) != 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be examined", d->path, l->file);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0022) != 0 ||
	    (st.st_uid != 0 && st.st_uid != geteuid())) {
		(void)err_set(e, ERR_CONFIG, "%s/%s can be changed by others (owner %lu, mode %04o).",
		    d->path, l->file, (unsigned long)st.st_uid, (unsigned)st.st_mode & 07777u);
		(void)err_hint(e, "Look at it with \"twokey log verify\", then: chown %lu '%s/%s' && "
		    "chmod 644 '%s/%s'", (unsigned long)geteuid(), d->path, l->file, d->path, l->file);
		return ERR_CONFIG;
	}
	span->fd = l->fd;
	span->len = st.st_size;
	return 0;
}

static int recover_no_head(const struct log *l, const struct store_span *span, struct err *e)
{
	if (span->len == 0)
		return 0;
	(void)err_set(e, ERR_TAMPERED, "There is a log of %s, but this machine's private state "
	    "knows nothing of it.", l->host);
	(void)err_hint(e, "Bring head.json in %s back from a backup, or end this host and add the "
	    "machine under a new name.", state_path(l->cfg.state));
	return ERR_TAMPERED;
}

/* Lines that were on disk do not go by a crash. */
static int recover_written(const struct log *l, int64_t written, struct err *e)
{
	if (written <= l->head.tree.size)
		return 0;
	(void)err_set(e, ERR_ROLLBACK, "The log of %s ends before entry %" PRId64 ", which this "
	    "machine has written: somebody took the end of it away.", l->host,
	    l->head.tree.size);
	(void)err_hint(e, "Bring log/%s back from a copy of the store; `twokey log verify` says how "
	    "far it goes.", l->file);
	return ERR_ROLLBACK;
}

int recover_head(struct log *l, int64_t *tail, struct err *e)
{
	/* First: log_open holds no lock, and another writer may be at work. */
	const int64_t written = head_written(l->cfg.state);
	struct log_head *from = &l->from;
	uint8_t (*pending)[HASH_LEN] = NULL;
	struct store_span span = STORE_SPAN_INIT;
	struct err why;
	size_t n = 0;
	int r;

	*tail = 0;
	err_clear(&why);
	r = head_read(l->cfg.state, from, &pending, &n, &why);
	if (r == ERR_MISSING) {
		r = recover_open(l, &span, e);
		if (r == 0)
			r = recover_no_head(l, &span, e);
	} else if (r != 0) {
		(void)err_give(e, &why);
	} else {
		r = recover_open(l, &span, e);
		if (r == 0)
			r = log_check_head(&span, l->host, from, e);
	}
	l->head = *from;
	if (r == 0 && l->fd >= 0)
		r = recover_adopt(&l->head, &span, (const uint8_t (*)[HASH_LEN])pending, n, e);
	if (r == 0)
		r = recover_written(l, written, e);
	if (r == 0)
		*tail = span.len - l->head.bytes;
	free(pending);
	/* Outside of begin and end no file is held. */
	if (!log_begun(l) && l->fd >= 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
	return r;
}

/* One staged document, and whether an adopted line names it. */
struct staged {
	struct store_doc doc;
	uint8_t digest[HASH_LEN];
	int readable, named, displaced;
};

struct staged_list {
	const struct log *l;
	struct staged *s;
	size_t n;
};

static int staged_digest(struct staged *s, const struct log *l)
{
	static const struct {
		const char *label, *without;
	} kinds[] = {
		[STORE_POLICY] = { "twokey policy v1", "signatures" },
		[STORE_RECORD] = { "twokey record v1", "signature" },
		[STORE_SHARES] = { "twokey shares v1", "signature" },
	};
	struct buf b = BUF_INIT, c = BUF_INIT;
	json *j = NULL;
	int ok;

	ok = store_read_staged(l->cfg.store, l->host, &s->doc, &b, NULL) == 0 &&
	    json_parse(&j, b.data, b.len, JSON_CANONICAL, "", NULL) == 0 &&
	    json_canonical_without(&c, j, kinds[s->doc.kind].without, NULL) == 0 &&
	    hash_label(s->digest, kinds[s->doc.kind].label, c.data, c.len, NULL) == 0;
	json_free(&j);
	buf_free(&b);
	buf_free(&c);
	return ok;
}

static int staged_add(void *arg, const struct store_doc *d, struct err *e)
{
	struct staged_list *list = arg;
	struct staged *more = reallocarray(list->s, list->n + 1, sizeof(*more)), *s;

	if (more == NULL)
		return log_memory(e);
	list->s = more;
	s = &more[list->n++];
	memset(s, 0, sizeof(*s));
	s->doc = *d;
	s->readable = staged_digest(s, list->l);
	return 0;
}

static int staged_is_named(const struct staged *s, const json *entry, const char *type)
{
	const int sealed = strcmp(type, "record.sealed") == 0;
	const char *record;

	if (s->doc.kind == STORE_POLICY)
		return strcmp(type, "policy.accepted") == 0 &&
		    json_int(entry, "serial") == s->doc.serial && json_hex_is(entry, "hash", s->digest, HASH_LEN);
	record = json_str(entry, "record");
	if (record == NULL || strcmp(record, s->doc.name) != 0 ||
	    json_int(entry, "version") != s->doc.version)
		return 0;
	if (s->doc.kind == STORE_RECORD)
		return sealed && json_hex_is(entry, "digest", s->digest, HASH_LEN);
	if (sealed)
		return json_hex_is(entry, "shares", s->digest, HASH_LEN);
	return strcmp(type, "shares.sealed") == 0 && json_int(entry, "serial") == s->doc.serial &&
	    json_hex_is(entry, "shares", s->digest, HASH_LEN);
}

static int staged_match(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct staged_list *list = arg;
	const char *type = json_str(entry, "type");
	size_t i;

	(void)seq;
	(void)offset;
	(void)e;
	for (i = 0; type != NULL && i < list->n; i++)
		if (list->s[i].readable && staged_is_named(&list->s[i], entry, type))
			list->s[i].named = 1;
	return 0;
}

/* Does another content stand in this document's place? */
static int staged_displaced(const struct log *l, const struct staged *s)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	int other;

	other = store_read(l->cfg.store, &s->doc, &a, NULL) == 0 &&
	    store_read_staged(l->cfg.store, l->host, &s->doc, &b, NULL) == 0 &&
	    (a.len != b.len || memcmp(a.data, b.data, a.len) != 0);
	buf_free(&a);
	buf_free(&b);
	return other;
}

/*
 * A false file in a document's place, which verification reports, must not keep
 * the host from every ceremony: such a document, maybe the only copy of a
 * credential, stays staged until its place is free.  By then its line may be an
 * old one; so lines before the adopted ones are asked before anything goes.
 */
static int staged_settle(const struct log *l, struct staged_list *list, struct err *e)
{
	struct store_span span = { l->fd, 0, l->head.bytes };
	size_t i, unnamed = 0;
	int r = 0;

	for (i = 0; i < list->n; i++) {
		list->s[i].displaced = staged_displaced(l, &list->s[i]);
		unnamed += list->s[i].readable && !list->s[i].named && !list->s[i].displaced;
	}
	if (unnamed > 0 && l->from.tree.size > 0 && log_each(&span, 0, 0, l->from.tree.size,
	    staged_match, list, NULL, NULL) != 0)
		return 0;
	for (i = 0; i < list->n && r == 0; i++) {
		const struct store_doc *d = &list->s[i].doc;

		if (list->s[i].displaced)
			continue;
		r = list->s[i].named ? store_commit(l->cfg.store, l->host, d, 1, e)
				     : store_discard(l->cfg.store, l->host, d, 1, e);
	}
	return r;
}

int recover_staged(struct log *l, struct err *e)
{
	const struct log_head *from = &l->from;
	struct staged_list list = { l, NULL, 0 };
	struct store_span span = { l->fd, 0, l->head.bytes };
	const int64_t adopted = l->head.tree.size - from->tree.size;
	int r;

	r = store_staged(l->cfg.store, l->host, staged_add, &list, e);
	if (r == 0 && list.n > 0 && adopted > 0)
		r = log_each(&span, from->tree.size, from->bytes, adopted, staged_match, &list, NULL,
		    e);
	if (r == 0 && list.n > 0)
		r = staged_settle(l, &list, e);
	free(list.s);
	return r;
}

/* The members of log.recovered for `tail` bytes behind the head. */
static int tail_entry(json **out, const struct log *l, int64_t tail, struct err *e)
{
	const int64_t page = sysconf(_SC_PAGESIZE), skip = l->head.bytes % page;
	const size_t shown = tail < (int64_t)RECOVERED_MAX ? (size_t)tail : RECOVERED_MAX;
	const size_t len = (size_t)(skip + tail);
	uint8_t hash[HASH_LEN];
	const uint8_t *map;
	json *j = NULL;
	int r;

	map = mmap(NULL, len, PROT_READ, MAP_SHARED, l->fd, l->head.bytes - skip);
	if (map == MAP_FAILED)
		return err_errno(e, ERR_IO, errno, "The end of the log %s cannot be read", l->file);
	r = hash_sha256(hash, map + skip, (size_t)tail, e);
	if (r == 0) {
		j = json_new_object();
		if (json_set_str(j, "type", "log.recovered") != 0 ||
		    json_set_int(j, "length", tail) != 0 ||
		    json_set_hex(j, "sha256", hash, HASH_LEN) != 0 ||
		    json_set_bytes(j, "bytes", map + skip, shown) != 0)
			r = log_memory(e);
	}
	if (r != 0)
		json_free(&j);
	(void)munmap((void *)(uintptr_t)map, len);
	*out = j;
	return r;
}

int recover_tail(struct log *l, int64_t tail, const struct log_options *opts, struct err *e)
{
	struct log_receipt receipt;
	json *j = NULL;
	int r;

	r = tail_entry(&j, l, tail, e);
	if (r == 0)
		r = append_entries(l, &j, 1, NULL, 0, opts, 1, &receipt, e);
	json_free(&j);
	return r;
}
