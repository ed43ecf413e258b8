/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

#define OUTPUT_MAX (64u << 10)

size_t process_split(char *words[PROCESS_WORDS + 1], char *scratch, const char *s, size_t len)
{
	size_t n = 0, i = 0;

	words[0] = NULL;
	for (;;) {
		char quote = 0;

		while (i < len && (s[i] == ' ' || s[i] == '\t'))
			i++;
		if (i == len)
			return n;
		if (n == PROCESS_WORDS)
			return 0;
		words[n++] = scratch;
		words[n] = NULL;
		for (; i < len && (quote != 0 || (s[i] != ' ' && s[i] != '\t')); i++) {
			if (quote == 0 && (s[i] == '\'' || s[i] == '"')) {
				quote = s[i];
			} else if (s[i] == quote) {
				quote = 0;
			} else if (s[i] == '\\' && (quote == 0 || (quote == '"' && i + 1 < len &&
			    strchr("\"\\$`", s[i + 1]) != NULL))) {
				if (++i == len)
					return 0;
				*scratch++ = s[i];
			} else {
				*scratch++ = s[i];
			}
		}
		if (quote != 0)
			return 0;
		*scratch++ = '\0';
	}
}

/* What a root's program may see of the world. */
static char **process_environment(char *home, size_t cap, const char *value, char *out[4])
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LANG=C.UTF-8";
	size_t n = 0;

	out[n++] = path;
	out[n++] = lang;
	if (value != NULL && snprintf(home, cap, "HOME=%s", value) < (int)cap)
		out[n++] = home;
	out[n] = NULL;
	return out;
}

/* Reads to the end of the stream. 0, -1 when it is too long, -2 at the limit of time. */
static int process_read(struct secret *out, int fd, int64_t until)
{
	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		const int64_t left = until - clock_monotonic();
		ssize_t n;

		if (left <= 0)
			return -2;
		if (poll(&p, 1, left > 1000 ? 1000 : (int)left) <= 0)
			continue;
		if (out->len == out->cap)
			return -1;
		n = read(fd, out->data + out->len, out->cap - out->len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			return 0;
		out->len += n > 0 ? (size_t)n : 0;
	}
}

/* Its exit status, 128 + signal; ended with all it started when it lives on. */
static int process_end(pid_t pid, int64_t until, int end)
{
	int status = 0;
	pid_t got = 0;

	while (!end && (got = waitpid(pid, &status, WNOHANG)) == 0 && clock_monotonic() < until)
		(void)poll(NULL, 0, 10);
	if (got == 0) {
		(void)kill(-pid, SIGKILL);
		do
			got = waitpid(pid, &status, 0);
		while (got < 0 && errno == EINTR);
	}
	return got < 0 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int process_output(struct secret **out, char *const words[], char *const envp[], int root,
    int ms, const char *where, struct err *e)
{
	const int64_t until = clock_monotonic() + ms;
	int fds[2], r, status;
	pid_t pid = 0;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_errno(e, ERR_IO, errno, "No pipe can be made for a credential_process");
	r = child_spawn(&pid, words, envp, (const int[3]){ -1, fds[1], -1 }, !root);
	(void)close(fds[1]);
	if (r != 0) {
		(void)close(fds[0]);
		/* Not err_errno, whose ERR_MISSING means that there are no credentials. */
		return err_set(e, ERR_CONFIG, "The credential_process of %s cannot be started: %s.", where,
		    strerrordesc_np(r));
	}
	r = process_read(*out, fds[0], until);
	(void)close(fds[0]);
	status = process_end(pid, until, r != 0);
	if (r == -2)
		return err_set(e, ERR_STORE, "The credential_process of %s did not end within %d s.",
		    where, (ms + 999) / 1000);
	if (r != 0)
		return err_set(e, ERR_STORE, "The credential_process of %s prints more than %u bytes.",
		    where, OUTPUT_MAX);
	if (status != 0) {
		(void)err_set(e, ERR_STORE, "The credential_process of %s ended with status %d.", where,
		    status);
		(void)err_hint(e, "Run it by hand: what it says is not shown here, for it may be "
		    "secret.");
		return ERR_STORE;
	}
	return 0;
}

int process_run(struct secret **out, const char *command, size_t len, int root, const char *home,
    int ms, const char *where, struct err *e)
{
	char *words[PROCESS_WORDS + 1], *env[4], home_text[1024];
	char *scratch = malloc(len + PROCESS_WORDS + 2);
	int r = 0;

	*out = NULL;
	if (scratch == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for a credential_process.");
	if (process_split(words, scratch, command, len) == 0)
		r = err_set(e, ERR_CONFIG, "The credential_process of %s is no command: a quote does not "
		    "end, or it is empty.", where);
	else if (root && words[0][0] != '/')
		r = err_set(e, ERR_CONFIG, "The credential_process of %s needs an absolute path when run "
		    "as root.", where);
	if (r == 0)
		r = secret_new(out, OUTPUT_MAX, e);
	if (r == 0)
		r = process_output(out, words, root ? process_environment(home_text,
		    sizeof(home_text), home, env) : environ, root, ms, where, e);
	if (r != 0)
		secret_free(out);
	free(scratch);
	return r;
}
