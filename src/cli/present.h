/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PRESENT_H
#define TWOKEY_CLI_PRESENT_H

#include "base/secret.h"
#include "cli/term.h"

/*
 * Shows secrets on the alternate screen of a terminal: nothing of them stays
 * in the scrollback.  Lines are placed by cursor address, never scrolled, and
 * erased one by one before the screen is left, so that a terminal without an
 * alternate screen (the Linux console) keeps nothing either.
 */
struct present_item {
	const char *label;		/* "password" */
	const struct secret *value;	/* or NULL when fill is set */
	/* Makes the value of this moment (a code that changes): puts it into out
	 * (room for 128 bytes, empty) and a word of plain text into note.  Called
	 * at each redraw, once a second. */
	int (*fill)(void *ctx, struct secret *out, char note[64], struct err *e);
	void *ctx;
};

/* ERR_USAGE when this terminal cannot wipe what it shows (TERM): to be asked
 * before anything is released for it. */
int present_possible(struct err *e);

enum present_end { PRESENT_KEY, PRESENT_TIMEOUT, PRESENT_SIGNAL, PRESENT_HANGUP };

/*
 * Shows title, plain lines (not secret; NULL-ended, may be NULL) and items until Enter,
 * Ctrl-C or another signal, hangup, or `seconds` have passed.  *end says which
 * (may be NULL).  Bytes of a value that are no clean text are shown as \xNN.
 * Whatever happens the screen is wiped and left and the terminal restored.
 * ERR_USAGE when it does not fit the terminal's size or TERM is dumb; nothing
 * was shown then.
 */
int present_show(struct term *t, const char *title, const char *const *lines,
    const struct present_item *items, size_t n, int seconds, enum present_end *end,
    struct err *e);

#endif
