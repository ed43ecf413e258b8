/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of the user's: the message as JSON on its standard input. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "notify/channel_local.h"
#include "notify/notice.h"

/* Nobody else may have a say in what root, or this person, runs. */
static int check_program(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(e, ERR_CONFIG, errno, "The program %s cannot be run", path);
	if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		err_set(e, ERR_CONFIG, "The program %s can be changed by others.", path);
		err_hint(e, "chmod go-w '%s', and give it to root or to whom it runs as.", path);
		return ERR_CONFIG;
	}
	return 0;
}

static int start(pid_t *pid, const char *path, int in, char *const envp[])
{
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t all, none;
	int r = ENOMEM;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return r;
	if (posix_spawnattr_init(&at) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return r;
	}
	if (posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK) == 0 && posix_spawnattr_setpgroup(&at, 0) == 0 &&
	    posix_spawnattr_setsigdefault(&at, &all) == 0 &&
	    posix_spawnattr_setsigmask(&at, &none) == 0 &&
	    posix_spawn_file_actions_adddup2(&fa, in, 0) == 0 &&
	    posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0) == 0 &&
	    posix_spawn_file_actions_addclosefrom_np(&fa, 3) == 0)
		r = posix_spawn(pid, path, &fa, &at, argv, envp);
	(void)posix_spawnattr_destroy(&at);
	(void)posix_spawn_file_actions_destroy(&fa);
	return r;
}

static int run(const char *path, int in, int root, struct err *e)
{
	static char path_env[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LANG=C.UTF-8";
	static char *const few[] = { path_env, lang, NULL };
	struct child c = { 0, -1 };
	int status = start(&c.pid, path, in, root ? few : environ);

	if (status != 0)
		return err_errno(e, ERR_CONFIG, status, "The program %s cannot be run", path);
	status = child_stop(&c, CHANNEL_MS);
	if (status == 128 + SIGKILL)
		return err_set(e, ERR_STORE, "The program %s was killed, after %d s at most.", path, CHANNEL_MS / 1000);
	return status == 0 ? 0 : err_set(e, ERR_STORE, "The program %s ended with status %d.", path, status);
}

int send_program(const struct channel *c, int root, const struct message *m, struct err *e)
{
	struct buf b = BUF_INIT;
	int fd = -1, r = check_program(c->program, e);

	if (r == 0)
		r = notice_document(&b, m, e);
	buf_puts(&b, "\n");
	if (r == 0 && (fd = memfd_create("twokey-notice", MFD_CLOEXEC)) < 0)
		r = err_errno(e, ERR_MEMORY, errno, "No memory is left for a message");
	if (r == 0 && (r = file_write_all(fd, b.data, b.len, "A message", e)) == 0 && lseek(fd, 0, SEEK_SET) != 0)
		r = err_errno(e, ERR_IO, errno, "A message cannot be read");
	if (r == 0)
		r = run(c->program, fd, root, e);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&b);
	return r;
}
