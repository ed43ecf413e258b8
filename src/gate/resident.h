/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_RESIDENT_H
#define TWOKEY_GATE_RESIDENT_H

#include "base/err.h"
#include "gate/gate.h"

/*
 * Gates that wait for calls, loaded and with twokey-token at their side: a login does
 * not pay for starting them, and nothing of what the caller chose for his processes
 * (limits, control group, who reaps them) is theirs.  systemd/twokey-gate.socket holds the
 * listening socket WIRE_SOCKET and starts `twokey-gate resident`, which keeps one spare
 * gate at a time: a process of its own, `twokey-gate spare`, with an address space of its
 * own.  While 32 are at work none waits, and callers are turned away.  Whatever becomes of these, the module can start a gate itself (pam/relay.h).
 *
 * Descriptors of both: 3 the listening socket; of a spare: 4 a socket that is closed when
 * the resident ends, on which the spare says that it has taken a call, and which it closes
 * when it ends.
 */

/* 1 for the words "resident" and "spare" where descriptor 3 is such a socket. */
int resident_asked(const char *word);

/* Runs until it is killed; become hardens the process.  An exit status. */
int resident_main(int (*become)(struct err *e));

/* In a spare: waits for a call and takes it.  Fills g->fd, caller and pid by the kernel's
 * word; callers that are not root's, or have gone, are passed over.  The module has been told
 * (WIRE_READY).  Ends the process when the resident has ended.  0, or ERR_INTERNAL. */
int resident_take(struct gate *g, struct err *e);

#endif
