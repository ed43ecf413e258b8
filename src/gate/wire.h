/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_WIRE_H
#define TWOKEY_GATE_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Messages between pam_twokey.so and twokey-gate, over a pair of unix sockets
 * that keep message boundaries (SOCK_SEQPACKET): one byte of type, then text
 * without a NUL.  Both sides compile this file; it needs libc alone.
 *
 * The module sends WIRE_DO, any items, WIRE_GO.  The gate sends what is to be
 * shown or asked, each question answered by one message, and last WIRE_END.  A
 * closed socket at any time ends the conversation: a refusal.
 *
 * Kept free for approvals that were given beforehand, elsewhere: an item of its
 * own from the module, and nothing else.
 */
#define WIRE_MAX 1024	/* bytes of text; PAM's own limit is 511 a message */

/* Where a gate waits that was loaded beforehand (systemd/twokey-gate.socket): a
 * listening socket of the same kind, root's alone.  It speaks first: WIRE_READY. */
#define WIRE_SOCKET "/run/twokey/gate"

enum wire_type {
	/* module to gate */
	WIRE_DO = 'd',		/* "auth", "check", "open", "close" or "password" */
	WIRE_CONF = 'c',	/* the configuration's path; none: the usual one */
	WIRE_USER = 'u',
	WIRE_SERVICE = 's',
	WIRE_TTY = 't',
	WIRE_RHOST = 'r',
	WIRE_RUSER = 'b',	/* by whom, as the application claims */
	WIRE_MARK = 'm',	/* what WIRE_KEEP gave before */
	WIRE_LIMIT = 'l',	/* seconds for all of it, decimal */
	WIRE_PASSWORD = 'p',	/* the new one */
	WIRE_GO = 'g',		/* nothing more to say */
	WIRE_ANSWER = 'a',	/* to a question */
	WIRE_NO_ANSWER = 'n',	/* the application could not ask it */
	/* gate to module */
	WIRE_READY = 'R',	/* a gate that waited has taken this call */
	WIRE_INFO = 'I',
	WIRE_ERROR = 'E',
	WIRE_ASK = 'A',		/* the answer may be shown while it is typed */
	WIRE_ASK_HIDDEN = 'H',	/* it may not */
	WIRE_KEEP = 'K',	/* to be handed back as WIRE_MARK later */
	WIRE_END = 'X'		/* WIRE_OK, or why not */
};

/* How it ended: whole words, so that no single bit makes a yes. */
#define WIRE_OK "granted"
#define WIRE_DENIED "denied"		/* people, keys or rules said no */
#define WIRE_UNAVAILABLE "unavailable"	/* the machine could not ask or record */

struct wire {
	uint8_t type;
	size_t len;
	char text[WIRE_MAX + 1];	/* NUL behind len; wipe it after a secret */
};

/* Milliseconds since the machine started, on a clock that goes on while it
 * sleeps and never steps. */
int64_t wire_now(void);

/* Sends one message within ms; never raises SIGPIPE.  0, or -1: the peer is
 * gone, ms have passed, or len is over WIRE_MAX. */
int wire_send(int fd, uint8_t type, const char *text, size_t len, int ms);

/* Receives one within ms.  1: *w holds it.  0: the peer is gone.  -1: ms have
 * passed, or it is malformed (too long, a NUL within); *w is wiped. */
int wire_recv(struct wire *w, int fd, int ms);

/* Takes apart a message of len bytes, as wire_recv does (fuzzed): 1, or -1. */
int wire_parse(struct wire *w, const void *bytes, size_t len);

#endif
