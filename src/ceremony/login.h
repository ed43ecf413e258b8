/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_LOGIN_H
#define TWOKEY_CEREMONY_LOGIN_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "ceremony/ui.h"
#include "token/token.h"

/*
 * The ceremony of a Linux login: the quorum for logins approves a statement
 * with action `login`.  Nothing is decrypted and no hmac-secret is asked for.
 * Its request enters the log with the first valid approval (ceremony/ask.h).
 */
struct login_in {
	const char *service, *user, *tty, *rhost;	/* clean text, "" where unknown */
	const char *reason, *ticket;	/* as the rules want them; ticket or NULL */
	const struct requester *requester;
	const struct ui *ui;
	struct token_pool *pool;	/* started already, or NULL */
	int wait_ms;
	int (*may_record)(void *ctx, const char *holder);	/* struct ask's, with its ctx */
	void *ctx;
};

/* Can a login be granted here at all?  A host of the policy, whose log can be
 * read, and a quorum for logins.  Writes nothing, takes no lock. */
int login_check(struct session *s, struct err *e);

/* A grant, and from where in the host's log it is found again. */
struct login_mark {
	int64_t seq;			/* of its login.granted */
	int64_t from, offset;		/* a line before it, and that line's first byte */
};

/* Begins with the first key that is plugged in, where token_pool_look has found one by now.
 * What fails, fails in login_grant. */
void login_ahead(const struct session *s, struct token_pool *pool);

/*
 * 0: granted, durably, with the checkpoint; *mark says where.  A failure is
 * recorded as ceremony.denied when there was a valid approval (*recorded 1);
 * without one the log holds nothing of it (*recorded 0), and the caller folds
 * the attempt.
 */
int login_grant(struct login_mark *mark, int *recorded, struct session *s, const struct login_in *in,
    struct err *e);

#endif
