/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_SAY_H
#define TWOKEY_CLI_SAY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/*
 * Words for people, on stderr, and data, on stdout.  Nothing secret goes
 * through here: secrets go to term.h, present.h, clip.h and runexec.h.
 */

/* "twokey: text" and, if there is one, "hint: ..." on stderr.  Nothing when e
 * holds no error.  Control characters are shown as \xNN. */
void say_err(const struct err *e);
/* A line on stderr; the newline is added. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "twokey: ..." / "hint: ..." on stderr for what is worth knowing but fails nothing. */
void say_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Data on stdout, unbuffered beyond the call: ERR_IO when it cannot be written. */
int say_out(const struct buf *b, struct err *e);
int say_outf(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The JSON value and a newline on stdout: indented on a terminal, canonical else. */
int say_json(const json *j, struct err *e);

/* Colour: a start sequence or "" when fd is no terminal or NO_COLOR is set
 * (no-color.org: to anything but the empty string), and TERM=dumb. */
enum say_tint { TINT_NONE, TINT_GOOD, TINT_WARN, TINT_BAD, TINT_DIM, TINT_BOLD };
const char *say_tint(int fd, enum say_tint tint);

/*
 * A wait that says what it waits for.  On a terminal one line on stderr is
 * written anew at each change; elsewhere each new text is a line of its own
 * (the running seconds are left out there).  Begin with SAY_WAIT_INIT.
 */
struct say_wait {
	int tty;	/* -1: not looked yet */
	int open;	/* the cursor stands behind our line */
	int64_t shown;	/* seconds last shown */
	char text[256];	/* last text shown */
};
#define SAY_WAIT_INIT { -1, 0, -1, "" }
/* ms_left < 0: no limit is shown. */
void say_waiting(struct say_wait *w, int64_t ms_left, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "done of total" after the text; total 0: a count alone.  Shown ten times a
 * second at most on a terminal, at the end only elsewhere. */
void say_progress(struct say_wait *w, const char *what, size_t done, size_t total);
/* Ends the line, with ` text` behind it, or removes it when text is NULL. */
void say_waited(struct say_wait *w, const char *text);

#endif
