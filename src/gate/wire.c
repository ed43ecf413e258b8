/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

int64_t wire_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0 when the socket is ready for `events` (or its peer gone) in time. */
static int wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = { fd, events, 0 };

	for (;;) {
		const int64_t left = until - wire_now();
		const int n = poll(&p, 1, left < 0 ? 0 : (int)left);

		if (n > 0)
			return 0;
		if (n == 0 || errno != EINTR)
			return -1;
	}
}

int wire_send(int fd, uint8_t type, const char *text, size_t len, int ms)
{
	const int64_t until = wire_now() + ms;
	struct iovec iov[2] = { { &type, 1 }, { (void *)(uintptr_t)text, len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	if (len > WIRE_MAX)
		return -1;
	for (;;) {
		const ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == (ssize_t)len + 1)
			return 0;
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return -1;
		if (errno == EAGAIN && wait_for(fd, POLLOUT, until) != 0)
			return -1;
	}
}

int wire_parse(struct wire *w, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	memset(w, 0, sizeof(*w));
	if (len < 1 || len > WIRE_MAX + 1 || memchr(p, '\0', len) != NULL)
		return -1;
	w->type = p[0];
	w->len = len - 1;
	memcpy(w->text, p + 1, len - 1);
	return 1;
}

int wire_recv(struct wire *w, int fd, int ms)
{
	const int64_t until = wire_now() + ms;
	char bytes[WIRE_MAX + 1];
	struct iovec iov = { bytes, sizeof(bytes) };
	ssize_t n;
	int r;

	memset(w, 0, sizeof(*w));
	for (;;) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

		/* No descriptor is taken from the other side: there is no room for one. */
		n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n >= 0) {
			r = n == 0 ? 0 : (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ? -1
			    : wire_parse(w, bytes, (size_t)n);
			break;
		}
		if (errno == EINTR)
			continue;
		r = errno == ECONNRESET ? 0 : -1;
		if (errno != EAGAIN || wait_for(fd, POLLIN, until) != 0)
			break;
	}
	explicit_bzero(bytes, sizeof(bytes));
	return r;
}
