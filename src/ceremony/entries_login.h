/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ENTRIES_LOGIN_H
#define TWOKEY_CEREMONY_ENTRIES_LOGIN_H

#include <stdint.h>

#include "base/json.h"
#include "vault/approval.h"
#include "vault/statement.h"

/* Log entries of logins (docs/formats.md section 8), as owned values for an
 * append; NULL for lack of memory.  Whether a text may stand in a document is
 * checked by the append: what comes from outside goes through text_escape
 * first. */

/* A session of a Linux account.  Texts are lent and never NULL: "" where there
 * is none. */
struct login_session {
	int64_t login;		/* seq of its login.granted; -1: none */
	const char *service, *user, *tty, *rhost;
	int64_t uid, audit;	/* login uid and audit session of the kernel;
				 * STATEMENT_UID_NONE: none */
};

/* st: a statement of a login that the approvals of `set` satisfy. */
json *entry_granted(const struct statement *st, const struct approvals *set);
json *entry_session_opened(const struct login_session *s);
/* opened: seq of the session.opened; ms: how long it lasted, 0 or more. */
json *entry_session_closed(int64_t opened, int64_t ms);

#endif
