/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_STATE_H
#define SOFTKEY_STATE_H

#include "cbr.h"
#include "store.h"

#define STATE_MAX 65536

/* The state as the CBOR of the file `state', with counter in the place of s->counter. p takes STATE_MAX bytes. */
bool state_encode(const struct key_state *s, uint32_t counter, uint8_t *p, size_t *n);

/* False: not a state file of this version. */
bool state_decode(struct key_state *s, struct span file);

#endif
