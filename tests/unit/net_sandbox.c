/* SPDX-License-Identifier: BSD-2-Clause */
/* What twokey-net's filter forbids: each call is made by a process of its own. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/helper.h"

#define KILLED (-1)
#define FINE 42

/* Ends at once: a sanitizer's own _exit() may fork. */
static void end(int status)
{
	(void)syscall(SYS_exit_group, status);
}

/* How `fn` behind the filter ends: KILLED, or what it returns. */
static int behind(int (*fn)(void))
{
	const struct rlimit none = { 0, 0 };
	const pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setrlimit(RLIMIT_CORE, &none) != 0 || net_sandbox() != 0)
			end(255);
		end(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int do_exec(void)
{
	char name[] = "/bin/true";
	char *argv[] = { name, NULL };

	(void)execv(name, argv);
	return 1;
}

static int do_fork(void)
{
	return (int)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) == 0 ? 0 : 1;
}

static int do_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int do_kill(void)
{
	return kill(getppid(), 0);
}

static int do_listen(void)
{
	return listen(0, 1);
}

static int do_unlink(void)
{
	return unlink("/nothing");
}

static int do_chmod(void)
{
	return chmod("/nothing", 0);
}

static int do_setuid(void)
{
	return setuid(0);
}

static void test_killed(void **state)
{
	int (*const calls[])(void) = { do_exec, do_fork, do_ptrace, do_kill, do_listen, do_unlink,
		do_chmod, do_setuid };
	size_t i;

	(void)state;
	unit_natively("the filter would kill valgrind itself");
	for (i = 0; i < COUNT(calls); i++)
		assert_int_equal(behind(calls[i]), KILLED);
}

static int do_open_read(void)
{
	return open("/dev/null", O_RDONLY) >= 0 && open("/dev/null", O_PATH) >= 0 ? FINE : errno;
}

/* The first way to write that is let through, 0 when none is. */
static int do_open_write(void)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC,
		O_WRONLY | O_APPEND, O_RDWR | O_TMPFILE };
	size_t i;

	for (i = 0; i < COUNT(flags); i++)
		if (open("/dev/null", flags[i], 0600) >= 0 || errno != EACCES ||
		    syscall(SYS_open, "/dev/null", flags[i], 0600) >= 0 || errno != EACCES)
			return (int)i + 1;
	return syscall(SYS_openat2, AT_FDCWD, "/dev/null", NULL, 0) < 0 && errno == ENOSYS ? FINE : 99;
}

static int do_sockets(void)
{
	if (socket(AF_PACKET, SOCK_DGRAM, 0) >= 0 || errno != EAFNOSUPPORT)
		return 1;
	if (socket(AF_VSOCK, SOCK_STREAM, 0) >= 0 || errno != EAFNOSUPPORT)
		return 2;
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 && socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? FINE : 3;
}

static void *thread_main(void *arg)
{
	*(int *)arg = FINE;
	return NULL;
}

static int do_thread(void)
{
	pthread_t t;
	int v = 0;

	return pthread_create(&t, NULL, thread_main, &v) != 0 || pthread_join(t, NULL) != 0 ? 1 : v;
}

static int do_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? FINE : 1;
}

static void test_left(void **state)
{
	(void)state;
	unit_natively("the filter would kill valgrind itself");
	assert_int_equal(behind(do_open_read), FINE);
	assert_int_equal(behind(do_open_write), FINE);
	assert_int_equal(behind(do_sockets), FINE);
	assert_int_equal(behind(do_thread), FINE);
	assert_int_equal(behind(do_no_new_privs), FINE);
}

static int do_leave_root(void)
{
	if (net_leave_root() != 0)
		return 1;
	return getuid() == 65534 && setuid(0) != 0 && open("/etc/shadow", O_RDONLY) < 0 ? FINE : 2;
}

static void test_root(void **state)
{
	pid_t pid;
	int status = 0;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(net_leave_root(), 0);
		return;
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		end(do_leave_root());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_killed),
		cmocka_unit_test(test_left), cmocka_unit_test(test_root) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
