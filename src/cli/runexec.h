/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_RUNEXEC_H
#define TWOKEY_CLI_RUNEXEC_H

#include "base/err.h"
#include "base/secret.h"

struct runexec_field {
	const char *name;		/* field name, a text_is_name */
	struct secret *value;		/* wiped once the program has it */
};
#define RUNEXEC_FIELDS_MAX 32
#define RUNEXEC_FIRST_FD 3	/* a shell can name only one digit: `<&3` */

/*
 * Runs argv (ended by NULL) and waits for it.  Each field is the read end of a
 * pipe that holds the bytes and then ends; the environment names only the
 * descriptor: TWOKEY_FD_PASSWORD=3 (name in upper case, '-' and '.' as '_').
 * All other descriptors but 0, 1, 2 are closed.  A name without '/' is looked up
 * in PATH; root uses a fixed path instead.  Ctrl-C reaches the program alone;
 * SIGTERM and SIGHUP are handed on.  *status: its exit status, or 128+signal.
 * ERR_MISSING or ERR_IO when it cannot be started.
 */
int runexec(char *const argv[], const struct runexec_field *fields, size_t n, int *status,
    struct err *e);

/* 1 when these two fields would have one name, as a.b and a-b. */
int runexec_same_name(const char *a, const char *b);

/* 0 when runexec would find this program and may run it: to be asked before
 * anything is released for it. */
int runexec_possible(const char *name, struct err *e);

#endif
