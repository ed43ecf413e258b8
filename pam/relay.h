/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_PAM_RELAY_H
#define TWOKEY_PAM_RELAY_H

#include <security/pam_modules.h>

#include "gate/pamargs.h"
#include "gate/wire.h"

/* twokey-gate at work for one call, and the conversation between it and the
 * application.  Where one waits at WIRE_SOCKET, loaded beforehand, it takes the call;
 * where none does, or that one cannot work, one is started, for the time that is left.  The gate is no child of the application's: what was
 * started has left the work to a process of its own, and was reaped.  So there is nothing to
 * be killed or waited for later, whatever the application makes of SIGCHLD, wait(2)
 * or fork(2): a closed socket is how either side learns that the other has gone. */
struct relay {
	int fd;		/* -1: closed */
};

struct relay_call {
	const char *what;	/* WIRE_DO's */
	const struct pamargs *args;
	const char *mark;	/* or NULL */
	const char *password;	/* or NULL */
	int silent;		/* PAM_SILENT: nothing is shown unasked */
	char keep[128];		/* filled: what the gate wants back later, or "" */
	int asked;		/* filled: somebody was asked something */
};

enum relay_end {
	RELAY_OK,
	RELAY_DENIED,		/* people, keys or rules said no */
	RELAY_UNAVAILABLE	/* the gate could not ask or record, or is not there */
};

/* Finds or starts the gate, hands it what it is to do, and relays until it says how it
 * ended.  Afterwards relay_stop, whatever came of it. */
enum relay_end relay_run(struct relay *r, pam_handle_t *h, struct relay_call *c);

/* Closes the socket. */
void relay_stop(struct relay *r);

/* Tells the gate that nothing more will come - also where a forked copy of the
 * application holds the socket open - and waits at most ms for it to end. */
void relay_finish(struct relay *r, int ms);

#endif
