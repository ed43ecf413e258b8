/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_LOGIN_SESSION_H
#define TWOKEY_CEREMONY_LOGIN_SESSION_H

#include "ceremony/entries_login.h"
#include "ceremony/login.h"

/* How old a grant may be when its session opens, ms. */
#define LOGIN_SESSION_LATE_MS (15 * 60 * 1000)

/*
 * Appends session.opened between log_begin and log_end; *seq is its number.  mark NULL or seq -1:
 * no grant is claimed.  A claimed one that the log does not hold for this
 * service, user and rhost, of this boot, not too old and not used by another
 * session, is left out: ls->login becomes -1, and the entry says so.  by: who asked for
 * it ("" where that is not known); sudo is granted to that user, and opens root's session.
 */
int login_session_open(int64_t *seq, struct session *s, struct login_session *ls,
    const char *by, const struct login_mark *mark, struct err *e);

/* Appends session.closed.  ms below 0 counts as 0. */
int login_session_close(struct session *s, int64_t opened, int64_t ms, struct err *e);

#endif
