/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/net.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "net/net_proto.h"
#include "net/net_why.h"

#ifndef TWOKEY_HELPER_DIR
#error "TWOKEY_HELPER_DIR: the folder of twokey-net"
#endif

#define SEND_MS 5000
#define REST_MS 2000	/* for the rest of a message that has begun */
#define SLACK_MS 3000	/* that the helper may need beyond the request's limit */
#define STOP_MS 300
#define TICK_MS 200

struct net {
	struct child child;	/* not running before the first request, and after a failure */
	char *ca_file, *proxy, *no_proxy;	/* NULL where not set */
};

/* Copies s, NULL included; 0 or -1. */
static int net_copy(char **out, const char *s)
{
	*out = s == NULL ? NULL : strdup(s);
	return s != NULL && *out == NULL ? -1 : 0;
}

int net_new(struct net **out, const struct net_settings *s, struct err *e)
{
	struct net *n = calloc(1, sizeof(*n));

	*out = NULL;
	if (n != NULL)
		n->child.fd = -1;
	if (n == NULL || net_copy(&n->ca_file, s->ca_file) != 0 ||
	    net_copy(&n->proxy, s->proxy) != 0 || net_copy(&n->no_proxy, s->no_proxy) != 0) {
		net_free(&n);
		return err_set(e, ERR_MEMORY, "No memory is left for the network's settings.");
	}
	*out = n;
	return 0;
}

void net_free(struct net **n)
{
	if (*n == NULL)
		return;
	(void)child_stop(&(*n)->child, STOP_MS);
	free((*n)->ca_file);
	free((*n)->proxy);
	free((*n)->no_proxy);
	free(*n);
	*n = NULL;
}

void net_answer_free(struct net_answer *a)
{
	size_t i;

	for (i = 0; i < a->n_headers; i++)
		free(a->headers[i]);
	free(a->headers);
	buf_free(&a->body);
	memset(a, 0, sizeof(*a));
}

const char *net_header(const struct net_answer *a, const char *name)
{
	const size_t len = strlen(name);
	size_t i;

	for (i = 0; i < a->n_headers; i++) {
		const char *h = a->headers[i];

		if (strncasecmp(h, name, len) == 0 && h[len] == ':') {
			h += len + 1;
			return h + strspn(h, " \t");
		}
	}
	return NULL;
}

/* A nameless file that holds these bytes; -1 after a failure. */
static int net_memory_file(const void *data, size_t len, struct err *e)
{
	int fd = memfd_create("twokey-net", MFD_CLOEXEC);

	if (fd < 0) {
		(void)err_errno(e, ERR_MEMORY, errno, "No memory is left for a request");
	} else if (file_write_all(fd, data, len, "A request's body", e) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* One byte that carries both descriptors. */
static int net_pass(int sock, int body_fd, int answer_fd)
{
	union {
		struct cmsghdr align;
		unsigned char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	const int fds[2] = { body_fd, answer_fd };
	unsigned char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n;

	memset(&control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -1;
}

/* Waits for the answer's frame, ticking. NET_ANSWERED, or why there is none. */
static enum net_why net_wait(struct net *n, int limit_ms, const struct net_watch *w,
    struct frame *f)
{
	const int64_t until = clock_monotonic() + limit_ms + SLACK_MS;

	for (;;) {
		struct pollfd p = { n->child.fd, POLLIN, 0 };
		const int got = poll(&p, 1, TICK_MS);

		if (got < 0 && errno != EINTR)
			return NET_WHY_CRASHED;
		if (got > 0)
			return frame_recv(f, n->child.fd, REST_MS, NULL) == 0 &&
			    net_proto_check(f, NULL) == 0 ? NET_ANSWERED : NET_WHY_CRASHED;
		if (w != NULL && w->fn != NULL && w->fn(w->ctx) != 0)
			return NET_WHY_CANCELLED;
		if (clock_monotonic() >= until)
			return NET_WHY_TIMEOUT;
	}
}

static int net_start(struct net *n, struct err *e)
{
	char path[] = TWOKEY_HELPER_DIR "/twokey-net";
	char *argv[] = { path, NULL }, *none[] = { NULL };

	if (child_runs(&n->child))
		return 0;
	(void)child_stop(&n->child, 0);
	return child_start(&n->child, argv, none, e);
}

/* Sends the request and reads what comes back into a, or *why and text. */
static int net_talk(struct net *n, const struct net_request *rq, const struct net_watch *w,
    const int fds[2], struct net_answer *a, char text[256], struct err *e)
{
	const struct net_settings s = { n->ca_file, n->proxy, n->no_proxy };
	struct frame out = { NULL, 0 }, in = { NULL, 0 };
	int r = net_write_request(&out, rq, &s, e);

	if (r == 0)
		r = net_start(n, e);
	if (r != 0) {
		frame_free(&out);
		return r;
	}
	a->why = frame_send(n->child.fd, &out, SEND_MS, NULL) == 0 &&
	    net_pass(n->child.fd, fds[0], fds[1]) == 0 ? net_wait(n, rq->total_ms, w, &in) :
	    NET_WHY_CRASHED;
	if (a->why == NET_ANSWERED && in.type == NET_FAILED) {
		if (net_read_failure(&a->why, text, &in, NULL) != 0)
			a->why = NET_WHY_CRASHED;
	} else {
		if (a->why == NET_ANSWERED && net_read_answer(a, &in, NULL) != 0)
			a->why = NET_WHY_CRASHED;
		if (a->why != NET_ANSWERED)
			(void)child_stop(&n->child, a->why == NET_WHY_CRASHED ? 0 : STOP_MS);
	}
	frame_free(&out);
	frame_free(&in);
	return a->why == NET_ANSWERED ? 0 : ERR_STORE;
}

static int net_read_body(struct net_answer *a, int fd, struct err *e)
{
	unsigned char chunk[4096];
	off_t at = 0;
	ssize_t got = 1;

	while (got > 0 && at < (off_t)a->len) {
		const size_t left = a->len - (size_t)at;

		got = pread(fd, chunk, left < sizeof(chunk) ? left : sizeof(chunk), at);
		if (got > 0) {
			buf_put(&a->body, chunk, (size_t)got);
			at += got;
		}
	}
	if (at < (off_t)a->len || !buf_ok(&a->body))
		return err_set(e, ERR_MEMORY, "No memory is left for an answer.");
	return 0;
}

int net_send(struct net *n, const struct net_request *rq, const struct net_watch *w,
    struct net_answer *a, struct err *e)
{
	int fds[2] = { -1, -1 }, r;
	char text[256] = "";

	memset(a, 0, sizeof(*a));
	r = rq->mail != NULL ? net_check_mail_url(rq->url, e) : net_check_url(rq->url, e);
	if (r != 0)
		return r;
	if (rq->n_headers > NET_HEADERS_MAX || rq->body_len > NET_BODY_MAX ||
	    (rq->answer_fd < 0 && rq->answer_max > NET_BODY_MAX))
		return err_set(e, ERR_INTERNAL, "A request of %zu bytes is too large.", rq->body_len);
	fds[0] = net_memory_file(rq->body == NULL ? "" : rq->body,
	    rq->body == NULL ? 0 : rq->body_len, e);
	fds[1] = rq->answer_fd >= 0 ? rq->answer_fd : fds[0] < 0 ? -1 : net_memory_file("", 0, e);
	if (fds[0] < 0 || fds[1] < 0)
		r = ERR_MEMORY;
	/* What an earlier try left there. */
	else if (ftruncate(fds[1], 0) != 0)
		r = err_errno(e, ERR_IO, errno, "The file for an answer cannot be emptied");
	else
		r = net_talk(n, rq, w, fds, a, text, e);
	if (a->why != NET_ANSWERED)
		r = net_why_set(e, a->why, rq, n->proxy, n->ca_file, text);
	if (r == 0 && rq->answer_fd < 0)
		r = net_read_body(a, fds[1], e);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (fds[1] >= 0 && fds[1] != rq->answer_fd)
		(void)close(fds[1]);
	return r;
}
