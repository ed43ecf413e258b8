/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "cli/open.h"
#include "cli/say.h"
#include "cli/story.h"
#include "log/reader.h"
#include "vault/statement.h"

static const struct opt opts[] = {
	{ "host", "NAME", "whose log (default: this machine's)", 0 },
	{ "record", "NAME", "only what is about this record", 0 },
	{ "json", NULL, "the entries as JSON, one a line", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "ENTRY", "an entry's number: the whole ceremony that it belongs to", OPERAND_OPTIONAL },
	{ NULL, NULL, 0 }
};

/* Which entries to show. */
struct filter {
	const char *record;		/* NULL: any */
	char statement[2 * HASH_LEN + 1];	/* "" : any */
	int64_t seq;			/* the entry asked for, -1: any */
	/* with `statement`: what it released, and where; what came of it shows too */
	char released[NAME_MAX_LEN + 1], host[NAME_MAX_LEN + 1];
	int64_t version, release;
	int json;
	size_t shown;
	/* statements about `record`, so that approvals and refusals show too */
	char (*about)[2 * HASH_LEN + 1];
	size_t n_about;
	struct story story;
};

static int statement_of(char hex[2 * HASH_LEN + 1], const json *entry)
{
	const json *st = json_get(entry, "statement");
	struct err why = { 0 };
	struct statement *parsed = NULL;

	hex[0] = '\0';
	if (st == NULL)
		st = json_get(entry, "attended");
	if (json_is_string(st) && strlen(json_text(st)) == 2 * HASH_LEN) {
		memcpy(hex, json_text(st), 2 * HASH_LEN + 1);
	} else if (json_is_object(st) && statement_from_json(&parsed, st, "statement", &why) == 0) {
		hex_encode(hex, parsed->hash, HASH_LEN);
		statement_free(&parsed);
	}
	return hex[0] != '\0';
}

/* A login that is granted goes back to its request. */
static void remember_login(struct filter *f, const json *entry)
{
	const json *st = json_get(entry, "statement");
	const char *action = json_is_object(st) ? json_str(st, "action") : NULL;
	char hex[2 * HASH_LEN + 1];

	if (action != NULL && strcmp(action, "login") == 0 && statement_of(hex, entry))
		story_asked(&f->story, hex, st);
}

static const char *record_of(const json *entry)
{
	const char *name = json_str(entry, "record");
	const json *st = json_get(entry, "statement");

	if (name == NULL && json_is_object(st))
		name = json_str(json_get(st, "subject"), "record");
	return name;
}

static int remember(struct filter *f, const char *hex, struct err *e)
{
	char(*grown)[2 * HASH_LEN + 1] = realloc(f->about, (f->n_about + 1) * sizeof(*f->about));

	if (grown == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to show the log.");
	f->about = grown;
	memcpy(f->about[f->n_about++], hex, 2 * HASH_LEN + 1);
	return 0;
}

/* Of what a ceremony has released: what root did with it, and what took its place. */
static int came_of_it(struct filter *f, const json *entry)
{
	const json *release = json_get(entry, "release");
	const char *type = json_str(entry, "type"), *name = record_of(entry);

	if (f->released[0] == '\0' || type == NULL)
		return 0;
	if (json_is_object(release))
		return json_int(release, "seq") == f->release && json_str(release, "host") != NULL &&
		    strcmp(json_str(release, "host"), f->host) == 0;
	return name != NULL && strcmp(name, f->released) == 0 && json_int(entry, "version") > f->version &&
	    (strcmp(type, "record.sealed") == 0 || strcmp(type, "rotation.confirmed") == 0);
}

static int of_statement(struct filter *f, const json *entry)
{
	const char *type = json_str(entry, "type"), *host = json_str(entry, "host");
	char hex[2 * HASH_LEN + 1];

	if (!statement_of(hex, entry) || strcmp(hex, f->statement) != 0)
		return came_of_it(f, entry);
	if (type != NULL && strcmp(type, "released") == 0 && record_of(entry) != NULL && host != NULL) {
		(void)snprintf(f->released, sizeof(f->released), "%s", record_of(entry));
		(void)snprintf(f->host, sizeof(f->host), "%s", host);
		f->version = json_int(entry, "version");
		f->release = json_int(entry, "seq");
	}
	return 1;
}

static int wanted(struct filter *f, const json *entry, struct err *e, int *r)
{
	char hex[2 * HASH_LEN + 1];
	const char *name = record_of(entry);

	*r = 0;
	if (f->statement[0] != '\0')
		return of_statement(f, entry);
	if (f->seq >= 0)
		return json_int(entry, "seq") == f->seq;
	if (f->record == NULL)
		return 1;
	if (name != NULL) {
		if (strcmp(name, f->record) != 0)
			return 0;
		if (json_is_object(json_get(entry, "statement")) && statement_of(hex, entry))
			*r = remember(f, hex, e);
		return 1;
	}
	if (!statement_of(hex, entry))
		return 0;
	for (size_t i = f->n_about; i-- > 0;)
		if (strcmp(f->about[i], hex) == 0)
			return 1;
	return 0;
}

static int show_entry(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct filter *f = arg;
	struct buf b = BUF_INIT;
	const char *time = json_str(entry, "time");
	int r;

	(void)offset;
	remember_login(f, entry);
	if (!wanted(f, entry, e, &r) || r != 0)
		return r;
	f->shown++;
	if (f->json) {
		if ((r = json_canonical(&b, entry, e)) == 0)
			buf_puts(&b, "\n");
	} else {
		buf_printf(&b, "%6lld  %.19sZ  ", (long long)seq, time != NULL ? time : "?");
		story_tell(&b, &f->story, entry);
		buf_puts(&b, "\n");
	}
	if (r == 0)
		r = say_out(&b, e);
	buf_free(&b);
	return r;
}

static int find_statement(void *arg, int64_t seq, int64_t offset, const json *entry,
    struct err *e)
{
	struct filter *f = arg;

	(void)offset, (void)e;
	if (seq == f->seq)
		(void)statement_of(f->statement, entry);
	return 0;
}

/* What stands behind the last entry that counts is no part of the log yet, or
 * never will be. */
static void tell_rest(const struct store *s, const char *host, int64_t bytes)
{
	struct store_span span = STORE_SPAN_INIT;

	if (store_log(s, host, &span, NULL) == 0 && span.len > bytes)
		say("note: %lld bytes behind the last entry of %s's log are not shown: they count as no "
		    "entry.", (long long)(span.len - bytes), host);
	store_span_close(&span);
}

/* Twice: nothing is shown of a log that does not lead to its head, and what is
 * shown is what led there. */
static int show_log(const struct session *s, const char *host, struct filter *f, struct err *e)
{
	uint8_t root[HASH_LEN];
	int64_t size, bytes;
	int r = session_log_extent(s, host, &size, root, e);

	if (r == 0)
		r = log_each_to(s->store, host, size, root, f->seq >= 0 ? find_statement : NULL, f, NULL,
		    e);
	if (r == 0)
		r = log_each_to(s->store, host, size, root, show_entry, f, &bytes, e);
	if (r == 0)
		tell_rest(s->store, host, bytes);
	if (r == 0 && f->seq >= 0 && f->shown == 0) {
		r = err_set(e, ERR_MISSING, "The log of %s has no entry %lld.", host,
		    (long long)f->seq);
		err_hint(e, "`twokey log show` lists all of them.");
	} else if (r == 0 && f->record != NULL && f->shown == 0) {
		r = err_set(e, ERR_MISSING, "The log of %s has nothing about a record %s.", host,
		    f->record);
		err_hint(e, "`twokey status` lists the records; --host shows another host's log.");
	}
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	struct filter f = { .record = args_value(cli->args, "record"), .seq = -1,
		.json = args_flag(cli->args, "json") };
	const char *entry = args_operand(cli->args, "ENTRY"), *host = args_value(cli->args, "host");
	struct open_vault v;
	char *end;
	int r;

	if (entry != NULL) {
		f.seq = strtoll(entry, &end, 10);
		if (*entry == '\0' || *end != '\0' || f.seq < 0)
			return err_set(e, ERR_USAGE, "\"%s\" is no entry's number.", entry);
	}
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	r = show_log(v.session, host != NULL ? host : v.session->host, &f, e);
	close_vault(&v);
	free(f.about);
	story_end(&f.story);
	return r;
}

const struct command cmd_log_show = {
	.name = "log show",
	.summary = "who asked, who approved, what was released",
	.text = "Shows the entries of a log, one a line. With an entry's number, the whole "
	    "ceremony that it belongs to: request, approvals, release, what root then did by "
	    "CloudTrail's records (twokey correlate), and the rotation.",
	.opts = opts,
	.operands = operands,
	.run = run
};
