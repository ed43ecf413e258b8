/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/channel.h"

#include <stdlib.h>
#include <string.h>

const char *channel_kind_name(enum channel_kind k)
{
	static const char *const names[CHANNEL_KINDS] = { "mail", "webhook", "sns", "eventbridge",
		"journal", "syslog", "program", "motd" };

	return k < CHANNEL_KINDS ? names[k] : NULL;
}

void channel_free(struct channel *c)
{
	char *const all[] = { c->name, c->events, c->url, c->user, c->secret, c->from, c->to, c->escalate,
		c->style, c->topic, c->bus, c->socket, c->program, c->file };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		free(all[i]);
	memset(c, 0, sizeof(*c));
}

/* "due soon" is one word there: "due-soon". */
static int is_event(const char *word, size_t len, const char *event)
{
	size_t i = 0;

	while (i < len && (word[i] == event[i] || (word[i] == '-' && event[i] == ' ')))
		i++;
	return i == len && event[i] == '\0';
}

int channel_event_ok(const char *word, size_t len)
{
	static const char *const events[] = { "request", "approval", "refusal", "denied", "released", "login",
		"rotated", "due soon", "overdue", "drill due", "unexplained", "tampered", "releasing" };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (is_event(word, len, events[i]))
			return 1;
	return 0;
}

int channel_wants(const struct channel *c, const char *event)
{
	const char *p = c->events;

	while (p != NULL && *(p += strspn(p, " ")) != '\0') {
		const size_t len = strcspn(p, " ");

		if (is_event(p, len, event))
			return 1;
		p += len;
	}
	return c->events == NULL && c->kind != CHANNEL_MOTD;
}
