/* SPDX-License-Identifier: BSD-2-Clause */
/* What the helper's three seccomp filters forbid and what they leave: each call
 * is made by a process of its own, which lives or not. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "token/helper.h"

#define KILLED (-1)
#define OTHERWISE 255
/* Above all numbers there are. */
#define CALLS 600

enum filters { NONE, SERVER, EARLY, FINAL };

/* valgrind makes executable memory in the same process all the time. */
static void natively(void)
{
	unit_natively("the filter would kill valgrind itself");
}

/* Ends at once: a sanitizer's own _exit() makes calls that the filter forbids. */
static void end(int status)
{
	(void)syscall(SCMP_SYS(exit_group), status);
}

static void enter(enum filters f)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || (f >= SERVER && sandbox_server() != 0) ||
	    (f >= EARLY && sandbox_early() != 0) || (f >= FINAL && sandbox_final() != 0))
		end(OTHERWISE);
}

/* How a child ended: KILLED by a filter, or its exit status. */
static int ended(pid_t pid)
{
	int status = 0;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	if (!WIFEXITED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* What comes of a call behind the filters: KILLED, 0, or its errno. */
static int outcome(enum filters f, long nr, const long a[6])
{
	const pid_t pid = fork();

	if (pid == 0) {
		enter(f);
		end(syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]) >= 0 ? 0 : errno);
	}
	return ended(pid);
}

#define AT(p) ((long)(uintptr_t)(p))
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

#define ZEROS 100	/* a descriptor of /dev/zero */

static const struct sockaddr_in nobody = { .sin_family = AF_INET };
static const char *const none[] = { NULL };
static char page[65536] __attribute__((aligned(65536)));

/* Without a filter each of them works, or would with better arguments. */
static const struct {
	const char *name;
	int nr;
	long a[6];
	int bare, server, early, final;
} call[] = {
	{ "openat", SCMP_SYS(openat), { AT_FDCWD, AT("/dev/null") }, 0, 0, 0, KILLED },
	{ "open", SCMP_SYS(open), { AT("/dev/null") }, 0, 0, 0, KILLED },
	{ "socket", SCMP_SYS(socket), { AF_INET, SOCK_STREAM }, 0, 0, 0, KILLED },
	{ "connect", SCMP_SYS(connect), { -1, AT(&nobody), sizeof(nobody) },
	    EBADF, EBADF, EBADF, KILLED },
	{ "recvmsg", SCMP_SYS(recvmsg), { -1 }, EBADF, EBADF, EBADF, KILLED },
	{ "ioctl", SCMP_SYS(ioctl), { -1 }, EBADF, EBADF, EBADF, KILLED },
	{ "prctl", SCMP_SYS(prctl), { PR_GET_DUMPABLE }, 0, 0, 0, KILLED },
	{ "kill", SCMP_SYS(kill), { 0, 0 }, 0, 0, 0, KILLED },
	{ "execve", SCMP_SYS(execve), { AT("/bin/true"), AT(none), AT(none) },
	    0, KILLED, KILLED, KILLED },
	{ "fork", SCMP_SYS(fork), { 0 }, 0, 0, KILLED, KILLED },
	{ "clone", SCMP_SYS(clone), { SIGCHLD }, 0, 0, KILLED, KILLED },
	{ "clone3", SCMP_SYS(clone3), { 0 }, EINVAL, EINVAL, ENOSYS, KILLED },
	{ "ptrace", SCMP_SYS(ptrace), { PTRACE_TRACEME }, 0, KILLED, KILLED, KILLED },
	{ "unlinkat", SCMP_SYS(unlinkat), { -1, AT("x") }, EBADF, KILLED, KILLED, KILLED },
	{ "listen", SCMP_SYS(listen), { -1 }, EBADF, KILLED, KILLED, KILLED },
	{ "mmap", SCMP_SYS(mmap), { 0, 4096, PROT_READ | PROT_WRITE, ANONYMOUS, -1 }, 0, 0, 0, 0 },
	{ "mmap, executable", SCMP_SYS(mmap), { 0, 4096, PROT_READ | PROT_EXEC, ANONYMOUS, -1 },
	    0, 0, 0, KILLED },
	{ "mmap of a file", SCMP_SYS(mmap), { 0, 4096, PROT_READ, MAP_PRIVATE, ZEROS },
	    0, 0, 0, KILLED },
	{ "mprotect", SCMP_SYS(mprotect), { AT(page), sizeof(page), PROT_READ }, 0, 0, 0, 0 },
	{ "mprotect, executable", SCMP_SYS(mprotect), { AT(page), sizeof(page), PROT_READ | PROT_EXEC },
	    0, 0, 0, KILLED },
	{ "read", SCMP_SYS(read), { ZEROS, AT(page), 16 }, 0, 0, 0, 0 },
	{ "recvfrom", SCMP_SYS(recvfrom), { -1 }, EBADF, EBADF, EBADF, EBADF },
	{ "flock of another file", SCMP_SYS(flock), { ZEROS, LOCK_UN }, 0, 0, 0, KILLED },
	{ "getrandom", SCMP_SYS(getrandom), { AT(page), 16 }, 0, 0, 0, 0 },
	{ "close", SCMP_SYS(close), { ZEROS }, 0, 0, 0, 0 },
	{ "getpid", SCMP_SYS(getpid), { 0 }, 0, 0, 0, 0 },
};

static void calls(void **state)
{
	const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int bare, server, early, final;

	(void)state;
	natively();
	assert_int_equal(dup2(fd, ZEROS), ZEROS);
	for (size_t i = 0; i < COUNT(call); i++) {
		if (call[i].nr < 0) {
			print_message("no %s on this architecture\n", call[i].name);
			continue;
		}
		bare = outcome(NONE, call[i].nr, call[i].a);
		server = outcome(SERVER, call[i].nr, call[i].a);
		early = outcome(EARLY, call[i].nr, call[i].a);
		final = outcome(FINAL, call[i].nr, call[i].a);
		if (bare != call[i].bare || server != call[i].server || early != call[i].early ||
		    final != call[i].final)
			fail_msg("%s: %d without a filter, %d in the server, %d early, %d at last",
			    call[i].name, bare, server, early, final);
	}
	(void)close(ZEROS);
	(void)close(fd);
}

static int is_in(const int *set, size_t n, int nr)
{
	while (n > 0)
		if (set[--n] == nr)
			return 1;
	return 0;
}

/* Past any filter the kernel lets these two of its probes on x86-64, which are
 * of no use elsewhere. */
static int is_probe(int nr)
{
	return nr == 335 || nr == 336;
}

/* Behind the last filter: every number there is but these, mmap and mprotect. */
static void nothing_else_at_last(void **state)
{
	static const int left[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom), SCMP_SYS(sendto),
		SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(clock_gettime),
		SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
		SCMP_SYS(time), SCMP_SYS(futex), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk),
		SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock),
		SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield),
		SCMP_SYS(getpid), SCMP_SYS(flock), SCMP_SYS(mmap), SCMP_SYS(mprotect)
	};
	const long zero[6] = { 0 };
	int nr, got;

	(void)state;
	natively();
	for (nr = 0; nr < CALLS; nr++) {
		if (is_in(left, COUNT(left), nr) || is_probe(nr))
			continue;
		got = outcome(FINAL, nr, zero);
		if (got != KILLED)
			fail_msg("call %d gave %d", nr, got);
	}
	/* Nor the numbers of the other ABI of x86-64. */
	assert_int_equal(outcome(FINAL, 0x40000000L | SCMP_SYS(getpid), zero), KILLED);
}

/* From the beginning on: no program, look into another process, or kernel interface
 * that goes round the filter. */
static void no_way_out(void **state)
{
	static const int forbidden[] = {
		SCMP_SYS(vfork), SCMP_SYS(execveat), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
		SCMP_SYS(pidfd_getfd), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
		SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf),
		SCMP_SYS(perf_event_open), SCMP_SYS(keyctl), SCMP_SYS(init_module),
		SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(accept), SCMP_SYS(accept4),
		SCMP_SYS(unlink), SCMP_SYS(rename), SCMP_SYS(renameat2), SCMP_SYS(linkat),
		SCMP_SYS(symlinkat), SCMP_SYS(mkdirat), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
		SCMP_SYS(fchown), SCMP_SYS(fchownat), SCMP_SYS(io_uring_setup),
		SCMP_SYS(userfaultfd)
	};
	const long bad[6] = { -1, 0, 0, 0, 0, 0 };
	int got;

	(void)state;
	natively();
	for (size_t i = 0; i < COUNT(forbidden); i++) {
		if (forbidden[i] < 0)
			continue;
		got = outcome(SERVER, forbidden[i], bad);
		if (got != KILLED || outcome(EARLY, forbidden[i], bad) != KILLED)
			fail_msg("call %d gave %d", forbidden[i], got);
	}
}

/* Behind the last filter bytes go to the device and to the client alone: not to a
 * terminal, whatever number it has. */
static void two_descriptors(void **state)
{
	(void)state;
	natively();
	for (int fd = 0; fd < 8; fd++) {
		const long a[6] = { fd, AT(page), 0, 0, 0, 0 };

		if ((outcome(FINAL, SCMP_SYS(write), a) != KILLED) != (fd == HELPER_DEVICE_FD))
			fail_msg("write to %d", fd);
		if ((outcome(FINAL, SCMP_SYS(sendto), a) != KILLED) != (fd == HELPER_FD))
			fail_msg("send to %d", fd);
	}
}

/* Each of two threads has one end: the second that of the client, the first that
 * of the device. */
static int first_end, second_end;

static void *second(void *nothing)
{
	char c = 0;

	/* Its own set-up is over. */
	(void)!send(HELPER_FD, &c, 1, 0);
	if (read(second_end, &c, 1) == 1 && c == 'o')
		(void)syscall(SCMP_SYS(openat), AT_FDCWD, "/dev/null", O_RDONLY);
	(void)!send(HELPER_FD, &c, 1, 0);
	/* Until the process ends: a sanitizer tidies up after a thread. */
	(void)!read(second_end, &c, 1);
	return nothing;
}

static void take_ends(void)
{
	int client[2], device[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, client) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, device) != 0)
		end(OTHERWISE);
	first_end = fcntl(client[1], F_DUPFD, 20);
	second_end = fcntl(device[1], F_DUPFD, 20);
	/* Away from both numbers first: either may be one of the four. */
	client[0] = fcntl(client[0], F_DUPFD, 20);
	device[0] = fcntl(device[0], F_DUPFD, 20);
	if (first_end < 0 || second_end < 0 || dup2(client[0], HELPER_FD) < 0 ||
	    dup2(device[0], HELPER_DEVICE_FD) < 0)
		end(OTHERWISE);
}

/* A thread from between the filters is told what to do behind the last one. */
static int thread_does(enum filters f, char what)
{
	const pid_t pid = fork();
	pthread_t t;
	char c = 0;

	if (pid == 0) {
		take_ends();
		enter(EARLY);
		if (pthread_create(&t, NULL, second, NULL) != 0 || read(first_end, &c, 1) != 1 ||
		    (f >= FINAL && sandbox_final() != 0) || write(HELPER_DEVICE_FD, &what, 1) != 1)
			end(OTHERWISE);
		end(read(first_end, &c, 1) == 1 && c == what ? 0 : OTHERWISE);
	}
	return ended(pid);
}

static void both_threads(void **state)
{
	(void)state;
	natively();
	assert_int_equal(thread_does(EARLY, 'o'), 0);
	assert_int_equal(thread_does(FINAL, '-'), 0);
	assert_int_equal(thread_does(FINAL, 'o'), KILLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls), cmocka_unit_test(nothing_else_at_last),
		cmocka_unit_test(no_way_out), cmocka_unit_test(two_descriptors),
		cmocka_unit_test(both_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
