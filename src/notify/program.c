/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of the user's: the message as JSON on its standard input. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "notify/channel_local.h"
#include "notify/notice.h"

int program_check(const char *path, struct err *e)
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
	if (access(path, X_OK) != 0)
		return err_errno(e, ERR_CONFIG, errno, "The program %s cannot be run", path);
	return 0;
}

static int run(const char *path, int in, int root, struct err *e)
{
	static char path_env[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LANG=C.UTF-8";
	static char *const few[] = { path_env, lang, NULL };
	char *argv[] = { (char *)(uintptr_t)path, NULL };
	const int fd[3] = { in, -1, STDERR_FILENO };
	struct child c = { 0, -1 };
	int status = child_spawn(&c.pid, argv, root ? few : environ, fd, 0);

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
	int fd = -1, r = program_check(c->program, e);

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
