/* SPDX-License-Identifier: BSD-2-Clause */
/* Helper processes: what they are handed, how they end, and what an elevated
 * program keeps from them. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#define OWNER 1		/* of the program that is elevated */
#define NOBODY 65534	/* who runs it */
#define LONG_MS 20000

static char said[65536];
static size_t said_len;

static int start(struct child *c, const char *line, char *const envp[])
{
	char *argv[] = { (char *)(uintptr_t)"/bin/sh", (char *)(uintptr_t)"-c",
		(char *)(uintptr_t)line, NULL };

	return child_start(c, argv, envp, NULL);
}

/* Everything from fd until its end. */
static void hear(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	ssize_t n = -1;

	said_len = 0;
	while (poll(&p, 1, LONG_MS) == 1 &&
	    (n = read(fd, said + said_len, sizeof(said) - 1 - said_len)) > 0)
		said_len += (size_t)n;
	said[said_len] = '\0';
	assert_int_equal(n, 0);
}

/* Runs a shell line, whose descriptor 3 is heard; its status. */
static int run(const char *line, char *const envp[])
{
	struct child c;

	if (start(&c, line, envp) != 0)
		return -2;
	hear(c.fd);
	return child_stop(&c, LONG_MS);
}

static void descriptors(void **state)
{
	const int high = fcntl(2, F_DUPFD, 77);	/* without O_CLOEXEC */
	int zero;

	(void)state;
	assert_int_equal(high, 77);
	assert_int_equal(run("exec >&3; ls /proc/$$/fd; :", NULL), 0);
	assert_string_equal(said, "0\n1\n2\n3\n");
	assert_int_equal(run("x=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo \"$x\" >&3", NULL), 0);
	assert_string_equal(said, "/dev/null\n/dev/null\n");
	(void)close(high);
	/* The socket's own numbers may be 0 and 1. */
	zero = fcntl(0, F_DUPFD_CLOEXEC, 10);
	(void)close(0);
	assert_int_equal(run("echo here >&3", NULL), 0);
	assert_string_equal(said, "here\n");
	if (zero >= 0) {
		assert_int_equal(dup2(zero, 0), 0);
		(void)close(zero);
	}
}

static void a_stream_both_ways(void **state)
{
	struct child c;

	(void)state;
	assert_int_equal(start(&c, "read x <&3; echo \"$x $x\" >&3", NULL), 0);
	assert_int_equal(child_runs(&c), 1);
	assert_int_equal(write(c.fd, "twice\n", 6), 6);
	hear(c.fd);
	assert_string_equal(said, "twice twice\n");
	assert_int_equal(child_stop(&c, LONG_MS), 0);
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.fd, -1);
}

static void signals_and_group(void **state)
{
	unsigned long long blocked, ignored;
	sigset_t all, old;

	(void)state;
	(void)sigfillset(&all);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)sigprocmask(SIG_SETMASK, &all, &old);
	assert_int_equal(run("while read name x; do case $name in "
	    "SigBlk:|SigIgn:) echo $name $x >&3; esac; done </proc/$$/status; "
	    "read pid name is parent group rest </proc/$$/stat; [ $group = $$ ]", NULL), 0);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_int_equal(sscanf(said, "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
	assert_true(blocked == 0);
	/* But 32 and 33, which are libc's. */
	assert_true((ignored & 0x7fffffff) == 0);
}

static void statuses(void **state)
{
	struct child c = { 0, -1 };

	(void)state;
	assert_int_equal(run("exit 0", NULL), 0);
	assert_int_equal(run("exit 7", NULL), 7);
	assert_int_equal(run("kill -TERM $$", NULL), 128 + SIGTERM);
	assert_int_equal(child_runs(&c), 0);
	assert_int_equal(child_stop(&c, 0), -1);
}

static void none_left(const struct child *c)
{
	assert_int_equal(c->pid, 0);
	assert_int_equal(c->fd, -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void no_absolute_path(void **state)
{
	char *relative[] = { (char *)(uintptr_t)"sh", NULL };
	char *none[] = { NULL };
	struct child c = { 1, 1 };

	(void)state;
	assert_int_equal(child_start(&c, relative, NULL, NULL), ERR_INTERNAL);
	assert_int_equal(child_start(&c, none, NULL, NULL), ERR_INTERNAL);
	none_left(&c);
}

static void missing_program(void **state)
{
	char *argv[] = { (char *)(uintptr_t)"/nonexistent/helper", NULL };
	struct child c = { 1, 1 };
	struct err e = { 0 };

	(void)state;
	unit_natively("valgrind's vfork is a fork, which tells no failed exec");
	assert_int_equal(child_start(&c, argv, NULL, &e), ERR_MISSING);
	assert_non_null(strstr(e.text, argv[0]));
	none_left(&c);
}

/* It hears of its end by the end of the stream, and is reaped later. */
static void told_to_end(void **state)
{
	struct child c;
	int64_t until;

	(void)state;
	assert_int_equal(start(&c, "read x <&3; exit 5", NULL), 0);
	assert_int_equal(child_runs(&c), 1);
	child_end(&c);
	assert_int_equal(c.fd, -1);
	until = clock_monotonic() + LONG_MS;
	while (child_runs(&c) && clock_monotonic() < until)
		(void)sched_yield();
	assert_int_equal(child_runs(&c), 0);
	assert_int_equal(child_stop(&c, 0), 5);
}

/* Who does not heed that is killed when his time is up, with what he started. */
static void killed_when_late(void **state)
{
	const int64_t began = clock_monotonic();
	struct child c;
	int fd;

	(void)state;
	assert_int_equal(start(&c, "sleep 1000 & echo >&3; sleep 1000", NULL), 0);
	fd = fcntl(c.fd, F_DUPFD_CLOEXEC, 10);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, said, 1), 1);
	assert_int_equal(child_stop(&c, 50), 128 + SIGKILL);
	assert_true(clock_monotonic() - began >= 50);
	/* All that held the other end are gone. */
	hear(fd);
	assert_int_equal(said_len, 0);
	(void)close(fd);
}

/* PWD is the shell's own. */
#define ENVIRON "exec env -0 -u PWD >&3"

static int was_said(const char *variable)
{
	return memmem(said, said_len, variable, strlen(variable) + 1) != NULL;
}

static void environment(void **state)
{
	char *given[] = { (char *)(uintptr_t)"ONLY=this", NULL };
	char *empty[] = { NULL };

	(void)state;
	assert_int_equal(setenv("TRIED", "handed on", 1), 0);
	assert_int_equal(run(ENVIRON, NULL), 0);
	assert_true(was_said("TRIED=handed on"));
	assert_int_equal(run(ENVIRON, given), 0);
	assert_int_equal(said_len, sizeof("ONLY=this"));
	assert_true(was_said("ONLY=this"));
	assert_int_equal(run(ENVIRON, empty), 0);
	assert_int_equal(said_len, 0);
}

/* This program anew, with a word: it tells the environment of its helper. */
static int tell_environment(void)
{
	if (run(ENVIRON, NULL) != 0)
		return 1;
	return write(1, said, said_len) == (ssize_t)said_len ? 0 : 1;
}

/* A copy of this program, another user's, on a disk that nobody else sees. */
static int copy_of_ours(mode_t mode)
{
	const int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int to = open("/tmp/copy", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n = -1;

	while (from >= 0 && to >= 0 && (n = read(from, said, sizeof(said))) > 0)
		if (write(to, said, (size_t)n) != n)
			return -1;
	if (n != 0 || fchown(to, OWNER, OWNER) != 0 || fchmod(to, mode) != 0 || close(to) != 0)
		return -1;
	(void)close(from);
	return 0;
}

/* What nobody's run of the copy says to fd; does not return. */
static void run_copy(int fd, mode_t mode)
{
	char *argv[] = { (char *)(uintptr_t)"copy", (char *)(uintptr_t)"environment", NULL };
	char *envp[] = { (char *)(uintptr_t)"TRIED=handed on", NULL };

	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0 &&
	    mount("tmpfs", "/tmp", "tmpfs", MS_NODEV, "mode=755,size=64m") == 0 &&
	    copy_of_ours(mode) == 0 && dup2(fd, 1) == 1 && setgid(NOBODY) == 0 &&
	    setuid(NOBODY) == 0)
		(void)execve("/tmp/copy", argv, envp);
	_exit(99);
}

static int status_of_copy(mode_t mode)
{
	int p[2], status = -1;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run_copy(p[1], mode);
	(void)close(p[1]);
	hear(p[0]);
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whoever calls an elevated program must not reach its helpers by way of the
 * environment: LD_PRELOAD would be heeded there, as they are not elevated. */
static void elevated(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skip: only root can make a program of another user's\n");
		skip();
	}
	assert_int_equal(status_of_copy(0755), 0);
	assert_true(was_said("TRIED=handed on"));
	assert_int_equal(status_of_copy(04755), 0);
	assert_int_equal(said_len, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors), cmocka_unit_test(a_stream_both_ways),
		cmocka_unit_test(signals_and_group), cmocka_unit_test(statuses),
		cmocka_unit_test(no_absolute_path), cmocka_unit_test(missing_program),
		cmocka_unit_test(told_to_end), cmocka_unit_test(killed_when_late),
		cmocka_unit_test(environment), cmocka_unit_test(elevated),
	};

	/* A sanitizer's search at exit() fails in an elevated program. */
	if (argc == 2 && strcmp(argv[1], "environment") == 0)
		_exit(tell_environment());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
