/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_SESSION_CHAIN_H
#define TWOKEY_CEREMONY_SESSION_CHAIN_H

#include "ceremony/session.h"

/* Reads the chain of policies from serial 1 into s->policies and s->policy: the
 * pinned one must have the pinned hash, those before it lead to it by their
 * hashes, each later one must be a valid successor.  With a pin of serial 0 all
 * of them are verified by their signatures, from the one that s->vault names
 * on; ERR_MISSING when there is none.  `host` is whose staged
 * policy may still wait for its name ("" for none).  ERR_ROLLBACK: the pinned
 * policy is missing; ERR_TAMPERED: one does not hold.  What was read so far
 * stays in s, which session_close frees. */
int session_load_chain(struct session *s, const struct state_pin *pin, const char *host,
    struct err *e);

#endif
