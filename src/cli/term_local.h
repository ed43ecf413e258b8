/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TERM_LOCAL_H
#define TWOKEY_CLI_TERM_LOCAL_H

#include <termios.h>

#include "cli/term.h"

/* Single keys without echo, flow control off (Ctrl-S must not keep a secret
 * on the screen); Ctrl-C and its like still make signals.  *was is for
 * term_raw_end, which throws away what was typed meanwhile. */
int term_raw_begin(struct term *t, struct termios *was, struct err *e);
void term_raw_end(struct term *t, const struct termios *was);

enum term_event { TERM_NONE, TERM_ENTER, TERM_SIGNAL, TERM_HANGUP };
/* What happens within ms (other keys than Enter are TERM_NONE, and end the wait early). */
enum term_event term_event(struct term *t, const struct term_hold *h, int ms);

#endif
