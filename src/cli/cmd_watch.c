/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/correlate_run.h"
#include "cli/correlate_show.h"
#include "cli/say.h"

#define QUEUE_WAIT_S 20

static const struct opt opts[] = {
	CORRELATE_OPTS,
	{ "every", "SECONDS", "how long to wait in between (default: 300)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "PATH", "s3://BUCKET/PREFIX, or folders that a trail is copied to", OPERAND_OPTIONAL | OPERAND_MANY },
	{ NULL, NULL, 0 }
};

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

/* What ends us is let in while we wait, and nowhere between the look at `ended` and that. */
static void pause_for(int64_t seconds)
{
	const struct timespec t = { .tv_sec = seconds };
	sigset_t ends, open;

	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ends, &open);
	if (!ended)
		(void)ppoll(NULL, 0, &t, &open);
	(void)sigprocmask(SIG_SETMASK, &open, NULL);
}

static void take_signals(void)
{
	struct sigaction sa = { .sa_handler = end };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
}

/* One round.  The next one begins where this one got to, whatever it came to. */
static int look(const struct cli *cli, const struct correlate_ask *ask, struct err *e)
{
	struct correlation c;
	int r = correlate_begin(&c, cli, ask, e);
	const struct correlate_found f = { .verdicts = c.verdicts, .past = c.past, .events = c.ev };

	if (r == 0) {
		correlate_say_alarms(&f);
		r = correlate_record(&c, e);
		if (c.missed.code != ERR_NONE && (r != 0 || (r = correlate_trail(&c, e)) != 0))
			say_err(&c.missed);
		else if (r == 0 && (r = correlate_trail(&c, e)) == 0)
			r = correlate_missed(&c, e);
	}
	if (c.done.entries > 0)
		say("recorded as entries %lld to %lld of %s's log", (long long)c.done.seq,
		    (long long)(c.done.seq + c.done.entries - 1), c.v.session->host);
	correlate_end(&c);
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	const char **words = NULL;
	struct correlate_ask ask;
	int64_t every = 300;
	int r = correlate_args(&ask, &words, cli, e);

	for (size_t i = 0; r == 0 && i < ask.n_paths; i++)
		if (strcmp(ask.paths[i], "-") == 0)
			r = err_set(e, ERR_USAGE, "`twokey watch` reads again and again, and the standard input only once.");
	if (r == 0)
		r = args_number(cli->args, "every", 10, 86400, &every, e);
	if (r != 0) {
		free(words);
		return r;
	}
	take_signals();
	while (!ended) {
		struct err why = { 0 };

		ask.now = clock_now(cli->clock);
		/* A queue wakes us up by itself; with nothing but a queue there is no other wait. */
		ask.queue_wait_s = ask.queue != NULL ? QUEUE_WAIT_S : 0;
		if (look(cli, &ask, &why) != 0)
			say_err(&why);
		else
			ask.since = -1;
		pause_for(every);
	}
	free(words);
	return 0;
}

const struct command cmd_watch = {
	.name = "watch",
	.summary = "correlate as a service, until it is told to end",
	.text = "Says of each use of root that no release explains, once, on its error output, and records "
	    "what it finds. What cannot be read is said, and tried again the next time. SIGTERM ends it.",
	.opts = opts,
	.operands = operands,
	.run = run
};
