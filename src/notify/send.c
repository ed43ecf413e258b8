/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/channel_local.h"

int channel_send(const struct channel *c, const struct channel_way *way, const struct message *m,
    struct err *e)
{
	switch (c->kind) {
	case CHANNEL_JOURNAL:
		return send_journal(c, m, e);
	case CHANNEL_SYSLOG:
		return send_syslog(c, m, e);
	case CHANNEL_PROGRAM:
		return send_program(c, way->root, m, e);
	case CHANNEL_MAIL:
	case CHANNEL_WEBHOOK:
	case CHANNEL_SNS:
	case CHANNEL_EVENTBRIDGE:
	case CHANNEL_MOTD:
	case CHANNEL_KINDS:
		break;
	}
	return err_set(e, ERR_INTERNAL, "The channel %s is of no kind.", c->name);
}
