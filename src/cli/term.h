/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TERM_H
#define TWOKEY_CLI_TERM_H

#include <signal.h>
#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Signals held back while something must not be torn down in the middle: a
 * terminal without echo, a ceremony.  They arrive on a descriptor (signalfd),
 * so no handler and no global is needed.  Holds nest; the inner one consumes.
 */
struct term_hold {
	sigset_t old;
	int fd;			/* -1: not held */
};
/* SIGINT, SIGTERM, SIGHUP and SIGQUIT; with tstp also SIGTSTP. */
int term_hold(struct term_hold *h, int tstp, struct err *e);
/* The next held signal's number, or 0 at once when none came. */
int term_held(const struct term_hold *h);
/* Lets go; a signal that came and was not taken by term_held acts now. */
void term_let(struct term_hold *h);

/* The controlling terminal, /dev/tty. */
struct term;
/* ERR_USAGE with a sentence and a hint when there is none.  Stdin, stdout and
 * stderr do not matter. */
int term_open(struct term **t, struct err *e);
/* Ends a hush, too. */
void term_close(struct term **t);
int term_fd(const struct term *t);
/* Columns and rows; 80 by 24 where the kernel does not know. */
void term_size(const struct term *t, int *cols, int *rows);

/* Questions asked from now on end ms later with ERR_TIMEOUT; -1, as at the
 * start: never. */
void term_limit(struct term *t, int ms);

/* Nothing typed is shown until term_unhush or term_close, but for the answers of
 * term_line; Ctrl-C and its like still make signals, which the caller holds.
 * What was typed ahead is no answer then, and what is left of it is thrown away
 * at the end.  Nothing happens in the background, or when it cannot be done. */
void term_hush(struct term *t);
void term_unhush(struct term *t);
/* Stops the process as Ctrl-Z would have, held or not, with t (or NULL) not
 * hushed meanwhile. */
void term_stop(struct term *t);

/* Writes to the terminal (words, never a secret). */
int term_say(struct term *t, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Shows prompt and reads one line.  ERR_TIMEOUT after term_limit.  ERR_CANCELLED for Ctrl-C, SIGTERM, SIGHUP,
 * Ctrl-D on an empty line, or a terminal that hung up; ERR_INPUT when longer
 * than the limit or (term_line) not clean text.  Ctrl-Z stops the process with
 * the terminal in order and asks again afterwards.  The terminal is as it was
 * before, in every case.
 */
/* With echo, into out (cap bytes with NUL).  May be empty. */
int term_line(struct term *t, const char *prompt, char *out, size_t cap, struct err *e);
/* Without echo, at most max bytes, straight into secret memory; what was typed
 * ahead is thrown away.  *out is owned by the caller.  May be empty. */
int term_secret(struct term *t, const char *prompt, size_t max, struct secret **out,
    struct err *e);
/* As term_secret, typed twice; asks again (three times at most) when the two
 * differ.  ERR_INPUT when they never agree. */
int term_secret_twice(struct term *t, const char *prompt, size_t max, struct secret **out,
    struct err *e);
/* Goes on only when the very word is typed ("yes"): 0.  Anything else is
 * ERR_CANCELLED with a sentence. */
int term_confirm(struct term *t, const char *question, const char *word, struct err *e);

#endif
