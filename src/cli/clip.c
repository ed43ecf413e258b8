/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/clip.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "cli/term_local.h"

#define CLIP_MAX (64u << 10)
#define WL_COPY "/usr/bin/wl-copy"
#define XCLIP "/usr/bin/xclip"

const char *clip_name(enum clip_way way)
{
	switch (way) {
	case CLIP_OSC52:
		return "the terminal (OSC 52)";
	case CLIP_WAYLAND:
		return "wl-copy";
	case CLIP_X11:
		return "xclip";
	}
	return "?";
}

static int env_set(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0';
}

enum clip_way clip_choose(void)
{
	if (geteuid() == 0)
		return CLIP_OSC52;
	if (env_set("WAYLAND_DISPLAY") && access(WL_COPY, X_OK) == 0)
		return CLIP_WAYLAND;
	if (env_set("DISPLAY") && access(XCLIP, X_OK) == 0)
		return CLIP_X11;
	return CLIP_OSC52;
}

int clip_possible(struct err *e)
{
	const char *type = getenv("TERM");

	if (clip_choose() != CLIP_OSC52 ||
	    (type != NULL && *type != '\0' && strcmp(type, "dumb") != 0))
		return 0;
	(void)err_set(e, ERR_USAGE, "This terminal (TERM=%s) has no clipboard that is known to work.",
	    type != NULL ? type : "");
	(void)err_hint(e, "Use another terminal, or --exec.");
	return ERR_USAGE;
}

/* xterm's control sequences, "Manipulate Selection Data". */
static int osc52_put(struct term *t, const struct secret *s, struct err *e)
{
	static const char head[] = "\033]52;c;", tail[] = "\a";
	struct secret *seq = NULL;
	int r;

	r = secret_new(&seq, sizeof(head) + BASE64_LEN(s->len) + sizeof(tail), e);
	if (r == 0)
		r = secret_append(seq, head, sizeof(head) - 1, e);
	if (r == 0) {
		base64_encode((char *)seq->data + seq->len, s->data, s->len);
		seq->len += BASE64_LEN(s->len);
		r = secret_append(seq, tail, sizeof(tail) - 1, e);
	}
	if (r == 0)
		r = file_write_all(term_fd(t), seq->data, seq->len, "the terminal", e);
	secret_free(&seq);
	return r;
}

/* What is no base64 clears the selection; multiplexers ignore that, so a space
 * takes the secret's place first. */
static int osc52_clear(struct term *t, struct err *e)
{
	static const char seq[] = "\033]52;c;IA==\a\033]52;c;!\a";

	return file_write_all(term_fd(t), seq, sizeof(seq) - 1, "the terminal", e);
}

/* In the child: stdin from the pipe, no output, nothing else open. */
static void helper_exec(int in, char *const argv[])
{
	const int nowhere = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (nowhere >= 0 && dup2(in, 0) == 0 && dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2) {
		(void)close_range(3, ~0U, 0);
		(void)execv(argv[0], argv);
	}
	_exit(127);
}

/* Starts a helper that reads s (NULL: nothing) from its stdin. */
static int helper_start(pid_t *pid, char *const argv[], const struct secret *s, struct err *e)
{
	int fds[2], r = 0;
	void (*pipe_was)(int);

	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_errno(e, ERR_IO, errno, "A pipe to %s cannot be made", argv[0]);
	*pid = fork();
	if (*pid == 0)
		helper_exec(fds[0], argv);
	(void)close(fds[0]);
	if (*pid < 0) {
		(void)close(fds[1]);
		return err_errno(e, ERR_IO, errno, "%s cannot be started", argv[0]);
	}
	pipe_was = signal(SIGPIPE, SIG_IGN);
	if (s != NULL)
		r = file_write_all(fds[1], s->data, s->len, argv[0], e);
	(void)close(fds[1]);
	(void)signal(SIGPIPE, pipe_was);
	return r;
}

/* 1 when the helper has ended by itself; *status then. */
static int helper_done(pid_t *pid, int *status)
{
	if (*pid <= 0 || waitpid(*pid, status, WNOHANG) != *pid)
		return 0;
	*pid = 0;
	return 1;
}

static void helper_end(pid_t *pid)
{
	int i, status;

	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGTERM);
	for (i = 0; i < 100; i++) {
		if (helper_done(pid, &status))
			return;
		(void)usleep(10000);
	}
	(void)kill(*pid, SIGKILL);
	(void)waitpid(*pid, &status, 0);
	*pid = 0;
}

static int clip_failed(enum clip_way way, struct err *e)
{
	(void)err_set(e, ERR_IO, "%s did not take it.", clip_name(way));
	(void)err_hint(e, "Is its display reachable? --show and --exec need none.");
	return ERR_IO;
}

/* The countdown, until it is over for one reason or another. */
static int clip_wait(struct term *t, const struct term_hold *h, enum clip_way way,
    const char *label, int seconds, pid_t *pid, struct err *e)
{
	const int64_t until = clock_monotonic() + (int64_t)seconds * 1000;
	int64_t left;

	while ((left = until - clock_monotonic()) > 0) {
		int status = 0, r;

		if (helper_done(pid, &status)) {
			/* A copy of something else has taken its place: fine. */
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
				return 0;
			return clip_failed(way, e);
		}
		r = term_say(t, e, "\r%s is on the clipboard (%s) for %lld s; Enter clears it now.\033[K",
		    label, clip_name(way), (long long)((left + 999) / 1000));
		if (r != 0)
			return r;
		if (term_event(t, h, (int)((left - 1) % 1000 + 1)) != TERM_NONE)
			return 0;
	}
	return 0;
}

static int clip_put(struct term *t, enum clip_way way, const struct secret *s, pid_t *pid,
    struct err *e)
{
	char *const wl[] = { (char[]){ WL_COPY }, (char[]){ "--foreground" },
	    (char[]){ "--type" }, (char[]){ "text/plain" }, NULL };
	char *const x[] = { (char[]){ XCLIP }, (char[]){ "-quiet" }, (char[]){ "-selection" },
	    (char[]){ "clipboard" }, NULL };

	switch (way) {
	case CLIP_OSC52:
		return osc52_put(t, s, e);
	case CLIP_WAYLAND:
		return helper_start(pid, wl, s, e);
	case CLIP_X11:
		return helper_start(pid, x, s, e);
	}
	return err_set(e, ERR_INTERNAL, "No such clipboard.");
}

/* A helper that is gone serves no selection; wl-copy also says so. */
static int clip_clear(struct term *t, enum clip_way way, pid_t *pid, struct err *e)
{
	char *const wl[] = { (char[]){ WL_COPY }, (char[]){ "--clear" }, NULL };
	int status;
	pid_t clear = 0;

	helper_end(pid);
	if (way == CLIP_OSC52)
		return osc52_clear(t, e);
	if (way == CLIP_WAYLAND && helper_start(&clear, wl, NULL, e) == 0)
		(void)waitpid(clear, &status, 0);
	return 0;
}

int clip_hold(struct term *t, enum clip_way way, const struct secret *s, const char *label,
    int seconds, struct err *e)
{
	struct term_hold h;
	struct termios was;
	pid_t pid = 0;
	int r, clear;

	if (s->len > CLIP_MAX)
		return err_set(e, ERR_INPUT, "%s is too long for a clipboard.", label);
	r = term_hold(&h, 1, e);
	if (r != 0)
		return r;
	r = term_raw_begin(t, &was, e);
	if (r == 0) {
		r = clip_put(t, way, s, &pid, e);
		if (r == 0)
			r = clip_wait(t, &h, way, label, seconds, &pid, e);
		clear = clip_clear(t, way, &pid, e);
		if (r == 0)
			r = clear;
		(void)term_say(t, NULL, "\r\033[K");
		term_raw_end(t, &was);
	}
	term_let(&h);
	return r;
}
