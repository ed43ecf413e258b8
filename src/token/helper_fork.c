/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The server: loading this program and starting its libraries costs many times
 * what a fork does.  Processes are forked ahead, and take the next requests themselves: one at
 * once, more while nobody asks for any, so that a login that finds them waiting is not kept from
 * its processor by the fork of what comes behind it.  A fork without exec is enough here.  The server knows no
 * secret and reads nothing but its client's requests, so a process begins with
 * nothing that it should not see; the locks, the filters and the generator's seed
 * are its own (OpenSSL sees by its pid that it has forked).  What the processes of
 * one client have in common is where things lie in their memory, and the stack's
 * guard: a device that has taken one of them over knows these of the others, and can
 * reach none of them.
 */
#define AHEAD 3			/* that wait at most: a listing and two keys */
#define IDLE_MS 20
#define END_S 3			/* for processes that are told to end, as helper_watch.c */

/* The next request: a socket, and what its process is for; -1 when the client has
 * ended or asks for what there is not. */
static int fork_take(int *type)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} u;
	unsigned char what = 0;
	struct iovec iov = { &what, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
		.msg_controllen = sizeof(u) };
	const struct cmsghdr *c;
	ssize_t n;
	int fd;

	while ((n = recvmsg(HELPER_FD, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		;
	c = CMSG_FIRSTHDR(&m);
	if (n != 1 || c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(fd)) ||
	    (what != PROTO_LIST && what != PROTO_OPEN))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	*type = what;
	return fd;
}

/* The first byte on a process's socket: 0 and, where there is one, its pidfd, by
 * which the client sees it end and may end it; or why it could not be forked. */
static int fork_greet(int sock, int errnum, int pidfd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .room = { 0 } };
	unsigned char why = (unsigned char)errnum;
	struct iovec iov = { &why, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (pidfd >= 0) {
		m.msg_control = &u;
		m.msg_controllen = sizeof(u);
		u.align.cmsg_level = SOL_SOCKET;
		u.align.cmsg_type = SCM_RIGHTS;
		u.align.cmsg_len = CMSG_LEN(sizeof(pidfd));
		memcpy(CMSG_DATA(&u.align), &pidfd, sizeof(pidfd));
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* In the new process: its first request, with which it becomes what that asks for. */
static int fork_become(int line)
{
	int pidfd, r, type = 0;
	const int sock = fork_take(&type);

	if (sock < 0 || write(line, "t", 1) != 1 || dup3(sock, HELPER_FD, O_CLOEXEC) < 0)
		return -1;
	(void)close(line);
	(void)close(sock);
	pidfd = pidfd_open(getpid(), 0);
	r = fork_greet(HELPER_FD, 0, pidfd);
	if (pidfd >= 0)
		(void)close(pidfd);
	return r == 0 ? type : -1;
}

/* It ends with the server at the latest. */
static int fork_begin(int line, pid_t server, int is_ready, int (*begin)(int is_ready))
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != server ||
	    begin(is_ready) != 0 ? -1 : fork_become(line);
}

/* Has it taken a request?  Else it has ended. */
static int fork_taken(int line)
{
	char word;
	ssize_t n;

	while ((n = read(line, &word, 1)) < 0 && errno == EINTR)
		;
	(void)close(line);
	return n == 1;
}

/* The next request is told that there will be no process for it: 0, or -1. */
static int fork_refuse(int errnum)
{
	int type, sock = fork_take(&type);

	if (sock < 0)
		return -1;
	(void)fork_greet(sock, errnum, -1);
	(void)close(sock);
	return 0;
}

/* Is a listing waited for?  It is the first thing that most clients ask, and needs
 * neither ciphers nor secrets. */
static int fork_is_listing(void)
{
	unsigned char what;

	return recv(HELPER_FD, &what, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && what == PROTO_LIST;
}

/* They see the client's end as well, and first have their keys stop blinking. */
static void fork_end(void)
{
	(void)alarm(END_S);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/* Processes that wait for a request. */
struct waiting {
	struct pollfd line[AHEAD];
	nfds_t n, most;
};

/* fork(2); *line is where the new one says that it has taken a request. */
static pid_t fork_one(struct waiting *w, int *line)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	(void)(pid == 0 ? close(ends[0]) : close(ends[1]));
	*line = ends[1];
	if (pid > 0)
		w->line[w->n++] = (struct pollfd){ ends[0], POLLIN, 0 };
	if (pid < 0)
		(void)close(ends[0]);
	for (nfds_t i = 0; pid == 0 && i < w->n; i++)
		(void)close(w->line[i].fd);
	return pid;
}

/* Until another one should wait: 0; or -1 when one has ended without a request. */
static int fork_watch(struct waiting *w)
{
	while (w->n > 0) {
		nfds_t i = 0;
		int n;

		while ((n = poll(w->line, w->n, w->n < w->most ? IDLE_MS : -1)) < 0 && errno == EINTR)
			;
		if (n <= 0)
			return n;
		while (w->line[i].revents == 0)
			i++;
		n = fork_taken(w->line[i].fd);
		w->line[i] = w->line[--w->n];
		if (!n)
			return -1;
		w->most = AHEAD;
	}
	return 0;
}

int fork_server(int (*ready)(void), int (*begin)(int is_ready))
{
	const pid_t self = getpid();
	struct waiting w = { .n = 0, .most = AHEAD };
	int line, is_ready = 0, r = 0;

	/* The kernel reaps what ends, at once. */
	(void)signal(SIGCHLD, SIG_IGN);
	while (r == 0) {
		pid_t pid;

		if (!is_ready && !fork_is_listing()) {
			if (ready() != 0)
				return -1;
			is_ready = 1;
		}
		pid = fork_one(&w, &line);
		if (pid == 0)
			return fork_begin(line, self, is_ready, begin);
		if (pid < 0 && w.n == 0) {
			r = fork_refuse(errno);
			continue;
		}
		/* One that is not ready for a key's request waits alone: it takes the listing for sure. */
		if (pid < 0 || !is_ready)
			w.most = w.n;
		r = fork_watch(&w);
	}
	fork_end();
	return 0;
}
