/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/correlate_show.h"
#include "cli/open.h"
#include "cli/say.h"
#include "correlate/journal.h"

#define MINUTE_MS (INT64_C(60) * 1000)

static const struct opt opts[] = {
	{ "window", "MINUTES", "how long after a release its sign-in may come (default: 60)", 0 },
	{ "keys", "FILE", "AWS's public keys: digests in the folders are verified", 0 },
	{ "dry", NULL, "write nothing into the log", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "PATH", "trail files or folders of them; - for the standard input", OPERAND_MANY },
	{ NULL, NULL, 0 }
};

/* All that one call holds. */
struct correlation {
	struct open_vault v;
	struct files files;
	struct events *events;
	struct spill spill;
	struct past *past;
	struct verdicts *verdicts;
	const struct event *ev;
	size_t n;
	struct verdict_rules rules;
	struct files_stats stats;
	struct digest_stats digest;
	struct digest_cover cover;
	int digests;		/* were verified */
};

static void say_file(void *ctx, const char *path, const char *why)
{
	(void)ctx;
	say_note("%s: %s", strcmp(path, "-") == 0 ? "the standard input" : path, why);
}

static int read_events(struct correlation *c, const struct cli *cli, struct err *e)
{
	const struct files_options o = { .say = say_file, .keep = spill_keep, .ctx = &c->spill };
	int r = 0;

	for (size_t i = 0; r == 0 && i < args_operands(cli->args, "PATH"); i++)
		r = files_find(&c->files, args_operand_nth(cli->args, "PATH", i), e);
	if (r == 0 && c->files.len == 0) {
		err_set(e, ERR_INPUT, "There are no trail files there.");
		err_hint(e, "Their names end with .json.gz, .json or .jsonl.");
		r = ERR_INPUT;
	}
	if (r == 0)
		r = spill_open(&c->spill, c->v.config.state, e);
	return r == 0 ? files_read(c->events, &c->files, &o, &c->stats, e) : r;
}

/* The digests in the folders, and the files that they name. */
static int check_digests(struct correlation *c, const struct cli *cli, struct err *e)
{
	const struct files_options o = { .say = say_file };
	const char *path = args_value(cli->args, "keys");
	struct files digests = FILES_INIT;
	struct digest_keys *keys = NULL;
	int r;

	if (path == NULL)
		return 0;
	r = digest_keys_read(&keys, path, e);
	for (size_t i = 0; r == 0 && i < args_operands(cli->args, "PATH"); i++)
		r = files_find_digests(&digests, args_operand_nth(cli->args, "PATH", i), e);
	if (r == 0)
		r = digest_verify(&c->digest, &c->cover, &digests, &c->files, keys, &o, e);
	c->digests = r == 0;
	digest_keys_free(&keys);
	files_free(&digests);
	return r;
}

static int judge(struct correlation *c, const struct cli *cli, struct err *e)
{
	int64_t minutes = verdict_rules_default.window / MINUTE_MS;
	unsigned char *want;
	size_t n;
	int r = args_number(cli->args, "window", 1, 1440, &minutes, e);

	if (r != 0)
		return r;
	c->rules = verdict_rules_default;
	c->rules.window = minutes * MINUTE_MS;
	c->ev = events_sorted(c->events, &c->n);
	(void)past_releases(c->past, &n);
	r = verdicts_make(&c->verdicts, c->ev, c->n, past_plain(c->past), n, &c->rules,
	    clock_now(cli->clock), e);
	if (r != 0 || (want = calloc(n + 1, 1)) == NULL)
		return r != 0 ? r : err_set(e, ERR_MEMORY, "Out of memory.");
	for (size_t i = 0; i < c->verdicts->n; i++)
		if (c->verdicts->finding[i].release >= 0)
			want[c->verdicts->finding[i].release] = 1;
	r = past_tickets(c->past, c->v.session, want, e);
	free(want);
	return r;
}

/* Whether all of a release's window was read: sign-ins of root stand in one region. */
static unsigned char *windows_read(const struct correlation *c)
{
	const struct verdict_rules *d = &verdict_rules_default;
	size_t n;
	const struct past_release *rel = past_releases(c->past, &n);
	unsigned char *read = calloc(n + 1, 1);

	for (size_t i = 0; i < n && read != NULL; i++)
		read[i] = digest_covers(&c->cover, rel[i].release.account, EVENT_SIGN_IN_REGION,
		    rel[i].release.time, rel[i].release.time + c->rules.window + d->skew + d->settle) != 0;
	return read;
}

static int record(struct correlation *c, const struct cli *cli, struct err *e)
{
	unsigned char *read = windows_read(c);
	const struct journal_in in = { .verdicts = c->verdicts, .events = c->ev, .past = c->past,
		.records = &c->spill, .read = read, .now = clock_now(cli->clock) };
	struct journal_done done;
	int r;

	r = journal_write(&done, c->v.session, &in, e);
	free(read);
	if (done.entries > 0)
		say("recorded as entries %lld to %lld of %s's log", (long long)done.seq,
		    (long long)(done.seq + done.entries - 1), c->v.session->host);
	return r;
}

static int record_if(struct correlation *c, const struct cli *cli, struct err *e)
{
	if (args_flag(cli->args, "dry"))
		return 0;
	if (c->v.session->log != NULL)
		return record(c, cli, e);
	say_note("This machine keeps no log of the vault, so nothing is recorded.");
	return 0;
}

static int verdict(const struct correlation *c, struct err *e)
{
	const long long n = (long long)c->verdicts->unexplained;
	const struct digest_stats *d = &c->digest;

	if (d->bad + d->changed + d->missing > 0) {
		err_set(e, ERR_TAMPERED, "The trail is not what AWS has signed: %lld digest%s, %lld file%s changed, %lld "
		    "missing.", (long long)d->bad, d->bad == 1 ? "" : "s", (long long)d->changed,
		    d->changed == 1 ? "" : "s", (long long)d->missing);
		err_hint(e, "Copy the bucket anew, with all of its versions; whoever can write to it may hide what root did.");
		return ERR_TAMPERED;
	}
	if (n == 0)
		return 0;
	err_set(e, ERR_ATTENTION, "%lld use%s of root %s not explained.", n, n == 1 ? "" : "s",
	    n == 1 ? "is" : "are");
	err_hint(e, "Find out who it was: the events above are in CloudTrail; until then take the account for lost.");
	return ERR_ATTENTION;
}

static int tell(const struct correlation *c, const struct cli *cli, struct err *e)
{
	const struct correlate_found f = { .verdicts = c->verdicts, .past = c->past, .stats = c->stats,
		.twice = events_twice(c->events), .digest = c->digests ? &c->digest : NULL };
	json *j = NULL;
	int r;

	if (!args_flag(cli->args, "json"))
		return correlate_show(&f, e);
	if ((r = correlate_json(&j, &f, e)) == 0)
		r = say_json(j, e);
	json_free(&j);
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	struct correlation c = { .files = FILES_INIT, .spill = SPILL_INIT };
	int r = open_vault(&c.v, cli, e);

	if (r != 0)
		return r;
	if ((r = events_new(&c.events, spill_keep, &c.spill, e)) == 0 &&
	    (r = past_read(&c.past, c.v.session, c.events, e)) == 0 &&
	    (r = read_events(&c, cli, e)) == 0 && (r = check_digests(&c, cli, e)) == 0 && (r = judge(&c, cli, e)) == 0 &&
	    (r = tell(&c, cli, e)) == 0 && (r = record_if(&c, cli, e)) == 0)
		r = verdict(&c, e);
	verdicts_free(&c.verdicts);
	past_free(&c.past);
	events_free(&c.events);
	spill_close(&c.spill);
	files_free(&c.files);
	digest_cover_free(&c.cover);
	close_vault(&c.v);
	return r;
}

const struct command cmd_correlate = {
	.name = "correlate",
	.summary = "holds CloudTrail's records against the vault's releases, once",
	.text = "Each use of an account's root user is explained by a release, or it is an alarm. What was "
	    "found goes into this host's log once, with CloudTrail's own records. Exit code 7: something is "
	    "not explained.",
	.opts = opts,
	.operands = operands,
	.run = run
};
