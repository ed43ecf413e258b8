/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_USE_TOKEN_H
#define TWOKEY_CEREMONY_USE_TOKEN_H

#include "ceremony/ui.h"
#include "token/token.h"

/* One assertion or credential from one key, with its person: PIN (or built-in
 * UV) asked for, wrong PINs repeated, the touch announced.  The last tries of a
 * PIN are used as `ui` rules (tries_kept, last_tries): ERR_TOKEN when not,
 * and when the PIN given is empty. */
#define TOUCH_MS 30000

struct token_person {
	const struct ui *ui;
	const char *holder;	/* NULL: not known yet */
	const char *label;	/* NULL: not known yet */
	struct secret *pin;	/* kept between uses of one key; NULL until asked */
	int uv;			/* 1: the key verifies by itself, no PIN is asked */
	int64_t until;		/* when questions end, monotonic ms; 0: never */
};

/* Finds out how this key verifies its person, and asks for the PIN now.
 * ERR_TOKEN when it has neither PIN nor built-in verification, or is blocked. */
int person_begin(struct token_person *p, struct token *t, struct err *e);
void person_end(struct token_person *p);

/* token_assert with the person's PIN; asks again after a wrong one.  rq's pin and
 * uv are set here when rq->uv is 1, and left out when it is 0. */
int person_assert(struct token_person *p, struct token *t, struct token_assert_request *rq,
    struct token_assertion *out, struct err *e);
int person_make(struct token_person *p, struct token *t, struct token_make_request *rq,
    struct token_credential *out, struct err *e);

#endif
