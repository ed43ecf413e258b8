/* SPDX-License-Identifier: BSD-2-Clause */
/* Appending, in the order of docs/formats.md section 9. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/log_local.h"

#define LOG_MODE 0644

/* One append under way. */
struct work {
	struct log *l;
	const struct log_options *opts;
	int64_t now;
	int cut;
	struct buf lines;
	uint8_t (*leaves)[HASH_LEN];	/* n of them */
	size_t n;
	struct log_head after;		/* the head when all is done */
	const struct store_new *docs;
	struct store_doc *places;	/* of docs */
	size_t ndocs;
};

static int work_common(const struct work *w, json *entry, struct err *e)
{
	const struct log *l = w->l;

	if (json_str(entry, "type") == NULL)
		return err_set(e, ERR_INTERNAL, "An entry has no type.");
	if (json_set_int(entry, "seq", w->after.tree.size) != 0 ||
	    json_set_time(entry, "time", w->now) != 0 ||
	    json_set_str(entry, "boot", l->cfg.boot) != 0 ||
	    json_set_str(entry, "host", l->host) != 0 ||
	    json_set_hex(entry, "policy", w->opts->policy, HASH_LEN) != 0)
		return log_memory(e);
	return 0;
}

static int work_line(struct work *w, json *entry, struct err *e)
{
	const size_t start = w->lines.len;
	size_t len;
	int r;

	r = work_common(w, entry, e);
	if (r == 0)
		r = json_canonical(&w->lines, entry, e);
	if (r != 0)
		return r;
	len = w->lines.len - start;
	if (len > LOG_LINE_MAX)
		return err_set(e, ERR_INPUT, "An entry is larger than a line of the log may be.");
	r = merkle_leaf(w->leaves[w->n], w->lines.data + start, len, e);
	if (r == 0)
		r = merkle_add(&w->after.tree, w->leaves[w->n], e);
	if (r != 0)
		return r;
	memcpy(w->after.last, w->leaves[w->n], HASH_LEN);
	buf_put(&w->lines, "\n", 1);
	w->after.bytes += (int64_t)len + 1;
	w->n++;
	return buf_ok(&w->lines) ? 0 : log_memory(e);
}

/* The first entry of every log. */
static int work_started(struct work *w, struct err *e)
{
	json *j = json_new_object();
	int r;

	if (json_set_str(j, "type", "log.started") != 0 ||
	    json_set_hex(j, "vault", w->l->cfg.vault, HASH_LEN) != 0)
		r = log_memory(e);
	else
		r = work_line(w, j, e);
	json_free(&j);
	return r;
}

static int work_lines(struct work *w, json *const entries[], size_t n, struct err *e)
{
	size_t i;
	int r = 0;

	w->after = w->l->head;
	w->leaves = calloc(n + 1, HASH_LEN);
	if (w->leaves == NULL)
		return log_memory(e);
	if (w->after.tree.size == 0)
		r = work_started(w, e);
	for (i = 0; i < n && r == 0; i++)
		r = work_line(w, entries[i], e);
	return r;
}

static int work_places(struct work *w, struct err *e)
{
	size_t i;

	w->places = calloc(w->ndocs + 1, sizeof(*w->places));
	if (w->places == NULL)
		return log_memory(e);
	for (i = 0; i < w->ndocs; i++)
		w->places[i] = w->docs[i].doc;
	return 0;
}

/* An entry must not name what can't get its place: nothing is written then. */
static int work_vacant(const struct work *w, struct err *e)
{
	char path[STORE_PATH_MAX];
	size_t i;
	int r;

	for (i = 0; i < w->ndocs; i++) {
		const struct store_new *d = &w->docs[i];
		struct buf b = BUF_INIT;
		int same;

		r = store_read(w->l->cfg.store, &d->doc, &b, NULL);
		same = r == 0 && b.len == d->len && memcmp(b.data, d->data, d->len) == 0;
		buf_free(&b);
		if (r == ERR_MISSING || same)
			continue;
		store_doc_path(path, &d->doc);
		(void)err_set(e, ERR_EXISTS, "%s is in the store already, with another content; "
		    "nothing was written.", path);
		(void)err_hint(e, "Another host may have been faster: try again.  If no entry "
		    "that counts names it (`twokey log verify`), move that file away.");
		return ERR_EXISTS;
	}
	return 0;
}

static int step_stage(void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return store_stage(w->l->cfg.store, w->l->host, w->docs, w->ndocs, e);
}

static int step_head(void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return head_write(w->l->cfg.state, &w->l->head, (const uint8_t (*)[HASH_LEN])w->leaves, w->n,
	    e);
}

/* The log file, made when there is none. */
static int step_file(void *ctx, struct err *e)
{
	struct log *l = ((struct work *)ctx)->l;
	const struct dir *d = store_logs(l->cfg.store);
	int r;

	if (l->fd < 0)
		l->fd = openat(d->fd, l->file,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, LOG_MODE);
	if (l->fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be made", d->path, l->file);
	/* Not through openat's mode, which the umask would change. */
	r = l->head.bytes == 0 && fchmod(l->fd, LOG_MODE) != 0
	    ? err_errno(e, ERR_IO, errno, "The mode of %s/%s cannot be set", d->path, l->file)
	    : 0;
	return r == 0 && l->head.bytes == 0 ? dir_sync(d, e) : r;
}

/* The lines at their place, durable.  Runs again whole after ENOSPC. */
static int step_write(void *ctx, struct err *e)
{
	const struct work *w = ctx;
	const struct log *l = w->l;
	size_t done = 0;
	ssize_t n;

	while (done < w->lines.len) {
		n = pwrite(l->fd, w->lines.data + done, w->lines.len - done,
		    l->head.bytes + (int64_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "The log %s cannot be written", l->file);
		done += (size_t)n;
	}
	if (w->cut && ftruncate(l->fd, w->after.bytes) != 0)
		return err_errno(e, ERR_IO, errno, "The log %s cannot be cut", l->file);
	if (fsync(l->fd) != 0)
		return err_errno(e, ERR_IO, errno, "The log %s cannot be written to disk", l->file);
	return 0;
}

static int step_commit(void *ctx, struct err *e)
{
	const struct work *w = ctx;

	return store_commit(w->l->cfg.store, w->l->host, w->places, w->ndocs, e);
}

static void work_discard(const struct work *w)
{
	if (w->ndocs > 0)
		(void)store_discard(w->l->cfg.store, w->l->host, w->places, w->ndocs, NULL);
}

/* Steps 1 to 3.  After ERR_SPACE nothing of it is left. */
static int work_write(struct work *w, struct err *e)
{
	const enum log_space space = w->opts->space;
	struct log *l = w->l;
	int r;

	r = space_run(l, space, SPACE_STORE, step_stage, w, e);
	if (r != 0)
		return r;
	r = space_run(l, space, SPACE_STATE, step_head, w, e);
	if (r == 0)
		r = space_run(l, space, SPACE_STORE, step_file, w, e);
	if (r != 0) {
		/* No line was begun: whatever head.json says now, none is there. */
		work_discard(w);
		return r;
	}
	r = space_run(l, space, SPACE_STORE, step_write, w, e);
	if (r == 0)
		return 0;
	/* What stands behind the head is our own, and nobody was told of it. */
	if (r == ERR_SPACE && !w->cut && ftruncate(l->fd, l->head.bytes) == 0 && fsync(l->fd) == 0)
		work_discard(w);
	else
		l->broken = 1;
	return r;
}

static int work_run(struct work *w, struct log_receipt *receipt, struct err *e)
{
	const int64_t first = w->after.tree.size;
	struct log *l = w->l;
	int r;

	r = work_write(w, e);
	if (r != 0)
		return r;
	l->head = w->after;
	head_note_written(l->cfg.state, l->head.tree.size);
	receipt->size = l->head.tree.size;
	receipt->seq = first;
	receipt->time = w->now;
	r = merkle_root(receipt->root, &l->head.tree, e);
	if (r == 0 && w->ndocs > 0)
		r = space_run(l, w->opts->space, SPACE_STORE, step_commit, w, e);
	if (r != 0) {
		l->broken = 1;
		return r;
	}
	r = append_checkpoint(l, w->opts->durable_checkpoint, w->opts->space,
	    w->opts->durable_checkpoint ? e : NULL);
	receipt->checkpoint = r == 0;
	return w->opts->durable_checkpoint ? r : 0;
}

int append_entries(struct log *l, json *const entries[], size_t n, const struct store_new docs[],
    size_t ndocs, const struct log_options *opts, int cut, struct log_receipt *receipt,
    struct err *e)
{
	struct work w = { .l = l, .opts = opts, .cut = cut, .docs = docs, .ndocs = ndocs,
		.lines = BUF_INIT };
	int r;

	w.now = clock_now(l->cfg.clock);
	r = work_lines(&w, entries, n, e);
	if (r == 0)
		r = work_places(&w, e);
	if (r == 0)
		r = work_vacant(&w, e);
	if (r == 0)
		r = work_run(&w, receipt, e);
	/* log.started is not the caller's. */
	if (r == 0)
		receipt->seq = receipt->size - (int64_t)n;
	free(w.leaves);
	free(w.places);
	buf_free(&w.lines);
	return r;
}

struct note {
	const struct log *l;
	struct buf text;
	char temp[NAME_MAX_LEN + 32], final[NAME_MAX_LEN + 16];
	int durable;
};

static int note_fill(const struct note *n, const struct dir *d, int fd, struct err *e)
{
	int r;

	r = file_write_all(fd, n->text.data, n->text.len, "The checkpoint", e);
	if (r == 0 && fchmod(fd, LOG_MODE) != 0)
		r = err_errno(e, ERR_IO, errno, "The mode of %s/%s cannot be set", d->path, n->temp);
	if (r == 0 && fsync(fd) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be written to disk", d->path, n->temp);
	return r;
}

/* The bytes are safe before they get their name: a checkpoint that a power cut
 * has torn would look like tampering.  Whether it is the new one or the old one
 * that is there then does not matter: a checkpoint behind the log is renewed. */
static int step_note(void *ctx, struct err *e)
{
	const struct note *n = ctx;
	const struct dir *d = store_logs(n->l->cfg.store);
	int spared, r;
	const int fd = file_open_temp(d, n->temp, n->final, &spared);

	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be made", d->path, n->temp);
	r = note_fill(n, d, fd, e);
	if (close(fd) != 0 && r == 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be closed", d->path, n->temp);
	if (r == 0 && file_move_temp(d, n->temp, n->final, spared) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be put in place", d->path, n->final);
	if (r != 0)
		file_drop_temp(d, n->temp, spared);
	if (r == 0 && n->durable)
		r = dir_sync(d, e);
	return r;
}

int append_checkpoint(struct log *l, int durable, enum log_space space, struct err *e)
{
	struct note n = { .l = l, .text = BUF_INIT, .durable = durable };
	struct checkpoint c = { .size = l->head.tree.size };
	int r;

	memcpy(c.origin, l->origin, sizeof(c.origin));
	(void)snprintf(n.final, sizeof(n.final), "%s.checkpoint", l->host);
	(void)snprintf(n.temp, sizeof(n.temp), FILE_TEMP_PREFIX "%s", n.final);
	r = merkle_root(c.root, &l->head.tree, e);
	if (r == 0)
		r = checkpoint_write(&n.text, &c, l->cfg.key, l->pub, e);
	if (r == 0)
		r = space_run(l, space, SPACE_STORE, step_note, &n, e);
	buf_free(&n.text);
	return r;
}
