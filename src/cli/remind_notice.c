/* SPDX-License-Identifier: BSD-2-Clause */
/* An entry of the log as a message: which event it is, and what is to be done. */
#include "cli/remind_run.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "cli/story.h"
#include "notify/notice.h"

static const struct {
	const char *type, *event;
	enum notice_level level;
} events[] = {
	{ "ceremony.requested", "request", NOTICE_INFO },
	{ "ceremony.approved", "approval", NOTICE_INFO },
	{ "ceremony.refused", "refusal", NOTICE_WARNING },
	{ "ceremony.denied", "denied", NOTICE_WARNING },
	{ "released", "released", NOTICE_WARNING },
	{ "login.granted", "login", NOTICE_INFO },
	{ "rotation.confirmed", "rotated", NOTICE_INFO },
	{ "record.sealed", "rotated", NOTICE_INFO },
	{ "root.activity", "unexplained", NOTICE_ALARM },
	{ "release.unwitnessed", "unexplained", NOTICE_ALARM },
	{ "reminded", NULL, NOTICE_WARNING },
};

static int is_told(const json *en, const char *type)
{
	const char *verdict = json_str(en, "verdict");

	if (strcmp(type, "root.activity") == 0)
		return verdict != NULL && strcmp(verdict, "unexplained") == 0;
	if (strcmp(type, "record.sealed") == 0)
		return json_int(en, "version") > 1 && json_bool(en, "candidate") == 0;
	return 1;
}

static const struct step *step_of(const struct remind_look *l, const json *en)
{
	const char *record = json_str(en, "record");

	for (size_t i = 0; i < l->n_steps; i++) {
		const struct step *st = &l->steps[i];

		if (st->number == json_int(en, "step") && st->due == json_time(en, "due") && (record == NULL ?
		    st->record == NULL && strcmp(st->token, json_str(en, "token")) == 0 :
		    st->record != NULL && strcmp(st->record, record) == 0))
			return st;
	}
	return NULL;
}

/* Is the MFA seed what is due, or waits, and nothing else? */
static int is_seed(const struct step *st, int waiting)
{
	int seed = 0;

	if (st == NULL || st->of == NULL || strcmp(st->of->kind, "aws-root") != 0)
		return 0;
	for (size_t i = 0; i < st->of->n_fields; i++) {
		const struct rotate_field *f = &st->of->fields[i];

		if (f->due != st->due || (waiting && f->rotating == 0))
			continue;
		if (strcmp(f->name, "totp") != 0)
			return 0;
		seed = 1;
	}
	return seed;
}

/* What a reminder asks for, and when the next one comes. */
static void put_reminder(struct notice_in *in, struct buf *command, struct buf *more,
    const struct remind_look *l, const json *en)
{
	const struct step *st = step_of(l, en);
	char next[CLOCK_TEXT_LEN + 1];
	int64_t waits = 0;

	in->event = json_str(en, "event");
	in->escalated = strcmp(in->event, "overdue") == 0 && json_int(en, "step") >= STEPS_ESCALATE;
	in->level = in->escalated ? NOTICE_ALARM : NOTICE_WARNING;
	for (size_t i = 0; st != NULL && st->of != NULL && i < st->of->n_fields; i++)
		if (st->of->fields[i].due == st->due && st->of->fields[i].rotating > waits)
			waits = st->of->fields[i].rotating;
	if (in->record == NULL)
		buf_puts(command, "twokey unseal RECORD, with this key among those that approve");
	else if (waits > 0)
		buf_printf(command, "twokey rotate %s%s --confirm", in->record, is_seed(st, 1) ? " --mfa" : "");
	else if (st != NULL && st->of != NULL && strcmp(st->of->kind, "linux-root") == 0)
		buf_puts(command, "passwd, as root on the host");
	else
		buf_printf(command, "twokey rotate %s%s", in->record, is_seed(st, 0) ? " --mfa" : "");
	if (waits > 0)
		buf_printf(more, "Version %lld is sealed, and waits for its confirmation. ", (long long)waits);
	if (st == NULL)
		return;
	clock_format(next, st->next);
	buf_printf(more, "The next reminder comes at %.16sZ, if nothing is done.", next);
}

/* The request that an approval, a refusal or a release answers, among the new entries, and its record. */
static void put_request(struct notice_in *in, struct buf *more, const struct remind_look *l, size_t i)
{
	const char *hex = json_str(l->own[i], "statement");
	char own[2 * HASH_LEN + 1];
	struct story story = { 0 };

	while (hex != NULL && i-- > 0) {
		const char *type = json_str(l->own[i], "type");
		uint8_t hash[HASH_LEN];
		struct buf b = BUF_INIT;

		if (type == NULL || strcmp(type, "ceremony.requested") != 0)
			continue;
		own[0] = '\0';
		if (json_canonical(&b, json_get(l->own[i], "statement"), NULL) == 0 &&
		    hash_label(hash, "twokey statement v1", b.data, b.len, NULL) == 0)
			hex_encode(own, hash, HASH_LEN);
		buf_free(&b);
		if (strcmp(own, hex) != 0)
			continue;
		story_tell(more, &story, l->own[i]);
		if (in->record == NULL)
			in->record = json_str(json_get(json_get(l->own[i], "statement"), "subject"), "record");
		break;
	}
	story_end(&story);
}

static const struct rotate_record *judged(const struct remind_look *l, const char *name)
{
	for (size_t i = 0; name != NULL && l->x.report != NULL && i < l->x.report->n_records; i++)
		if (strcmp(l->x.report->records[i].name, name) == 0)
			return &l->x.report->records[i];
	return NULL;
}

/* A candidate's release has no `due`, but may be confirmed since: then the report says whether its
 * field is due. */
static int is_due(const struct rotate_record *of, const json *en, const char *field)
{
	if (json_str(en, "due") != NULL)
		return 1;
	for (size_t i = 0; i < of->n_fields; i++)
		if (strcmp(of->fields[i].name, field) == 0)
			return of->fields[i].due >= 0 && of->fields[i].version == json_int(en, "version");
	return 0;
}

/* The command that replaces what was shown. */
static void put_released(struct buf *command, const struct remind_look *l, const json *en, const char *record)
{
	const json *fields = json_get(en, "fields");
	const struct rotate_record *of = judged(l, record);
	int seed = 0, other = 0;

	for (size_t i = 0; of != NULL && i < json_len(fields); i++) {
		const char *name = json_str(json_at(fields, i), "name"), *as = json_str(json_at(fields, i), "as");

		if (name == NULL || as == NULL || strcmp(as, "code") == 0 || !is_due(of, en, name))
			continue;
		if (strcmp(of->kind, "aws-root") == 0 && strcmp(name, "totp") == 0)
			seed = 1;
		else
			other = 1;
	}
	if (other && strcmp(of->kind, "linux-root") == 0)
		buf_puts(command, "passwd, as root on the host");
	else if (other || seed)
		buf_printf(command, "twokey rotate %s%s", record, other ? "" : " --mfa");
}

static void put_other(struct notice_in *in, struct buf *command, struct buf *more,
    const struct remind_look *l, size_t i)
{
	const json *en = l->own[i], *statement = json_get(en, "statement");

	if (in->record == NULL && json_is_object(statement))
		in->record = json_str(json_get(statement, "subject"), "record");
	if (in->record == NULL)
		in->record = json_str(json_get(en, "release"), "record");
	put_request(in, more, l, i);
	if (strcmp(in->event, "released") == 0)
		put_released(command, l, en, in->record);
	else if (strcmp(in->event, "unexplained") == 0)
		buf_puts(command, "twokey runbook unexplained-use");
}

int remind_notice(json **out, const struct remind_look *l, size_t i, struct err *e)
{
	const json *en = l->own[i];
	const char *type = json_str(en, "type");
	struct buf what = BUF_INIT, more = BUF_INIT, command = BUF_INIT;
	struct story story = { 0 };
	char id[REMIND_ID_LEN + 1];
	size_t k = 0;
	int r;

	*out = NULL;
	while (k < sizeof(events) / sizeof(events[0]) && (type == NULL || strcmp(type, events[k].type) != 0))
		k++;
	if (k == sizeof(events) / sizeof(events[0]))
		return 0;
	if (!is_told(en, type))
		return 0;
	if ((r = remind_id(id, en, l->s->vault_hex, e)) != 0)
		return r;
	struct notice_in in = { .id = id, .event = events[k].event, .level = events[k].level,
		.vault = l->s->vault_hex, .vault_name = policy_name(l->s->policy), .host = l->s->host,
		.time = json_time(en, "time"), .record = json_str(en, "record") };
	story_tell(&what, &story, en);
	if (in.event == NULL)
		put_reminder(&in, &command, &more, l, en);
	else
		put_other(&in, &command, &more, l, i);
	in.what = buf_str(&what);
	/* "reminded, step 2: " stands in the log. */
	if (strcmp(type, "reminded") == 0 && strncmp(in.what, "reminded, ", 10) == 0)
		in.what = strchr(in.what, ':') + 2;
	in.more = more.len > 0 ? buf_str(&more) : NULL;
	in.command = command.len > 0 ? buf_str(&command) : NULL;
	if (buf_ok(&what) && buf_ok(&more) && buf_ok(&command))
		*out = notice_new(&in);
	story_end(&story);
	buf_free(&what);
	buf_free(&more);
	buf_free(&command);
	return *out != NULL ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}
