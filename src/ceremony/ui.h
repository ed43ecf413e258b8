/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_UI_H
#define TWOKEY_CEREMONY_UI_H

#include "base/err.h"
#include "base/secret.h"

/*
 * What a ceremony needs of the people in front of it.  A program fills it;
 * the core itself never prints or asks.
 */
enum ui_event_kind {
	UI_WAIT_KEY,	/* waiting for a key to be plugged in; who, ms_left */
	UI_KEY_FOUND,	/* a key of `holder`, its `label`; device */
	UI_KEY_FOREIGN,	/* device is no key of this vault */
	UI_KEY_USED,	/* device belongs to `holder`, who has approved already */
	UI_KEY_NOT_ASKED, /* device belongs to `holder`, whom this quorum does not ask */
	UI_KEY_ENROLLED, /* device is `holder`'s `label` already, where a new key is meant */
	UI_KEY_TROUBLE,	/* device cannot be used; text says why */
	UI_TOUCH,	/* waiting for a touch; holder, label (may be NULL), ms_left */
	UI_APPROVED,	/* holder approved */
	UI_NOTE		/* text: something worth knowing */
};

struct ui_event {
	enum ui_event_kind kind;
	const char *device;	/* product name, or NULL */
	const char *holder;	/* or NULL */
	const char *label;	/* token label, or NULL */
	const char *who;	/* UI_WAIT_KEY: whose keys would do, "alice, bob or carol" */
	const char *text;	/* or NULL */
	int have, need;		/* approvals so far, and at least so many; 0 when not counted */
	int ms_left;		/* of the present wait, -1 unknown */
};

struct ui_pin_question {
	const char *device;
	const char *holder;	/* NULL: not known whose key this is */
	const char *label;
	int tries;		/* left, -1 unknown */
	int again;		/* 1 after a wrong one */
	int ms_left;		/* for an answer, -1: no limit */
};

#define PIN_TRIES_KEPT 2	/* a wrong PIN too many destroys a share */

struct ui {
	void *ctx;
	void (*event)(void *ctx, const struct ui_event *ev);
	/* 1: a PIN is asked for also where the key could verify by itself: where
	 * strangers may ask, a finger meant for one request must not serve another. */
	int pin_always;
	/* PIN tries of a key that are not used without a yes; fewer than
	 * PIN_TRIES_KEPT count as that. */
	int tries_kept;
	/* Asks whether one of them may be used: 0 for a yes.  NULL: never.
	 * ERR_CANCELLED for a no, ERR_TIMEOUT after q->ms_left. */
	int (*last_tries)(void *ctx, const struct ui_pin_question *q, struct err *e);
	/* Asks for a PIN, without echo.  *pin is owned by the caller afterwards.
	 * ERR_CANCELLED when the person gives up, ERR_TIMEOUT after q->ms_left. */
	int (*pin)(void *ctx, const struct ui_pin_question *q, struct secret **pin,
	    struct err *e);
	/* Non-zero when the person asked to look at all keys again, those that were
	 * passed by as well; called after a UI_WAIT_KEY.  NULL: never. */
	int (*again)(void *ctx);
	/* Non-zero once the person pressed Ctrl-C. Called often. */
	int (*cancelled)(void *ctx);
};

#endif
