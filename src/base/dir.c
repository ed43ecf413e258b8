/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file_local.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Takes fd over: checks it and fills d. */
static int dir_adopt(struct dir *d, int fd, const char *path, enum file_trust trust, struct err *e)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) != 0)
		r = err_errno(e, ERR_IO, errno, "The folder %s cannot be examined", path);
	else
		r = file_check_trust(&st, trust, path, "", e);
	if (r == 0) {
		d->path = strdup(path);
		if (d->path == NULL)
			r = err_set(e, ERR_MEMORY, "No memory is left for opening %s.", path);
	}
	if (r != 0)
		(void)close(fd);
	else
		d->fd = fd;
	return r;
}

static int dir_fail(struct err *e, int errnum, const char *path)
{
	if (errnum == ELOOP || errnum == ENOTDIR)
		return err_set(e, ERR_CONFIG, "%s is not a folder.", path);
	return err_errno(e, ERR_IO, errnum, "The folder %s cannot be opened", path);
}

int dir_open(struct dir *d, const char *path, enum file_trust trust, struct err *e)
{
	char *copy;
	size_t n;
	int r, fd;

	d->fd = -1;
	d->path = NULL;
	copy = strdup(path);
	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for opening %s.", path);
	/* Behind "link/" O_NOFOLLOW would see the folder, not the link. */
	for (n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	fd = open(copy, DIR_FLAGS | O_NOFOLLOW);
	r = fd < 0 ? dir_fail(e, errno, copy) : dir_adopt(d, fd, copy, trust, e);
	free(copy);
	return r;
}

/* A folder with exactly this mode and the parent synced; 0 when there already.
 * mkdirat gets the whole mode: a process killed before fchmod leaves a folder
 * that lacks what the umask took, and no more. */
static int dir_add(int parent, const char *name, mode_t mode, const char *path, struct err *e)
{
	int r = 0, fd = -1, up = -1;

	if (mkdirat(parent, name, mode) != 0) {
		if (errno == EEXIST)
			return 0;
		return err_errno(e, ERR_IO, errno, "The folder %s cannot be made", path);
	}
	fd = openat(parent, name, DIR_FLAGS | O_NOFOLLOW);
	/* `parent` may be an O_PATH descriptor, which cannot be synced. */
	up = openat(parent, ".", DIR_FLAGS);
	if (fd < 0 || up < 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0 || fsync(up) != 0)
		r = err_errno(e, ERR_IO, errno, "The folder %s cannot be set up", path);
	if (fd >= 0)
		(void)close(fd);
	if (up >= 0)
		(void)close(up);
	return r;
}

int dir_sub(struct dir *out, const struct dir *d, const char *name, int create, mode_t mode,
    enum file_trust trust, struct err *e)
{
	char *path = NULL;
	int r, fd;

	out->fd = -1;
	out->path = NULL;
	r = file_check_name(name, e);
	if (r != 0)
		return r;
	if (asprintf(&path, "%s/%s", d->path, name) < 0)
		return err_set(e, ERR_MEMORY, "No memory is left for opening %s/%s.", d->path, name);
	if (create)
		r = dir_add(d->fd, name, mode, path, e);
	if (r == 0) {
		fd = openat(d->fd, name, DIR_FLAGS | O_NOFOLLOW);
		r = fd < 0 ? dir_fail(e, errno, path) : dir_adopt(out, fd, path, trust, e);
	}
	free(path);
	return r;
}

int dir_make(const char *path, mode_t mode, struct err *e)
{
	char *copy, *part, *save = NULL;
	int r = 0, fd, next;

	copy = strdup(path);
	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for making %s.", path);
	/* O_PATH: a parent need not be readable to be passed through. */
	fd = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		r = dir_fail(e, errno, path);
	for (part = strtok_r(copy, "/", &save); part != NULL && r == 0;
	     part = strtok_r(NULL, "/", &save)) {
		r = dir_add(fd, part, mode, path, e);
		if (r != 0)
			break;
		next = openat(fd, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			r = dir_fail(e, errno, path);
		(void)close(fd);
		fd = next;
	}
	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return r;
}

void dir_close(struct dir *d)
{
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d->path);
	d->fd = -1;
	d->path = NULL;
}

int dir_sync(const struct dir *d, struct err *e)
{
	if (fsync(d->fd) != 0)
		return err_errno(e, ERR_IO, errno, "The folder %s cannot be written to disk", d->path);
	return 0;
}

struct names {
	char **name;
	size_t len, cap;
};

static int names_add(struct names *n, const char *name)
{
	if (n->len == n->cap) {
		const size_t cap = n->cap ? n->cap * 2 : 32;
		char **more = reallocarray(n->name, cap, sizeof(*more));

		if (more == NULL)
			return -1;
		n->name = more;
		n->cap = cap;
	}
	n->name[n->len] = strdup(name);
	if (n->name[n->len] == NULL)
		return -1;
	n->len++;
	return 0;
}

static void names_free(struct names *n)
{
	while (n->len > 0)
		free(n->name[--n->len]);
	free(n->name);
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names of d but "." and "..", sorted. */
static int names_read(struct names *n, const struct dir *d, struct err *e)
{
	struct dirent *ent;
	int fd, r = 0;
	DIR *s;

	/* A description of its own: readdir's place must not be shared. */
	fd = openat(d->fd, ".", DIR_FLAGS);
	s = fd >= 0 ? fdopendir(fd) : NULL;
	if (s == NULL) {
		r = err_errno(e, ERR_IO, errno, "The folder %s cannot be listed", d->path);
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		ent = readdir(s);
		if (ent == NULL && errno != 0)
			r = err_errno(e, ERR_IO, errno, "The folder %s cannot be listed", d->path);
		if (ent == NULL)
			break;
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
			continue;
		if (names_add(n, ent->d_name) != 0)
			r = err_set(e, ERR_MEMORY, "No memory is left for listing %s.", d->path);
	}
	(void)closedir(s);
	if (r == 0 && n->len > 1)
		qsort(n->name, n->len, sizeof(*n->name), names_compare);
	return r;
}

int dir_each(const struct dir *d, int (*fn)(void *ctx, const char *name, struct err *e), void *ctx,
    struct err *e)
{
	struct names n = { NULL, 0, 0 };
	size_t i;
	int r;

	r = names_read(&n, d, e);
	for (i = 0; i < n.len && r == 0; i++)
		r = fn(ctx, n.name[i], e);
	names_free(&n);
	return r;
}

static int dir_sweep_one(void *ctx, const char *name, struct err *e)
{
	const struct dir *d = ctx;

	if (strncmp(name, FILE_TEMP_PREFIX, strlen(FILE_TEMP_PREFIX)) != 0)
		return 0;
	if (unlinkat(d->fd, name, 0) != 0 && errno != ENOENT)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be removed", d->path, name);
	return 0;
}

int file_sweep(const struct dir *d, struct err *e)
{
	struct dir same = *d;

	return dir_each(d, dir_sweep_one, &same, e);
}
