/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper_key.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

/*
 * The device node, which libfido2 would open by itself: but then it would read
 * from it at once, before the final filter, and not tell why it failed.
 */

/* CTAPHID's largest report (CTAP 2.1 section 11.2.4), that of every key on USB. */
#define REPORT_LEN 64
#define LOCK_NAP_MS 20

static int device_why(int errnum, int *shown)
{
	*shown = 0;
	switch (errnum) {
	case EACCES:
	case EPERM:
		return WHY_NO_ACCESS;
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return WHY_GONE;
	case EBUSY:
	case EWOULDBLOCK:
		return WHY_BUSY;
	default:
		*shown = errnum;
		return WHY_NO_OPEN;
	}
}

int device_open(const char *path, int *errnum)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	struct hidraw_devinfo info;
	int why = 0;

	*errnum = 0;
	if (fd < 0)
		return device_why(errno, errnum);
	/* The lock by which programs that use libfido2 keep out of each other's
	 * way; then nothing is written into what is no HID device. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || ioctl(fd, HIDIOCGRAWINFO, &info) != 0 ||
	    (fd != HELPER_DEVICE_FD && dup3(fd, HELPER_DEVICE_FD, O_CLOEXEC) < 0))
		why = device_why(errno, errnum);
	if (fd != HELPER_DEVICE_FD || why != 0)
		(void)close(fd);
	return why;
}

int device_lock(int ms)
{
	const int64_t until = clock_monotonic() + ms;
	int n = 0;

	while ((n = flock(HELPER_DEVICE_FD, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK &&
	    clock_monotonic() < until)
		(void)poll(NULL, 0, LOCK_NAP_MS);
	return n == 0 ? 0 : WHY_BUSY;
}

void device_unlock(void)
{
	(void)flock(HELPER_DEVICE_FD, LOCK_UN);
}

static void *device_handle(const char *path)
{
	static char handle;

	(void)path;
	return &handle;
}

static void device_close(void *handle)
{
	(void)handle;
	(void)close(HELPER_DEVICE_FD);
}

/* ms < 0: for ever.  One report, or -1. */
static int device_read(void *handle, unsigned char *buf, size_t len, int ms)
{
	const int64_t until = clock_monotonic() + ms;
	struct pollfd p = { HELPER_DEVICE_FD, POLLIN, 0 };
	int n;

	(void)handle;
	if (len != REPORT_LEN)
		return -1;
	while ((n = poll(&p, 1, ms)) < 0 && errno == EINTR)
		if (ms > 0)
			ms = until > clock_monotonic() ? (int)(until - clock_monotonic()) : 0;
	return n == 1 && read(HELPER_DEVICE_FD, buf, len) == REPORT_LEN ? REPORT_LEN : -1;
}

/* libfido2 puts the report's number, 0, before it; hidraw wants it there. */
static int device_write(void *handle, const unsigned char *buf, size_t len)
{
	(void)handle;
	if (len != 1 + REPORT_LEN || write(HELPER_DEVICE_FD, buf, len) != 1 + REPORT_LEN)
		return -1;
	return (int)len;
}

const fido_dev_io_t device_io = { device_handle, device_close, device_read, device_write };
