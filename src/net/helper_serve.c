/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/helper.h"

#define ANSWER_MS 10000	/* for a client that reads slowly */

/* The byte behind a request, and the two descriptors that it carries. */
static int serve_descriptors(int fds[2])
{
	union {
		struct cmsghdr align;
		unsigned char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	unsigned char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	const struct cmsghdr *c;

	if (recvmsg(NET_FD, &m, MSG_CMSG_CLOEXEC) != 1 || (m.msg_flags & MSG_CTRUNC))
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return -1;
	memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
	return 0;
}

static int serve_one(const struct frame *in, struct net_order *o, const int fds[2])
{
	struct net_result res = { .headers = BUF_INIT };
	struct frame f = { NULL, 0 };
	enum net_why why = fetch(o, in, fds[0], fds[1], &res);
	int r;

	if (why == NET_ANSWERED && net_write_answer(&f, res.status, res.len,
	    buf_str(&res.headers), res.n, NULL) != 0)
		why = NET_WHY_TOO_LONG;
	r = why == NET_ANSWERED ? 0 : net_write_failure(&f, why, res.text, NULL);
	if (r == 0)
		r = frame_send(NET_FD, &f, ANSWER_MS, NULL);
	frame_free(&f);
	buf_free(&res.headers);
	return r;
}

/* What cannot be answered ends the process: the client sees that. */
int net_serve(void)
{
	struct net_order *o = malloc(sizeof(*o));
	int r = o == NULL ? ERR_MEMORY : 0;

	while (r == 0) {
		struct frame in = { NULL, 0 };
		int fds[2];

		r = frame_recv(&in, NET_FD, -1, NULL);
		if (r != 0)
			break;
		r = net_proto_check(&in, NULL);
		if (r == 0)
			r = net_read_request(o, &in, NULL);
		if (r == 0)
			r = serve_descriptors(fds);
		if (r == 0) {
			r = serve_one(&in, o, fds);
			(void)close(fds[0]);
			(void)close(fds[1]);
		}
		frame_free(&in);
	}
	free(o);
	return r == ERR_MISSING ? 0 : 1;
}
