/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_SEEKER_H
#define TWOKEY_CEREMONY_SEEKER_H

#include "ceremony/ui.h"
#include "token/token.h"

/*
 * Finds security keys that are plugged in, one after the other or all at
 * once, and tells whose they are.  A device is looked at once until it is
 * unplugged; foreign, busy or broken ones are reported once and passed by.
 */
enum want_state {
	WANT_YES,	/* this token may answer now */
	WANT_USED,	/* its holder has approved already */
	WANT_NO		/* a token of this vault that is not asked here */
};

struct want {
	struct token_id id;	/* borrowed */
	const char *holder;	/* borrowed */
	const char *label;	/* borrowed */
	int quiet;		/* 1: answers a silent pre-flight (credProtect <= 2) */
	enum want_state state;
};

#define SEEKER_OPEN_MS 3000	/* what a foreign or hanging device may cost */

struct seeker;

/* ui and pool (NULL: one of its own) are borrowed for the seeker's life.  *s is owned
 * by the caller, NULL after a failure (ERR_MEMORY). */
int seeker_new(struct seeker **s, const struct ui *ui, struct token_pool *pool, struct err *e);
/* Frees *s (NULL allowed) and sets it to NULL; tokens that it gave are closed before. */
void seeker_free(struct seeker **s);

/*
 * Waits at most `wait_ms` until a key is there that holds one of the WANT_YES
 * credentials, or one that cannot be asked silently.  *t is owned by the
 * caller, *which is the index in wants, or SIZE_MAX when not known.  `who`
 * says for people whose keys would do.  ERR_TIMEOUT, ERR_CANCELLED.
 */
int seeker_next(struct seeker *s, const struct want *wants, size_t n, const char *who, int have,
    int need, int wait_ms, struct token **t, size_t *which, struct err *e);

/* Any FIDO2 key (for enrolling) but those that hold one of `not` and say so
 * silently.  With several plugged in, asks for a touch of the one that is
 * meant.  *t is owned by the caller.  ERR_TOKEN: none came; ERR_CANCELLED. */
int seeker_any(struct seeker *s, const struct want *not, size_t n_not, int wait_ms,
    struct token **t, struct err *e);

/* Has the seeker look again at this device, after a failure worth a retry. */
void seeker_again(struct seeker *s, const struct token_device *d);

#endif
