/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_GATE_H
#define TWOKEY_GATE_GATE_H

#include <stdint.h>

#include "base/secret.h"
#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "ceremony/ui.h"
#include "cli/config.h"
#include "gate/wire.h"

/*
 * twokey-gate: what serves one call of pam_twokey.so, as root, with an empty
 * environment: started by it, or before (gate/resident.h).  It alone reads the vault,
 * asks for keys and writes the log; the module relays.
 */

/* What the module asked for; all text is what text_escape makes of it. */
struct gate_call {
	char what[16];
	char conf[WIRE_MAX + 1];	/* "": the usual one */
	char user[256], service[64], tty[64], rhost[256], ruser[128];
	char mark[128];			/* as sent: wire.h */
	struct secret *password;	/* owned, or NULL */
};

struct gate {
	int fd;				/* to the module */
	uid_t caller;			/* real uid of the program that loaded the module */
	pid_t pid;			/* that program, or 0: whose identity is this process's */
	int64_t until;			/* when all of it ends, monotonic ms */
	struct gate_call call;
	struct secret *room;		/* a struct wire for what comes in; locked */
	struct config config;
	struct session *session;	/* NULL before gate_open */
	struct token_pool *pool;	/* of a call that asks for keys, or NULL */
	/* gate_talk.c */
	struct ui ui;
	int64_t waiting;		/* for a key, since; monotonic ms, 0: not */
	int touch_said;
	int gone;			/* a question was not answered: nobody is there */
	int asked;			/* somebody was asked something */
	int again;			/* Enter was pressed: look at all keys again */
};

/* gate_call.c: reads what the module wants, up to WIRE_GO.  ERR_INPUT for a
 * message that has no place there. */
int gate_read_call(struct gate *g, struct err *e);

/* gate_talk.c.  Text of any length goes out in pieces that PAM takes. */
void gate_say(const struct gate *g, enum wire_type how, const char *text);
/* Text and hint of e. */
void gate_say_err(const struct gate *g, const struct err *e);
#define GATE_MARGIN_MS 2000	/* for the last entry, before the module gives up */
/* Asks `what`, with `then` behind it and the seconds that are left, and waits until
 * GATE_MARGIN_MS before g->until.  *answer is owned, at most TEXT_MAX bytes, NULL after a
 * failure: ERR_CANCELLED, ERR_TIMEOUT, ERR_MEMORY. */
int gate_ask(struct gate *g, const char *what, const char *then, int hidden,
    struct secret **answer, struct err *e);
/* Fills g->ui. */
void gate_talk(struct gate *g);

/* gate_open.c.  NULL: there is no memory.  fd and caller as above. */
struct gate *gate_new(int fd, uid_t caller);
/* With all that it holds, but for fd; NULL is allowed. */
void gate_free(struct gate *g);
/* Configuration and session (quiet: takes no lock, writes nothing). */
int gate_open(struct gate *g, int quiet, struct err *e);
/* Who asks: the kernel's ids, the terminal as the application names it, and by
 * whom the application claims. */
void gate_requester(struct requester *rq, const struct gate *g);
/* One line for authpriv, in the words of the log. */
void gate_log(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The calls: 0, or what makes it a refusal. */
int gate_auth(struct gate *g, struct err *e);
int gate_check(struct gate *g, struct err *e);
int gate_session_open(struct gate *g, struct err *e);
int gate_session_close(struct gate *g, struct err *e);
int gate_password(struct gate *g, struct err *e);

#endif
