/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/correlate_run.h"
#include "cli/correlate_show.h"
#include "cli/say.h"

static const struct opt opts[] = {
	CORRELATE_OPTS,
	{ "dry", NULL, "write nothing into the log", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "PATH", "trail files, folders of them, s3://BUCKET/PREFIX; - for the standard input",
	  OPERAND_OPTIONAL | OPERAND_MANY },
	{ NULL, NULL, 0 }
};

/* Whoever acts as root chooses what stands in a record: one that cannot be read is not clean. */
static int all_read(const struct correlation *c, struct err *e)
{
	const long long broken = (long long)c->stats.broken, passed = (long long)c->stats.passed;

	if (broken + passed == 0)
		return 0;
	err_set(e, ERR_ATTENTION, "%lld file%s and %lld record%s could not be read: what root did there is not known.",
	    broken, broken == 1 ? "" : "s", passed, passed == 1 ? "" : "s");
	err_hint(e, "Look at what is named above.");
	return ERR_ATTENTION;
}

static int verdict(const struct correlation *c, struct err *e)
{
	const long long n = (long long)c->found;
	int r = correlate_trail(c, e);

	if (r == 0 && n + c->verdicts->unwitnessed == 0)
		return (r = correlate_missed(c, e)) != 0 ? r : all_read(c, e);
	if (c->missed.code != ERR_NONE)
		say_err(&c->missed);
	if (r != 0)
		return r;
	if (n == 0) {
		err_set(e, ERR_ATTENTION, "A release's witness was not asked, by CloudTrail's history.");
		err_hint(e, "Whoever opened the record knew what its witness keeps: set a new secret, and seal it with "
		    "`--witness`.");
		return ERR_ATTENTION;
	}
	err_set(e, ERR_ATTENTION, "%lld use%s of root %s not explained.", n, n == 1 ? "" : "s",
	    n == 1 ? "is" : "are");
	err_hint(e, "Find out who it was, by the events above in CloudTrail; until then take the account for lost: "
	    "`twokey runbook unexplained-use` says what to do.");
	return ERR_ATTENTION;
}

static int tell(const struct correlation *c, const struct cli *cli, struct err *e)
{
	const struct correlate_found f = { .cover = &c->cover, .spans = &c->spans, .verdicts = c->verdicts, .past = c->past,
		.events = c->ev, .stats = c->stats,
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
	const char **words = NULL;
	struct correlate_ask ask;
	struct correlation c;
	int r = correlate_args(&ask, &words, cli, e);

	if (r != 0)
		return r;
	ask.dry = args_flag(cli->args, "dry");
	if ((r = correlate_begin(&c, cli, &ask, e)) == 0 && (r = tell(&c, cli, e)) == 0)
		r = correlate_record(&c, e);
	if (c.done.entries > 0)
		say("recorded as entries %lld to %lld of %s's log", (long long)c.done.seq,
		    (long long)(c.done.seq + c.done.entries - 1), c.v.session->host);
	if (r == 0)
		r = verdict(&c, e);
	correlate_end(&c);
	free(words);
	return r;
}

const struct command cmd_correlate = {
	.name = "correlate",
	.summary = "hold CloudTrail's records against the vault's releases, once",
	.text = "Each use of an account's root user is explained by a release, or it is an alarm. What was "
	    "found goes into this host's log once, with CloudTrail's own records. Exit code 7: something new is "
	    "not explained.",
	.opts = opts,
	.operands = operands,
	.run = run
};
