/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_FILE_H
#define TWOKEY_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/*
 * Safe file I/O relative to an open folder.  Files are opened once
 * (O_NOFOLLOW|O_CLOEXEC) and checked with fstat: regular, size within the
 * limit, owner and mode as asked.  Errors name the folder's path and the file.
 */
struct dir {
	int fd;		/* O_PATH-free descriptor of the folder, -1 when closed */
	char *path;	/* as given, for messages; owned */
};

enum file_trust {
	FILE_ANY,	/* owner and mode do not matter (public data) */
	FILE_OURS,	/* owned by root or the effective user, not writable by
			 * group or others: ERR_CONFIG otherwise */
	FILE_PRIVATE	/* FILE_OURS, and not readable by group or others */
};

/* Opens a folder (no symbolic link at the last part). */
int dir_open(struct dir *d, const char *path, enum file_trust trust, struct err *e);
/* Opens the sub-folder `name` of d; with create, makes it (mode) and fsyncs d. */
int dir_sub(struct dir *out, const struct dir *d, const char *name, int create,
    mode_t mode, enum file_trust trust, struct err *e);
/* Makes path and missing parents (mode for each new one), fsyncing parents. */
int dir_make(const char *path, mode_t mode, struct err *e);
void dir_close(struct dir *d);
/* fsync of the folder itself. */
int dir_sync(const struct dir *d, struct err *e);
/* Calls fn for each entry but "." and "..", sorted by name; stops at non-zero
 * and returns it. */
int dir_each(const struct dir *d, int (*fn)(void *ctx, const char *name, struct err *e),
    void *ctx, struct err *e);

/* Appends the whole file to out.  ERR_MISSING when it is not there, ERR_INPUT
 * when larger than max bytes or no regular file. */
int file_read(struct buf *out, const struct dir *d, const char *name, size_t max,
    enum file_trust trust, struct err *e);

/* The same into a new secret of the caller's, NULL after a failure.  ERR_BUSY: it grew
 * while it was read. */
int file_read_secret(struct secret **out, const struct dir *d, const char *name, size_t max,
    enum file_trust trust, struct err *e);

/* Temporary names start with this; file_sweep removes left-over ones. */
#define FILE_TEMP_PREFIX ".tmp-"

/* Replaces d/name: write FILE_TEMP_PREFIX file, fsync, rename, fsync d.  After
 * a failure d/name is as it was and no temporary file stays. */
int file_replace(const struct dir *d, const char *name, const void *data, size_t len,
    mode_t mode, struct err *e);
/* As file_replace, but ERR_EXISTS when d/name is there (RENAME_NOREPLACE). */
int file_create(const struct dir *d, const char *name, const void *data, size_t len,
    mode_t mode, struct err *e);
/* As file_replace, but not synced: for what may be lost.  After a power cut
 * d/name may be as it was, new, or empty; never after a kill. */
int file_replace_soft(const struct dir *d, const char *name, const void *data, size_t len,
    mode_t mode, struct err *e);
/*
 * A file system may have room, and yet none for one more file (no inode): anybody who
 * may write somewhere on it can bring that about.  So a folder may keep a file for
 * it, which becomes the new one; the old one is kept in its place, at no instant free
 * for others.  file_replace knows of it.
 */
#define FILE_SPARE ".spare"
/* Makes it where it is not, and can be made. */
void file_keep_spare(const struct dir *d);
/* Opens a new file for writing, mode 0600, to be moved over name (NULL: to no file that
 * is there).  *spared: it is FILE_SPARE; goes to the other two.  -1 and errno. */
int file_open_temp(const struct dir *d, const char *temp, const char *name, int *spared);
/* Renames it over name.  -1 and errno: file_drop_temp is due. */
int file_move_temp(const struct dir *d, const char *temp, const char *name, int spared);
void file_drop_temp(const struct dir *d, const char *temp, int spared);

/* Removes left-over temporary files of d; call with the lock of d held. */
int file_sweep(const struct dir *d, struct err *e);
/* 1 if d/name exists (any type, links not followed), 0 if not, -1 on error. */
int file_exists(const struct dir *d, const char *name);

/* Takes an exclusive lock (OFD lock on d/name, made with mode 0600), waiting
 * at most wait_ms; ERR_BUSY then.  *fd closes to unlock. */
int file_lock(int *fd, const struct dir *d, const char *name, int wait_ms, struct err *e);

/* Opens what is closed of the descriptors 0 to 2 on /dev/null: a file that is
 * opened later would take its number, and be written to as if it were that. */
void file_standard(void);

/* Writes all len bytes to fd, EINTR and short writes handled. */
int file_write_all(int fd, const void *data, size_t len, const char *what, struct err *e);

#endif
