/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/past.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "correlate/past_local.h"
#include "vault/record.h"
#include "vault/statement.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for what the logs say.");
}

int past_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int set_has(void *const *set, const char *text)
{
	return tfind(text, set, past_compare) != NULL;
}

int past_has(const struct past *p, const struct event *ev)
{
	return set_has(&p->ids, ev->id) || (!ev->vouched && set_has(&p->unsigned_ids, ev->id));
}

static void day_key(char out[64], const char *account, int64_t day)
{
	(void)snprintf(out, 64, "%.12s %lld", account, (long long)day);
}

int past_has_day(const struct past *p, const char *account, int64_t day)
{
	char key[64];

	day_key(key, account, day);
	return set_has(&p->days, key);
}

void past_key(char out[NAME_MAX_LEN + 32], const char *name, int64_t number)
{
	(void)snprintf(out, NAME_MAX_LEN + 32, "%s %lld", name, (long long)number);
}

int past_has_unused(const struct past *p, const char *host, int64_t seq)
{
	char key[NAME_MAX_LEN + 32];

	past_key(key, host, seq);
	return set_has(&p->unused, key);
}

/* {FIELD: its witness}; NULL without memory. */
static json *witnesses_of(const struct record *rec)
{
	json *j = json_new_object();

	for (size_t i = 0; i < rec->n; i++)
		if (rec->fields[i].witness != NULL &&
		    json_set(j, rec->fields[i].name, json_copy(rec->fields[i].witness)) != 0)
			json_free(&j);
	return j;
}

/* A record's version: owned by the past. */
static int record_of(const struct past_record **out, struct reading *rd, const char *record, int64_t version,
    const char *digest, struct err *e)
{
	struct past *p = rd->p;
	struct store_doc d;
	struct record *rec = NULL;
	struct buf b = BUF_INIT;
	char path[STORE_PATH_MAX], hex[2 * HASH_LEN + 1];
	int r;

	*out = NULL;
	for (size_t i = p->n_records; i-- > 0;)
		if (p->records[i].version == version && strcmp(p->records[i].record, record) == 0) {
			*out = &p->records[i];
			return 0;
		}
	if ((r = store_doc_record(&d, record, version, e)) != 0)
		return r;
	store_doc_path(path, &d);
	if ((r = store_read(rd->s->store, &d, &b, e)) == 0 &&
	    (r = record_parse(&rec, b.data, b.len, path, e)) == 0) {
		hex_encode(hex, rec->digest, HASH_LEN);
		if (strcmp(hex, digest) != 0)
			r = err_set(e, ERR_TAMPERED, "%s is not what the log says.", path);
	}
	r = session_changed(r, e);
	if (r == 0)
		r = past_record(p, record, version, strcmp(rec->kind, "aws-root") == 0 ?
		    json_str(rec->attributes, "account") : "", witnesses_of(rec), out, e);
	record_free(&rec);
	buf_free(&b);
	return r;
}

static char *names_of(const json *list)
{
	struct buf b = BUF_INIT;
	char *out;

	for (size_t i = 0; i < json_len(list); i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "", json_str_at(list, i));
	out = buf_ok(&b) ? strdup(buf_str(&b)) : NULL;
	buf_free(&b);
	return out;
}

/* One member of the witnesses of the fields that an entry names, with spaces in between. */
static char *witness_words(const struct past_record *pr, const json *fields, const char *member)
{
	struct buf b = BUF_INIT;
	char *out;

	for (size_t i = 0; i < json_len(fields); i++) {
		const char *name = json_str(json_at(fields, i), "name");
		const char *word = name != NULL ? json_str(json_get(pr->witnesses, name), member) : NULL;

		if (word != NULL)
			buf_printf(&b, "%s%s", b.len > 0 ? " " : "", word);
	}
	out = buf_ok(&b) ? strdup(buf_str(&b)) : NULL;
	buf_free(&b);
	return out;
}

static int add_release(struct reading *rd, const json *entry, struct err *e)
{
	const char *record = json_str(entry, "record"), *host = json_str(entry, "host");
	const char *digest = json_str(entry, "digest"), *statement = json_str(entry, "statement");
	struct past *p = rd->p;
	struct past_release *pr;
	const struct past_record *rec;
	int r;

	if (record == NULL || host == NULL || digest == NULL || statement == NULL ||
	    strlen(statement) != 2 * HASH_LEN || json_int(entry, "version") < 1)
		return err_set(e, ERR_INPUT, "A `released` entry is malformed.");
	r = record_of(&rec, rd, record, json_int(entry, "version"), digest, e);
	if (r != 0)
		return r;
	if (past_grow(p) != 0)
		return no_memory(e);
	pr = &p->releases[p->n];
	memset(pr, 0, sizeof(*pr));
	pr->holders = names_of(json_get(entry, "holders"));
	pr->witnesses = witness_words(rec, json_get(entry, "fields"), "id");
	pr->keys = witness_words(rec, json_get(entry, "fields"), "key");
	pr->release = (struct release){ .account = rec->account, .witnesses = pr->witnesses, .record = strdup(record),
		.host = strdup(host), .seq = json_int(entry, "seq"),
		.version = json_int(entry, "version"), .time = json_time(entry, "time") };
	memcpy(pr->statement, statement, 2 * HASH_LEN);
	pr->due = json_time(entry, "due");
	p->n++;
	return pr->holders == NULL || pr->release.record == NULL || pr->release.host == NULL ||
	    pr->witnesses == NULL || pr->keys == NULL ? no_memory(e) : 0;
}

/* A sign-in that was judged before stands among the events as if it were read again, and a password recovery that
 * a release has explained: it explains no other. */
static int add_known(struct reading *rd, const json *entry, struct err *e)
{
	const char *kind = json_str(entry, "kind"), *mfa = json_str(entry, "mfa"), *host = json_str(entry, "host");
	struct event ev = { .session = -1,
		.id = json_str(entry, "event"), .account = json_str(entry, "account"),
		.source = "signin", .name = "ConsoleLogin", .region = json_str(entry, "region"),
		.address = json_str(entry, "address"), .agent = json_str(entry, "agent"), .key = "",
		.detail = "", .kind = EVENT_SIGN_IN, .writes = 1,
		.vouched = json_bool(entry, "vouched") == 1 };
	const char *verdict = json_str(entry, "verdict");
	const int64_t at = json_time(entry, "at");

	if (host != NULL && ev.id != NULL && past_tell(rd->p, &ev, json_int(entry, "seq"), host, e) != 0)
		return (int)e->code;
	ev.explained = strcmp(verdict, verdict_name(VERDICT_EXPLAINED)) == 0;
	if (kind != NULL && ev.explained && json_int(entry, "failed") == 0 &&
	    strcmp(kind, event_kind_name(EVENT_RECOVERY_COMPLETED)) == 0) {
		ev.kind = EVENT_RECOVERY_COMPLETED;
		ev.name = "PasswordRecoveryCompleted";
	} else if (kind == NULL || strcmp(kind, event_kind_name(EVENT_SIGN_IN)) != 0) {
		return 0;
	}
	if (mfa == NULL || ev.id == NULL || ev.account == NULL || ev.region == NULL ||
	    ev.address == NULL || ev.agent == NULL || at < 0)
		return err_set(e, ERR_INPUT, "A `root.activity` entry is malformed.");
	ev.time = at;
	ev.mfa = strcmp(mfa, "yes") == 0 ? EVENT_MFA_YES : strcmp(mfa, "no") == 0 ? EVENT_MFA_NO :
	    EVENT_MFA_UNKNOWN;
	return events_add_known(rd->ev, &ev, e);
}

/* What an entry says of a release goes into a set. */
static int add_about(void **set, const json *entry, struct err *e)
{
	const json *rel = json_get(entry, "release");
	char key[NAME_MAX_LEN + 32];

	if (json_str(rel, "host") == NULL)
		return err_set(e, ERR_INPUT, "An entry about a release is malformed.");
	past_key(key, json_str(rel, "host"), json_int(rel, "seq"));
	return past_set_add(set, key, e);
}

static int add_activity(struct reading *rd, const json *entry, struct err *e)
{
	const char *account = json_str(entry, "account"), *verdict = json_str(entry, "verdict");
	char key[64];
	int r;

	if (account == NULL || verdict == NULL)
		return err_set(e, ERR_INPUT, "A `root.activity` entry is malformed.");
	if ((r = past_records_take(rd, json_int(entry, "records"), e)) != 0)
		return r;
	if (strcmp(verdict, verdict_name(VERDICT_FAILED)) == 0) {
		day_key(key, account, json_time(entry, "from") / DAY_MS * DAY_MS);
		return past_set_add(&rd->p->days, key, e);
	}
	if (strcmp(verdict, verdict_name(VERDICT_EXPLAINED)) == 0 && json_str(entry, "kind") != NULL &&
	    strcmp(json_str(entry, "kind"), event_kind_name(EVENT_WITNESS)) == 0)
		return json_int(entry, "failed") > 0 ? 0 : add_about(&rd->p->witnessed, entry, e);
	return add_known(rd, entry, e);
}

static int add_candidate(struct reading *rd, const json *entry, struct err *e)
{
	const char *kind = json_str(entry, "kind"), *record = json_str(entry, "record");
	const json *fields = json_get(entry, "fields");
	const char *field = json_str(json_at(fields, 0), "name");

	if (kind == NULL || strcmp(kind, "aws-root") != 0 || json_bool(entry, "candidate") != 1)
		return 0;
	if (record == NULL || field == NULL || json_int(entry, "version") < 1)
		return err_set(e, ERR_INPUT, "A `record.sealed` entry is malformed.");
	if (json_len(fields) != 1)
		return 0;
	return past_candidate_add(rd->p, record, json_int(entry, "version"), field,
	    json_time(entry, "time")) == 0 ? 0 : no_memory(e);
}

int past_confirm(struct past *p, const char *record, int64_t version, struct err *e)
{
	char key[NAME_MAX_LEN + 32];

	past_key(key, record, version);
	return past_set_add(&p->confirmed, key, e);
}

static int add_confirmed(struct reading *rd, const json *entry, struct err *e)
{
	const char *record = json_str(entry, "record");

	return record == NULL ? err_set(e, ERR_INPUT, "A `rotation.confirmed` entry is malformed.")
			      : past_confirm(rd->p, record, json_int(entry, "version"), e);
}

/* Was this version opened until then? */
static int was_opened(const struct past *p, const struct past_candidate *c, int64_t by)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->plain[i].version == c->version && p->plain[i].time <= by &&
		    strcmp(p->plain[i].record, c->record) == 0)
			return 1;
	return 0;
}

int64_t past_candidate(const struct past *p, const char *record, const char *field, int64_t by)
{
	const int seed = strcmp(field, "totp") == 0;
	char key[NAME_MAX_LEN + 32];
	int64_t newest = 0;

	for (size_t i = 0; i < p->n_candidates; i++) {
		const struct past_candidate *c = &p->candidates[i];

		if (c->version <= newest || strcmp(c->record, record) != 0 || strcmp(c->field, field) != 0)
			continue;
		past_key(key, record, c->version);
		if (!set_has(&p->confirmed, key) && (seed ? c->sealed <= by : was_opened(p, c, by)))
			newest = c->version;
	}
	return newest;
}

static int take_other(struct reading *rd, const char *type, const json *entry, struct err *e)
{
	if (strcmp(type, "released") == 0)
		return add_release(rd, entry, e);
	if (strcmp(type, "record.sealed") == 0)
		return add_candidate(rd, entry, e);
	if (strcmp(type, "rotation.confirmed") == 0)
		return add_confirmed(rd, entry, e);
	if (strcmp(type, ENTRY_ACTIVITY) == 0)
		return add_activity(rd, entry, e);
	if (strcmp(type, ENTRY_UNUSED) == 0)
		return add_about(&rd->p->unused, entry, e);
	if (strcmp(type, ENTRY_UNWITNESSED) == 0)
		return add_about(&rd->p->unwitnessed, entry, e);
	return 0;
}

static int take(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const char *type = json_str(entry, "type");
	int r;

	(void)seq, (void)offset;
	if (type == NULL)
		return 0;
	if (strcmp(type, ENTRY_RECORDS) == 0)
		return past_records_hold(arg, entry, e);
	r = take_other(arg, type, entry, e);
	past_records_drop(arg);
	return r;
}

int past_read(struct past **out, struct session *s, struct events *ev, struct err *e)
{
	struct past *p = calloc(1, sizeof(*p));
	struct reading rd = { .p = p, .s = s, .ev = ev };
	int r;

	*out = p;
	if (p == NULL)
		return no_memory(e);
	r = session_each(s, take, &rd, e);
	past_records_drop(&rd);
	free(rd.records);
	if (r == 0 && past_settle(p) != 0)
		r = no_memory(e);
	if (r != 0)
		past_free(out);
	return r;
}

/* Tickets stand in statements alone. */
struct tickets {
	struct past *p;
	const unsigned char *want;
};

static int take_ticket(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const struct tickets *t = arg;
	const json *st = json_get(entry, "statement");
	struct statement *parsed = NULL;
	char hex[2 * HASH_LEN + 1];
	struct err why = { 0 };

	(void)seq, (void)offset;
	if (!json_is_object(st) || json_str(st, "ticket") == NULL ||
	    statement_from_json(&parsed, st, "statement", &why) != 0)
		return 0;
	hex_encode(hex, parsed->hash, HASH_LEN);
	statement_free(&parsed);
	for (size_t i = 0; i < t->p->n; i++)
		if (t->want[i] && strcmp(t->p->releases[i].statement, hex) == 0 &&
		    t->p->releases[i].ticket == NULL &&
		    (t->p->releases[i].ticket = strdup(json_str(st, "ticket"))) == NULL)
			return no_memory(e);
	return 0;
}

int past_tickets(struct past *p, struct session *s, const unsigned char *want, struct err *e)
{
	struct tickets t = { p, want };

	return memchr(want, 1, p->n) == NULL ? 0 : session_each(s, take_ticket, &t, e);
}
