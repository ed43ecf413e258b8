/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "cli/open.h"
#include "cli/say.h"
#include "log/archive.h"
#include "log/verify.h"

static const struct opt opts[] = {
	{ "archive", "FILE", "verify an archive of log export --all; no vault is needed", 0 },
	{ "store", "DIR", "verify a copy of a store; no vault is needed", 0 },
	{ "json", NULL, "the report as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};

/* What is verified, and what this machine remembers of it. */
struct source {
	struct config config;
	struct store *store;
	struct state *state;
	int fd;
	struct state_pin pin;
	struct log_head own;
	struct seen seen;
	struct verify_memory memory;
	struct say_wait wait;
};

static int open_archive(struct source *s, const char *path, struct err *e)
{
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0)
		return err_errno(e, ERR_IO, errno, "%s cannot be opened", path);
	return archive_open(&s->store, s->fd, e);
}

/* The memory of this machine; each part may be missing, none may be broken. */
static int remember(struct source *s, struct err *e)
{
	struct err why = { 0 };
	int r = state_open(&s->state, s->config.state, 0, &why);

	if (r == ERR_MISSING)
		return 0;
	if (r != 0)
		return err_give(e, &why);
	r = state_read_pin(s->state, &s->pin, &why);
	if (r == 0)
		s->memory.pin = &s->pin;
	else if (r != ERR_MISSING)
		return err_give(e, &why);
	err_clear(&why);
	r = head_known(s->state, &s->own, &why);
	if (r == 0) {
		s->memory.own_host = s->config.host;
		s->memory.own = &s->own;
	} else if (r != ERR_MISSING) {
		return err_give(e, &why);
	}
	if ((r = seen_read(&s->seen, s->state, e)) != 0)
		return r;
	if (s->seen.n > 0)
		s->memory.seen = &s->seen;
	return 0;
}

static int open_source(struct source *s, const struct cli *cli, struct err *e)
{
	const char *archive = args_value(cli->args, "archive"), *dir = args_value(cli->args, "store");
	int r;

	if (archive != NULL && dir != NULL)
		return err_set(e, ERR_USAGE, "--archive and --store exclude each other.");
	if (archive != NULL)
		return open_archive(s, archive, e);
	if (dir != NULL)
		return store_open(&s->store, dir, FILE_ANY, e);
	if ((r = config_load_here(&s->config, cli->conf, e)) != 0 ||
	    (r = store_open(&s->store, s->config.store, FILE_ANY, e)) != 0)
		return r;
	return remember(s, e);
}

static void close_source(struct source *s)
{
	store_close(&s->store);
	state_close(&s->state);
	seen_free(&s->seen);
	config_free(&s->config);
	if (s->fd >= 0)
		close(s->fd);
}

static int progress(void *arg, int64_t done, int64_t total)
{
	struct source *s = arg;

	say_progress(&s->wait, "verifying", (size_t)(done / 1024), (size_t)(total / 1024));
	return 0;
}

static void show_findings(const struct verify_report *r)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct verify_finding *f = &r->findings[i];
		const char *word = f->level == VERIFY_FAULT ? "FAULT" : "note";

		if (f->host[0] != '\0' && f->seq >= 0)
			say("%s  %s entry %lld, %s: %s", word, f->host, (long long)f->seq, f->what,
			    f->text);
		else if (f->host[0] != '\0')
			say("%s  %s, %s: %s", word, f->host, f->what, f->text);
		else
			say("%s  %s: %s", word, f->what, f->text);
	}
}

static void show(const struct verify_report *r)
{
	char words[128], hex[2 * HASH_LEN + 1];

	show_findings(r);
	hex_encode(hex, r->vault, HASH_LEN);
	say("vault %s", hex);
	say("%lld polic%s, %lld record%s, %lld shares documents, %lld log entries, %lld approvals",
	    (long long)r->policies, r->policies == 1 ? "y" : "ies", (long long)r->records,
	    r->records == 1 ? "" : "s", (long long)r->shares,
	    (long long)r->entries, (long long)r->approvals);
	for (size_t i = 0; i < r->nlogs; i++) {
		const struct verify_log *l = &r->logs[i];
		char covered[64] = "no checkpoint that holds";

		if (l->covered >= 0)
			snprintf(covered, sizeof(covered), "a checkpoint over %lld",
			    (long long)l->covered);
		say("log of %s: %lld entries, %s; holders' signatures vouch for the first %lld, "
		    "this machine's memory for %lld", l->host, (long long)l->size, covered,
		    (long long)l->vouched, (long long)l->memory);
	}
	verify_memory_words(words, sizeof(words), r);
	say("outside memory used: %s", words);
}

static int run(const struct cli *cli, struct err *e)
{
	struct source s = { .fd = -1, .wait = SAY_WAIT_INIT };
	struct verify_options vo = { .progress = progress, .progress_arg = &s };
	struct verify_report *report = NULL;
	json *j = NULL;
	int r = open_source(&s, cli, e);

	if (r == 0)
		r = verify_store(&report, s.store, &s.memory, &vo, e);
	say_waited(&s.wait, NULL);
	if (r == 0 && args_flag(cli->args, "json")) {
		if ((r = verify_report_json(&j, report, e)) == 0)
			r = say_json(j, e);
		json_free(&j);
	} else if (r == 0) {
		show(report);
	}
	if (r == 0 && report->faults > 0) {
		r = err_set(e, ERR_TAMPERED, "%lld %s not hold.", (long long)report->faults,
		    report->faults == 1 ? "thing does" : "things do");
		err_hint(e, "Keep this copy as it is, compare it with a backup or another host's, "
		    "and find out who could write to it.");
	} else if (r == 0 && !args_flag(cli->args, "json")) {
		say("everything holds");
	}
	verify_report_free(&report);
	close_source(&s);
	return r;
}

const struct command cmd_log_verify = {
	.name = "log verify",
	.summary = "check every signature, hash and document",
	.text = "Verifies policies, logs, checkpoints, approvals and documents from public data "
	    "alone, and names what was changed. An older whole state looks whole by itself: "
	    "only memory from outside shows a rollback, so the report says which memory it "
	    "used (this machine's pin and heads), and how far holders' signatures vouch.",
	.opts = opts,
	.run = run
};
