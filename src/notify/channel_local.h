/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NOTIFY_CHANNEL_LOCAL_H
#define TWOKEY_NOTIFY_CHANNEL_LOCAL_H

#include "base/secret.h"
#include "notify/channel.h"

#define CHANNEL_MS 30000	/* limit of one delivery */

/* The first line of a file that nobody else may read. */
int channel_secret(struct secret **out, const char *path, struct err *e);

/* Nobody else may have a say in what root, or this person, runs. */
int program_check(const char *path, struct err *e);

/* The parts of channel_send, each with the rest of its promises. */
int send_journal(const struct channel *c, const struct message *m, struct err *e);
int send_syslog(const struct channel *c, const struct message *m, struct err *e);
int send_mail(const struct channel *c, struct net *net, const struct message *m, struct err *e);
int send_webhook(const struct channel *c, struct net *net, const struct message *m, struct err *e);
int send_sns(const struct channel *c, struct aws *aws, const struct message *m, struct err *e);
int send_eventbridge(const struct channel *c, struct aws *aws, const struct message *m, struct err *e);
int send_program(const struct channel *c, int root, const struct message *m, struct err *e);

#endif
