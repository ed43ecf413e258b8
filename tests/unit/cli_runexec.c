/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that are handed secrets behind descriptors. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/runexec.h"

static char out_path[] = "/tmp/twokey-exec-XXXXXX";
static char seen[400000];

static int setup(void **state)
{
	const int fd = mkstemp(out_path);

	(void)state;
	(void)setenv("OUT", out_path, 1);
	(void)setenv("TWOKEY_FD_OLD", "3", 1);
	return fd < 0 || close(fd) != 0;
}

static int teardown(void **state)
{
	(void)state;
	return remove(out_path);
}

static void read_back(void)
{
	const int fd = open(out_path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	size_t len = 0;

	assert_true(fd >= 0);
	while ((n = read(fd, seen + len, sizeof(seen) - 1 - len)) > 0)
		len += (size_t)n;
	seen[len] = '\0';
	(void)close(fd);
}

/* Runs a shell line with two fields; its status. */
static int run(const char *line, const char *password, const char *totp, size_t totp_len)
{
	char *argv[] = { (char *)(uintptr_t)"/bin/sh", (char *)(uintptr_t)"-c",
		(char *)(uintptr_t)line, NULL };
	struct secret *a, *b;
	struct runexec_field f[2] = { { "password", NULL }, { "totp-seed.x", NULL } };
	struct err e = { 0 };
	int status, r;

	err_clear(&e);
	assert_int_equal(secret_from(&a, password, strlen(password), NULL), 0);
	assert_int_equal(secret_from(&b, totp, totp_len, NULL), 0);
	f[0].value = a;
	f[1].value = b;
	r = runexec(argv, f, 2, &status, &e);
	secret_free(&a);
	secret_free(&b);
	if (r != 0)
		fail_msg("%s", e.text);
	read_back();
	return status;
}

static void fields_by_descriptor(void **state)
{
	(void)state;
	assert_int_equal(run("cat <&$TWOKEY_FD_PASSWORD >$OUT; echo >>$OUT;"
	    "cat <&$TWOKEY_FD_TOTP_SEED_X >>$OUT; exit 7", "s3cret", "seed", 4), 7);
	assert_string_equal(seen, "s3cret\nseed");
	/* The other order, and one that is not read. */
	assert_int_equal(run("cat /proc/self/fd/$TWOKEY_FD_TOTP_SEED_X >$OUT", "s3cret", "seed", 4), 0);
	assert_string_equal(seen, "seed");
	assert_int_equal(run("exit 3", "s3cret", "", 0), 3);
	assert_int_equal(run("kill -9 $$", "s3cret", "x", 1), 128 + SIGKILL);
}

static void nothing_else_is_handed_on(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);	/* not close-on-exec */

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(run("env >$OUT; tr '\\0' ' ' </proc/self/cmdline >>$OUT; ls -l /proc/$$/fd | wc -l "
	    ">>$OUT; kill -PIPE $$; exit 0", "s3cret", "zeedzeed", 8), 128 + SIGPIPE);
	(void)close(fd);
	assert_null(strstr(seen, "s3cret"));
	assert_null(strstr(seen, "zeed"));
	assert_null(strstr(seen, "TWOKEY_FD_OLD"));
	assert_non_null(strstr(seen, "TWOKEY_FD_PASSWORD="));
	/* "total", 0, 1, 2, two pipes; the shell has one of its own for $OUT at times. */
	assert_true(strstr(seen, "\n6\n") != NULL || strstr(seen, " 6\n") != NULL ||
	    strstr(seen, "\n7\n") != NULL || strstr(seen, " 7\n") != NULL);
}

/* More than a pipe holds, read late, and never read. */
static void large_fields(void **state)
{
	static char big[300000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 26);
	assert_int_equal(run("sleep 0.2; cat /proc/self/fd/$TWOKEY_FD_TOTP_SEED_X >$OUT", "s3cret", big,
	    sizeof(big)), 0);
	assert_int_equal(strlen(seen), sizeof(big));
	assert_memory_equal(seen, big, sizeof(big));
	assert_int_equal(run("exit 0", "s3cret", big, sizeof(big)), 0);
}

static void not_there(void **state)
{
	static const char *const names[] = { "no-such-program-here", "/no/such/program", "/etc/passwd",
		"/tmp" };
	struct err e = { 0 };
	int status;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		char *argv[] = { (char *)(uintptr_t)names[i], NULL };
		int r;

		err_clear(&e);
		r = runexec(argv, NULL, 0, &status, &e);
		assert_true(r == ERR_MISSING || r == ERR_IO);
		assert_non_null(strstr(e.text, names[i]));
		assert_true(status == -1 || status == 127);
	}
}

/* A name is looked up in absolute parts of PATH alone. */
static void path_is_searched(void **state)
{
	char *argv[] = { (char *)(uintptr_t)"true", NULL };
	int status;

	(void)state;
	assert_int_equal(setenv("PATH", ".::relative:/nowhere:/usr/bin:/bin", 1), 0);
	assert_int_equal(runexec(argv, NULL, 0, &status, NULL), 0);
	assert_int_equal(status, 0);
	if (geteuid() != 0) {
		assert_int_equal(setenv("PATH", ".:", 1), 0);
		assert_int_equal(runexec(argv, NULL, 0, &status, NULL), ERR_MISSING);
	}
	assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
}

/* SIGTERM reaches the program; its end is what is told. */
static void term_is_handed_on(void **state)
{
	const pid_t pid = fork();
	int status = -1;
	int i;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run("trap 'exit 42' TERM; echo up >$OUT; while :; do sleep 0.05; done", "a", "b", 1));
	for (i = 0, *seen = '\0'; i < 200 && strcmp(seen, "up\n") != 0; i++) {
		(void)usleep(20000);
		read_back();
	}
	assert_string_equal(seen, "up\n");
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 42);
}

/* As an older kernel does, or a container that forbids it. */
static int forbid_pidfds(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog all = { COUNT(f), f };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) != 0;
}

static void without_pidfds(void **state)
{
	const pid_t pid = fork();
	int status = -1;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)alarm(60);
		_exit(forbid_pidfds() ? 1 : run("cat <&$TWOKEY_FD_PASSWORD >$OUT; exit 42", "a", "b", 1));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
	read_back();
	assert_string_equal(seen, "a");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_by_descriptor),
		cmocka_unit_test(nothing_else_is_handed_on),
		cmocka_unit_test(large_fields),
		cmocka_unit_test(not_there),
		cmocka_unit_test(path_is_searched),
		cmocka_unit_test(term_is_handed_on),
		cmocka_unit_test(without_pidfds)
	};

	return cmocka_run_group_tests_name("cli_runexec", tests, setup, teardown);
}
