/* SPDX-License-Identifier: BSD-2-Clause */
/* file, dir and child. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/file.h"

static char top[64];

static int setup(void **state)
{
	static struct dir d;

	(void)snprintf(top, sizeof(top), "/tmp/twokey-unit-XXXXXX");
	if (mkdtemp(top) == NULL || dir_open(&d, top, FILE_PRIVATE, NULL) != 0)
		return -1;
	*state = &d;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	(void)f;
	return remove(path);
}

static int teardown(void **state)
{
	dir_close(*state);
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int count_entry(void *ctx, const char *name, struct err *e)
{
	(void)e;
	strcat(ctx, name);
	strcat(ctx, " ");
	return strcmp(name, "stop") == 0 ? 77 : 0;
}

static const char *list(const struct dir *d)
{
	static char names[1024];

	names[0] = '\0';
	(void)dir_each(d, count_entry, names, NULL);
	return names;
}

static void file_read_as_secret(void **state)
{
	const struct dir *d = *state;
	struct secret *s = NULL;
	char path[32];
	struct dir proc;
	struct err e = { 0 };

	assert_int_equal(file_create(d, "a", "a hash", 6, 0600, &e), 0);
	assert_int_equal(file_read_secret(&s, d, "a", 6, FILE_PRIVATE, &e), 0);
	assert_memory_equal(s->data, "a hash", s->len);
	secret_free(&s);
	assert_int_equal(file_read_secret(&s, d, "a", 5, FILE_PRIVATE, NULL), ERR_INPUT);
	assert_null(s);
	assert_int_equal(file_read_secret(&s, d, "b", 5, FILE_PRIVATE, NULL), ERR_MISSING);
	assert_int_equal(fchmodat(d->fd, "a", 0640, 0), 0);
	assert_int_equal(file_read_secret(&s, d, "a", 6, FILE_PRIVATE, NULL), ERR_CONFIG);
	assert_int_equal(file_create(d, "b", "", 0, 0600, &e), 0);
	assert_int_equal(file_read_secret(&s, d, "b", 0, FILE_PRIVATE, &e), 0);
	assert_int_equal(s->len, 0);
	secret_free(&s);
	/* One that holds more than it says. */
	(void)snprintf(path, sizeof(path), "/proc/%ld", (long)getpid());
	assert_int_equal(dir_open(&proc, path, FILE_ANY, &e), 0);
	assert_int_equal(file_read_secret(&s, &proc, "maps", 100000, FILE_ANY, NULL), ERR_BUSY);
	assert_null(s);
	dir_close(&proc);
}

static void file_write_and_read(void **state)
{
	const struct dir *d = *state;
	struct buf b = BUF_INIT;
	char path[32];
	struct dir proc;
	struct stat st;
	struct err e = { 0 };

	err_clear(&e);
	assert_int_equal(file_replace(d, "a", "one", 3, 0640, &e), 0);
	assert_int_equal(file_replace(d, "a", "one", 3, 0600, &e), 0);
	assert_int_equal(file_replace_soft(d, "a", "two!", 4, 0644, &e), 0);
	assert_int_equal(file_read(&b, d, "a", 4, FILE_OURS, &e), 0);
	assert_string_equal(buf_str(&b), "two!");
	assert_int_equal(fstatat(d->fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_create(d, "a", "x", 1, 0600, &e), ERR_EXISTS);
	err_clear(&e);
	assert_int_equal(file_create(d, "b", "new", 3, 0600, &e), 0);
	/* reading appends, and after a failure leaves what was there */
	assert_int_equal(file_read(&b, d, "b", 100, FILE_PRIVATE, &e), 0);
	assert_string_equal(buf_str(&b), "two!new");
	assert_int_equal(file_read(&b, d, "b", 2, FILE_ANY, &e), ERR_INPUT);
	assert_string_equal(buf_str(&b), "two!new");
	err_clear(&e);
	assert_int_equal(file_read(&b, d, "none", 2, FILE_ANY, &e), ERR_MISSING);
	assert_non_null(strstr(e.text, top));
	assert_non_null(strstr(e.text, "/none"));
	/* a file that is larger than it says */
	assert_int_equal(dir_open(&proc, "/proc/self/", FILE_ANY, NULL), ERR_CONFIG);
	(void)snprintf(path, sizeof(path), "/proc/%ld/", (long)getpid());
	assert_int_equal(dir_open(&proc, path, FILE_ANY, NULL), 0);
	assert_int_equal(file_read(&b, &proc, "maps", 1100, FILE_ANY, NULL), ERR_INPUT);
	assert_string_equal(buf_str(&b), "two!new");
	dir_close(&proc);
	assert_string_equal(list(d), "a b ");
	assert_int_equal(file_exists(d, "b"), 1);
	assert_int_equal(file_exists(d, "c"), 0);
	buf_free(&b);
}

static void file_refuses_kinds(void **state)
{
	const struct dir *d = *state;
	struct buf b = BUF_INIT;

	assert_int_equal(file_create(d, "real", "x", 1, 0600, NULL), 0);
	assert_int_equal(symlinkat("real", d->fd, "link"), 0);
	assert_int_equal(symlinkat("nowhere", d->fd, "dangling"), 0);
	assert_int_equal(mkfifoat(d->fd, "fifo", 0600), 0);
	assert_int_equal(mkdirat(d->fd, "folder", 0700), 0);
	assert_int_equal(file_read(&b, d, "link", 9, FILE_ANY, NULL), ERR_INPUT);
	assert_int_equal(file_read(&b, d, "dangling", 9, FILE_ANY, NULL), ERR_INPUT);
	assert_int_equal(file_read(&b, d, "fifo", 9, FILE_ANY, NULL), ERR_INPUT);
	assert_int_equal(file_read(&b, d, "folder", 9, FILE_ANY, NULL), ERR_INPUT);
	assert_int_equal(file_read(&b, d, "../etc", 9, FILE_ANY, NULL), ERR_INTERNAL);
	assert_int_equal(file_read(&b, d, "..", 9, FILE_ANY, NULL), ERR_INTERNAL);
	assert_int_equal(file_replace(d, "", "x", 1, 0600, NULL), ERR_INTERNAL);
	assert_int_equal(file_exists(d, "dangling"), 1);
	/* a link in the way is replaced, never followed; a new file never takes it */
	assert_int_equal(file_create(d, "dangling", "x", 1, 0600, NULL), ERR_EXISTS);
	assert_int_equal(file_replace(d, "link", "new", 3, 0600, NULL), 0);
	assert_int_equal(file_read(&b, d, "real", 9, FILE_ANY, NULL), 0);
	assert_string_equal(buf_str(&b), "x");
	buf_free(&b);
}

static void file_trust(void **state)
{
	const struct dir *d = *state;
	struct buf b = BUF_INIT;
	struct dir other;
	struct err e = { 0 };

	assert_int_equal(file_create(d, "f", "x", 1, 0664, NULL), 0);
	err_clear(&e);
	assert_int_equal(file_read(&b, d, "f", 9, FILE_OURS, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod go-w"));
	assert_int_equal(file_replace(d, "f", "x", 1, 0644, NULL), 0);
	assert_int_equal(file_read(&b, d, "f", 9, FILE_OURS, NULL), 0);
	err_clear(&e);
	assert_int_equal(file_read(&b, d, "f", 9, FILE_PRIVATE, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod go="));
	if (geteuid() == 0) {
		assert_int_equal(fchownat(d->fd, "f", 65534, 65534, 0), 0);
		err_clear(&e);
		assert_int_equal(file_read(&b, d, "f", 9, FILE_OURS, &e), ERR_CONFIG);
		assert_non_null(strstr(e.hint, "chown"));
	}
	assert_int_equal(file_read(&b, d, "f", 9, FILE_ANY, NULL), 0);
	assert_int_equal(dir_sub(&other, d, "open", 1, 0777, FILE_OURS, NULL), ERR_CONFIG);
	assert_int_equal(other.fd, -1);
	assert_null(other.path);
	assert_int_equal(dir_sub(&other, d, "open", 0, 0, FILE_ANY, NULL), 0);
	dir_close(&other);
	buf_free(&b);
}

/* A write that cannot finish leaves the old file and nothing beside it. */
static void file_failure_leaves_nothing(void **state)
{
	const struct dir *d = *state;
	struct buf b = BUF_INIT;
	char name[260];
	pid_t pid;
	int status;

	assert_int_equal(file_create(d, "keep", "old", 3, 0600, NULL), 0);
	assert_int_equal(mkdirat(d->fd, "taken", 0700), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit lim = { 5, 5 };
		struct err e = { 0 };

		err_clear(&e);
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &lim) != 0)
			_exit(99);
		_exit(file_replace(d, "keep", "much longer", 11, 0600, &e));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), ERR_SPACE);
	assert_int_equal(file_replace(d, "taken", "x", 1, 0600, NULL), ERR_IO);
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	assert_int_equal(file_replace(d, name, "x", 1, 0600, NULL), ERR_USAGE);
	assert_string_equal(list(d), "keep taken ");
	assert_int_equal(file_read(&b, d, "keep", 9, FILE_ANY, NULL), 0);
	assert_string_equal(buf_str(&b), "old");
	buf_free(&b);
}

static void file_sweeps(void **state)
{
	const struct dir *d = *state;

	assert_int_equal(file_create(d, "x", "", 0, 0600, NULL), 0);
	close(openat(d->fd, FILE_TEMP_PREFIX "x-0123", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(openat(d->fd, FILE_TEMP_PREFIX, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	close(openat(d->fd, ".tmp", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(file_sweep(d, NULL), 0);
	assert_string_equal(list(d), ".tmp x ");
}

static void file_locks(void **state)
{
	const struct dir *d = *state;
	struct err e = { 0 };
	int64_t before;
	int a, b;

	err_clear(&e);
	assert_int_equal(file_lock(&a, d, "lock", 0, &e), 0);
	before = clock_monotonic();
	assert_int_equal(file_lock(&b, d, "lock", 50, &e), ERR_BUSY);
	assert_true(clock_monotonic() - before >= 50);
	assert_int_equal(b, -1);
	close(a);
	assert_int_equal(file_lock(&b, d, "lock", 0, NULL), 0);
	close(b);
}

static void dir_makes(void **state)
{
	const struct dir *d = *state;
	char path[200];
	struct dir sub, one;
	struct stat st;
	mode_t old;

	old = umask(0077);
	(void)snprintf(path, sizeof(path), "%s/p/q//r/", top);
	assert_int_equal(dir_make(path, 0755, NULL), 0);
	assert_int_equal(dir_make(path, 0700, NULL), 0);
	assert_int_equal(dir_open(&one, path, FILE_OURS, NULL), 0);
	assert_int_equal(fstat(one.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	dir_close(&one);
	dir_close(&one);
	assert_int_equal(dir_sub(&sub, d, "s", 0, 0, FILE_ANY, NULL), ERR_MISSING);
	assert_int_equal(dir_sub(&sub, d, "s", 1, 0750, FILE_OURS, NULL), 0);
	assert_int_equal(fstat(sub.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_non_null(strstr(sub.path, "/s"));
	dir_close(&sub);
	assert_int_equal(symlinkat("s", d->fd, "l"), 0);
	assert_int_equal(dir_sub(&sub, d, "l", 0, 0, FILE_ANY, NULL), ERR_CONFIG);
	assert_int_equal(file_create(d, "f", "", 0, 0600, NULL), 0);
	assert_int_equal(dir_sub(&sub, d, "f", 1, 0700, FILE_ANY, NULL), ERR_CONFIG);
	(void)snprintf(path, sizeof(path), "%s/f/x", top);
	assert_int_not_equal(dir_make(path, 0700, NULL), 0);
	(void)umask(old);
}

static void dir_each_is_sorted_and_stops(void **state)
{
	const struct dir *d = *state;
	char names[1024] = "";
	int i;

	for (i = 0; i < 50; i++) {
		char n[8];

		(void)snprintf(n, sizeof(n), "%d", (i * 37) % 50);
		assert_int_equal(file_create(d, n, "", 0, 0600, NULL), 0);
	}
	assert_memory_equal(list(d), "0 1 10 11 12 ", 13);
	assert_int_equal(file_create(d, "0stop", "", 0, 0600, NULL), 0);
	assert_int_equal(renameat(d->fd, "0stop", d->fd, "stop"), 0);
	assert_int_equal(dir_each(d, count_entry, names, NULL), 77);
}

/* sh on descriptor 3: what it says, and its exit status in *status. */
static void shell(const char *script, char *const envp[], char *said, size_t cap, int *status)
{
	char sh[] = "/bin/sh", c[] = "-c";
	char *const argv[] = { sh, c, (char *)(uintptr_t)script, NULL };
	struct child ch;
	struct err e = { 0 };
	size_t n = 0;
	ssize_t got;

	err_clear(&e);
	assert_int_equal(child_start(&ch, argv, envp, &e), 0);
	while (n + 1 < cap && (got = recv(ch.fd, said + n, cap - 1 - n, 0)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	*status = child_stop(&ch, 2000);
	assert_int_equal(ch.pid, 0);
	assert_int_equal(ch.fd, -1);
	assert_int_equal(child_stop(&ch, 0), -1);
}

static void child_is_set_up(void **state)
{
	char var[] = "ONLY=this", said[400];
	const char *at;
	char *const env[] = { var, NULL };
	int status, stray = fcntl(0, F_DUPFD, 30); /* no O_CLOEXEC */

	(void)state;
	assert_true(stray >= 0);
	(void)signal(SIGPIPE, SIG_IGN);
	shell("echo $ONLY $HOME >&3; exit 7", env, said, sizeof(said), &status);
	assert_string_equal(said, "this\n");
	assert_int_equal(status, 7);
	/* 4 is the folder that ls lists */
	shell("exec ls /proc/self/fd >&3", NULL, said, sizeof(said), &status);
	assert_string_equal(said, "0\n1\n2\n3\n4\n");
	shell("readlink /proc/$$/fd/0 /proc/$$/fd/1 | cat >&3; grep SigIgn /proc/$$/status >&3", NULL,
	    said, sizeof(said), &status);
	assert_non_null(strstr(said, "/dev/null\n/dev/null\n"));
	/* 32 and 33 are the C library's own, which it ignores while it spawns */
	at = strstr(said, "SigIgn:");
	assert_non_null(at);
	assert_int_equal(strtoull(at + 7, NULL, 16) & 0x7fffffff, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	close(stray);
}

static void child_is_ended(void **state)
{
	char sleep_path[] = "/bin/sleep", long_time[] = "1000", none[] = "/nonexistent/helper";
	char relative[] = "sleep";
	char *const argv[] = { sleep_path, long_time, NULL };
	char *const missing[] = { none, NULL }, *const rel[] = { relative, NULL };
	struct child c;
	int64_t before;

	(void)state;
	assert_int_equal(child_start(&c, argv, NULL, NULL), 0);
	before = clock_monotonic();
	assert_int_equal(child_stop(&c, 30), 128 + SIGKILL);
	assert_true(clock_monotonic() - before >= 30);
	/* valgrind turns vfork into fork, and then only the status can tell */
	if (child_start(&c, missing, NULL, NULL) == 0) {
		assert_int_equal(child_stop(&c, 1000), 127);
	} else {
		assert_int_equal(child_start(&c, missing, NULL, NULL), ERR_MISSING);
		assert_int_equal(c.pid, 0);
		assert_int_equal(c.fd, -1);
	}
	assert_int_equal(child_start(&c, rel, NULL, NULL), ERR_INTERNAL);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(file_write_and_read),
		IN_FOLDER(file_read_as_secret),
		IN_FOLDER(file_refuses_kinds),
		IN_FOLDER(file_trust),
		IN_FOLDER(file_failure_leaves_nothing),
		IN_FOLDER(file_sweeps),
		IN_FOLDER(file_locks),
		IN_FOLDER(dir_makes),
		IN_FOLDER(dir_each_is_sorted_and_stops),
		cmocka_unit_test(child_is_set_up),
		cmocka_unit_test(child_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
