/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#define CHILD_FD 3

/* A pair of descriptors above 2: the child's 0, 1 and 2 are set up first. */
static int child_pair(int sv[2], struct err *e)
{
	int i, up;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) != 0) {
		sv[0] = sv[1] = -1;
		return err_errno(e, ERR_IO, errno, "No socket can be made for a helper");
	}
	for (i = 0; i < 2; i++) {
		if (sv[i] >= CHILD_FD)
			continue;
		up = fcntl(sv[i], F_DUPFD_CLOEXEC, CHILD_FD);
		if (up < 0)
			return err_errno(e, ERR_IO, errno, "No socket can be made for a helper");
		(void)close(sv[i]);
		sv[i] = up;
	}
	return 0;
}

static int child_attributes(posix_spawnattr_t *at)
{
	sigset_t all, none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	return posix_spawnattr_setflags(at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK) != 0 || posix_spawnattr_setpgroup(at, 0) != 0 ||
	    posix_spawnattr_setsigdefault(at, &all) != 0 ||
	    posix_spawnattr_setsigmask(at, &none) != 0;
}

static int child_descriptors(posix_spawn_file_actions_t *fa, int sock)
{
	return posix_spawn_file_actions_adddup2(fa, sock, CHILD_FD) != 0 ||
	    posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(fa, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addclosefrom_np(fa, CHILD_FD + 1) != 0;
}

/* -1: /dev/null. */
static int child_stream(posix_spawn_file_actions_t *fa, int from, int to)
{
	return from >= 0 ? posix_spawn_file_actions_adddup2(fa, from, to)
	    : posix_spawn_file_actions_addopen(fa, to, "/dev/null", to == 0 ? O_RDONLY : O_WRONLY, 0);
}

int child_spawn(pid_t *pid, char *const argv[], char *const envp[], const int fd[3], int search)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int r = ENOMEM;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return r;
	if (posix_spawnattr_init(&at) == 0) {
		if (child_attributes(&at) == 0 && child_stream(&fa, fd[0], 0) == 0 &&
		    child_stream(&fa, fd[1], 1) == 0 && child_stream(&fa, fd[2], 2) == 0 &&
		    posix_spawn_file_actions_addclosefrom_np(&fa, 3) == 0)
			r = search ? posix_spawnp(pid, argv[0], &fa, &at, argv, envp)
			    : posix_spawn(pid, argv[0], &fa, &at, argv, envp);
		(void)posix_spawnattr_destroy(&at);
	}
	(void)posix_spawn_file_actions_destroy(&fa);
	return r;
}

int child_start(struct child *c, char *const argv[], char *const envp[], struct err *e)
{
	static char *const empty[] = { NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int sv[2] = { -1, -1 }, r, n;
	pid_t pid = 0;

	c->pid = 0;
	c->fd = -1;
	if (argv[0] == NULL || argv[0][0] != '/')
		return err_set(e, ERR_INTERNAL, "A helper needs an absolute path.");
	if (posix_spawn_file_actions_init(&fa) != 0)
		return err_set(e, ERR_MEMORY, "No memory is left for starting %s.", argv[0]);
	if (posix_spawnattr_init(&at) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return err_set(e, ERR_MEMORY, "No memory is left for starting %s.", argv[0]);
	}
	r = child_pair(sv, e);
	if (r != 0)
		goto out;
	if (child_attributes(&at) != 0 || child_descriptors(&fa, sv[1]) != 0) {
		r = err_set(e, ERR_MEMORY, "No memory is left for starting %s.", argv[0]);
		goto out;
	}
	if (envp == NULL)
		envp = getauxval(AT_SECURE) != 0 ? empty : environ;
	n = posix_spawn(&pid, argv[0], &fa, &at, argv, envp);
	if (n != 0) {
		r = err_errno(e, ERR_IO, n, "%s cannot be started", argv[0]);
		err_hint(e, "It is a part of twokey: install it anew with `make install`.");
		goto out;
	}
	c->pid = pid;
	c->fd = sv[0];
	sv[0] = -1;
out:
	if (sv[0] >= 0)
		(void)close(sv[0]);
	if (sv[1] >= 0)
		(void)close(sv[1]);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	return r;
}

int child_runs(const struct child *c)
{
	siginfo_t info = { .si_pid = 0 };

	return c->pid > 0 && waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == 0;
}

void child_end(struct child *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}

/* Waits until it has ended; a kernel without pidfds (before 5.3) is asked again
 * and again. */
static void child_await(const struct child *c, int64_t until)
{
	const int fd = pidfd_open(c->pid, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	int64_t left;
	int nap = 1;

	while ((left = until - clock_monotonic()) > 0) {
		if (fd >= 0 && poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) != 0)
			break;
		if (fd < 0 && !child_runs(c))
			break;
		if (fd < 0) {
			(void)poll(NULL, 0, nap);
			nap = nap < 16 ? nap * 2 : nap;
		}
	}
	if (fd >= 0)
		(void)close(fd);
}

int child_stop(struct child *c, int grace_ms)
{
	const int64_t until = clock_monotonic() + grace_ms;
	int status = 0;
	pid_t got;

	child_end(c);
	if (c->pid <= 0)
		return -1;
	do {
		child_await(c, until);
		got = waitpid(c->pid, &status, WNOHANG);
	} while (got == 0 && clock_monotonic() < until);
	if (got == 0) {
		(void)kill(-c->pid, SIGKILL);
		do
			got = waitpid(c->pid, &status, 0);
		while (got < 0 && errno == EINTR);
	}
	c->pid = 0;
	if (got < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
