/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PEOPLE_H
#define TWOKEY_CLI_PEOPLE_H

#include "ceremony/ui.h"
#include "cli/say.h"
#include "cli/term.h"

/* The people of a ceremony, at this terminal: fills ceremony/ui.h.  Words go
 * to stderr, PINs are asked on /dev/tty, Ctrl-C cancels cleanly. */
struct people {
	struct ui ui;		/* hand this to the ceremony */
	struct term *term;	/* NULL: there is none */
	struct term_hold hold;
	struct say_wait wait;
	int cancelled;
};

/* Holds signals back, and has the terminal show nothing that is typed unasked,
 * until people_end. */
int people_begin(struct people *p, struct err *e);
void people_end(struct people *p);

#endif
