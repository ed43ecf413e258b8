/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_WORDS_H
#define TWOKEY_CEREMONY_WORDS_H

#include <stddef.h>

#include "ceremony/ui.h"

/*
 * The words of a ceremony, the same wherever it is held: what happened and what
 * is asked, as text for people.  Nothing is written anywhere; what came from
 * outside (device names) is quoted as it is, for the caller to escape.  Each
 * writes at most cap bytes with the NUL; what is longer is cut.
 */
#define WORDS_MAX 1100		/* enough for any event */

/* One event in one line. */
void words_event(char *out, size_t cap, const struct ui_event *ev);
/* 1: the event counts approvals and stands at the margin; 0: it belongs under
 * the one before. */
int words_leads(const struct ui_event *ev);
/* The prompt for a PIN, a blank at its end. */
void words_pin(char *out, size_t cap, const struct ui_pin_question *q);
/* The question before one of the last tries. */
void words_last_tries(char *out, size_t cap, const struct ui_pin_question *q);

#endif
