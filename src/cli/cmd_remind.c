/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <string.h>

#include "cli/remind_run.h"
#include "cli/say.h"
#include "cli/story.h"

static const struct opt opts[] = {
	{ "dry", NULL, "only say what is to be reminded of; write and send nothing", 0 },
	{ "now", NULL, "channels that failed and wait for their time, too", 0 },
	{ "test", NULL, "only send a test message, by each channel or the one that is named", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};

static const struct operand operands[] = {
	{ "CHANNEL", "with --test: its name", OPERAND_OPTIONAL },
	{ NULL, NULL, 0 }
};

/* Each step that things have come to, those told before too. */
static int show_steps(const struct remind *m, struct err *e)
{
	int r = 0;

	if (m->look.n_steps == 0)
		say("Nothing is to be reminded of.");
	for (size_t i = 0; r == 0 && i < m->look.n_steps; i++) {
		json *j = remind_entry(&m->look.steps[i]);
		struct story story = { 0 };
		struct buf b = BUF_INIT;
		char id[REMIND_ID_LEN + 1];

		r = j == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") :
		    remind_id(id, j, m->v.session->vault_hex, e);
		if (r == 0) {
			buf_puts(&b, remind_has(&m->look, id) ? "told   " : "new    ");
			story_tell(&b, &story, j);
			buf_puts(&b, "\n");
			r = say_out(&b, e);
		}
		story_end(&story);
		json_free(&j);
		buf_free(&b);
	}
	return r;
}

static json *channel_json(const struct outbox *o, const char *name)
{
	struct outbox_channel c;
	json *j = json_new_object();
	int bad;

	outbox_channel(&c, o, name);
	bad = json_set_str(j, "name", name) | json_set_int(j, "fails", c.fails) |
	    json_set_int(j, "waiting", (int64_t)c.waiting) | json_set_str(j, "why", c.fails > 0 ? c.why : NULL);
	bad |= c.fails > 0 ? json_set_time(j, "next", c.next) : json_set_null(j, "next");
	if (bad)
		json_free(&j);
	return j;
}

static int show_json(const struct remind *m, struct err *e)
{
	json *j = json_new_object(), *steps = json_new_array(), *channels = json_new_array();
	int bad = 0, r;

	for (size_t i = 0; i < m->look.n_steps; i++) {
		json *one = remind_entry(&m->look.steps[i]);

		bad |= json_set_time(one, "next", m->look.steps[i].next) | json_remove(one, "type") | json_add(steps, one);
	}
	for (size_t i = 0; i < m->v.config.n_channels; i++)
		bad |= json_add(channels, channel_json(&m->outbox, m->v.config.channels[i].name));
	bad |= json_set(j, "steps", steps) | json_set(j, "channels", channels) |
	    json_set_int(j, "written", (int64_t)m->written) | json_set_int(j, "sent", (int64_t)m->sent.sent) |
	    json_set_int(j, "failed", (int64_t)m->sent.failed) |
	    json_set_int(j, "waiting", (int64_t)outbox_len(&m->outbox));
	r = bad ? err_set(e, ERR_MEMORY, "Out of memory.") : say_json(j, e);
	json_free(&j);
	return r;
}

/* ERR_STORE when a channel fails: a timer's unit shows it then.  Each is named, the last one as the error. */
static int verdict(const struct remind *m, struct err *e)
{
	const char *last = NULL;
	size_t failing = 0, waiting = 0;
	int64_t next = INT64_MAX;
	struct outbox_channel c;
	char text[CLOCK_TEXT_LEN + 1];

	for (size_t i = 0; i < m->v.config.n_channels; i++) {
		const char *name = m->v.config.channels[i].name;

		outbox_channel(&c, &m->outbox, name);
		if (c.fails == 0)
			continue;
		if (last != NULL) {
			outbox_channel(&c, &m->outbox, last);
			say_note("The channel %s fails: %s", last, c.why);
			outbox_channel(&c, &m->outbox, name);
		}
		last = name;
		failing++;
		waiting += c.waiting;
		next = c.next < next ? c.next : next;
	}
	if (last == NULL)
		return 0;
	outbox_channel(&c, &m->outbox, last);
	err_set(e, ERR_STORE, "The channel %s fails: %s", last, c.why);
	clock_format(text, next);
	err_hint(e, "%zu message%s for %s; `twokey remind` tries again from %.16sZ on, `twokey remind --now` at once.", waiting,
	    waiting == 1 ? " waits" : "s wait", failing == 1 ? "it" : "them", text);
	return ERR_STORE;
}

static int work(struct remind *m, const struct cli *cli, struct err *e)
{
	const int is_json = args_flag(cli->args, "json");
	int r = 0;

	if (m->v.config.n_channels == 0)
		say_note("No channel is configured: \"notify\" in twokey.conf(5) says who is told.");
	if (!args_flag(cli->args, "dry") && m->v.config.n_channels > 0) {
		if ((r = remind_send(m, e)) == 0)
			r = remind_motd(m, e);
	} else if (!is_json) {
		return show_steps(m, e);
	}
	if (r == 0 && is_json)
		r = show_json(m, e);
	if (r == 0 && !is_json && m->written + m->sent.sent + m->sent.failed > 0)
		say("%zu reminder%s written, %zu message%s sent, %zu wait.", m->written, m->written == 1 ? "" : "s",
		    m->sent.sent, m->sent.sent == 1 ? "" : "s", outbox_len(&m->outbox));
	return r == 0 ? verdict(m, e) : r;
}

static int run(const struct cli *cli, struct err *e)
{
	const int test = args_flag(cli->args, "test");
	const char *only = args_operand(cli->args, "CHANNEL");
	struct remind m;
	struct err found = { 0 }, other = { 0 };
	int r;

	if (only != NULL && !test)
		return err_set(e, ERR_USAGE, "The name of a channel goes with --test.");
	if (args_flag(cli->args, "dry") + args_flag(cli->args, "now") + test > 1)
		return err_set(e, ERR_USAGE, "Of --dry, --now and --test only one can be meant.");
	if (test)
		return remind_test(cli, only, args_flag(cli->args, "json"), e);
	r = remind_begin(&m, cli, &found);
	if (r == 0)
		r = work(&m, cli, &found);
	remind_end(&m);
	if ((r == ERR_TAMPERED || r == ERR_ROLLBACK) && !args_flag(cli->args, "dry") &&
	    remind_alarm(cli, &found, &other) != 0)
		say_err(&other);
	return r != 0 ? err_give(e, &found) : 0;
}

const struct command cmd_remind = {
	.name = "remind",
	.summary = "tell people what is due and what has happened",
	.text = "For a timer: what is due for rotation, which keys need a drill, and what the log has "
	    "that is new go to the channels that twokey.conf(5) names, each step once, whatever "
	    "host comes first. What cannot be sent waits, and is tried again. Exit code 8: a channel fails.",
	.opts = opts,
	.operands = operands,
	.run = run
};
