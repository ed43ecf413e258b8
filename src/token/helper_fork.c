/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The server: loading this program and starting its libraries costs many times
 * what a fork does.  One process is forked ahead, and takes the next request itself; then
 * the next one is.  A fork without exec is enough here.  The server knows no
 * secret and reads nothing but its client's requests, so a process begins with
 * nothing that it should not see; the locks, the filters and the generator's seed
 * are its own (OpenSSL sees by its pid that it has forked).  What the processes of
 * one client have in common is where things lie in their memory, and the stack's
 * guard: a device that has taken one of them over knows these of the others, and can
 * reach none of them.
 */
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

int fork_server(int (*ready)(void), int (*begin)(int is_ready))
{
	const pid_t self = getpid();
	int line[2], taken = 1, is_ready = 0;

	/* The kernel reaps what ends, at once. */
	(void)signal(SIGCHLD, SIG_IGN);
	while (taken) {
		pid_t pid;

		if (!is_ready && !fork_is_listing()) {
			if (ready() != 0)
				return -1;
			is_ready = 1;
		}
		if (pipe2(line, O_CLOEXEC) != 0)
			return -1;
		pid = fork();
		(void)(pid == 0 ? close(line[0]) : close(line[1]));
		if (pid == 0)
			return fork_begin(line[1], self, is_ready, begin);
		if (pid > 0) {
			taken = fork_taken(line[0]);
		} else {
			taken = fork_refuse(errno) == 0;
			(void)close(line[0]);
		}
	}
	fork_end();
	return 0;
}
