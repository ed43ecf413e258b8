/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disk space kept for ceremonies on a full disk: files of random bytes (a file
 * system cannot squeeze or share them), cut piece by piece when needed; and a spare
 * file beside each (base/file.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "log/log_local.h"

#define RESERVE_FILE ".reserve"
#define SLICES 16
#define CHUNK (64 * 1024)	/* bytes filled by one write */
#define ROOM_FACTOR 4	/* fill only where this many times as much is free */

static const struct dir *space_dir(const struct store *s, const struct state *st,
    enum space_place place)
{
	return place == SPACE_STORE ? store_logs(s) : state_dir(st);
}

static off_t space_total(enum space_place place)
{
	return place == SPACE_STORE ? LOG_RESERVE_STORE : LOG_RESERVE_STATE;
}

/* Cuts one slice: 0, or -1 when there is none to give. */
static int space_cut(const struct log *l, enum log_space space, enum space_place place)
{
	const struct dir *d = space_dir(l->cfg.store, l->cfg.state, place);
	const off_t total = space_total(place), slice = total / SLICES;
	const off_t floor = space == LOG_SPACE_APPROVED ? 0 : total / 4 * 3;
	struct stat st;
	int fd, r = -1;

	if (space == LOG_SPACE_NONE || d == NULL)
		return -1;
	fd = openat(d->fd, RESERVE_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	/* The fsync makes a journaling file system give the blocks back now. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > floor &&
	    ftruncate(fd, st.st_size - floor > slice ? st.st_size - slice : floor) == 0) {
		(void)fsync(fd);
		r = 0;
	}
	(void)close(fd);
	return r;
}

/* Both places may share a file system: then one's reserve serves the other. */
static int space_same_device(const struct log *l)
{
	const struct dir *a = space_dir(l->cfg.store, l->cfg.state, SPACE_STORE);
	const struct dir *b = space_dir(l->cfg.store, l->cfg.state, SPACE_STATE);
	struct stat x, y;

	return a != NULL && fstat(a->fd, &x) == 0 && fstat(b->fd, &y) == 0 && x.st_dev == y.st_dev;
}

static int space_free(const struct log *l, enum log_space space, enum space_place place)
{
	if (space_cut(l, space, place) == 0)
		return 0;
	if (!space_same_device(l))
		return -1;
	return space_cut(l, space, place == SPACE_STORE ? SPACE_STATE : SPACE_STORE);
}

int space_run(const struct log *l, enum log_space space, enum space_place place,
    int (*step)(void *ctx, struct err *e), void *ctx, struct err *e)
{
	struct err why;
	int r;

	do {
		err_clear(&why);
		r = step(ctx, &why);
	} while (r == ERR_SPACE && space_free(l, space, place) == 0);
	if (r == ERR_SPACE)
		(void)err_hint(&why, "Free space on that disk; %s", space == LOG_SPACE_NONE
		    ? "only an unseal may use the reserve that twokey keeps there."
		    : space == LOG_SPACE_REQUEST
		    ? "what is left of twokey's reserve is for requests already approved."
		    : "the reserve that twokey keeps there is used up.");
	if (r != 0)
		(void)err_give(e, &why);
	return r;
}

static int space_write(int fd, off_t from, off_t total)
{
	uint8_t *chunk = malloc(CHUNK);
	size_t n;
	int r = chunk == NULL ? -1 : 0;

	for (; from < total && r == 0; from += (off_t)n) {
		n = total - from < CHUNK ? (size_t)(total - from) : CHUNK;
		if (random_bytes(chunk, n, NULL) != 0 || pwrite(fd, chunk, n, from) != (ssize_t)n)
			r = -1;
	}
	free(chunk);
	return r != 0 ? r : fsync(fd);
}

static void space_fill_one(const struct dir *d, off_t total)
{
	struct statvfs fs;
	struct stat st;
	int fd;

	if (fstatat(d->fd, RESERVE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size >= total)
		return;
	if (fstatvfs(d->fd, &fs) != 0 ||
	    (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)total * ROOM_FACTOR)
		return;
	fd = openat(d->fd, RESERVE_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
	    0600);
	if (fd < 0)
		return;
	/* A half-filled reserve on a disk just filled up helps nobody: if it
	 * can't be cut back either, it is at least there to be used. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < total &&
	    space_write(fd, st.st_size, total) != 0 && ftruncate(fd, st.st_size) != 0)
		(void)fsync(fd);
	(void)close(fd);
}

void space_fill(const struct log *l)
{
	const struct dir *logs = space_dir(l->cfg.store, l->cfg.state, SPACE_STORE);
	const struct dir *state = space_dir(l->cfg.store, l->cfg.state, SPACE_STATE);

	if (logs != NULL) {
		space_fill_one(logs, LOG_RESERVE_STORE);
		file_keep_spare(logs);
	}
	space_fill_one(state, LOG_RESERVE_STATE);
	file_keep_spare(state);
}

static int space_left(int64_t *out, const struct dir *d, struct err *e)
{
	struct stat st;

	*out = 0;
	if (d == NULL)
		return 0;
	if (fstatat(d->fd, RESERVE_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0
		    : err_errno(e, ERR_IO, errno, "%s/" RESERVE_FILE " cannot be examined", d->path);
	*out = st.st_size;
	return 0;
}

int log_reserve_left(int64_t *store_bytes, int64_t *state_bytes, const struct store *s,
    const struct state *st, struct err *e)
{
	int r;

	*state_bytes = 0;
	r = space_left(store_bytes, space_dir(s, st, SPACE_STORE), e);
	return r != 0 ? r : space_left(state_bytes, space_dir(s, st, SPACE_STATE), e);
}
