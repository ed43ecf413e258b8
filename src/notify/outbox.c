/* SPDX-License-Identifier: BSD-2-Clause */
#include "notify/outbox.h"

#include <string.h>

#include "base/text.h"
#include "notify/notice.h"

#define FILE_NAME "notify.json"
#define TYPE "twokey-notify-v1"
#define MINUTE_MS INT64_C(60000)
#define BACKOFF_MOST (6 * 60 * MINUTE_MS)
#define FAILS_A_RUN 3

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "Out of memory.");
}

static int fresh(struct outbox *o, struct err *e)
{
	o->doc = json_new_object();
	if (json_set_str(o->doc, "type", TYPE) | json_set(o->doc, "channels", json_new_object()) |
	    json_set(o->doc, "messages", json_new_array()) | json_set_null(o->doc, "next") |
	    json_set_null(o->doc, "alarm"))
		json_free(&o->doc);
	return o->doc != NULL ? 0 : no_memory(e);
}

static int message_ok(const json *m)
{
	const json *to = json_get(m, "to");

	if (json_shape(m, FILE_NAME, NULL, "notice=o", "to=o", NULL) != 0)
		return 0;
	for (size_t i = 0; i < json_len(to); i++)
		if (json_int(to, json_key_at(to, i)) < 0)
			return 0;
	return notice_ok(json_get(m, "notice"));
}

static int shape_ok(const json *doc)
{
	const json *channels = json_get(doc, "channels"), *messages = json_get(doc, "messages");

	if (json_shape(doc, FILE_NAME, NULL, "alarm=h?", "channels=o", "messages=a", "next=u?", "type=s", NULL) != 0 ||
	    strcmp(json_str(doc, "type"), TYPE) != 0)
		return 0;
	for (size_t i = 0; i < json_len(channels); i++)
		if (json_shape(json_get(channels, json_key_at(channels, i)), FILE_NAME, NULL, "fails=u", "next=t",
		    "why=L", NULL) != 0)
			return 0;
	for (size_t i = 0; i < json_len(messages); i++)
		if (!message_ok(json_at(messages, i)))
			return 0;
	return 1;
}

int outbox_read(struct outbox *o, const struct state *s, struct err *e)
{
	struct err why = { 0 };
	int r = state_read_json(s, FILE_NAME, &o->doc, &why);

	if (r == ERR_MISSING)
		return fresh(o, e);
	if (r != 0)
		return err_give(e, &why);
	if (shape_ok(o->doc))
		return 0;
	json_free(&o->doc);
	err_set(e, ERR_INPUT, "%s/" FILE_NAME " is damaged.", state_path(s));
	err_hint(e, "Move it away: messages that it holds are lost then, reminders come again at their next step.");
	return ERR_INPUT;
}

int outbox_write(const struct outbox *o, const struct state *s, struct err *e)
{
	return state_write_json(s, FILE_NAME, o->doc, e);
}

void outbox_free(struct outbox *o)
{
	json_free(&o->doc);
}

int64_t outbox_next(const struct outbox *o)
{
	return json_int(o->doc, "next");
}

int outbox_move(struct outbox *o, int64_t next, struct err *e)
{
	return json_set_int(o->doc, "next", next) != 0 ? no_memory(e) : 0;
}

static const json *messages(const struct outbox *o)
{
	return json_get(o->doc, "messages");
}

size_t outbox_len(const struct outbox *o)
{
	return json_len(messages(o));
}

int outbox_alarm(struct outbox *o, const char *id, struct err *e)
{
	return json_set_str(o->doc, "alarm", id) != 0 ? no_memory(e) : 0;
}

int outbox_alarmed(const struct outbox *o, const char *id)
{
	const char *last = json_str(o->doc, "alarm");

	return last != NULL && strcmp(last, id) == 0;
}

/* The list as it is, but for messages that no channel waits for; with one more, taken over, or
 * NULL. */
static int put_messages(struct outbox *o, json *more, struct err *e)
{
	json *list = json_new_array();
	int bad = list == NULL;

	for (size_t i = 0; i < outbox_len(o); i++) {
		const json *m = json_at(messages(o), i);

		if (json_len(json_get(m, "to")) > 0)
			bad |= json_add(list, json_share(m));
	}
	if (more != NULL)
		bad |= json_add(list, more);
	if (bad)
		json_free(&list);
	return json_set(o->doc, "messages", list) != 0 ? no_memory(e) : 0;
}

int outbox_add(struct outbox *o, json *notice, const struct channel *list, size_t n, struct err *e)
{
	json *m = json_new_object(), *to = json_new_object();
	const char *event = json_str(notice, "event");
	int bad = event == NULL;

	for (size_t i = 0; !bad && i < n; i++)
		if (channel_wants(&list[i], event))
			bad |= json_set_int(to, list[i].name, 0);
	bad |= json_set(m, "notice", notice) | json_set(m, "to", to);
	if (bad)
		json_free(&m);
	if (m == NULL)
		return no_memory(e);
	return put_messages(o, m, e);
}

void outbox_channel(struct outbox_channel *out, const struct outbox *o, const char *name)
{
	const json *c = json_get(json_get(o->doc, "channels"), name);

	*out = (struct outbox_channel){ .fails = json_int(c, "fails"), .next = json_time(c, "next"),
		.why = json_str(c, "why") };
	if (out->why == NULL)
		*out = (struct outbox_channel){ .why = "" };
	for (size_t i = 0; i < outbox_len(o); i++)
		out->waiting += json_int(json_get(json_at(messages(o), i), "to"), name) >= 0;
}

/* fails 0: all is well. */
static int put_channel(struct outbox *o, const char *name, int64_t fails, int64_t now, const char *why)
{
	json *all = json_copy(json_get(o->doc, "channels")), *c = json_new_object();
	int64_t wait = fails > 9 ? BACKOFF_MOST : MINUTE_MS << (fails > 0 ? fails - 1 : 0);
	char clean[512];

	text_escape(clean, sizeof(clean), why, strlen(why));
	if (json_set_int(c, "fails", fails) | json_set_time(c, "next", now + (wait > BACKOFF_MOST ? BACKOFF_MOST :
	    wait)) | json_set_str(c, "why", clean))
		json_free(&c);
	if (fails > 0) {
		if (json_set(all, name, c) != 0)
			json_free(&all);
	} else {
		json_free(&c);
		(void)json_remove(all, name);
	}
	return json_set(o->doc, "channels", all);
}

/* How often message m was tried for a channel; below 0: it is done. */
static int put_tries(struct outbox *o, size_t i, const char *name, int64_t tries)
{
	json *list = json_new_array();
	int bad = list == NULL;

	for (size_t k = 0; k < outbox_len(o); k++) {
		const json *old = json_at(messages(o), k);
		json *m, *to;

		if (k != i) {
			bad |= json_add(list, json_share(old));
			continue;
		}
		m = json_new_object();
		to = json_copy(json_get(old, "to"));
		bad |= tries >= 0 ? json_set_int(to, name, tries) : json_remove(to, name);
		bad |= json_set(m, "notice", json_share(json_get(old, "notice"))) | json_set(m, "to", to);
		bad |= json_add(list, m);
	}
	if (bad)
		json_free(&list);
	return json_set(o->doc, "messages", list);
}

/* One try; *r: what came of it.  The error of the outbox itself is handed on. */
static int send_one(struct outbox *o, const struct state *s, size_t i, const struct channel *c,
    const struct channel_way *way, struct message *m, struct outbox_channel *state, int *r, struct err *e)
{
	struct err why = { 0 };

	m->notice = json_get(json_at(messages(o), i), "notice");
	m->tries = json_int(json_get(json_at(messages(o), i), "to"), c->name) + 1;
	if (put_tries(o, i, c->name, m->tries) != 0 ||
	    put_channel(o, c->name, state->fails + 1, m->now, "The program ended amid it.") != 0)
		return no_memory(e);
	if ((*r = outbox_write(o, s, e)) != 0)
		return *r;
	m->notice = json_get(json_at(messages(o), i), "notice");
	*r = channel_send(c, way, m, &why);
	state->fails = *r == 0 ? 0 : state->fails + 1;
	if ((*r == 0 && put_tries(o, i, c->name, -1) != 0) ||
	    put_channel(o, c->name, state->fails, m->now, why.text) != 0)
		return no_memory(e);
	return outbox_write(o, s, e);
}

static int send_channel(struct outbox *o, const struct state *s, const struct channel *c,
    const struct channel_way *way, struct message *m, int at_once, struct outbox_sent *done, struct err *e)
{
	struct outbox_channel state;
	int r = 0, rc = 0, failed = 0;

	outbox_channel(&state, o, c->name);
	if (!at_once && state.fails > 0 && m->now < state.next)
		return 0;
	for (size_t i = 0; r == 0 && i < outbox_len(o) && failed < FAILS_A_RUN; i++) {
		if (json_int(json_get(json_at(messages(o), i), "to"), c->name) < 0)
			continue;
		/* A run is one failure, however many messages it tries. */
		state.fails -= failed > 0;
		r = send_one(o, s, i, c, way, m, &state, &rc, e);
		failed = rc == 0 ? 0 : failed + 1;
		done->sent += r == 0 && rc == 0;
		done->failed += r == 0 && rc != 0;
	}
	return r;
}

/* What waits for a channel that is no more. */
static int drop_others(struct outbox *o, const struct channel *list, size_t n, struct err *e)
{
	int bad = 0;

	for (size_t i = 0; i < outbox_len(o); i++) {
		const json *to = json_get(json_at(messages(o), i), "to");

		for (size_t k = json_len(to); k-- > 0;) {
			const char *name = json_key_at(to, k);
			size_t at = 0;

			while (at < n && strcmp(list[at].name, name) != 0)
				at++;
			if (at < n)
				continue;
			bad |= put_channel(o, name, 0, 0, "") | put_tries(o, i, name, -1);
			to = json_get(json_at(messages(o), i), "to");
		}
	}
	return bad ? no_memory(e) : 0;
}

int outbox_send(struct outbox *o, const struct state *s, const struct channel *list, size_t n,
    const struct channel_way *way, const char *checkpoint, int64_t now, int at_once,
    struct outbox_sent *done, struct err *e)
{
	struct message m = { .checkpoint = checkpoint, .now = now };
	const size_t before = outbox_len(o);
	int r = drop_others(o, list, n, e);

	*done = (struct outbox_sent){ 0, 0 };
	for (size_t i = 0; r == 0 && i < n; i++)
		r = send_channel(o, s, &list[i], way, &m, at_once, done, e);
	if (r == 0)
		r = put_messages(o, NULL, e);
	return r == 0 && outbox_len(o) != before ? outbox_write(o, s, e) : r;
}
