/* SPDX-License-Identifier: BSD-2-Clause */
/* "notify" of the configuration: a list of channels, each an object of strings. */
#include "cli/config_local.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

#define CHANNELS_MAX 16
#define BIT(kind) (1u << CHANNEL_##kind)

enum member_check { ANY_TEXT, A_NAME, A_PATH, SOME_EVENTS };

static const struct member {
	const char *name;
	size_t at;
	enum member_check check;
	unsigned needs, may;	/* kinds */
} members[] = {
	{ "name", offsetof(struct channel, name), A_NAME, 0, ~0u },
	{ "events", offsetof(struct channel, events), SOME_EVENTS, 0, ~BIT(MOTD) },
	{ "url", offsetof(struct channel, url), ANY_TEXT, BIT(MAIL) | BIT(WEBHOOK), 0 },
	{ "user", offsetof(struct channel, user), ANY_TEXT, 0, BIT(MAIL) },
	{ "secret", offsetof(struct channel, secret), A_PATH, 0, BIT(MAIL) | BIT(WEBHOOK) },
	{ "from", offsetof(struct channel, from), ANY_TEXT, BIT(MAIL), 0 },
	{ "to", offsetof(struct channel, to), ANY_TEXT, BIT(MAIL), 0 },
	{ "escalate", offsetof(struct channel, escalate), ANY_TEXT, 0, BIT(MAIL) },
	{ "style", offsetof(struct channel, style), ANY_TEXT, 0, BIT(WEBHOOK) },
	{ "topic", offsetof(struct channel, topic), ANY_TEXT, BIT(SNS), 0 },
	{ "bus", offsetof(struct channel, bus), ANY_TEXT, BIT(EVENTBRIDGE), 0 },
	{ "socket", offsetof(struct channel, socket), A_PATH, 0, BIT(JOURNAL) | BIT(SYSLOG) },
	{ "program", offsetof(struct channel, program), A_PATH, BIT(PROGRAM), 0 },
	{ "file", offsetof(struct channel, file), A_PATH, BIT(MOTD), 0 },
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static char **place(struct channel *c, const struct member *m)
{
	return (char **)((char *)c + m->at);
}

static int events_ok(const char *s)
{
	while (*(s += strspn(s, " ")) != '\0') {
		const size_t len = strcspn(s, " ");

		if (!channel_event_ok(s, len))
			return 0;
		s += len;
	}
	return 1;
}

static int put_member(struct channel *c, const struct member *m, const char *value,
    const struct json_scan *at, struct err *e)
{
	if (*place(c, m) != NULL)
		return json_scan_error(at, e, "\"%s\" stands here a second time.", m->name);
	if (*value == '\0' || !text_clean(value, strlen(value)))
		return json_scan_error(at, e, "\"%s\" needs a text on one line.", m->name);
	if (m->check == A_NAME && !text_is_name(value))
		return json_scan_error(at, e, "\"%s\" needs a name: lower-case letters, digits, '-' and '.'.", m->name);
	if (m->check == A_PATH && !config_path_ok(value))
		return json_scan_error(at, e, "\"%s\" needs an absolute path.", m->name);
	if (m->check == SOME_EVENTS && !events_ok(value))
		return json_scan_error(at, e, "\"events\" needs names of events, with blanks between them.");
	*place(c, m) = strdup(value);
	return *place(c, m) != NULL ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}

/* The kind stands in the struct before it is known: CHANNEL_KINDS. */
static int put_pair(struct channel *c, const char *key, const char *value, const struct json_scan *at,
    struct err *e)
{
	const struct member *m = members;
	char shown[80];

	if (strcmp(key, "channel") == 0) {
		if (c->kind != CHANNEL_KINDS)
			return json_scan_error(at, e, "\"channel\" stands here a second time.");
		for (c->kind = 0; c->kind < CHANNEL_KINDS; c->kind++)
			if (strcmp(channel_kind_name(c->kind), value) == 0)
				return 0;
		return json_scan_error(at, e, "\"channel\" is one of mail, webhook, sns, eventbridge, journal, syslog, "
		    "program and motd.");
	}
	while (m < members + MEMBERS && strcmp(m->name, key) != 0)
		m++;
	if (m < members + MEMBERS)
		return put_member(c, m, value, at, e);
	text_escape(shown, sizeof(shown), key, strlen(key));
	return json_scan_error(at, e, "unknown key \"%s\".", shown);
}

/* One or more, with commas between them: a@b alone, as SMTP has it. */
static int addresses_ok(const char *s)
{
	size_t n = 0;

	while (*(s += strspn(s, ", ")) != '\0') {
		const size_t len = strcspn(s, ", ");
		size_t at = 0;

		for (size_t i = 0; i < len; i++) {
			if (s[i] <= 0x20 || s[i] >= 0x7f || s[i] == '<' || s[i] == '>' || s[i] == '"')
				return 0;
			at += s[i] == '@';
		}
		if (at != 1 || len > 320)
			return 0;
		s += len;
		n++;
	}
	return n > 0 && n <= NET_RECIPIENTS_MAX / 2;
}

static int check_mail(const struct channel *c, const struct json_scan *at, struct err *e)
{
	if (net_check_mail_url(c->url, NULL) != 0)
		return json_scan_error(at, e, "\"url\" needs smtps://HOST[:PORT] or smtp://HOST[:PORT].");
	if (!addresses_ok(c->from) || strchr(c->from, ',') != NULL || !addresses_ok(c->to) ||
	    (c->escalate != NULL && !addresses_ok(c->escalate)))
		return json_scan_error(at, e, "\"from\", \"to\" and \"escalate\" need addresses: a@example.com, "
		    "b@example.com; at most %d.", NET_RECIPIENTS_MAX / 2);
	if ((c->user == NULL) != (c->secret == NULL))
		return json_scan_error(at, e, "\"user\" and \"secret\" go together.");
	return 0;
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME, with no part empty. */
static int arn_ok(const char *s, const char *service)
{
	for (int part = 0; part < 6; part++) {
		const size_t len = part < 5 ? strcspn(s, ":") : strlen(s);

		if (len == 0 || (part < 5 && s[len] != ':') || (part == 0 && strncmp(s, "arn:", 4) != 0) ||
		    (part == 2 && (len != strlen(service) || memcmp(s, service, len) != 0)) ||
		    (part == 4 && (len != 12 || strspn(s, "0123456789") != 12)) || (part == 5 && strpbrk(s, " :") != NULL))
			return 0;
		s += len + 1;
	}
	return 1;
}

static int check_cloud(const struct channel *c, const struct json_scan *at, struct err *e)
{
	if (c->topic != NULL && !arn_ok(c->topic, "sns"))
		return json_scan_error(at, e, "\"topic\" needs an ARN: arn:aws:sns:REGION:ACCOUNT:NAME.");
	if (c->bus != NULL && !arn_ok(c->bus, "events") && strpbrk(c->bus, " :") != NULL)
		return json_scan_error(at, e, "\"bus\" needs a name, or an ARN: arn:aws:events:REGION:ACCOUNT:event-bus/NAME.");
	return 0;
}

static int check_values(const struct channel *c, const struct json_scan *at, struct err *e)
{
	static const char *const styles[] = { "plain", "slack", "teams" };
	size_t i = 0;

	if (c->kind == CHANNEL_MAIL)
		return check_mail(c, at, e);
	if (c->kind == CHANNEL_SNS || c->kind == CHANNEL_EVENTBRIDGE)
		return check_cloud(c, at, e);
	if (c->kind == CHANNEL_WEBHOOK && net_check_url(c->url, NULL) != 0)
		return json_scan_error(at, e, "\"url\" needs an address, https://HOST[:PORT]/PATH; http only to "
		    "127.0.0.1 and [::1].");
	while (c->style != NULL && i < 3 && strcmp(c->style, styles[i]) != 0)
		i++;
	return i == 3 ? json_scan_error(at, e, "\"style\" is one of plain, slack and teams.") : 0;
}

static int check_channel(const struct config *cfg, struct channel *c, const struct json_scan *at, struct err *e)
{
	if (c->kind == CHANNEL_KINDS)
		return json_scan_error(at, e, "\"channel\" is missing: which kind is it?");
	for (size_t i = 0; i < MEMBERS; i++) {
		const unsigned bit = 1u << c->kind;
		const int set = *place(c, &members[i]) != NULL;

		if (!set && (members[i].needs & bit) != 0)
			return json_scan_error(at, e, "a channel of kind %s needs \"%s\".", channel_kind_name(c->kind),
			    members[i].name);
		if (set && ((members[i].needs | members[i].may) & bit) == 0)
			return json_scan_error(at, e, "a channel of kind %s has no \"%s\".", channel_kind_name(c->kind),
			    members[i].name);
	}
	if (c->name == NULL && (c->name = strdup(channel_kind_name(c->kind))) == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	for (size_t i = 0; i + 1 < cfg->n_channels; i++)
		if (strcmp(cfg->channels[i].name, c->name) == 0)
			return json_scan_error(at, e, "two channels are named %s: give one a \"name\".", c->name);
	return check_values(c, at, e);
}

/* What stands behind an element: ',' or the end, which is taken. */
static int more(struct json_scan *s, char end, int *go_on, struct err *e)
{
	const int next = json_scan_peek(s, e);

	*go_on = next == ',';
	return next < 0 ? ERR_CONFIG : json_scan_take(s, next == ',' ? ',' : end, e);
}

static int read_channel(struct config *cfg, struct json_scan *s, struct secret *key, struct secret *value,
    struct err *e)
{
	struct channel *c = &cfg->channels[cfg->n_channels++];
	struct json_scan start, at;
	int r = json_scan_peek(s, e) < 0 ? (int)ERR_CONFIG : 0, go_on = 1;

	c->kind = CHANNEL_KINDS;
	start = *s;
	if (r == 0)
		r = json_scan_take(s, '{', e);
	while (r == 0 && go_on) {
		secret_wipe(key);
		secret_wipe(value);
		if (json_scan_peek(s, e) < 0)
			return ERR_CONFIG;
		at = *s;
		if ((r = json_scan_string(s, key, e)) == 0 && (r = json_scan_take(s, ':', e)) == 0)
			r = json_scan_peek(s, e) < 0 ? (int)ERR_CONFIG : json_scan_string(s, value, e);
		if (r == 0)
			r = put_pair(c, (const char *)key->data, (const char *)value->data, &at, e);
		if (r == 0)
			r = more(s, '}', &go_on, e);
	}
	return r == 0 ? check_channel(cfg, c, &start, e) : r;
}

int config_notify(struct config *c, struct json_scan *s, struct secret *key, struct secret *value,
    struct err *e)
{
	int r = json_scan_take(s, '[', e), go_on = 1;

	c->channels = calloc(CHANNELS_MAX, sizeof(*c->channels));
	if (c->channels == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	if (r == 0 && json_scan_peek(s, e) == ']')
		return json_scan_take(s, ']', e);
	while (r == 0 && go_on) {
		if (c->n_channels == CHANNELS_MAX)
			return json_scan_error(s, e, "\"notify\" has more than %d channels.", CHANNELS_MAX);
		if ((r = read_channel(c, s, key, value, e)) == 0)
			r = more(s, ']', &go_on, e);
	}
	return r;
}
