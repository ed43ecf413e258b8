/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/release_teller.h"

#include <string.h>

#include "cli/remind_run.h"
#include "cli/say.h"
#include "cli/story.h"
#include "notify/notice.h"

static int fits(const struct channel *c)
{
	return c->kind != CHANNEL_JOURNAL && c->kind != CHANNEL_SYSLOG && c->kind != CHANNEL_MOTD &&
	    channel_wants(c, "releasing");
}

/* The same for the same statement. */
static int make_id(char id[REMIND_ID_LEN + 1], const struct release_teller *t, const struct statement *st,
    struct err *e)
{
	json *j = json_new_object();
	int r = json_set_str(j, "host", t->session->host) | json_set_hex(j, "statement", st->hash, HASH_LEN) |
	    json_set_str(j, "vault", t->session->vault_hex);

	r = r != 0 ? err_set(e, ERR_MEMORY, "Out of memory.") : remind_hash(id, j, e);
	json_free(&j);
	return r;
}

static int make_notice(json **out, const struct release_teller *t, const struct statement *st,
    const struct approvals *set, struct err *e)
{
	const char *record = json_str(st->subject, "record");
	json *entry = json_new_object();
	struct buf what = BUF_INIT, more = BUF_INIT;
	struct story story = { 0 };
	char id[REMIND_ID_LEN + 1];
	int r = make_id(id, t, st, e);

	buf_printf(&what, "%s version %lld is about to be released, approved by", record,
	    (long long)json_int(st->subject, "version"));
	for (size_t i = 0; i < approvals_size(set); i++)
		buf_printf(&what, "%s %s", i > 0 ? "," : "", approvals_at(set, i)->holder);
	if (json_set_str(entry, "type", "ceremony.requested") | json_set(entry, "statement", json_share(st->doc)))
		json_free(&entry);
	story_tell(&more, &story, entry);
	const struct notice_in in = { .id = id, .event = "releasing", .level = NOTICE_WARNING,
		.vault = t->session->vault_hex, .vault_name = policy_name(t->session->policy), .host = t->session->host,
		.time = clock_now(t->session->clock), .record = record, .what = buf_str(&what), .more = buf_str(&more) };

	*out = r == 0 && entry != NULL && buf_ok(&what) && buf_ok(&more) ? notice_new(&in) : NULL;
	json_free(&entry);
	story_end(&story);
	buf_free(&what);
	buf_free(&more);
	return r == 0 && *out == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : r;
}

static int tell(void *ctx, const struct statement *st, const struct approvals *set, struct err *e)
{
	const struct release_teller *t = ctx;
	const struct config *c = t->config;
	struct buf checkpoint = BUF_INIT;
	struct err why = { 0 };
	struct remind_way w;
	json *notice = NULL;
	int r = remind_way_begin(&w, c, e);

	if (r == 0 && (r = make_notice(&notice, t, st, set, e)) == 0)
		r = ERR_STORE;
	if (store_checkpoint(t->session->store, t->session->host, &checkpoint, NULL) != 0)
		buf_reset(&checkpoint);
	const struct message m = { .notice = notice, .checkpoint = buf_str(&checkpoint), .tries = 1,
		.now = clock_now(t->session->clock) };

	for (size_t i = 0; notice != NULL && r != 0 && i < c->n_channels; i++) {
		if (!fits(&c->channels[i]))
			continue;
		err_clear(&why);
		if ((r = channel_send(&c->channels[i], &w.way, &m, &why)) == 0)
			say("      told by %s before the release", c->channels[i].name);
		else
			say_note("The channel %s fails: %s", c->channels[i].name, why.text);
	}
	if (notice != NULL && r != 0)
		r = err_give(e, &why);
	json_free(&notice);
	buf_free(&checkpoint);
	remind_way_end(&w);
	return r;
}

const struct teller *release_teller(struct release_teller *t, const struct config *c, const struct session *s)
{
	*t = (struct release_teller){ .teller = { tell, t }, .config = c, .session = s };
	for (size_t i = 0; i < c->n_channels; i++)
		if (fits(&c->channels[i]))
			return &t->teller;
	return NULL;
}
