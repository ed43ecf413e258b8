/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libsoftkey.so, to be preloaded: lets an unmodified program that uses libfido2 1.12 see softkeys next to
 * real devices. A softkey is a socket in the folder SOFTKEY_DIR, or in /run/softkey where the
 * environment is not to be trusted. The list of devices is appended to; opening a path which is a socket
 * gives the device our four I/O functions. After open they use ppoll, read and write on one descriptor,
 * as libfido2's own do, so that a sandbox made for those fits. A program that brings I/O functions of its
 * own opens the socket's path and gets a connection, where reports look as on a hidraw.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <fido.h>

#define EXPORT __attribute__((visibility("default")))
#define DEFAULT_DIR "/run/softkey"
#define REPORT 64
#define MAGIC 0x736f6674U

struct handle {
	unsigned magic;	/* tells ours from other foreign handles */
	int fd;
	bool masked;
	sigset_t mask;
};

/* The real function: after us in the search order, or in a libfido2 that a plugin brought with it. */
static void *
real(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name), *lib;

	if (p == NULL && (lib = dlopen("libfido2.so.1", RTLD_LAZY | RTLD_NOLOAD)) != NULL) {
		p = dlsym(lib, name);
		dlclose(lib);	/* only RTLD_NOLOAD's own reference */
	}
	return p;
}

static bool
is_softkey(const char *path)
{
	struct stat st;

	/* nothing of the system is asked about what cannot be one: a sandbox may have fallen */
	return path != NULL && strchr(path, '/') != NULL && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int
key_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *slash = strrchr(path, '/');
	char *dir;
	int at, fd = -1;

	if (slash == NULL || (dir = strndup(path, (size_t)(slash - path) + 1)) == NULL)
		return -1;
	at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (at < 0)
		return -1;
	/* by way of the folder's descriptor: sun_path is short */
	if (snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/%s", at, slash + 1) <
	    (int)sizeof addr.sun_path && (fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) >= 0 &&
	    connect(fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
		close(fd);
		fd = -1;
	}
	close(at);
	return fd;
}

static void *
key_open(const char *path)
{
	struct handle *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->magic = MAGIC;
	h->fd = key_connect(path);
	if (h->fd < 0) {
		free(h);
		return NULL;
	}
	return h;
}

static void
key_close(void *handle)
{
	struct handle *h = handle;

	close(h->fd);
	free(h);
}

static int
key_read(void *handle, unsigned char *buf, size_t len, int ms)
{
	struct handle *h = handle;
	struct pollfd p = { .fd = h->fd, .events = POLLIN };
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	if (len != REPORT || ppoll(&p, 1, ms < 0 ? NULL : &t, h->masked ? &h->mask : NULL) <= 0)
		return -1;
	return read(h->fd, buf, REPORT) == REPORT ? REPORT : -1;
}

/* A report id of 0 stands before the 64 bytes, as hidraw wants it. */
static int
key_write(void *handle, const unsigned char *buf, size_t len)
{
	struct handle *h = handle;
	struct pollfd p = { .fd = h->fd, .events = POLLOUT };
	struct timespec none = { 0, 0 };
	ssize_t n;

	/* A hidraw never raises SIGPIPE. MSG_NOSIGNAL would need sendto, which a sandbox may not know, so
	 * the socket is asked first whether the key is still there. */
	if (len != REPORT + 1 || ppoll(&p, 1, &none, NULL) < 0 || (p.revents & (POLLHUP | POLLERR)) != 0)
		return -1;
	n = write(h->fd, buf, len);
	return n == REPORT + 1 ? (int)len : -1;
}

static const fido_dev_io_t key_io = { key_open, key_close, key_read, key_write };

/* Read before main, which may clear the environment. */
static const char *env_dir;

__attribute__((constructor)) static void
env_read(void)
{
	env_dir = secure_getenv("SOFTKEY_DIR");
}

/* The folder of the sockets; a program with privileges trusts no environment, and root's folder only. */
static const char *
folder(void)
{
	struct stat st;

	if (env_dir != NULL && *env_dir == '/')
		return env_dir;
	if (stat(DEFAULT_DIR, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == 0 && (st.st_mode & 022) == 0)
		return DEFAULT_DIR;
	return NULL;
}

static int
entry_wanted(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool
entry_add(fido_dev_info_t *list, size_t i, const char *dir, const char *name)
{
	int (*set)(fido_dev_info_t *, size_t, const char *, const char *, const char *, const fido_dev_io_t *,
	    const fido_dev_transport_t *) = real("fido_dev_info_set");
	char *path = NULL;
	int fd = -1;
	bool ok = false;

	if (set == NULL || asprintf(&path, "%s/%s", dir, name) < 0)
		return false;
	/* a socket which nobody serves is a key that is not there */
	if (is_softkey(path) && (fd = key_connect(path)) >= 0) {
		close(fd);
		ok = set(list, i, path, "softkey", name, &key_io, NULL) == FIDO_OK;
	}
	free(path);
	return ok;
}

EXPORT int
fido_dev_info_manifest(fido_dev_info_t *list, size_t max, size_t *n)
{
	int (*next)(fido_dev_info_t *, size_t, size_t *) = real(__func__);
	const char *dir = folder();
	struct dirent **entry = NULL;
	int r = next != NULL ? next(list, max, n) : FIDO_ERR_INTERNAL, count;

	if (r != FIDO_OK || dir == NULL || list == NULL)
		return r;
	count = scandir(dir, &entry, entry_wanted, alphasort);
	for (int i = 0; i < count; i++) {
		if (*n < max && entry_add(list, *n, dir, entry[i]->d_name))
			(*n)++;
		free(entry[i]);
	}
	free(entry);
	return FIDO_OK;
}

static bool
io_use(fido_dev_t *dev)
{
	int (*set)(fido_dev_t *, const fido_dev_io_t *) = real("fido_dev_set_io_functions");

	return set != NULL && set(dev, &key_io) == FIDO_OK;
}

EXPORT fido_dev_t *
fido_dev_new_with_info(const fido_dev_info_t *di)
{
	fido_dev_t *(*next)(const fido_dev_info_t *) = real(__func__);
	const char *(*path)(const fido_dev_info_t *) = real("fido_dev_info_path");
	fido_dev_t *dev = next != NULL ? next(di) : NULL;

	if (dev != NULL && path != NULL && is_softkey(path(di)))
		io_use(dev);
	return dev;
}

EXPORT int
fido_dev_open(fido_dev_t *dev, const char *path)
{
	int (*next)(fido_dev_t *, const char *) = real(__func__);

	if (next == NULL || (is_softkey(path) && !io_use(dev)))
		return FIDO_ERR_INTERNAL;
	return next(dev, path);
}

/* libfido2 knows signal masks of its own devices only. */
EXPORT int
fido_dev_set_sigmask(fido_dev_t *dev, const fido_sigset_t *mask)
{
	int (*next)(fido_dev_t *, const fido_sigset_t *) = real(__func__);
	void *(*handle)(const fido_dev_t *) = real("fido_dev_io_handle");
	int r = next != NULL ? next(dev, mask) : FIDO_ERR_INTERNAL;
	struct handle *h;

	if (r != FIDO_ERR_INVALID_ARGUMENT || mask == NULL || handle == NULL || (h = handle(dev)) == NULL || h->magic != MAGIC)
		return r;
	h->mask = *mask;
	h->masked = true;
	return FIDO_OK;
}

/* Under other names here, since <fcntl.h> may define these inline. */
EXPORT int open_any(const char *path, int flags, ...) __asm__("open");
EXPORT int open_large(const char *path, int flags, ...) __asm__("open64");
EXPORT int ioctl_any(int fd, unsigned long request, ...) __asm__("ioctl");

/* No socket can be opened: open says ENXIO. */
static int
open_next(const char *name, const char *path, int flags, mode_t mode)
{
	int (*next)(const char *, int, ...) = real(name);
	int fd = next != NULL ? next(path, flags, mode) : -1;

	if (fd >= 0 || errno != ENXIO)
		return fd;
	if (is_softkey(path) && (fd = key_connect(path)) >= 0)
		return fd;
	errno = ENXIO;
	return -1;
}

static mode_t
open_mode(int flags, va_list ap)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}

int
open_any(const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_next("open", path, flags, open_mode(flags, ap));
	va_end(ap);
	return fd;
}

int
open_large(const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_next("open64", path, flags, open_mode(flags, ap));
	va_end(ap);
	return fd;
}

/* A connection passes for a hidraw. */
int
ioctl_any(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...) = real("ioctl");
	struct stat st;
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (request == HIDIOCGRAWINFO && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
		*(struct hidraw_devinfo *)arg = (struct hidraw_devinfo){ 0 };
		return 0;
	}
	return next != NULL ? next(fd, request, arg) : -1;
}
