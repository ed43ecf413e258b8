/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Staging and committing in a folder.  All staged documents stand in one
 * folder, .new, so that what a crash left is found without a walk through
 * all records; a staged name is "<host>_" and the document's path with '_'
 * for '/', which no name holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/store_local.h"

#define STAGED_MAX (NAME_MAX_LEN + 1 + STORE_PATH_MAX)
/* From this many documents on, one syncfs costs less than a sync for each. */
#define SYNCFS_FROM 9

static void staged_name(char out[STAGED_MAX], const char *host, const struct store_doc *d)
{
	char path[STORE_PATH_MAX], *p;

	store_doc_path(path, d);
	for (p = path; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
	(void)snprintf(out, STAGED_MAX, "%s_%s", host, path);
}

/* 0, or -1 when it is not one of this host's staged documents. */
static int staged_parse(struct store_doc *d, const char *host, const char *name)
{
	const size_t n = strlen(host);
	char path[STORE_PATH_MAX], *p;

	if (strncmp(name, host, n) != 0 || name[n] != '_' ||
	    strlen(name + n + 1) >= sizeof(path))
		return -1;
	(void)snprintf(path, sizeof(path), "%s", name + n + 1);
	for (p = path; *p != '\0'; p++)
		if (*p == '_')
			*p = '/';
	return store_doc_parse(d, path);
}

static int stage_one(const struct folder *f, const char *host, const struct store_new *doc,
    int sync, struct err *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	char name[STAGED_MAX];
	int fd, r;

	staged_name(name, host, &doc->doc);
	fd = openat(f->staging.fd, name, flags, 0600);
	if (fd < 0 && errno == EEXIST && unlinkat(f->staging.fd, name, 0) == 0)
		fd = openat(f->staging.fd, name, flags, 0600);
	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be made", f->staging.path, name);
	r = file_write_all(fd, doc->data, doc->len, f->staging.path, e);
	if (r == 0 && fchmod(fd, FOLDER_FILE_MODE) != 0)
		r = err_errno(e, ERR_IO, errno, "The mode of %s/%s cannot be set", f->staging.path,
		    name);
	if (r == 0 && sync && fsync(fd) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be written to disk", f->staging.path,
		    name);
	if (close(fd) != 0 && r == 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be closed", f->staging.path, name);
	return r;
}

static int folder_sync_all(const struct folder *f, struct err *e)
{
	if (syncfs(f->top.fd) != 0)
		return err_errno(e, ERR_IO, errno, "The store %s cannot be written to disk",
		    f->top.path);
	return 0;
}

/* A store made by hand or copied lacks the staging folder. */
static int folder_need_staging(struct folder *f, struct err *e)
{
	if (f->staging.fd >= 0)
		return 0;
	return dir_sub(&f->staging, &f->top, FOLDER_STAGING, 1, FOLDER_MODE, f->trust, e);
}

static void unstage(const struct folder *f, const char *host, const struct store_doc *d)
{
	char name[STAGED_MAX];

	staged_name(name, host, d);
	(void)unlinkat(f->staging.fd, name, 0);
}

int folder_stage(void *ctx, const char *host, const struct store_new *docs, size_t n,
    struct err *e)
{
	const int each = n < SYNCFS_FROM;
	struct folder *f = ctx;
	size_t i;
	int r;

	r = folder_need_staging(f, e);
	if (r != 0)
		return r;
	for (i = 0; i < n && r == 0; i++)
		r = stage_one(f, host, &docs[i], each, e);
	if (r == 0)
		r = each ? dir_sync(&f->staging, e) : folder_sync_all(f, e);
	if (r != 0)
		while (i-- > 0)
			unstage(f, host, &docs[i].doc);
	return r;
}

/* Moves without ever replacing; -1 and errno. */
static int move_new(int from, const char *name, int to, const char *file)
{
	if (renameat2(from, name, to, file, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without RENAME_NOREPLACE: a link never replaces. */
	if (linkat(from, name, to, file, 0) != 0)
		return -1;
	(void)unlinkat(from, name, 0);
	return 0;
}

/* What is in place already: fine when equal. */
static int commit_compare(const struct folder *f, const char *name, const struct dir *to,
    const char *file, struct err *e)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	int r;

	r = file_read(&a, &f->staging, name, STORE_DOC_MAX, f->trust, e);
	if (r == 0)
		r = file_read(&b, to, file, STORE_DOC_MAX, f->trust, e);
	if (r == 0 && (a.len != b.len || memcmp(a.data, b.data, a.len) != 0)) {
		(void)err_set(e, ERR_EXISTS, "%s/%s is there already, with another content.",
		    to->path, file);
		(void)err_hint(e, "Somebody wrote it past twokey: see \"twokey log verify\".");
		r = ERR_EXISTS;
	}
	if (r == 0 && unlinkat(f->staging.fd, name, 0) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be removed", f->staging.path, name);
	buf_free(&a);
	buf_free(&b);
	return r;
}

static int commit_one(const struct folder *f, const char *host, const struct store_doc *d,
    const struct dir *to, struct err *e)
{
	char name[STAGED_MAX], file[STORE_PATH_MAX];

	staged_name(name, host, d);
	store_doc_file(file, d);
	if (move_new(f->staging.fd, name, to->fd, file) == 0)
		return 0;
	if (errno == EEXIST)
		return commit_compare(f, name, to, file, e);
	/* Committed before, by a process that was killed then. */
	if (errno == ENOENT && file_exists(to, file) == 1)
		return 0;
	return err_errno(e, ERR_IO, errno, "%s/%s cannot be put in place", to->path, file);
}

/* The documents from docs[0] on that go into one folder: how many. */
static size_t commit_run(const struct store_doc *docs, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(docs[i].name, docs[0].name) == 0)
		i++;
	return i;
}

static int commit_folder(const struct folder *f, const char *host, const struct store_doc *docs,
    size_t n, int each, struct err *e)
{
	const int policy = docs[0].kind == STORE_POLICY;
	struct dir own = { -1, NULL };
	const struct dir *to = policy ? &f->policies : &own;
	int r = 0, made = 0, worst = 0;
	size_t i;

	if (!policy)
		r = folder_record(&own, f, docs[0].name, &made, e);
	for (i = 0; i < n && r == 0; i++) {
		const int one = commit_one(f, host, &docs[i], to, e);

		/* One bad name must not hold the others back. */
		if (one == ERR_EXISTS)
			worst = one;
		else
			r = one;
	}
	if (r == 0 && each)
		r = dir_sync(to, e);
	if (r == 0 && each && made)
		r = dir_sync(&f->records, e);
	dir_close(&own);
	return r != 0 ? r : worst;
}

/* A batch is not synced: its documents are durable where they are staged, and
 * a rename that a power cut takes back is done again by the next writer. */
int folder_commit(void *ctx, const char *host, const struct store_doc *docs, size_t n,
    struct err *e)
{
	const int each = n < SYNCFS_FROM;
	struct folder *f = ctx;
	int r, worst = 0;
	size_t i, run;

	r = folder_need_staging(f, e);
	for (i = 0; i < n && (r == 0 || r == ERR_EXISTS); i += run) {
		run = commit_run(&docs[i], n - i);
		r = commit_folder(f, host, &docs[i], run, each, e);
		if (r == ERR_EXISTS)
			worst = r;
	}
	if (r == ERR_EXISTS)
		r = 0;
	return r != 0 ? r : worst;
}

int folder_discard(void *ctx, const char *host, const struct store_doc *docs, size_t n,
    struct err *e)
{
	struct folder *f = ctx;
	char name[STAGED_MAX];
	size_t i;

	for (i = 0; i < n && f->staging.fd >= 0; i++) {
		staged_name(name, host, &docs[i]);
		if (unlinkat(f->staging.fd, name, 0) != 0 && errno != ENOENT)
			return err_errno(e, ERR_IO, errno, "%s/%s cannot be removed",
			    f->staging.path, name);
	}
	return 0;
}

struct staged_walk {
	const struct folder *f;
	const char *host;
	store_doc_fn *fn;
	void *arg;
};

static int staged_one(void *arg, const char *name, struct err *e)
{
	const struct staged_walk *w = arg;
	struct store_doc d;

	if (staged_parse(&d, w->host, name) != 0)
		return 0;
	return w->fn(w->arg, &d, e);
}

int folder_staged(void *ctx, const char *host, store_doc_fn *fn, void *arg, struct err *e)
{
	struct folder *f = ctx;
	struct staged_walk w = { f, host, fn, arg };

	if (f->staging.fd < 0)
		return 0;
	return dir_each(&f->staging, staged_one, &w, e);
}

int folder_read_staged(void *ctx, const char *host, const struct store_doc *d, struct buf *out,
    struct err *e)
{
	const struct folder *f = ctx;
	char name[STAGED_MAX];

	staged_name(name, host, d);
	if (f->staging.fd < 0)
		return err_set(e, ERR_MISSING, "%s/" FOLDER_STAGING " is not there.", f->top.path);
	return file_read(out, &f->staging, name, STORE_DOC_MAX, f->trust, e);
}
