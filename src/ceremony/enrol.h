/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ENROL_H
#define TWOKEY_CEREMONY_ENROL_H

#include "base/clock.h"
#include "ceremony/ui.h"
#include "vault/bundle.h"

/*
 * Enrolment of one key (docs/formats.md section 3): makes a credential, wraps
 * the identity with it, proves that the PIN protects it, and signs the bundle.
 */
struct enrol {
	const char *holder;
	const char *label;		/* of the new token */
	const struct bundle *old;	/* the holder's bundle so far; NULL: their first key */
	const struct ui *ui;
	const struct clock *clock;
	struct token_pool *pool;
	int wait_ms;			/* for a key to be plugged in, and for its PIN */
};

/*
 * *out is owned by the caller: a bundle that every token of it signed, with
 * the new key among them.  With `old`, one of its keys is asked for first (to
 * unwrap the identity), then the new one, then each old one signs again.
 * ERR_REFUSED when the PIN of this key protects nothing.  The key keeps an
 * unused credential after a failure; it takes no room on it.
 */
int enrol_key(struct bundle **out, const struct enrol *in, struct err *e);

#endif
