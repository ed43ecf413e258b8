/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/store_local.h"

#define CHECKPOINT_FILE_MAX (64u * 1024u)

int folder_record(struct dir *out, const struct folder *f, const char *name, int *made,
    struct err *e)
{
	int r, fresh = 0;

	out->fd = -1;
	out->path = NULL;
	if (f->records.fd < 0)
		return err_set(e, ERR_MISSING, "%s holds no records.", f->top.path);
	if (made != NULL) {
		fresh = mkdirat(f->records.fd, name, FOLDER_MODE) == 0;
		if (!fresh && errno != EEXIST)
			return err_errno(e, ERR_IO, errno, "The folder %s/%s cannot be made",
			    f->records.path, name);
		*made |= fresh;
	}
	r = dir_sub(out, &f->records, name, 0, FOLDER_MODE, f->trust, e);
	/* mkdirat's mode alone would be changed by the umask. */
	if (r == 0 && fresh && fchmod(out->fd, FOLDER_MODE) != 0)
		r = err_errno(e, ERR_IO, errno, "The mode of %s cannot be set", out->path);
	return r;
}

static int folder_read(void *ctx, const struct store_doc *d, struct buf *out, struct err *e)
{
	const struct folder *f = ctx;
	char file[STORE_PATH_MAX];
	struct dir sub = { -1, NULL };
	int r;

	store_doc_file(file, d);
	if (d->kind == STORE_POLICY)
		return file_read(out, &f->policies, file, STORE_DOC_MAX, f->trust, e);
	r = folder_record(&sub, f, d->name, NULL, e);
	if (r == 0)
		r = file_read(out, &sub, file, STORE_DOC_MAX, f->trust, e);
	dir_close(&sub);
	return r;
}

struct doc_list {
	const char *record;	/* NULL: policies */
	struct store_doc *docs;
	size_t n, cap;
};

static int doc_list_add(struct doc_list *l, const struct store_doc *d, struct err *e)
{
	if (l->n == l->cap) {
		const size_t cap = l->cap ? l->cap * 2 : 16;
		struct store_doc *more = reallocarray(l->docs, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for listing documents.");
		l->docs = more;
		l->cap = cap;
	}
	l->docs[l->n++] = *d;
	return 0;
}

static int doc_list_one(void *arg, const char *file, struct err *e)
{
	struct doc_list *l = arg;
	struct store_doc d;

	/* What has another name is no document, whatever it may be. */
	if (store_doc_parse_file(&d, l->record, file) != 0)
		return 0;
	return doc_list_add(l, &d, e);
}

static int doc_compare(const void *a, const void *b)
{
	return store_doc_cmp(a, b);
}

/* Lists first, calls then: fn may change the folder. */
static int folder_list(const struct dir *d, const char *record, store_doc_fn *fn, void *arg,
    struct err *e)
{
	struct doc_list l = { record, NULL, 0, 0 };
	size_t i;
	int r;

	r = dir_each(d, doc_list_one, &l, e);
	if (r == 0 && l.n > 1)
		qsort(l.docs, l.n, sizeof(*l.docs), doc_compare);
	for (i = 0; i < l.n && r == 0; i++)
		r = fn(arg, &l.docs[i], e);
	free(l.docs);
	return r;
}

static int folder_policies(void *ctx, store_doc_fn *fn, void *arg, struct err *e)
{
	const struct folder *f = ctx;

	return folder_list(&f->policies, NULL, fn, arg, e);
}

static int folder_versions(void *ctx, const char *record, store_doc_fn *fn, void *arg,
    struct err *e)
{
	const struct folder *f = ctx;
	struct dir sub = { -1, NULL };
	int r;

	if (f->records.fd < 0 || file_exists(&f->records, record) == 0)
		return 0;
	r = folder_record(&sub, f, record, NULL, e);
	if (r == 0)
		r = folder_list(&sub, record, fn, arg, e);
	dir_close(&sub);
	return r;
}

struct name_walk {
	store_name_fn *fn;
	void *arg;
};

static int folder_records_one(void *arg, const char *name, struct err *e)
{
	const struct name_walk *w = arg;

	return text_is_name(name) ? w->fn(w->arg, name, e) : 0;
}

static int folder_records(void *ctx, store_name_fn *fn, void *arg, struct err *e)
{
	const struct folder *f = ctx;
	struct name_walk w = { fn, arg };

	return f->records.fd < 0 ? 0 : dir_each(&f->records, folder_records_one, &w, e);
}

/* "<host>.jsonl" and "<host>.checkpoint"; each host once. */
static int folder_host_name(char out[NAME_MAX_LEN + 1], const char *file)
{
	static const char *const ends[] = { ".jsonl", ".checkpoint" };
	const size_t len = strlen(file);
	size_t i, n;

	for (i = 0; i < 2; i++) {
		n = strlen(ends[i]);
		if (len <= n || len - n > NAME_MAX_LEN || strcmp(file + len - n, ends[i]) != 0)
			continue;
		memcpy(out, file, len - n);
		out[len - n] = '\0';
		return text_is_name(out) ? 0 : -1;
	}
	return -1;
}

struct host_list {
	char (*names)[NAME_MAX_LEN + 1];
	size_t n;
};

static int folder_hosts_one(void *arg, const char *file, struct err *e)
{
	struct host_list *l = arg;
	char name[NAME_MAX_LEN + 1], (*more)[NAME_MAX_LEN + 1];

	if (folder_host_name(name, file) != 0)
		return 0;
	more = reallocarray(l->names, l->n + 1, sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for listing logs.");
	l->names = more;
	memcpy(l->names[l->n++], name, sizeof(name));
	return 0;
}

static int host_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int folder_hosts(void *ctx, store_name_fn *fn, void *arg, struct err *e)
{
	const struct folder *f = ctx;
	struct host_list l = { NULL, 0 };
	size_t i;
	int r;

	r = f->logs.fd < 0 ? 0 : dir_each(&f->logs, folder_hosts_one, &l, e);
	if (r == 0 && l.n > 1)
		qsort(l.names, l.n, sizeof(*l.names), host_compare);
	for (i = 0; i < l.n && r == 0; i++)
		if (i == 0 || strcmp(l.names[i], l.names[i - 1]) != 0)
			r = fn(arg, l.names[i], e);
	free(l.names);
	return r;
}

static int folder_log(void *ctx, const char *host, struct store_span *out, struct err *e)
{
	const struct folder *f = ctx;
	char file[NAME_MAX_LEN + 16];
	struct stat st;
	int fd, r = 0;

	if (f->logs.fd < 0)
		return err_set(e, ERR_MISSING, "%s holds no logs.", f->top.path);
	(void)snprintf(file, sizeof(file), "%s.jsonl", host);
	fd = openat(f->logs.fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_INPUT, "%s/%s is a symbolic link, not a file.", f->logs.path,
		    file);
	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be opened", f->logs.path, file);
	if (fstat(fd, &st) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be examined", f->logs.path, file);
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, ERR_INPUT, "%s/%s is not a regular file.", f->logs.path, file);
	if (r != 0) {
		(void)close(fd);
		return r;
	}
	out->fd = fd;
	out->start = 0;
	out->len = st.st_size;
	return 0;
}

static int folder_checkpoint(void *ctx, const char *host, struct buf *out, struct err *e)
{
	const struct folder *f = ctx;
	char file[NAME_MAX_LEN + 16];

	if (f->logs.fd < 0)
		return err_set(e, ERR_MISSING, "%s holds no logs.", f->top.path);
	(void)snprintf(file, sizeof(file), "%s.checkpoint", host);
	return file_read(out, &f->logs, file, CHECKPOINT_FILE_MAX, f->trust, e);
}

static int folder_lock(void *ctx, int *fd, int wait_ms, struct err *e)
{
	const struct folder *f = ctx;
	const int r = file_lock(fd, &f->top, ".lock", wait_ms, e);

	if (r == ERR_BUSY && e != NULL) {
		err_clear(e);
		(void)err_set(e, ERR_BUSY, "Another twokey command is writing to the store %s.",
		    f->top.path);
		(void)err_hint(e, "Wait for it to end; this tells which it is: fuser -v '%s/.lock'",
		    f->top.path);
	}
	return r;
}

static const struct dir *folder_logs(void *ctx)
{
	const struct folder *f = ctx;

	return f->logs.fd >= 0 ? &f->logs : NULL;
}

static void folder_close(void *ctx)
{
	struct folder *f = ctx;

	dir_close(&f->staging);
	dir_close(&f->logs);
	dir_close(&f->records);
	dir_close(&f->policies);
	dir_close(&f->top);
	free(f);
}

static const struct store_ops folder_ops = {
	.read = folder_read,
	.policies = folder_policies,
	.records = folder_records,
	.versions = folder_versions,
	.log = folder_log,
	.checkpoint = folder_checkpoint,
	.hosts = folder_hosts,
	.stage = folder_stage,
	.commit = folder_commit,
	.discard = folder_discard,
	.staged = folder_staged,
	.read_staged = folder_read_staged,
	.lock = folder_lock,
	.logs = folder_logs,
	.close = folder_close,
};

/* A copy of a store (an unpacked archive) need not have the folders that were
 * empty; the staging folder is made when it is needed. */
static int folder_open_sub(struct dir *out, const struct folder *f, const char *name,
    int optional, struct err *e)
{
	if (optional && file_exists(&f->top, name) == 0)
		return 0;
	return dir_sub(out, &f->top, name, 0, FOLDER_MODE, f->trust, e);
}

static int folder_open(struct folder *f, const char *path, struct err *e)
{
	int r;

	r = dir_open(&f->top, path, f->trust, e);
	if (r == 0)
		r = dir_sub(&f->policies, &f->top, "policies", 0, FOLDER_MODE, f->trust, e);
	if (r == 0)
		r = folder_open_sub(&f->records, f, "records", f->trust == FILE_ANY, e);
	if (r == 0)
		r = folder_open_sub(&f->logs, f, "log", f->trust == FILE_ANY, e);
	if (r == 0)
		r = folder_open_sub(&f->staging, f, FOLDER_STAGING, 1, e);
	if (r != 0 && e != NULL && e->code == ERR_MISSING)
		(void)err_hint(e, "The store belongs there: mount it, copy it back, or name the folder that "
		    "holds it.");
	return r;
}

int store_open(struct store **out, const char *path, enum file_trust trust, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	struct folder *f = calloc(1, sizeof(*f));
	int r;

	*out = NULL;
	if (s == NULL || f == NULL) {
		free(s);
		free(f);
		return err_set(e, ERR_MEMORY, "No memory is left for opening %s.", path);
	}
	f->top.fd = f->policies.fd = f->records.fd = f->logs.fd = f->staging.fd = -1;
	f->trust = trust;
	s->ops = &folder_ops;
	s->ctx = f;
	r = folder_open(f, path, e);
	if (r != 0)
		store_close(&s);
	*out = s;
	return r;
}

static int store_make_one(void *arg, const char *name, struct err *e)
{
	const struct dir *d = arg;
	struct store_doc doc;

	if (store_doc_parse_file(&doc, NULL, name) != 0)
		return 0;
	(void)err_set(e, ERR_EXISTS, "%s holds a vault's policies already.", d->path);
	(void)err_hint(e, "Choose another folder, or use the vault that is there.");
	return ERR_EXISTS;
}

int store_make(const char *path, struct err *e)
{
	static const char *const subs[] = { "records", "log", FOLDER_STAGING };
	struct dir top = { -1, NULL }, sub = { -1, NULL };
	size_t i;
	int r;

	r = dir_make(path, FOLDER_MODE, e);
	if (r == 0)
		r = dir_open(&top, path, FILE_OURS, e);
	if (r == 0)
		r = dir_sub(&sub, &top, "policies", 1, FOLDER_MODE, FILE_OURS, e);
	if (r == 0)
		r = dir_each(&sub, store_make_one, &sub, e);
	dir_close(&sub);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]) && r == 0; i++) {
		r = dir_sub(&sub, &top, subs[i], 1, FOLDER_MODE, FILE_OURS, e);
		dir_close(&sub);
	}
	dir_close(&top);
	return r;
}
