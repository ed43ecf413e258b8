/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NOTIFY_OUTBOX_H
#define TWOKEY_NOTIFY_OUTBOX_H

#include "notify/channel.h"
#include "vault/state.h"

/*
 * What is to be sent, durable: the state's notify.json (docs/formats.md section 9).  An
 * entry of the own log is taken up once: messages and the place in the log move in one
 * write.  A try is written before it is made, and a delivery after it: a kill in between
 * sends the message again, with the same id and "try" 2.
 */
#define OUTBOX_MOST 500		/* messages; beyond that the log waits */

struct outbox {
	json *doc;
};

/* Reads it; one that is not there is empty, with outbox_next -1. */
int outbox_read(struct outbox *o, const struct state *s, struct err *e);
int outbox_write(const struct outbox *o, const struct state *s, struct err *e);
void outbox_free(struct outbox *o);

/* The first entry of the own log that was not taken up; -1: it was never looked at. */
int64_t outbox_next(const struct outbox *o);
int outbox_move(struct outbox *o, int64_t next, struct err *e);
size_t outbox_len(const struct outbox *o);

/* One message to these channels that want it; the notice is taken over.  ERR_MEMORY for NULL. */
int outbox_add(struct outbox *o, json *notice, const struct channel *list, size_t n, struct err *e);
/* The last message about what no log tells: remembered, and asked for. */
int outbox_alarm(struct outbox *o, const char *id, struct err *e);
int outbox_alarmed(const struct outbox *o, const char *id);

/* How a channel fares: failures in a row, when it is tried again (ms), and why it failed
 * ("": it did not), how many messages wait for it. */
struct outbox_channel {
	int64_t fails, next;
	const char *why;
	size_t waiting;
};
void outbox_channel(struct outbox_channel *out, const struct outbox *o, const char *name);

struct outbox_sent {
	size_t sent, failed;
};
/* Sends what waits for a channel whose time has come (at_once: for each), the oldest first, and writes the
 * outbox at each step.  After three failures in a row the rest waits.  What waits for a channel
 * that is not in the list is dropped. */
int outbox_send(struct outbox *o, const struct state *s, const struct channel *list, size_t n,
    const struct channel_way *way, const char *checkpoint, int64_t now, int at_once,
    struct outbox_sent *done, struct err *e);

#endif
