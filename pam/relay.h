/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_PAM_RELAY_H
#define TWOKEY_PAM_RELAY_H

#include <security/pam_modules.h>
#include <sys/types.h>

#include "gate/pamargs.h"
#include "gate/wire.h"

/* twokey-gate at work for one call, and the conversation between it and the
 * application. */
struct relay {
	pid_t pid;	/* 0: none */
	int fd;		/* -1: closed */
};

struct relay_call {
	const char *what;	/* WIRE_DO's */
	const struct pamargs *args;
	const char *mark;	/* or NULL */
	const char *password;	/* or NULL */
	int silent;		/* PAM_SILENT: nothing is shown unasked */
	char keep[128];		/* filled: what the gate wants back later, or "" */
};

enum relay_end {
	RELAY_OK,
	RELAY_DENIED,		/* people, keys or rules said no */
	RELAY_UNAVAILABLE	/* the gate could not ask or record, or is not there */
};

/* Starts the gate, hands it what it is to do, and relays until it says how it
 * ended.  Afterwards relay_stop, whatever came of it. */
enum relay_end relay_run(struct relay *r, pam_handle_t *h, struct relay_call *c);

/* Closes the socket, waits at most ms for the gate to end, kills it then, and
 * reaps it - unless the application has done so. */
void relay_stop(struct relay *r, int ms);

#endif
