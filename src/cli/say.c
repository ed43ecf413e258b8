/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

/* Bytes in a line.  It may quote what came from outside: control characters are escaped. */
#define SAY_MAX 960

static void say_line(const char *tint, const char *word, const char *text)
{
	char clean[SAY_MAX];

	text_escape(clean, sizeof(clean), text, strlen(text));
	if (word != NULL)
		(void)fprintf(stderr, "%s%s:%s %s\n", tint, word,
		    *tint != '\0' ? say_tint(STDERR_FILENO, TINT_NONE) : "", clean);
	else
		(void)fprintf(stderr, "%s\n", clean);
}

/* For what brings no next step of its own.  No default: the compiler finds the
 * code that was forgotten. */
static const char *next_step(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		break;
	case ERR_INTERNAL:
		return "Run the command again; if it stays, report it with what `twokey version` says.";
	case ERR_MEMORY:
		return "End other programs, or raise `ulimit -l` (memory that may be locked), then run "
		    "the command again.";
	case ERR_CONFIG:
	case ERR_IO:
	case ERR_STORE:
		return "`twokey doctor` says what is wrong with this machine's set-up.";
	case ERR_SPACE:
		return "`df -h` shows which disk is full: free some space on it, then run the command "
		    "again.";
	case ERR_MISSING:
		return "Check the name: `twokey status` lists the records, `twokey host list` the "
		    "hosts, `twokey doctor` the folders in use.";
	case ERR_EXISTS:
		return "What is there was left as it is: choose another name.";
	case ERR_USAGE:
		return "`twokey help` and `twokey help COMMAND` explain what there is.";
	case ERR_INPUT:
		return "Mend what is named there, then run the command again.";
	case ERR_REFUSED:
		return "Nothing was opened or changed; `twokey doctor` names the vault, the policy and "
		    "the host that this machine goes by.";
	case ERR_APPROVALS:
		return "Run the command again with enough holders present.";
	case ERR_TIMEOUT:
		return "Run the command again; where people are waited for, --timeout gives them "
		    "more time.";
	case ERR_TOKEN:
		return "Unplug the key, plug it in again and retry; `twokey doctor` examines it.";
	case ERR_PIN:
		return "Try again with care: each wrong PIN takes one of the key's tries.";
	case ERR_TAMPERED:
	case ERR_ROLLBACK:
		return "`twokey log verify` names everything that does not hold.";
	case ERR_ATTENTION:
		return "`twokey status` lists what is due.";
	case ERR_BUSY:
		return "Wait until the other command has ended, then run this one again.";
	case ERR_CANCELLED:
		return "Run the command again when everybody is ready.";
	case ERR_TOO_OLD:
		return "Use a newer twokey; `twokey version` names this one.";
	}
	return NULL;
}

void say_err(const struct err *e)
{
	const char *hint;

	if (e == NULL || e->code == ERR_NONE)
		return;
	say_line(say_tint(STDERR_FILENO, e->code == ERR_ATTENTION ? TINT_WARN : TINT_BAD), "twokey",
	    e->text[0] != '\0' ? e->text : err_name(e->code));
	hint = e->hint[0] != '\0' ? e->hint : next_step(e->code);
	if (hint != NULL)
		say_line(say_tint(STDERR_FILENO, TINT_BOLD), "hint", hint);
}

void say(const char *fmt, ...)
{
	char text[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_line("", NULL, text);
}

void say_note(const char *fmt, ...)
{
	char text[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_line(say_tint(STDERR_FILENO, TINT_WARN), "twokey", text);
}

void say_hint(const char *fmt, ...)
{
	char text[SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say_line(say_tint(STDERR_FILENO, TINT_BOLD), "hint", text);
}

int say_out(const struct buf *b, struct err *e)
{
	if (!buf_ok(b))
		return err_set(e, ERR_MEMORY, "Out of memory.");
	return file_write_all(STDOUT_FILENO, b->data, b->len, "standard output", e);
}

int say_outf(struct err *e, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	char *text = NULL;
	va_list ap;
	int n, r;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	buf_put(&b, text, (size_t)n);
	free(text);
	r = say_out(&b, e);
	buf_free(&b);
	return r;
}

int say_json(const json *j, struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	r = isatty(STDOUT_FILENO) ? json_pretty(&b, j, e) : json_canonical(&b, j, e);
	if (r == 0) {
		if (b.len == 0 || b.data[b.len - 1] != '\n')
			buf_puts(&b, "\n");
		r = say_out(&b, e);
	}
	buf_free(&b);
	return r;
}

const char *say_tint(int fd, enum say_tint tint)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no != NULL && *no != '\0') || term == NULL || strcmp(term, "dumb") == 0 || !isatty(fd))
		return "";
	switch (tint) {
	case TINT_NONE:
		return "\033[0m";
	case TINT_GOOD:
		return "\033[32m";
	case TINT_WARN:
		return "\033[33m";
	case TINT_BAD:
		return "\033[31m";
	case TINT_DIM:
		return "\033[2m";
	case TINT_BOLD:
		return "\033[1m";
	}
	return "";
}

static int wait_is_tty(struct say_wait *w)
{
	const char *term = getenv("TERM");

	if (w->tty < 0)
		w->tty = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
	return w->tty;
}

#define COLUMNS_LEAST 24	/* the text is cut for the time behind it; narrower is wrapped */

static size_t columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return 80;
	return w.ws_col < COLUMNS_LEAST ? COLUMNS_LEAST : w.ws_col;
}

/* Writes the line anew: back to its start, the text, the rest erased.  A line
 * that wraps could not be written over. */
static void wait_draw(struct say_wait *w, const char *text, const char *tail)
{
	const size_t tail_len = strlen(tail), cap = columns() - 1;
	char clean[SAY_MAX];

	text_escape(clean, cap - tail_len > sizeof(clean) ? sizeof(clean) : cap - tail_len, text,
	    strlen(text));
	(void)fprintf(stderr, "\r%s%s\033[K", clean, tail);
	(void)fflush(stderr);
	w->open = 1;
}

void say_waiting(struct say_wait *w, int64_t ms_left, const char *fmt, ...)
{
	char text[sizeof(w->text)], tail[32] = "";
	const int64_t s = ms_left < 0 ? -1 : (ms_left + 999) / 1000;
	va_list ap;
	int same;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	same = strcmp(text, w->text) == 0;
	if (same && (s == w->shown || !wait_is_tty(w)))
		return;
	memcpy(w->text, text, sizeof(text));
	w->shown = s;
	if (s >= 0)
		(void)snprintf(tail, sizeof(tail), " (%lld s)", (long long)s);
	if (wait_is_tty(w)) {
		wait_draw(w, text, tail);
	} else {
		char line[sizeof(text) + sizeof(tail)];

		(void)snprintf(line, sizeof(line), "%s%s", text, tail);
		say_line("", NULL, line);
	}
}

void say_progress(struct say_wait *w, const char *what, size_t done, size_t total)
{
	const int64_t now = clock_monotonic();
	const int last = total != 0 && done >= total;
	char tail[64];

	if (total != 0)
		(void)snprintf(tail, sizeof(tail), " %zu of %zu", done, total);
	else
		(void)snprintf(tail, sizeof(tail), " %zu", done);
	if (!wait_is_tty(w)) {
		if (last)
			say("%s%s", what, tail);
		return;
	}
	if (!last && w->open && now - w->shown < 100)
		return;
	w->shown = now;
	wait_draw(w, what, tail);
}

void say_waited(struct say_wait *w, const char *text)
{
	char clean[SAY_MAX];

	if (w->open) {
		if (text != NULL) {
			text_escape(clean, sizeof(clean), text, strlen(text));
			(void)fprintf(stderr, " %s\n", clean);
		} else {
			(void)fprintf(stderr, "\r\033[K");
		}
		(void)fflush(stderr);
	} else if (text != NULL) {
		say_line("", NULL, text);
	}
	w->open = 0;
	w->shown = -1;
	w->text[0] = '\0';
}
