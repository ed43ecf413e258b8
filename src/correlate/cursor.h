/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_CURSOR_H
#define TWOKEY_CORRELATE_CURSOR_H

#include "base/json.h"
#include "vault/state.h"

/*
 * How far each source of events has been read, on this machine: state's correlate.json
 * (docs/formats.md section 9).  A source is read again from some time before on, since CloudTrail
 * is late; what came before is known by its eventID, so that a lost cursor costs time alone.
 */
struct cursor {
	json *doc;	/* owned */
	struct err why;	/* of a file that is malformed: it is as if there were none, and cursor_write sets it aside */
};
int cursor_read(struct cursor *c, const struct state *s, struct err *e);
/* ms, or -1: never read. */
int64_t cursor_get(const struct cursor *c, const char *source);
int cursor_set(struct cursor *c, const char *source, int64_t t, struct err *e);
/* Durable; takes the state's lock for a moment. */
int cursor_write(const struct cursor *c, const struct state *s, struct err *e);
void cursor_free(struct cursor *c);

#endif
