/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_HOST_H
#define TWOKEY_CEREMONY_HOST_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "ceremony/ui.h"

/*
 * This machine becomes a host of a vault whose store it has: a second one, or
 * the one that takes a dead host's place (docs/formats.md sections 4 and 9).
 */

/* Pins the vault on a machine that knows none: the whole chain of the store is
 * verified, and its first policy must be `vault_hex` (64 digits), as people
 * wrote it down.  The newest policy found is pinned.  A machine with a pin is
 * left alone when it is the same vault, ERR_EXISTS else.  ERR_TAMPERED: the
 * store holds another vault. */
int host_join(const char *store, const char *state, const char *vault_hex, struct err *e);

struct host_in {
	const char *host;		/* this machine's name */
	const char *reason, *ticket;	/* ticket: NULL for none */
	const struct requester *requester;
	const struct ui *ui;
	int wait_ms;
};
/* Makes a host key where there is none, asks the policy quorum to sign a policy
 * that names it, and records all of it in the new host's own log.  The session
 * knows only the policies before; open another.  ERR_EXISTS: it is a host;
 * ERR_REFUSED: reason or ticket are not as the policy wants them.  A failure
 * between the request and the policy leaves a ceremony.denied entry (ask_end). */
int host_add(struct session *s, const struct host_in *in, struct err *e);

#endif
