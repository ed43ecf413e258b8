/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NOTIFY_CHANNEL_H
#define TWOKEY_NOTIFY_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct aws;	/* aws/client.h */
struct net;	/* net/net.h */

/* A way to tell people, as twokey.conf(5) has it.  Members that its kind has no use for are
 * NULL. */
enum channel_kind {
	CHANNEL_MAIL,		/* url, from, to, escalate; user and secret, the file of a password */
	CHANNEL_WEBHOOK,	/* url, style; secret, the file of a key */
	CHANNEL_SNS,		/* topic */
	CHANNEL_EVENTBRIDGE,	/* bus */
	CHANNEL_JOURNAL,	/* socket: systemd's journal, fields of its own */
	CHANNEL_SYSLOG,		/* socket */
	CHANNEL_PROGRAM,	/* program */
	CHANNEL_MOTD,		/* file: what is due now, written anew each time; takes no messages */
	CHANNEL_KINDS
};

struct channel {
	enum channel_kind kind;
	char *name;		/* of its own, never NULL */
	char *events;		/* with blanks between them; NULL: all */
	char *url, *user, *secret, *from, *to, *escalate, *style, *topic, *bus, *socket, *program,
	    *file;
};

/* The configuration's word for a kind: "mail"; NULL past the last. */
const char *channel_kind_name(enum channel_kind k);
/* 1 when it is the name of an event, with '-' for a blank. */
int channel_event_ok(const char *word, size_t len);
void channel_free(struct channel *c);

/* One message for one channel; all lent. */
struct message {
	const json *notice;	/* notice.h */
	const char *checkpoint;	/* the log's, signed; several lines */
	int64_t tries;		/* the one under way counted: above 1 it may have come before */
	int64_t now;		/* ms */
};

/* What channels share; lent. */
struct channel_way {
	struct net *net;
	struct aws *aws;	/* NULL when no channel needs it */
	int root;		/* programs and what they see are root's */
};

/* 1 when the channel wants to know of this event. */
int channel_wants(const struct channel *c, const char *event);

/* What can be known without sending: its program may be run, the file of its secret read.  ERR_CONFIG and
 * others when not. */
int channel_check(const struct channel *c, struct err *e);

/* Sends it, waiting about half a minute at most.  0 when whoever is there has taken it;
 * ERR_STORE, ERR_CONFIG and others when not, or when that is not known. */
int channel_send(const struct channel *c, const struct channel_way *way, const struct message *m,
    struct err *e);

#endif
