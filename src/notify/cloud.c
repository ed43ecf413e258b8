/* SPDX-License-Identifier: BSD-2-Clause */
/* SNS and EventBridge. */
#include <stdio.h>

#include "aws/publish.h"
#include "notify/channel_local.h"
#include "notify/notice.h"

int send_sns(const struct channel *c, struct aws *aws, const struct message *m, struct err *e)
{
	const json *n = m->notice;
	struct buf text = BUF_INIT;
	int r;

	notice_text(&text, m);
	const struct sns_message out = { .topic = c->topic, .id = json_str(n, "id"), .event = json_str(n, "event"),
		.level = json_str(n, "level"), .subject = json_str(n, "subject"), .text = buf_str(&text) };

	r = buf_ok(&text) ? sns_publish(aws, &out, e) : err_set(e, ERR_MEMORY, "Out of memory.");
	buf_free(&text);
	return r;
}

int send_eventbridge(const struct channel *c, struct aws *aws, const struct message *m, struct err *e)
{
	struct buf detail = BUF_INIT;
	char type[64];
	int r = notice_document(&detail, m, e);

	(void)snprintf(type, sizeof(type), "twokey %s", json_str(m->notice, "event"));
	if (r == 0)
		r = events_put(aws, c->bus, type, buf_str(&detail), e);
	buf_free(&detail);
	return r;
}
