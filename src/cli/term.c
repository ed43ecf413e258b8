/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

struct term {
	int fd;
	int64_t until;		/* when questions end, monotonic ms; -1: never */
	int hushed;
	struct termios loud;	/* as it was found, when hushed */
};

int term_hold(struct term_hold *h, int tstp, struct err *e)
{
	sigset_t set;

	h->fd = -1;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	if (tstp)
		(void)sigaddset(&set, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &set, &h->old) != 0)
		return err_errno(e, ERR_INTERNAL, errno, "Signals cannot be held back");
	h->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->fd < 0) {
		(void)err_errno(e, ERR_INTERNAL, errno, "Signals cannot be held back");
		(void)sigprocmask(SIG_SETMASK, &h->old, NULL);
		return ERR_INTERNAL;
	}
	return 0;
}

int term_held(const struct term_hold *h)
{
	struct signalfd_siginfo info;

	if (h->fd < 0 || read(h->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

void term_let(struct term_hold *h)
{
	if (h->fd < 0)
		return;
	(void)close(h->fd);
	h->fd = -1;
	(void)sigprocmask(SIG_SETMASK, &h->old, NULL);
}

int term_open(struct term **t, struct err *e)
{
	const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios tio;

	*t = NULL;
	if (fd < 0 || tcgetattr(fd, &tio) != 0) {
		if (fd >= 0)
			(void)close(fd);
		(void)err_set(e, ERR_USAGE, "There is no terminal to ask on.");
		(void)err_hint(e, "Run this in a terminal; over ssh, with `ssh -t`.");
		return ERR_USAGE;
	}
	*t = calloc(1, sizeof(**t));
	if (*t == NULL) {
		(void)close(fd);
		return err_set(e, ERR_MEMORY, "Out of memory.");
	}
	(*t)->fd = fd;
	(*t)->until = -1;
	return 0;
}

void term_close(struct term **t)
{
	if (*t == NULL)
		return;
	term_unhush(*t);
	(void)close((*t)->fd);
	free(*t);
	*t = NULL;
}

/* Setting up a terminal from the background would stop the process. */
static int term_ours(const struct term *t)
{
	return tcgetpgrp(t->fd) == getpgrp();
}

void term_hush(struct term *t)
{
	struct termios now;

	if (t->hushed || !term_ours(t) || tcgetattr(t->fd, &t->loud) != 0)
		return;
	now = t->loud;
	now.c_lflag |= ICANON | ISIG;
	now.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	t->hushed = tcsetattr(t->fd, TCSADRAIN, &now) == 0;
}

void term_unhush(struct term *t)
{
	/* TCSAFLUSH: a PIN typed too early must not reach the shell. */
	if (t->hushed && term_ours(t))
		(void)tcsetattr(t->fd, TCSAFLUSH, &t->loud);
	t->hushed = 0;
}

void term_stop(struct term *t)
{
	const int hushed = t != NULL && t->hushed;
	sigset_t tstp, was;

	if (hushed)
		term_unhush(t);
	/* Whoever holds SIGTSTP back would be told of this one, too. */
	(void)sigemptyset(&tstp);
	(void)sigaddset(&tstp, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &tstp, &was);
	(void)raise(SIGTSTP);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	if (hushed)
		term_hush(t);
}

int term_fd(const struct term *t)
{
	return t->fd;
}

void term_size(const struct term *t, int *cols, int *rows)
{
	struct winsize w;

	*cols = 80;
	*rows = 24;
	if (ioctl(t->fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 && w.ws_row > 0) {
		*cols = w.ws_col;
		*rows = w.ws_row;
	}
}

void term_limit(struct term *t, int ms)
{
	t->until = ms < 0 ? -1 : clock_monotonic() + ms;
}

int term_say(struct term *t, struct err *e, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n, r;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	r = file_write_all(t->fd, text, (size_t)n, "the terminal", e);
	free(text);
	return r;
}

static int term_gone(struct err *e)
{
	return err_set(e, ERR_CANCELLED, "The terminal went away before an answer came.");
}

static int term_late(struct err *e)
{
	(void)err_set(e, ERR_TIMEOUT, "No answer was typed in time.");
	(void)err_hint(e, "Try again, and have the answer at hand.");
	return ERR_TIMEOUT;
}

/* Waits until there is something to read, or a signal: *sig, else 0. */
static int term_wait(struct term *t, const struct term_hold *h, int *sig, struct err *e)
{
	struct pollfd p[2] = { { t->fd, POLLIN, 0 }, { h->fd, POLLIN, 0 } };

	*sig = 0;
	for (;;) {
		const int64_t left = t->until - clock_monotonic();
		int n = poll(p, 2, t->until < 0 ? -1 : left < 0 ? 0 : (int)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, ERR_IO, errno, "The terminal cannot be waited for");
		*sig = term_held(h);
		if (*sig != 0 || (p[0].revents & POLLIN))
			return 0;
		if (p[0].revents != 0)
			return term_gone(e);
		if (n == 0)
			return term_late(e);
	}
}

/* Throws away the rest of a line that was too long. */
static void term_drain(struct term *t)
{
	(void)tcflush(t->fd, TCIFLUSH);
}

enum { LINE_AGAIN = -2 };

/*
 * One line into s, the newline not kept.  0, an err_code, or LINE_AGAIN when a
 * SIGTSTP came.  The terminal is in canonical mode: read gives a line or less.
 */
static int term_read(struct term *t, const struct term_hold *h, struct secret *s, size_t max,
    struct err *e)
{
	for (;;) {
		unsigned char c;
		ssize_t n;
		int sig, r = term_wait(t, h, &sig, e);

		if (r != 0)
			return r;
		if (sig == SIGTSTP)
			return LINE_AGAIN;
		if (sig > 0)
			return err_set(e, ERR_CANCELLED, sig == SIGINT ? "Cancelled." :
			    "Ended by a signal before an answer came.");
		/* Byte by byte, so that nothing of it is held anywhere else. */
		n = read(t->fd, &c, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 && errno != EIO)
			return err_errno(e, ERR_IO, errno, "The terminal cannot be read");
		if (n < 0)
			return term_gone(e);
		if (n == 0 && s->len == 0)
			return err_set(e, ERR_CANCELLED, "No answer was given.");
		if (n == 0 || c == '\n')
			return 0;
		if (s->len == max) {
			secret_zero(&c, 1);
			secret_wipe(s);
			term_drain(t);
			return err_set(e, ERR_INPUT, "The answer is too long: %zu bytes at most.",
			    max);
		}
		s->data[s->len++] = c;
		secret_zero(&c, 1);
	}
}

/* The common part: hold signals, switch echo off if quiet, ask, read, restore. */
static int term_ask_once(struct term *t, const char *prompt, int quiet, struct secret *s,
    size_t max, struct term_hold *h, struct err *e)
{
	const int flush = quiet || t->hushed;	/* what was not seen is no answer */
	struct termios was, now;
	int r;

	if (tcgetattr(t->fd, &was) != 0)
		return term_gone(e);
	now = t->hushed ? t->loud : was;
	now.c_lflag |= ICANON | ISIG;
	now.c_iflag |= ICRNL;
	if (quiet) {
		now.c_lflag &= (tcflag_t)~(ECHO | ECHOE | ECHOK | ECHOCTL);
		now.c_lflag |= ECHONL;
	}
	if (tcsetattr(t->fd, flush ? TCSAFLUSH : TCSADRAIN, &now) != 0)
		return term_gone(e);
	r = term_say(t, e, "%s", prompt);
	if (r == 0)
		r = term_read(t, h, s, max, e);
	/* TCSAFLUSH: what stands half typed must not reach the shell. */
	(void)tcsetattr(t->fd, flush || r != 0 ? TCSAFLUSH : TCSADRAIN, &was);
	if (r != 0)
		(void)term_say(t, NULL, "\n");
	return r;
}

static int term_ask(struct term *t, const char *prompt, int quiet, size_t max,
    struct secret **out, struct err *e)
{
	struct secret *s = NULL;
	struct term_hold h;
	int r;

	*out = NULL;
	r = secret_new(&s, max, e);
	if (r != 0)
		return r;
	do {
		secret_wipe(s);
		r = term_hold(&h, 1, e);
		if (r != 0)
			break;
		r = term_ask_once(t, prompt, quiet, s, max, &h, e);
		term_let(&h);
		if (r == LINE_AGAIN)
			term_stop(t);
	} while (r == LINE_AGAIN);
	if (r == 0) {
		*out = s;
		s = NULL;
	}
	secret_free(&s);
	return r;
}

int term_secret(struct term *t, const char *prompt, size_t max, struct secret **out,
    struct err *e)
{
	return term_ask(t, prompt, 1, max, out, e);
}

int term_line(struct term *t, const char *prompt, char *out, size_t cap, struct err *e)
{
	struct secret *s;
	int r;

	out[0] = '\0';
	r = term_ask(t, prompt, 0, cap - 1, &s, e);
	if (r != 0)
		return r;
	if (!text_clean((const char *)s->data, s->len))
		r = err_set(e, ERR_INPUT, "The answer holds characters that cannot be seen or are "
		    "no UTF-8.");
	else
		memcpy(out, s->data, s->len + 1);
	secret_free(&s);
	return r;
}

int term_secret_twice(struct term *t, const char *prompt, size_t max, struct secret **out,
    struct err *e)
{
	struct secret *a = NULL, *b = NULL;
	int tries, r = 0;

	*out = NULL;
	for (tries = 0; tries < 3 && r == 0; tries++) {
		r = term_secret(t, prompt, max, &a, e);
		if (r == 0)
			r = term_secret(t, "once more: ", max, &b, e);
		if (r == 0 && a->len == b->len && secret_equal(a->data, b->data, a->len)) {
			*out = a;
			a = NULL;
			break;
		}
		if (r == 0)
			r = term_say(t, e, "The two differ.%s\n", tries < 2 ? " Again:" : "");
		secret_free(&a);
		secret_free(&b);
	}
	secret_free(&a);
	secret_free(&b);
	if (r == 0 && *out == NULL)
		r = err_set(e, ERR_INPUT, "The two entries never agreed.");
	return r;
}

int term_confirm(struct term *t, const char *question, const char *word, struct err *e)
{
	char prompt[640], answer[64];
	int r;

	(void)snprintf(prompt, sizeof(prompt), "%s Type `%s` to go on: ", question, word);
	r = term_line(t, prompt, answer, sizeof(answer), e);
	if (r == 0 && strcmp(answer, word) != 0)
		r = err_set(e, ERR_CANCELLED, "Not confirmed: `%s` was not typed.", word);
	return r;
}
