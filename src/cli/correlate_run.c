/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/correlate_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/say.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (60 * MINUTE_MS)
/* A source is read anew from so long before where it was left: trails and the history are late. */
#define BEFORE_MS (6 * HOUR_MS)
#define HISTORY_MS (90 * 24 * HOUR_MS)	/* kept by AWS */
#define LOOKUP "lookup/"	/* sources: the history of a region, or of that */
#define HOME "home"		/* where root's sign-ins are */

static void say_file(void *ctx, const char *path, const char *why)
{
	(void)ctx;
	say_note("%s: %s", strcmp(path, "-") == 0 ? "the standard input" : path, why);
}

/* From where on a source is read: what was asked for, or some time before it was left.  A clock that was ahead
 * has left it later than now: then nobody knows what was read. */
static int64_t from(const struct correlation *c, const char *source)
{
	const int64_t left = cursor_get(&c->cursor, source);
	const int known = left >= 0 && left <= c->ask->now + verdict_rules_default.skew;
	int64_t t = c->ask->since >= 0 ? c->ask->since : known ? left - BEFORE_MS : c->ask->now - HISTORY_MS;

	if (t < c->ask->now - HISTORY_MS)
		t = c->ask->now - HISTORY_MS;
	return t;
}

static void stats_add(struct files_stats *to, const struct files_stats *s)
{
	to->files += s->files;
	to->broken += s->broken;
	to->records += s->records;
	to->passed += s->passed;
}

/* The digests in the folders, verified. */
static int read_digests(struct correlation *c, struct digests **out, const struct files_options *o, struct err *e)
{
	struct files f = FILES_INIT;
	int r = digests_new(out, "", o, e);

	for (size_t i = 0; r == 0 && i < c->ask->n_paths; i++)
		if (!correlate_is_bucket(c->ask->paths[i]))
			r = files_find_digests(&f, c->ask->paths[i], e);
	if (r == 0 && (r = digests_add_files(*out, &f, e)) == 0)
		r = digests_verify(*out, c->keys, e);
	c->digests = 1;
	files_free(&f);
	return r;
}

static int read_files(struct correlation *c, struct err *e)
{
	struct files_options o = { .say = say_file, .keep = spill_keep, .ctx = &c->spill };
	struct digests *digests = NULL;
	struct files_stats stats = { 0 };
	size_t asked = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->ask->n_paths; i++)
		if (!correlate_is_bucket(c->ask->paths[i])) {
			asked++;
			r = files_find(&c->files, c->ask->paths[i], e);
		}
	if (r == 0 && asked > 0 && c->files.len == 0) {
		err_set(e, ERR_INPUT, "There are no trail files there.");
		err_hint(e, "Their names end with .json.gz, .json or .jsonl.");
		r = ERR_INPUT;
	}
	if (r == 0 && asked > 0 && (c->keys == NULL || (r = read_digests(c, &digests, &o, e)) == 0)) {
		o.digests = digests;
		r = files_read(c->events, &c->files, &o, &stats, e);
	}
	stats_add(&c->stats, &stats);
	for (size_t i = 0; r == 0 && i < c->files.len; i++)
		r = spans_add(&c->spans, "files", c->files.path[i], e);
	if (r == 0 && digests != NULL)
		r = digests_end(digests, &c->digest, &c->cover, e);
	digests_free(&digests);
	return r;
}

static int read_cursor(struct correlation *c, struct err *e)
{
	const int r = cursor_read(&c->cursor, c->v.session->state, e);

	if (r == 0 && c->cursor.why.code != ERR_NONE)
		say_note("%s So AWS's sources are read from their begin, and it will be kept under another name.", c->cursor.why.text);
	return r;
}

/* What an earlier run could not judge yet. */
static int read_waiting(struct correlation *c, struct err *e)
{
	/* Nothing else was kept. */
	const struct files_options o = { .threads = 1, .say = say_file, .keep = spill_keep, .ctx = &c->spill, .vouched = 1 };
	struct files_stats stats = { 0 };
	struct files f = FILES_INIT;
	char *path = waiting_path(c->v.session->state);
	int r = path == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : 0;

	if (r == 0 && access(path, F_OK) == 0 && (r = files_find(&f, path, e)) == 0)
		r = files_read(c->events, &f, &o, &stats, e);
	c->waiting_broken = stats.broken + stats.passed > 0;
	c->stats.broken += stats.broken;
	c->stats.passed += stats.passed;
	files_free(&f);
	free(path);
	return r;
}

/* moves: the next time it goes on from here. */
static int read_history(struct correlation *c, struct sources *s, const char *region, int moves, struct err *e)
{
	char source[48];
	int r;

	(void)snprintf(source, sizeof(source), LOOKUP "%s", region != NULL ? region : HOME);
	r = sources_lookup(s, region, from(c, source), c->ask->now, e);
	return r == 0 && moves ? cursor_set(&c->cursor, source, c->ask->now, e) : r;
}

/* Does a word of a list stand before its place in it, too? */
static int asked_before(const char *list, const char *word, size_t len)
{
	for (const char *at = list; at < word; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == len && memcmp(at, word, len) == 0)
			return 1;
	return 0;
}

/* Whether the witness of each release was asked. */
static int read_witnesses(struct correlation *c, struct sources *s, struct err *e)
{
	const struct verdict_rules *w = &verdict_rules_default;
	size_t n;
	const struct past_release *rel = past_releases(c->past, &n);
	const int64_t asked = from(c, LOOKUP HOME) - w->settle;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const int64_t t = rel[i].release.time;
		const char *key = rel[i].keys;
		char one[512];
		int told = 1, all = 1;
		size_t len;

		if (!past_wants_witness(c->past, i, asked) || t + w->settle > c->ask->now || t < c->ask->now - HISTORY_MS)
			continue;
		for (; r == 0 && *(key += strspn(key, " ")) != '\0'; key += len) {
			len = strcspn(key, " ");
			if (asked_before(rel[i].keys, key, len))
				continue;
			(void)snprintf(one, sizeof(one), "%.*s", (int)len, key);
			r = sources_witness(s, one, t - w->witness - w->skew, t + w->skew, &told, e);
			all &= told;
		}
		if (r == 0 && all)
			past_told(c->past, i);
	}
	return r;
}

static int read_bucket(struct correlation *c, struct sources *s, const char *url, struct err *e)
{
	int r = sources_bucket(s, url, from(c, url), c->ask->now, e);

	return r == 0 ? cursor_set(&c->cursor, url, c->ask->now, e) : r;
}

/* Who acts as root may close a source: that is told, and silences no other one. */
static int pass_by(struct correlation *c, int r, struct err *why, struct err *e)
{
	if (r != 0 && r != ERR_STORE && r != ERR_MISSING && r != ERR_INPUT && r != ERR_ATTENTION)
		return err_give(e, why);
	if (r != 0 && c->missed.code != ERR_NONE)
		say_err(why);
	else if (r != 0)
		c->missed = *why;
	err_clear(why);
	return 0;
}

/* What was read, and what waits, goes by this machine's clock. */
static int check_clock(struct correlation *c, struct err *e)
{
	int64_t ahead;
	struct err why = { 0 };

	if (!aws_clock(c->aws, &ahead) || (ahead <= verdict_rules_default.skew && -ahead <= verdict_rules_default.skew))
		return 0;
	c->clock_off = 1;
	err_set(&why, ERR_ATTENTION, "This machine's clock is %lld minutes %s AWS's: what was read, and what is said of it, is of "
	    "another time.", (long long)((ahead < 0 ? -ahead : ahead) + MINUTE_MS / 2) / MINUTE_MS, ahead < 0 ? "ahead of" : "behind");
	err_hint(&why, "Set it right (timedatectl shows it), and run this again: AWS's sources are then read from where they were left.");
	return pass_by(c, ERR_ATTENTION, &why, e);
}

static int read_sources(struct correlation *c, struct sources *s, struct err *e)
{
	const struct correlate_ask *ask = c->ask;
	struct err why = { 0 };
	int r = 0, asked = 0;

	if (ask->queue != NULL)
		r = pass_by(c, sources_queue(s, ask->queue, ask->queue_wait_s, &c->receipts, &why), &why, e);
	/* These before the history moves on, which says that they were asked. */
	if (r == 0 && ask->lookup)
		r = pass_by(c, asked = read_witnesses(c, s, &why), &why, e);
	if (r == 0 && ask->lookup)
		r = pass_by(c, read_history(c, s, NULL, asked == 0, &why), &why, e);
	for (size_t i = 0; r == 0 && i < ask->n_regions; i++)
		r = pass_by(c, read_history(c, s, ask->regions[i], 1, &why), &why, e);
	for (size_t i = 0; r == 0 && i < ask->n_paths; i++) {
		if (!correlate_is_bucket(ask->paths[i]))
			continue;
		c->digests = 1;
		r = pass_by(c, read_bucket(c, s, ask->paths[i], &why), &why, e);
	}
	return r;
}

static int read_cloud(struct correlation *c, struct err *e)
{
	const struct files_options o = { .say = say_file, .keep = spill_keep, .ctx = &c->spill };
	struct sources from_aws = { .into = c->events, .o = &o, .keys = c->keys, .digest = c->digest,
		.cover = &c->cover, .spans = &c->spans };
	int r;

	cloud_here(&c->cloud, &c->v.config);
	/* Where nothing is said, where root's sign-ins are. */
	if (c->cloud.settings.region == NULL)
		c->cloud.settings.region = EVENT_SIGN_IN_REGION;
	r = aws_new(&c->aws, &c->cloud.settings, e);
	from_aws.aws = c->aws;
	if (r == 0)
		r = read_sources(c, &from_aws, e);
	c->digest = from_aws.digest;
	stats_add(&c->stats, &from_aws.stats);
	return r == 0 ? check_clock(c, e) : r;
}

static int judge(struct correlation *c, struct err *e)
{
	unsigned char *want;
	size_t n;
	int r;

	c->rules = verdict_rules_default;
	c->rules.window = c->ask->window;
	c->rules.vault = c->v.session->vault_hex;
	c->ev = events_sorted(c->events, &c->n);
	(void)past_releases(c->past, &n);
	r = verdicts_make(&c->verdicts, c->ev, c->n, past_plain(c->past), n, &c->rules, c->ask->now, e);
	if (r != 0 || (want = calloc(n + 1, 1)) == NULL)
		return r != 0 ? r : err_set(e, ERR_MEMORY, "Out of memory.");
	for (size_t i = 0; i < c->verdicts->n; i++)
		if (c->verdicts->finding[i].release >= 0)
			want[c->verdicts->finding[i].release] = 1;
	for (size_t i = 0; i < c->verdicts->n; i++)
		c->found += c->verdicts->finding[i].verdict == VERDICT_UNEXPLAINED &&
		    past_is_new(c->past, &c->verdicts->finding[i], c->ev);
	r = past_tickets(c->past, c->v.session, want, e);
	free(want);
	return r;
}

int correlate_begin(struct correlation *c, const struct cli *cli, const struct correlate_ask *ask,
    struct err *e)
{
	int r;

	*c = (struct correlation){ .ask = ask, .files = FILES_INIT, .spill = SPILL_INIT,
		.receipts = SOURCES_RECEIPTS_INIT, .cover = DIGEST_COVER_INIT, .spans = SPANS_INIT, .done = { 0, -1, 0 } };
	if ((r = open_vault(&c->v, cli, e)) != 0)
		return r;
	if ((r = events_new(&c->events, spill_keep, &c->spill, e)) != 0 ||
	    (r = past_read(&c->past, c->v.session, c->events, e)) != 0 ||
	    (r = read_cursor(c, e)) != 0 ||
	    (r = spill_open(&c->spill, c->v.config.state, e)) != 0 || (r = read_waiting(c, e)) != 0 ||
	    (ask->keys != NULL && (r = digest_keys_read(&c->keys, ask->keys, e)) != 0) || (r = read_files(c, e)) != 0 ||
	    (correlate_asks_aws(ask) && (r = read_cloud(c, e)) != 0))
		return r;
	spans_settle(&c->spans);
	return judge(c, e);
}

int correlate_missed(const struct correlation *c, struct err *e)
{
	return c->missed.code != ERR_NONE ? err_give(e, &c->missed) : 0;
}

int correlate_trail(const struct correlation *c, struct err *e)
{
	const struct digest_stats *d = &c->digest;

	if (d->bad + d->changed + d->missing == 0)
		return 0;
	err_set(e, ERR_TAMPERED, "The trail is not what AWS has signed: %lld digest%s, %lld file%s changed, %lld "
	    "missing.", (long long)d->bad, d->bad == 1 ? "" : "s", (long long)d->changed,
	    d->changed == 1 ? "" : "s", (long long)d->missing);
	err_hint(e, "Copy the bucket anew, with all of its versions; whoever can write to it may hide what root did.");
	return ERR_TAMPERED;
}

void correlate_end(struct correlation *c)
{
	verdicts_free(&c->verdicts);
	past_free(&c->past);
	events_free(&c->events);
	spill_close(&c->spill);
	files_free(&c->files);
	digest_cover_free(&c->cover);
	spans_free(&c->spans);
	digest_keys_free(&c->keys);
	cursor_free(&c->cursor);
	sources_receipts_free(&c->receipts);
	aws_free(&c->aws);
	close_vault(&c->v);
}
