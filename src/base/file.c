/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_local.h"

int file_check_name(const char *name, struct err *e)
{
	if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return err_set(e, ERR_INTERNAL, "\"%s\" is no name of a file in a folder.", name);
	return 0;
}

int file_check_trust(const struct stat *st, enum file_trust trust, const char *path,
    const char *name, struct err *e)
{
	const char *slash = name[0] != '\0' ? "/" : "";

	if (trust == FILE_ANY)
		return 0;
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		(void)err_set(e, ERR_CONFIG, "%s%s%s belongs to user %lu: it must be root's or yours.",
		    path, slash, name, (unsigned long)st->st_uid);
		(void)err_hint(e, "If its content can be trusted: chown %lu '%s%s%s'",
		    (unsigned long)geteuid(), path, slash, name);
		return ERR_CONFIG;
	}
	if (st->st_mode & 0022) {
		(void)err_set(e, ERR_CONFIG, "%s%s%s can be changed by others (mode %04o).", path,
		    slash, name, (unsigned)st->st_mode & 07777u);
		(void)err_hint(e, "If its content can be trusted: chmod go-w '%s%s%s'", path, slash,
		    name);
		return ERR_CONFIG;
	}
	if (trust == FILE_PRIVATE && (st->st_mode & 0077)) {
		(void)err_set(e, ERR_CONFIG, "%s%s%s can be read by others (mode %04o).", path, slash,
		    name, (unsigned)st->st_mode & 07777u);
		(void)err_hint(e, "Close it: chmod go= '%s%s%s'", path, slash, name);
		return ERR_CONFIG;
	}
	return 0;
}

/* The bytes of fd behind what fstat promised: at most max in all. */
static int file_slurp(struct buf *out, int fd, size_t max, const struct dir *d, const char *name,
    struct err *e)
{
	unsigned char chunk[1024];
	size_t total = 0;
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "%s/%s cannot be read", d->path, name);
		if (n == 0)
			return 0;
		if ((size_t)n > max - total)
			return err_set(e, ERR_INPUT, "%s/%s is larger than %zu bytes.", d->path, name,
			    max);
		total += (size_t)n;
		buf_put(out, chunk, (size_t)n);
		if (!buf_ok(out))
			return err_set(e, ERR_MEMORY, "No memory is left for reading %s/%s.", d->path,
			    name);
	}
}

/* Opens what may be read: a regular file of at most max bytes that is trusted. */
static int file_open(int *out, off_t *size, const struct dir *d, const char *name, size_t max,
    enum file_trust trust, struct err *e)
{
	struct stat st;
	int fd, r = file_check_name(name, e);

	if (r != 0)
		return r;
	/* O_NONBLOCK: a FIFO in a file's place must not hold us up. */
	fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_INPUT, "%s/%s is a symbolic link, not a file.", d->path, name);
	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be opened", d->path, name);
	if (fstat(fd, &st) != 0)
		r = err_errno(e, ERR_IO, errno, "%s/%s cannot be examined", d->path, name);
	else if (!S_ISREG(st.st_mode))
		r = err_set(e, ERR_INPUT, "%s/%s is not a regular file.", d->path, name);
	else if (st.st_size > 0 && (uintmax_t)st.st_size > max)
		r = err_set(e, ERR_INPUT, "%s/%s is larger than %zu bytes.", d->path, name, max);
	else
		r = file_check_trust(&st, trust, d->path, name, e);
	*out = fd;
	*size = st.st_size;
	if (r != 0)
		(void)close(fd);
	return r;
}

int file_read(struct buf *out, const struct dir *d, const char *name, size_t max,
    enum file_trust trust, struct err *e)
{
	const size_t before = out->len;
	off_t size;
	int fd, r = file_open(&fd, &size, d, name, max, trust, e);

	if (r != 0)
		return r;
	r = file_slurp(out, fd, max, d, name, e);
	if (r != 0 && out->data != NULL) {
		out->len = before;
		out->data[before] = '\0';
	}
	(void)close(fd);
	return r;
}

int file_read_secret(struct secret **out, const struct dir *d, const char *name, size_t max,
    enum file_trust trust, struct err *e)
{
	struct secret *s = NULL;
	off_t size;
	ssize_t n = 1;
	int fd, r = file_open(&fd, &size, d, name, max, trust, e);

	*out = NULL;
	if (r != 0)
		return r;
	/* One more byte shows that it has grown meanwhile. */
	r = secret_new(&s, (size_t)size + 1, e);
	while (r == 0 && n > 0 && s->len < s->cap) {
		n = read(fd, s->data + s->len, s->cap - s->len);
		if (n > 0)
			s->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			r = err_errno(e, ERR_IO, errno, "%s/%s cannot be read", d->path, name);
	}
	if (r == 0 && n > 0)
		r = err_set(e, ERR_BUSY, "%s/%s changed while it was read.", d->path, name);
	(void)close(fd);
	if (r != 0)
		secret_free(&s);
	*out = s;
	return r;
}

void file_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int file_write_all(int fd, const void *data, size_t len, const char *what, struct err *e)
{
	const unsigned char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { fd, POLLOUT, 0 };

			(void)poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "%s cannot be written", what);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* FILE_TEMP_PREFIX name "-" 16 random digits. */
static int file_temp_name(char *out, size_t cap, const char *name, struct err *e)
{
	uint64_t r;
	int n;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_errno(e, ERR_INTERNAL, errno, "The kernel gives no random bytes");
	n = snprintf(out, cap, "%s%s-%016llx", FILE_TEMP_PREFIX, name, (unsigned long long)r);
	if (n < 0 || (size_t)n >= cap)
		return err_set(e, ERR_USAGE, "The file name \"%s\" is too long.", name);
	return 0;
}

/* Writes and syncs a fresh file `temp` of d. */
enum file_how {
	FILE_NEW = 1,	/* never replaces */
	FILE_SOFT = 2	/* not synced */
};

int file_open_temp(const struct dir *d, const char *temp, const char *name, int *spared)
{
	int fd = openat(d->fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	*spared = 0;
	if (fd >= 0 || errno != ENOSPC)
		return fd;
	/* Not for what is new: nothing would take its place. */
	*spared = name != NULL && file_exists(d, name) == 1 &&
	    renameat2(d->fd, FILE_SPARE, d->fd, temp, RENAME_NOREPLACE) == 0;
	if (*spared)
		fd = openat(d->fd, temp, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		file_drop_temp(d, temp, *spared);
		errno = ENOSPC;
	}
	return fd;
}

void file_drop_temp(const struct dir *d, const char *temp, int spared)
{
	const int fd = spared ? openat(d->fd, temp, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC) : -1;

	if (fd >= 0)
		(void)close(fd);
	if (!spared || renameat(d->fd, temp, d->fd, FILE_SPARE) != 0)
		(void)unlinkat(d->fd, temp, 0);
}

int file_move_temp(const struct dir *d, const char *temp, const char *name, int spared)
{
	/* A file system may not know how. */
	if (!spared || renameat2(d->fd, temp, d->fd, name, RENAME_EXCHANGE) != 0)
		return renameat(d->fd, temp, d->fd, name);
	/* As it is: until the folder is synced, a power cut may bring it back. */
	if (renameat(d->fd, temp, d->fd, FILE_SPARE) != 0)
		(void)unlinkat(d->fd, temp, 0);
	return 0;
}

void file_keep_spare(const struct dir *d)
{
	int fd;

	if (file_exists(d, FILE_SPARE) != 0)
		return;
	fd = openat(d->fd, FILE_SPARE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
}

static int file_fill(const struct dir *d, const char *temp, const char *name, const void *data,
    size_t len, mode_t mode, unsigned how, int *spared, struct err *e)
{
	const int fd = file_open_temp(d, temp, how & FILE_NEW ? NULL : name, spared);
	int r;

	if (fd < 0)
		return err_errno(e, ERR_IO, errno, "No file can be made in %s", d->path);
	r = file_write_all(fd, data, len, d->path, e);
	/* Not through openat's mode, which the umask would change. */
	if (r == 0 && fchmod(fd, mode) != 0)
		r = err_errno(e, ERR_IO, errno, "The mode of a file in %s cannot be set", d->path);
	if (r == 0 && !(how & FILE_SOFT) && fsync(fd) != 0)
		r = err_errno(e, ERR_IO, errno, "A file in %s cannot be written to disk", d->path);
	if (close(fd) != 0 && r == 0)
		r = err_errno(e, ERR_IO, errno, "A file in %s cannot be closed", d->path);
	if (r != 0)
		file_drop_temp(d, temp, *spared);
	return r;
}

/* Moves temp to name where nothing is; -1 and errno. */
static int file_move_new(int fd, const char *temp, const char *name)
{
	if (renameat2(fd, temp, fd, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without RENAME_NOREPLACE: a link never replaces. */
	if (linkat(fd, temp, fd, name, 0) != 0)
		return -1;
	(void)unlinkat(fd, temp, 0);
	return 0;
}

static int file_put(const struct dir *d, const char *name, const void *data, size_t len,
    mode_t mode, unsigned how, struct err *e)
{
	char temp[256];
	int r, moved, spared = 0;

	r = file_check_name(name, e);
	if (r == 0)
		r = file_temp_name(temp, sizeof(temp), name, e);
	if (r == 0)
		r = file_fill(d, temp, name, data, len, mode, how, &spared, e);
	if (r != 0)
		return r;
	moved = how & FILE_NEW ? file_move_new(d->fd, temp, name)
			       : file_move_temp(d, temp, name, spared);
	if (moved != 0) {
		const int saved = errno;

		file_drop_temp(d, temp, spared);
		if (saved == EEXIST)
			return err_set(e, ERR_EXISTS, "%s/%s is there already.", d->path, name);
		return err_errno(e, ERR_IO, saved, "%s/%s cannot be put in place", d->path, name);
	}
	return how & FILE_SOFT ? 0 : dir_sync(d, e);
}

int file_replace(const struct dir *d, const char *name, const void *data, size_t len, mode_t mode,
    struct err *e)
{
	return file_put(d, name, data, len, mode, 0, e);
}

int file_create(const struct dir *d, const char *name, const void *data, size_t len, mode_t mode,
    struct err *e)
{
	return file_put(d, name, data, len, mode, FILE_NEW, e);
}

int file_replace_soft(const struct dir *d, const char *name, const void *data, size_t len,
    mode_t mode, struct err *e)
{
	return file_put(d, name, data, len, mode, FILE_SOFT, e);
}

int file_exists(const struct dir *d, const char *name)
{
	struct stat st;

	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

int file_lock(int *fd, const struct dir *d, const char *name, int wait_ms, struct err *e)
{
	const int64_t until = clock_monotonic() + (wait_ms > 0 ? wait_ms : 0);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r, f;

	*fd = -1;
	r = file_check_name(name, e);
	if (r != 0)
		return r;
	f = openat(d->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (f < 0)
		return err_errno(e, ERR_IO, errno, "%s/%s cannot be opened", d->path, name);
	while (fcntl(f, F_OFD_SETLK, &lock) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES) {
			r = err_errno(e, ERR_IO, errno, "%s/%s cannot be locked", d->path, name);
			break;
		}
		if (clock_monotonic() >= until) {
			r = err_set(e, ERR_BUSY, "Another process holds %s/%s.", d->path, name);
			break;
		}
		(void)poll(NULL, 0, 10);
	}
	if (r != 0)
		(void)close(f);
	else
		*fd = f;
	return r;
}
