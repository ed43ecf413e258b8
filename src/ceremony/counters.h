/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_COUNTERS_H
#define TWOKEY_CEREMONY_COUNTERS_H

#include "vault/approval.h"
#include "vault/state.h"

/* Sign counters this machine saw last (counters.json, docs/formats.md section
 * 9).  One that steps back may mean a cloned key, or a model that restarts: it
 * warns and is recorded, and denies nothing (WebAuthn level 2, section 6.1.1). */

/* Adds a sentence to `warnings` when the counter did not grow.  A memory that
 * cannot be read only makes one warning less. */
void counters_compare(const struct state *s, const struct approval *a, uint32_t counter,
    json *warnings);
/* Remembers the counters of all approvals in the set; failing is harmless. */
void counters_keep(const struct state *s, const struct approvals *set);

#endif
