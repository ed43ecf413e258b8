/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/remind_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "notify/notice.h"

#define LOCK_MS 1000
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int wanted(const struct config *c, const char *event)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (channel_wants(&c->channels[i], event))
			return 1;
	return 0;
}

static int take_lock(struct remind *m, const struct state *s, struct err *e)
{
	const int r = file_lock(&m->lock, state_dir(s), ".remind", LOCK_MS, e);

	if (r == ERR_BUSY)
		err_hint(e, "Another `twokey remind` is at work here.");
	return r;
}

/* Those that no log has, and that somebody here wants to know. */
static int find_fresh(struct remind *m, struct err *e)
{
	int r = 0;

	m->fresh = calloc(m->look.n_steps + 1, sizeof(*m->fresh));
	if (m->fresh == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	for (size_t i = 0; r == 0 && i < m->look.n_steps; i++) {
		json *j = remind_entry(&m->look.steps[i]);
		char id[REMIND_ID_LEN + 1];

		r = j == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") :
		    remind_id(id, j, m->v.session->vault_hex, e);
		json_free(&j);
		if (r == 0 && !remind_has(&m->look, id) && wanted(&m->v.config, m->look.steps[i].event))
			m->fresh[m->n_fresh++] = m->look.steps[i];
	}
	return r;
}

int remind_begin(struct remind *m, const struct cli *cli, struct err *e)
{
	int r;

	*m = (struct remind){ .lock = -1, .now = clock_now(cli->clock), .at_once = args_flag(cli->args, "now") };
	if ((r = open_vault(&m->v, cli, e)) != 0 || (r = session_need_host(m->v.session, e)) != 0 ||
	    (r = take_lock(m, m->v.session->state, e)) != 0 ||
	    (r = outbox_read(&m->outbox, m->v.session->state, e)) != 0 ||
	    (r = remind_look(&m->look, m->v.session, outbox_next(&m->outbox), m->now, e)) != 0)
		return r;
	return find_fresh(m, e);
}

/* Behind the locks: what another host wrote meanwhile is left out. */
static int append_fresh(struct remind *m, struct err *e)
{
	struct session *s = m->v.session;
	const struct log_options o = session_options(s, LOG_SPACE_NONE, 1);
	json **entries = calloc(m->n_fresh, sizeof(json *));
	struct remind_look held;
	size_t n = 0;
	int r = entries == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : remind_claims_held(&held, s, e);

	for (size_t i = 0; r == 0 && i < m->n_fresh; i++) {
		json *j = remind_entry(&m->fresh[i]);
		char id[REMIND_ID_LEN + 1];

		r = j == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : remind_id(id, j, s->vault_hex, e);
		if (r != 0 || remind_has(&held, id))
			json_free(&j);
		else
			entries[n++] = j;
	}
	for (size_t i = 0; r == 0 && i < n; i += LOG_BATCH_MAX)
		r = log_append(s->log, entries + i, n - i < LOG_BATCH_MAX ? n - i : LOG_BATCH_MAX, NULL, 0, &o, NULL, e);
	m->written = r == 0 ? n : 0;
	while (n-- > 0)
		json_free(&entries[n]);
	if (entries != NULL)
		remind_look_free(&held);
	free(entries);
	return r;
}

static int write_steps(struct remind *m, struct err *e)
{
	struct session *s = m->v.session;
	const struct log_options o = session_options(s, LOG_SPACE_NONE, 1);
	struct remind_look again;
	int r = 0;

	/* From here on: what stands in the log when nobody has looked yet is no news. */
	if (outbox_next(&m->outbox) < 0 && ((r = outbox_move(&m->outbox, m->look.size, e)) != 0 ||
	    (r = outbox_write(&m->outbox, s->state, e)) != 0))
		return r;
	if (m->n_fresh == 0)
		return 0;
	if ((r = log_begin(s->log, LOG_WAIT_MS, &o, e)) != 0)
		return r;
	r = append_fresh(m, e);
	log_end(s->log);
	if (r != 0)
		return r;
	m->n_fresh = 0;
	r = remind_look(&again, s, outbox_next(&m->outbox), m->now, e);
	remind_look_free(&m->look);
	m->look = again;
	return r;
}

/* The messages and the place in the log in one write. */
static int take_up(struct remind *m, struct err *e)
{
	const struct config *c = &m->v.config;
	int64_t next = outbox_next(&m->outbox);
	json *notice = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->look.n_own && outbox_len(&m->outbox) < OUTBOX_MOST; i++) {
		if ((r = remind_notice(&notice, &m->look, i, e)) != 0)
			break;
		next = json_int(m->look.own[i], "seq") + 1;
		if (notice != NULL)
			r = outbox_add(&m->outbox, notice, c->channels, c->n_channels, e);
	}
	if (r == 0 && next != outbox_next(&m->outbox) && (r = outbox_move(&m->outbox, next, e)) == 0)
		r = outbox_write(&m->outbox, m->v.session->state, e);
	return r;
}

int remind_way_begin(struct remind_way *w, const struct config *c, struct err *e)
{
	int aws = 0, r;

	*w = (struct remind_way){ .way = { .root = c->root } };
	cloud_here(&w->cloud, c);
	for (size_t i = 0; i < c->n_channels; i++)
		aws |= c->channels[i].kind == CHANNEL_SNS || c->channels[i].kind == CHANNEL_EVENTBRIDGE;
	r = net_new(&w->way.net, &w->cloud.settings.net, e);
	return r == 0 && aws ? aws_new(&w->way.aws, &w->cloud.settings, e) : r;
}

void remind_way_end(struct remind_way *w)
{
	aws_free(&w->way.aws);
	net_free(&w->way.net);
}

static int send_all(struct remind *m, const struct config *cfg, const struct state *s,
    const char *checkpoint, struct err *e)
{
	struct remind_way w;
	int r = remind_way_begin(&w, cfg, e);

	if (r == 0)
		r = outbox_send(&m->outbox, s, cfg->channels, cfg->n_channels, &w.way, checkpoint, m->now, m->at_once, &m->sent, e);
	remind_way_end(&w);
	return r;
}

int remind_send(struct remind *m, struct err *e)
{
	struct buf checkpoint = BUF_INIT;
	int r = write_steps(m, e);

	if (r == 0)
		r = take_up(m, e);
	if (r == 0 && store_checkpoint(m->v.session->store, m->v.session->host, &checkpoint, NULL) != 0)
		buf_reset(&checkpoint);
	if (r == 0)
		r = send_all(m, &m->v.config, m->v.session->state, buf_str(&checkpoint), e);
	buf_free(&checkpoint);
	return r;
}

/* Of this text, once a day. */
static int alarm_notice(json **out, const struct remind *m, const struct config *cfg, const struct state_pin *pin,
    const struct err *why, struct err *e)
{
	char id[REMIND_ID_LEN + 1], vault[2 * HASH_LEN + 1];
	struct buf b = BUF_INIT;
	uint8_t hash[HASH_LEN];
	int r;

	hex_encode(vault, pin->vault, HASH_LEN);
	buf_printf(&b, "%s %s %lld %s", vault, cfg->host, (long long)(m->now / DAY_MS), why->text);
	r = hash_label(hash, "twokey notice v1", b.data, b.len, e);
	buf_free(&b);
	if (r != 0)
		return r;
	hex_encode(id, hash, HASH_LEN);
	struct notice_in in = { .id = id, .event = "tampered", .level = NOTICE_ALARM, .vault = vault,
		.vault_name = "log verification failed", .host = cfg->host, .time = m->now,
		.command = "twokey log verify", .what = why->text, .more = why->hint[0] != '\0' ? why->hint : NULL };
	*out = outbox_alarmed(&m->outbox, id) ? NULL : notice_new(&in);
	return *out != NULL || outbox_alarmed(&m->outbox, id) ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}

int remind_alarm(const struct cli *cli, const struct err *why, struct err *e)
{
	struct remind m = { .lock = -1, .now = clock_now(cli->clock), .at_once = args_flag(cli->args, "now") };
	struct config *cfg = &m.v.config;
	struct state *s = NULL;
	struct state_pin pin;
	json *notice = NULL;
	int r;

	if ((r = config_load_here(cfg, cli->conf, e)) != 0)
		return r;
	if (cfg->host[0] == '\0' || (r = state_open(&s, cfg->state, 0, e)) != 0 ||
	    (r = state_read_pin(s, &pin, e)) != 0 || (r = take_lock(&m, s, e)) != 0 ||
	    (r = outbox_read(&m.outbox, s, e)) != 0 || (r = alarm_notice(&notice, &m, cfg, &pin, why, e)) != 0)
		goto out;
	if (notice != NULL && ((r = outbox_alarm(&m.outbox, json_str(notice, "id"), e)) != 0 ||
	    (r = outbox_add(&m.outbox, notice, cfg->channels, cfg->n_channels, e)) != 0 ||
	    (r = outbox_write(&m.outbox, s, e)) != 0))
		goto out;
	r = send_all(&m, cfg, s, "", e);
out:
	outbox_free(&m.outbox);
	if (m.lock >= 0)
		(void)close(m.lock);
	state_close(&s);
	config_free(cfg);
	return r;
}

void remind_end(struct remind *m)
{
	free(m->fresh);
	remind_look_free(&m->look);
	outbox_free(&m->outbox);
	if (m->lock >= 0)
		(void)close(m->lock);
	if (m->v.session != NULL)
		close_vault(&m->v);
}
