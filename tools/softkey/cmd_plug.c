/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plug: one process a key, on sockets in a private folder, and COMMAND with libsoftkey.so preloaded.
 * COMMAND keeps the terminal, and every descriptor, as they were.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "server.h"

#define KEYS_MAX 24

struct session {
	char dir[PATH_MAX];
	size_t n;
	struct {
		pid_t pid;
		char sock[PATH_MAX];
	} key[KEYS_MAX];
	pid_t command;
	sigset_t old_mask, wanted;
};

/* libsoftkey.so lies next to the program, or in libtool's .libs there. */
static char *
library_find(void)
{
	static const char *const places[] = { "libsoftkey.so", ".libs/libsoftkey.so" };
	char *exe = realpath("/proc/self/exe", NULL), *out = NULL;

	for (size_t i = 0; exe != NULL && i < 2; i++) {
		if (asprintf(&out, "%.*s/%s", (int)(strrchr(exe, '/') - exe), exe, places[i]) < 0)
			out = NULL;
		if (out == NULL || access(out, R_OK) == 0)
			break;
		free(out);
		out = NULL;
	}
	free(exe);
	return out;
}

/* A socket path of its own for each key, though two may have one name. */
static bool
socket_name(struct session *s, const char *key)
{
	char name[256], *to = s->key[s->n].sock;
	bool taken = true;

	serve_name(key, name);
	for (unsigned i = 1; taken && i <= KEYS_MAX; i++) {
		if (snprintf(to, PATH_MAX, i == 1 ? "%s/%s" : "%s/%s-%u", s->dir, name, i) >= PATH_MAX)
			return false;
		taken = false;
		for (size_t k = 0; k < s->n; k++)
			taken |= strcmp(s->key[k].sock, to) == 0;
	}
	return !taken;
}

static void
key_child(const struct session *s, const char *key, int ready_fd, pid_t parent)
{
	struct serve_args a = { .key = key, .sock = s->key[s->n].sock, .mode = 0600, .ready_fd = ready_fd };

	/* no part of the terminal's job: Ctrl-C is for COMMAND */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	serve_detach(ready_fd);
	exit(serve_key(&a));
}

static bool
key_start(struct session *s, const char *key)
{
	int p[2];
	char byte;
	pid_t pid, self = getpid();
	bool ready;

	if (s->n == KEYS_MAX || !socket_name(s, key)) {
		cmd_fail("%s: too many keys, or too long a name", key);
		return false;
	}
	if (pipe2(p, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		cmd_fail("%s", strerror(errno));
		return false;
	}
	if (pid == 0)
		key_child(s, key, p[1], self);
	s->key[s->n++].pid = pid;
	close(p[1]);
	do
		ready = read(p[0], &byte, 1) == 1;
	while (!ready && errno == EINTR);
	close(p[0]);
	return ready;
}

static void
command_child(const struct session *s, const char *library, char **argv)
{
	const char *have = getenv("LD_PRELOAD");
	bool more = have != NULL && *have != '\0';
	char *preload = NULL;

	if (asprintf(&preload, "%s%s%s", library, more ? ":" : "", more ? have : "") < 0)
		_exit(126);
	setenv("LD_PRELOAD", preload, 1);
#ifdef __SANITIZE_ADDRESS__
	/* a program built as this one is must bear a preloaded library before its runtime */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0);
#endif
	setenv("SOFTKEY_DIR", s->dir, 1);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	execvp(argv[0], argv);
	cmd_fail("%s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Waits for COMMAND; passes on signals that were sent to us alone. The terminal's own (SI_KERNEL) reach
 * COMMAND by themselves. */
static int
command_wait(struct session *s)
{
	siginfo_t info;
	int status;
	pid_t pid;

	for (;;) {
		if (sigwaitinfo(&s->wanted, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			if (info.si_code != SI_KERNEL)
				kill(s->command, info.si_signo);
			continue;
		}
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid == s->command)
				return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			for (size_t i = 0; i < s->n; i++) {
				if (s->key[i].pid != pid)
					continue;
				s->key[i].pid = 0;
				if (status != 0)
					cmd_fail("%s: the softkey died", s->key[i].sock);
			}
		}
	}
}

static void
session_end(struct session *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->key[i].pid <= 0)
			continue;
		kill(s->key[i].pid, SIGTERM);
		while (waitpid(s->key[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (s->dir[0] != '\0' && rmdir(s->dir) != 0)
		cmd_fail("%s: %s", s->dir, strerror(errno));
}

static bool
session_begin(struct session *s)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(s->dir, sizeof s->dir, "%s/softkey-XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
	if (mkdtemp(s->dir) == NULL) {
		cmd_fail("%s: %s", s->dir, strerror(errno));
		s->dir[0] = '\0';
		return false;
	}
	sigemptyset(&s->wanted);
	sigaddset(&s->wanted, SIGINT);
	sigaddset(&s->wanted, SIGTERM);
	sigaddset(&s->wanted, SIGHUP);
	sigaddset(&s->wanted, SIGQUIT);
	sigaddset(&s->wanted, SIGCHLD);
	sigprocmask(SIG_BLOCK, &s->wanted, &s->old_mask);
	return true;
}

int
cmd_plug(int argc, char **argv)
{
	static struct session s;
	char *library = NULL;
	int keys = 1, r = 1;

	while (keys < argc && strcmp(argv[keys], "--") != 0)
		keys++;
	if (keys < 2 || keys + 1 >= argc)
		return cmd_usage("plug");
	if ((library = library_find()) == NULL || strpbrk(library, ": ") != NULL) {
		free(library);
		return cmd_fail("libsoftkey.so is not next to this program, or its path has a space or colon");
	}
	if (!session_begin(&s)) {
		free(library);
		return 1;
	}
	for (int i = 1; i < keys; i++)
		if (!key_start(&s, argv[i]))
			goto out;
	if ((s.command = fork()) == 0)
		command_child(&s, library, argv + keys + 1);
	r = s.command > 0 ? command_wait(&s) : cmd_fail("%s", strerror(errno));
out:
	session_end(&s);
	free(library);
	return r;
}
