/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#ifndef TWOKEY_HELPER_DIR
#error "TWOKEY_HELPER_DIR: the folder of twokey-token"
#endif

#define PROGRAM TWOKEY_HELPER_DIR "/twokey-token"
#define BEGIN_MS 10000	/* until it has been loaded and has forked */
#define SEND_MS 2000

union room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

void helper_close(struct helper *h)
{
	if (h->fd >= 0)
		(void)close(h->fd);
	if (h->pidfd >= 0)
		(void)close(h->pidfd);
	*h = HELPER_NONE;
}

/* One byte that says what for, and the helper's socket.  0 or an errno. */
static int server_send(const struct child *server, int kind, int sock)
{
	union room u = { .bytes = { 0 } };
	unsigned char what = (unsigned char)kind;
	struct iovec iov = { &what, 1 };
	const struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
		.msg_controllen = sizeof(u) };
	ssize_t n;

	u.align.cmsg_level = SOL_SOCKET;
	u.align.cmsg_type = SCM_RIGHTS;
	u.align.cmsg_len = CMSG_LEN(sizeof(sock));
	memcpy(CMSG_DATA(&u.align), &sock, sizeof(sock));
	while ((n = sendmsg(server->fd, &m, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	return n == 1 ? 0 : errno;
}

static int server_failed(int errnum, struct err *e)
{
	const int r = err_errno(e, ERR_IO, errnum, "%s cannot be started", PROGRAM);

	err_hint(e, "It is a part of twokey: install it anew with `make install`.");
	return r;
}

int server_start(struct child *server, struct err *e)
{
	char path[] = PROGRAM, *argv[] = { path, NULL };

	return child_start(server, argv, NULL, e);
}

int server_ask(struct child *server, int kind, const struct frame *rq, struct helper *h,
    struct err *e)
{
	int sv[2], r, n;

	*h = HELPER_NONE;
	if (server->pid == 0 && (r = server_start(server, e)) != 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0)
		return server_failed(errno, e);
	n = server_send(server, kind, sv[1]);
	(void)close(sv[1]);
	h->fd = sv[0];
	r = n != 0 ? server_failed(n, e) : frame_send(h->fd, rq, SEND_MS, e);
	if (r != 0)
		helper_close(h);
	return r;
}

/* The byte with which a helper begins, and its pidfd; -1: none came. */
static int server_hear(struct helper *h)
{
	const int64_t until = clock_monotonic() + BEGIN_MS;
	union room u;
	unsigned char why;
	struct iovec iov = { &why, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
		.msg_controllen = sizeof(u) };
	struct pollfd p = { h->fd, POLLIN, 0 };
	const struct cmsghdr *c;
	int64_t left;

	while ((left = until - clock_monotonic()) > 0 && poll(&p, 1, (int)left) <= 0)
		;
	if (recvmsg(h->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(h->pidfd)))
		memcpy(&h->pidfd, CMSG_DATA(c), sizeof(h->pidfd));
	return why;
}

int server_await(struct helper *h, struct err *e)
{
	const int n = server_hear(h);

	if (n == 0)
		return 0;
	helper_close(h);
	if (n > 0)
		return server_failed(n, e);
	err_set(e, ERR_TOKEN, "%s cannot be started: it ended, or did not begin in time.", PROGRAM);
	err_hint(e, "Try again; `twokey doctor` examines the set-up.");
	return ERR_TOKEN;
}

int server_begin(struct child *server, int kind, const struct frame *rq, struct helper *h,
    struct err *e)
{
	int r, again;

	for (again = 0; ; again = 1) {
		struct err *why = again ? e : NULL;

		r = server_ask(server, kind, rq, h, why);
		if (r == 0)
			r = server_await(h, why);
		if (r == 0 || again)
			return r;
		(void)child_stop(server, 0);
	}
}

void helper_end(struct helper *h)
{
	if (h->fd >= 0)
		(void)shutdown(h->fd, SHUT_WR);
}

void helper_stop(struct helper *h, struct child *server, int grace_ms)
{
	const int64_t until = clock_monotonic() + grace_ms;
	/* Without a pidfd the end of its stream tells; that is all that poll looks for. */
	struct pollfd p = { h->pidfd >= 0 ? h->pidfd : h->fd, h->pidfd >= 0 ? POLLIN : 0, 0 };
	int64_t left;
	int n;

	if (h->fd < 0)
		return;
	helper_end(h);
	do {
		left = until - clock_monotonic();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n <= 0 && left > 0);
	if (n <= 0 && h->pidfd >= 0) {
		(void)pidfd_send_signal(h->pidfd, SIGKILL, NULL, 0);
		while (poll(&p, 1, -1) < 0 && errno == EINTR)
			;
	} else if (n <= 0) {
		(void)child_stop(server, 0);
	}
	helper_close(h);
}
