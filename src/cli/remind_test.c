/* SPDX-License-Identifier: BSD-2-Clause */
/* A message that says it is a test, by each channel or one, at once: neither the log nor the outbox knows of it. */
#include "cli/remind_run.h"

#include <string.h>

#include "cli/say.h"
#include "notify/notice.h"

static int make_id(char id[REMIND_ID_LEN + 1], const struct session *s, int64_t now, struct err *e)
{
	json *j = json_new_object();
	int r = json_set_str(j, "event", "test") | json_set_str(j, "host", s->host) | json_set_time(j, "time", now) |
	    json_set_str(j, "vault", s->vault_hex);

	r = r != 0 ? err_set(e, ERR_MEMORY, "Out of memory.") : remind_hash(id, j, e);
	json_free(&j);
	return r;
}

static int make_notice(json **out, const struct session *s, int64_t now, struct err *e)
{
	char id[REMIND_ID_LEN + 1];
	int r = make_id(id, s, now, e);
	const struct notice_in in = { .id = id, .event = "test", .level = NOTICE_INFO, .vault = s->vault_hex,
		.vault_name = policy_name(s->policy), .host = s->host, .time = now,
		.what = "TEST: this channel works", .more = "Nothing has happened, and nothing is to be done." };

	*out = r == 0 ? notice_new(&in) : NULL;
	return r == 0 && *out == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : r;
}

/* How one fared, as a line and for the report. */
static int tell(json *list, const char *name, const struct err *why, int is_json, struct err *e)
{
	json *j = json_new_object();
	const int failed = why->code != ERR_NONE;

	if (json_set_str(j, "name", name) | json_set_bool(j, "sent", !failed) |
	    json_set_str(j, "why", failed ? why->text : NULL) | json_add(list, j))
		return err_set(e, ERR_MEMORY, "Out of memory.");
	if (is_json)
		return 0;
	return say_outf(e, "%s%-6s%s  %s%s%s\n", say_tint(1, failed ? TINT_BAD : TINT_GOOD),
	    failed ? "FAILED" : "sent", say_tint(1, TINT_NONE), name, failed ? ": " : "", failed ? why->text : "");
}

/* Of a name that fits none, or of nothing to send by. */
static int none(const struct config *c, const char *only, struct err *e)
{
	if (only != NULL) {
		err_set(e, ERR_MISSING, "There is no channel %s that takes messages.", only);
		err_hint(e, "\"notify\" in %s names the channels; motd takes no messages.",
		    c->file != NULL ? c->file : "twokey.conf(5)");
		return ERR_MISSING;
	}
	err_set(e, ERR_CONFIG, "No channel that takes messages is configured.");
	err_hint(e, "\"notify\" in twokey.conf(5) says who is told.");
	return ERR_CONFIG;
}

static int send_each(const struct config *c, const struct channel_way *way, const struct message *m,
    const char *only, int is_json, struct err *e)
{
	json *list = json_new_array();
	size_t sent = 0, failed = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_channels; i++) {
		const struct channel *ch = &c->channels[i];
		struct err why = { 0 };

		if (ch->kind == CHANNEL_MOTD || (only != NULL && strcmp(ch->name, only) != 0))
			continue;
		if (channel_send(ch, way, m, &why) == 0)
			sent++;
		else
			failed++;
		r = tell(list, ch->name, &why, is_json, e);
	}
	if (r == 0 && sent + failed == 0)
		r = none(c, only, e);
	else if (r == 0 && is_json)
		r = say_json(list, e);
	json_free(&list);
	if (r != 0 || failed == 0)
		return r;
	err_set(e, ERR_STORE, "%zu of %zu channels did not take the test message.", failed, sent + failed);
	err_hint(e, "Mend what is said there; `twokey remind --now` then sends what waits.");
	return ERR_STORE;
}

int remind_test(const struct cli *cli, const char *only, int is_json, struct err *e)
{
	struct message m = { .tries = 1, .now = clock_now(cli->clock) };
	struct buf checkpoint = BUF_INIT;
	struct remind_way w;
	struct open_vault v;
	json *notice = NULL;
	int r;

	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	if ((r = session_need_host(v.session, e)) == 0 && (r = make_notice(&notice, v.session, m.now, e)) == 0) {
		if (store_checkpoint(v.session->store, v.session->host, &checkpoint, NULL) != 0)
			buf_reset(&checkpoint);
		m.notice = notice;
		m.checkpoint = buf_str(&checkpoint);
		if ((r = remind_way_begin(&w, &v.config, e)) == 0)
			r = send_each(&v.config, &w.way, &m, only, is_json, e);
		remind_way_end(&w);
	}
	buf_free(&checkpoint);
	json_free(&notice);
	close_vault(&v);
	return r;
}
