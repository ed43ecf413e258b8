/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/resident.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#define LISTEN_FD 3
#define LINE_FD 4
#define READY_MS 1000	/* for the module to take the word */
/* Behind a call that was taken: the login has the processors to itself, unless more come. */
#define PAUSE_MS 250
#define AGAIN_MS 1000	/* behind a spare that failed */
#define MOST 32		/* at work at a time: they count against no limit of their callers' */

/* The listening socket, and behind it the line to each gate that is at work. */
struct lines {
	struct pollfd p[1 + MOST];
	nfds_t n;
};

static int is_listening(int fd)
{
	int type = 0, on = 0, domain = 0;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
}

int resident_asked(const char *word)
{
	return (strcmp(word, "resident") == 0 || strcmp(word, "spare") == 0) && is_listening(LISTEN_FD);
}

/* 0, or an errno. */
static int spawn_spare(int line)
{
	static char gate[] = TWOKEY_HELPER_DIR "/twokey-gate", word[] = "spare";
	char *argv[] = { gate, word, NULL }, *none[] = { NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t all;
	pid_t pid;
	int n = ENOMEM;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return n;
	if (posix_spawnattr_init(&at) == 0) {
		(void)sigfillset(&all);
		if (posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF) == 0 &&
		    posix_spawnattr_setsigdefault(&at, &all) == 0 &&
		    posix_spawn_file_actions_adddup2(&fa, LISTEN_FD, LISTEN_FD) == 0 &&
		    posix_spawn_file_actions_adddup2(&fa, line, LINE_FD) == 0 &&
		    posix_spawn_file_actions_addclosefrom_np(&fa, LINE_FD + 1) == 0)
			n = posix_spawn(&pid, gate, &fa, &at, argv, none);
		(void)posix_spawnattr_destroy(&at);
	}
	(void)posix_spawn_file_actions_destroy(&fa);
	return n;
}

/* 1: it has taken a call; 0: it has ended without one. */
static int hear_spare(int line)
{
	char word;
	ssize_t n;

	while ((n = read(line, &word, 1)) < 0 && errno == EINTR)
		;
	return n == 1;
}

/* Starts a spare and waits until it has taken a call: the line to it, or -1 when there was
 * none to wait for. */
static int keep_spare(void)
{
	int sv[2], n, taken = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0) {
		n = errno;
	} else {
		n = spawn_spare(sv[1]);
		(void)close(sv[1]);
		if (n == 0)
			taken = hear_spare(sv[0]);
		if (!taken)
			(void)close(sv[0]);
	}
	if (n != 0)
		gate_log(LOG_ERR, "a gate cannot be started beforehand: %s", strerror(n));
	return taken ? sv[0] : -1;
}

/* Waits until fewer than MOST are at work.  Whoever calls meanwhile is turned away at once, and
 * starts a gate himself. */
static void await_room(struct lines *l)
{
	nfds_t i, n;
	int fd;

	do {
		(void)poll(l->p, l->n, l->n > MOST ? -1 : 0);
		for (i = n = 1; i < l->n; i++) {
			if (l->p[i].revents != 0)
				(void)close(l->p[i].fd);
			else
				l->p[n++] = l->p[i];
		}
		l->n = n;
		if (n <= MOST || l->p[0].revents == 0)
			continue;
		fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
		(void)(fd >= 0 ? close(fd) : poll(NULL, 0, AGAIN_MS));
	} while (l->n > MOST);
}

int resident_main(int (*become)(struct err *e))
{
	struct lines l = { .p = { { LISTEN_FD, POLLIN, 0 } }, .n = 1 };
	struct err e = { 0 };

	(void)fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC);
	if (become(&e) != 0) {
		gate_log(LOG_ERR, "resident: %s %s", e.text, e.hint);
		return err_exit_code(e.code);
	}
	/* The kernel reaps what ends, at once. */
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		const int line = keep_spare();

		if (line >= 0) {
			l.p[l.n++] = (struct pollfd){ line, 0, 0 };
			(void)poll(l.p, 1, PAUSE_MS);
		} else {
			(void)poll(NULL, 0, AGAIN_MS);
		}
		await_room(&l);
	}
}

/* The real user of a process ("Uid:" of /proc/PID/status, man 5 proc); -1: it is not told. */
static int real_uid(uid_t *uid, pid_t pid)
{
	char path[40], text[1024];
	const char *line;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		(void)close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	line = strstr(text, "\nUid:\t");
	if (line == NULL)
		return -1;
	*uid = (uid_t)strtoul(line + 6, NULL, 10);
	return 0;
}

/* Whoever has connected: root, in a process that this one can see? */
static int take(struct gate *g, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 || peer.uid != 0 ||
	    peer.pid <= 0 || real_uid(&g->caller, peer.pid) != 0)
		return -1;
	g->pid = peer.pid;
	g->fd = fd;
	return 0;
}

int resident_take(struct gate *g, struct err *e)
{
	struct pollfd p[2] = { { LISTEN_FD, POLLIN, 0 }, { LINE_FD, POLLIN, 0 } };
	int fd;

	(void)fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC);
	(void)fcntl(LINE_FD, F_SETFD, FD_CLOEXEC);
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_errno(e, ERR_INTERNAL, errno, "Calls cannot be waited for");
		if (p[1].revents != 0)
			exit(0);
		if (p[0].revents == 0)
			continue;
		fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(e, ERR_INTERNAL, errno, "A call cannot be taken");
		/* Whoever has gone meanwhile costs no gate. */
		if (fd >= 0 && take(g, fd) == 0 && wire_send(fd, WIRE_READY, "", 0, READY_MS) == 0)
			break;
		if (fd >= 0)
			(void)close(fd);
	}
	/* The line stays open: that it is at work is to be seen. */
	(void)send(LINE_FD, "t", 1, MSG_NOSIGNAL);
	(void)close(LISTEN_FD);
	return 0;
}
