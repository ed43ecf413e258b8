/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/policy.h"

#define STATEMENT_MAX (256u << 10)	/* bytes of a document */
#define RECORDS_MAX 4096		/* in one reseal */
#define FIELDS_MAX 32

static const char *const action_names[] = {
	[ACTION_UNSEAL] = "unseal", [ACTION_RESEAL] = "reseal", [ACTION_LOGIN] = "login",
	[ACTION_POLICY] = "policy", [ACTION_DRILL] = "drill", [ACTION_CONFIRM] = "confirm",
	[ACTION_ATTEND] = "attend",
};

const char *statement_action_name(enum statement_action a)
{
	return a >= ACTION_UNSEAL && a <= ACTION_ATTEND ? action_names[a] : NULL;
}

void statement_free(struct statement **st)
{
	if (*st != NULL)
		json_free(&(*st)->doc);
	free(*st);
	*st = NULL;
}

static int read_records(const json *list, const char *where, struct err *e)
{
	int r = 0;

	if (json_len(list) == 0 || json_len(list) > RECORDS_MAX)
		return err_set(e, ERR_INPUT, "%s: a reseal is of 1 to %d records.", where,
		    RECORDS_MAX);
	for (size_t i = 0; i < json_len(list) && r == 0; i++) {
		const json *rec = json_at(list, i);

		r = json_shape(rec, where, e, "record=n", "version=u", "digest=h", NULL);
		if (r == 0 && json_int(rec, "version") < 1)
			r = err_set(e, ERR_INPUT, "%s: a record's version is 0.", where);
		/* Shares are named by record: each once. */
		for (size_t k = 0; k < i && r == 0; k++)
			if (strcmp(json_str(json_at(list, k), "record"),
			    json_str(rec, "record")) == 0)
				r = err_set(e, ERR_INPUT, "%s: record %s is named twice.", where,
				    json_str(rec, "record"));
	}
	return r;
}

static int read_unseal(struct statement *st, const char *where, struct err *e)
{
	int r;

	r = json_shape(st->subject, where, e, "record=n", "version=u", "digest=h", NULL);
	if (r != 0)
		return r;
	(void)json_hex(st->subject, "digest", st->digest, sizeof(st->digest));
	return 0;
}

static int read_reseal(struct statement *st, const char *where, struct err *e)
{
	int r;

	r = json_shape(st->subject, where, e, "policy=h", "records=a", NULL);
	if (r != 0)
		return r;
	(void)json_hex(st->subject, "policy", st->digest, sizeof(st->digest));
	st->records = json_get(st->subject, "records");
	return read_records(st->records, where, e);
}

static int read_policy(struct statement *st, const char *where, struct err *e)
{
	int r;

	r = json_shape(st->subject, where, e, "serial=u", "hash=h", NULL);
	if (r != 0)
		return r;
	(void)json_hex(st->subject, "hash", st->digest, sizeof(st->digest));
	st->serial = json_int(st->subject, "serial");
	return st->serial >= 1 ? 0 : err_set(e, ERR_INPUT, "%s: a policy's serial is 0.", where);
}

static int read_fields(struct statement *st, const char *where, struct err *e)
{
	int r;

	r = json_shape(st->subject, where, e, "record=n", "version=u", "fields=a", NULL);
	if (r != 0)
		return r;
	st->fields = json_get(st->subject, "fields");
	if (json_len(st->fields) == 0 || json_len(st->fields) > FIELDS_MAX)
		return err_set(e, ERR_INPUT, "%s: it is of 1 to %d fields.", where,
		    FIELDS_MAX);
	return doc_check_list(st->fields, 'n', where, e);
}

static int read_subject(struct statement *st, const char *where, struct err *e)
{
	int r = ERR_INTERNAL;

	switch (st->action) {
	case ACTION_UNSEAL:
		r = read_unseal(st, where, e);
		break;
	case ACTION_RESEAL:
		r = read_reseal(st, where, e);
		break;
	case ACTION_LOGIN:
		r = json_shape(st->subject, where, e, "service=s", "user=s", "tty=s", "rhost=s", NULL);
		break;
	case ACTION_POLICY:
		r = read_policy(st, where, e);
		break;
	case ACTION_DRILL:
		r = json_shape(st->subject, where, e, "holder=n?", NULL);
		st->holder = json_str(st->subject, "holder");
		break;
	case ACTION_CONFIRM:
	case ACTION_ATTEND:
		r = read_fields(st, where, e);
		break;
	}
	if (r != 0 || (st->action != ACTION_UNSEAL && st->action != ACTION_CONFIRM &&
	    st->action != ACTION_ATTEND))
		return r;
	st->record = json_str(st->subject, "record");
	st->version = json_int(st->subject, "version");
	return st->version >= 1 ? 0 : err_set(e, ERR_INPUT, "%s: a record's version is 0.", where);
}

/* An approval has one share for each field. */
static int read_field(const struct statement *st, const json *fields, size_t i, const char *where,
    struct err *e)
{
	const json *f = json_at(fields, i);
	const char *as, *name;
	int r;

	r = json_shape(f, where, e, "name=n", "as=s", NULL);
	if (r != 0)
		return r;
	as = json_str(f, "as");
	name = json_str(f, "name");
	if (strcmp(as, "value") != 0 && strcmp(as, "code") != 0 && strcmp(as, "seed") != 0)
		return err_set(e, ERR_INPUT, "%s: field %s is asked for neither as value, code nor "
		    "seed.", where, name);
	if (st->action == ACTION_UNSEAL && strcmp(as, "value") != 0 && strcmp(name, "totp") != 0)
		return err_set(e, ERR_INPUT, "%s: field %s has no codes and no seed.", where, name);
	for (size_t k = 0; k < i; k++)
		if (strcmp(json_str(json_at(fields, k), "name"), name) == 0)
			return err_set(e, ERR_INPUT, "%s: field %s is asked for twice.", where, name);
	return 0;
}

static int read_deliver(const struct statement *st, const char *where, struct err *e)
{
	const size_t due = st->action == ACTION_UNSEAL || st->action == ACTION_RESEAL;
	const json *d = json_at(st->deliver, 0), *fields = json_get(d, "fields");
	uint8_t key[X25519_LEN];
	int r;

	if (json_len(st->deliver) != due)
		return err_set(e, ERR_INPUT, "%s: \"deliver\" does not fit the action %s.", where,
		    statement_action_name(st->action));
	if (due == 0)
		return 0;
	r = json_shape(d, where, e, "to=n", "key=b32", "fields=a", NULL);
	if (r == 0)
		r = doc_exact(key, sizeof(key), d, "key", where, e);
	if (r == 0 && (json_len(fields) == 0 || json_len(fields) > FIELDS_MAX))
		r = err_set(e, ERR_INPUT, "%s: 1 to %d fields can be asked for.", where, FIELDS_MAX);
	for (size_t i = 0; i < json_len(fields) && r == 0; i++)
		r = read_field(st, fields, i, where, e);
	return r;
}

static int read_origin(struct statement *st, const char *where, struct err *e)
{
	const json *log = json_get(st->doc, "log"), *rq = json_get(st->doc, "requester");
	const int first = st->action == ACTION_POLICY && st->serial == 1;
	int r;

	r = json_shape(rq, where, e, "user=s", "uid=u", "host=n", "tty=s", "via=s", NULL);
	if (r == 0 && json_int(rq, "uid") > STATEMENT_UID_NONE)
		r = err_set(e, ERR_INPUT, "%s: the requester's uid is out of range.", where);
	if (r == 0 && log != NULL)
		r = json_shape(log, where, e, "origin=s", "size=u", "root=h", NULL);
	/* Null stands for "there is nothing before this". */
	if (r == 0 && (st->has_policy == first || (log != NULL) == first))
		r = err_set(e, ERR_INPUT, "%s: \"policy\" and \"log\" are null for the first policy, "
		    "and only there.", where);
	if (r != 0)
		return r;
	st->user = json_str(rq, "user");
	st->uid = json_int(rq, "uid");
	st->host = json_str(rq, "host");
	st->tty = json_str(rq, "tty");
	st->via = json_str(rq, "via");
	return 0;
}

static int read_action(struct statement *st, const char *where, struct err *e)
{
	const char *action = json_str(st->doc, "action");

	for (enum statement_action a = ACTION_UNSEAL; a <= ACTION_ATTEND; a++)
		if (strcmp(action, action_names[a]) == 0)
			st->action = a;
	if (st->action == 0)
		return err_set(e, ERR_INPUT, "%s: the action %.40s is unknown.", where, action);
	return read_subject(st, where, e);
}

static int read_all(struct statement *st, const char *where, struct err *e)
{
	int r;

	(void)json_hex(st->doc, "vault", st->vault, sizeof(st->vault));
	st->has_policy = json_hex(st->doc, "policy", st->policy, sizeof(st->policy)) == 0;
	st->subject = json_get(st->doc, "subject");
	st->deliver = json_get(st->doc, "deliver");
	st->reason = json_str(st->doc, "reason");
	st->ticket = json_str(st->doc, "ticket");
	st->task = json_str(st->doc, "task");
	st->time = json_time(st->doc, "time");
	st->expires = json_time(st->doc, "expires");
	if (st->expires <= st->time)
		return err_set(e, ERR_INPUT, "%s: it expires before it was made.", where);
	r = read_action(st, where, e);
	if (r == 0)
		r = read_deliver(st, where, e);
	if (r == 0)
		r = read_origin(st, where, e);
	if (r == 0)
		r = doc_hash(st->hash, "twokey statement v1", st->doc, NULL, e);
	return r;
}

int statement_from_json(struct statement **out, const json *doc, const char *where,
    struct err *e)
{
	struct statement *st;
	int r;

	*out = NULL;
	r = doc_check_type(doc, "twokey-statement-v1", where, e);
	if (r == 0)
		r = json_shape(doc, where, e, "type=s", "vault=h", "policy=h?", "action=s",
		    "subject=o", "deliver=a", "reason=s", "ticket=s?", "task=s?", "requester=o",
		    "time=t", "expires=t", "nonce=b16", "log=o?", NULL);
	if (r != 0)
		return r;
	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return doc_memory(e);
	st->doc = json_share(doc);
	r = read_all(st, where, e);
	if (r != 0)
		statement_free(&st);
	*out = st;
	return r;
}

int statement_parse(struct statement **st, const void *data, size_t len, const char *where,
    struct err *e)
{
	json *doc = NULL;
	int r;

	*st = NULL;
	r = doc_parse(&doc, data, len, STATEMENT_MAX, where, e);
	if (r == 0)
		r = statement_from_json(st, doc, where, e);
	json_free(&doc);
	return r;
}

int statement_field(const struct statement *st, const char *field, uint8_t key[X25519_LEN],
    const char **to, const char **as)
{
	const json *d = json_at(st->deliver, 0), *fields = json_get(d, "fields");
	const char *slash = st->action == ACTION_RESEAL ? strchr(field, '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : field;

	for (size_t i = 0; i < json_len(fields); i++) {
		const json *f = json_at(fields, i);

		if (strcmp(json_str(f, "name"), name) != 0)
			continue;
		if (to != NULL)
			*to = json_str(d, "to");
		if (as != NULL)
			*as = json_str(f, "as");
		return doc_exact(key, X25519_LEN, d, "key", "", NULL) == 0 ? 0 : -1;
	}
	return -1;
}
