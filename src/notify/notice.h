/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NOTIFY_NOTICE_H
#define TWOKEY_NOTIFY_NOTICE_H

#include "base/buf.h"
#include "base/json.h"
#include "notify/channel.h"

/*
 * What is told of one event: facts alone, never a secret (the log holds none).
 * {"command": string or null, "event": string, "escalated": boolean, "host": name, "id": hash,
 *  "level": "info" | "warning" | "alarm", "lines": array of strings, "record": name or null,
 *  "subject": string, "time": time, "vault": hash}
 */
enum notice_level { NOTICE_INFO, NOTICE_WARNING, NOTICE_ALARM };

struct notice_in {
	const char *id;		/* 64 hexadecimal digits: a repetition has the same */
	const char *event;
	enum notice_level level;
	int escalated;
	const char *vault, *vault_name, *host;
	int64_t time;		/* ms: of the event */
	const char *record;	/* or NULL */
	const char *command;	/* to run now, or NULL */
	const char *what;	/* one line: the subject, and the first of the lines */
	const char *more;	/* a line behind it, or NULL */
};
/* Owned; NULL without memory. */
json *notice_new(const struct notice_in *in);
/* 1 when j is a notice. */
int notice_ok(const json *j);

/* The message for people, as lines. */
void notice_text(struct buf *out, const struct message *m);
/* The message for programs: the notice with "type": "twokey-notice-v1", the checkpoint's lines
 * as "checkpoint" and the tries as "try", canonical, without a newline. */
int notice_document(struct buf *out, const struct message *m, struct err *e);

#endif
