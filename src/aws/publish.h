/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_PUBLISH_H
#define TWOKEY_AWS_PUBLISH_H

#include "aws/client.h"

/* Messages for others: to a topic of SNS, as an event of EventBridge.  The region is the one
 * that the ARN names, else the settings'. */

/* sns Publish.  id, event and level become attributes, by which subscriptions may filter; a FIFO
 * topic leaves out what comes again with the same id.  subject: what is not ASCII becomes '?'. */
struct sns_message {
	const char *topic;	/* ARN */
	const char *id, *event, *level;
	const char *subject, *text;
};
int sns_publish(struct aws *a, const struct sns_message *m, struct err *e);

/* events PutEvents, one event of source "twokey"; detail: JSON.  ERR_STORE when EventBridge
 * takes the call, and not the event. */
int events_put(struct aws *a, const char *bus, const char *type, const char *detail, struct err *e);

#endif
