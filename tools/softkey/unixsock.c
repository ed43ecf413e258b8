/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"

/* Fills addr by way of /proc/self/fd, so that the folder's path may be of any length. */
static int
address_make(const char *path, struct sockaddr_un *addr)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char *dir = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = -1;

	memset(addr, 0, sizeof *addr);
	addr->sun_family = AF_UNIX;
	if (dir != NULL)
		fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd >= 0 && snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d/%s", fd, name) >=
	    (int)sizeof addr->sun_path) {
		close(fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	return fd;
}

int
unix_connect(const char *path, int type)
{
	struct sockaddr_un addr;
	int dir = address_make(path, &addr), fd = -1, saved;

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		fd = -1;
	}
	close(dir);
	return fd;
}

int
unix_listen(const char *path, int type, mode_t mode)
{
	struct sockaddr_un addr;
	int dir = address_make(path, &addr), fd = -1, saved;

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		goto out;
	/* whoever holds the key's lock owns its sockets: one that is still there belonged to the dead */
	unlink(path);
	if (fchmod(fd, mode) != 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 || chmod(path, mode) != 0 ||
	    listen(fd, 16) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		fd = -1;
	}
out:
	close(dir);
	return fd;
}
