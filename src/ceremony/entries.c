/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/entries.h"

#include <string.h>

#include "ceremony/entries_local.h"
#include "log/reader.h"

#define FIRST_ENTRIES 4		/* among them is policy.accepted */

/* Sticky builder: NULL once anything failed. */
json *entry_new(const char *type)
{
	json *j = json_new_object();

	if (json_set_str(j, "type", type) != 0)
		json_free(&j);
	return j;
}

json *entry_accepted(int64_t serial, const uint8_t hash[HASH_LEN])
{
	json *j = entry_new("policy.accepted");

	if (json_set_int(j, "serial", serial) != 0 || json_set_hex(j, "hash", hash, HASH_LEN) != 0)
		json_free(&j);
	return j;
}

static int is_accepted(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const char *type = json_str(entry, "type");

	(void)seq, (void)offset, (void)e;
	*(int *)arg |= type != NULL && strcmp(type, "policy.accepted") == 0;
	return 0;
}

/* Every log begins with the policy its host has accepted.  Where set-up ended
 * before that was written, whoever comes next writes it: behind log.started, if
 * a power cut has left that, and the report of what it has torn. */
int entry_first(struct session *s, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_REQUEST, 0);
	struct store_span span = STORE_SPAN_INIT;
	json *j = NULL;
	int r, accepted = 0;

	if (log_head(s->log)->tree.size >= FIRST_ENTRIES)
		return 0;
	r = log_begin(s->log, LOG_WAIT_MS, &o, e);
	if (r == 0 && log_head(s->log)->tree.size > 0 &&
	    (r = store_log(s->store, s->host, &span, e)) == 0)
		r = log_each(&span, 0, 0, log_head(s->log)->tree.size, is_accepted, &accepted, NULL,
		    e);
	store_span_close(&span);
	if (r == 0 && !accepted) {
		j = entry_accepted(policy_serial(s->policy), policy_hash(s->policy));
		r = j != NULL ? log_append_one(s->log, j, &o, NULL, e)
			      : err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
		json_free(&j);
	}
	log_end(s->log);
	return r;
}

json *entry_requested(const struct statement *st)
{
	json *j = entry_new("ceremony.requested");

	if (json_set(j, "statement", json_copy(st->doc)) != 0)
		json_free(&j);
	return j;
}

json *entry_approved(const struct statement *st, const struct approval *a, const json *warnings)
{
	json *j = entry_new("ceremony.approved");

	if (json_set_hex(j, "statement", st->hash, HASH_LEN) != 0 ||
	    json_set(j, "approval", approval_bare(a)) != 0 ||
	    json_set(j, "warnings", json_copy(warnings)) != 0)
		json_free(&j);
	return j;
}

json *entry_denied(const struct statement *st, const struct err *why)
{
	json *j = entry_new("ceremony.denied");
	char text[TEXT_MAX + 1];

	text_escape(text, sizeof(text), why->text, strlen(why->text));
	if (json_set_hex(j, "statement", st->hash, HASH_LEN) != 0 ||
	    json_set_str(j, "code", err_name(why->code)) != 0 ||
	    json_set_str(j, "text", text) != 0)
		json_free(&j);
	return j;
}

static json *released_fields(const struct statement *st)
{
	return json_copy(json_get(json_at(st->deliver, 0), "fields"));
}

json *entry_holders(const struct approvals *set)
{
	json *a = json_new_array();

	for (size_t i = 0; i < approvals_size(set); i++)
		if (json_add_str(a, approvals_at(set, i)->holder) != 0)
			json_free(&a);
	return a;
}

json *entry_released(const struct statement *st, const struct approvals *set, int64_t due)
{
	json *j = entry_new("released");

	if (json_set_hex(j, "statement", st->hash, HASH_LEN) != 0 ||
	    json_set_str(j, "record", st->record) != 0 ||
	    json_set_int(j, "version", st->version) != 0 ||
	    json_set_hex(j, "digest", st->digest, HASH_LEN) != 0 ||
	    json_set(j, "fields", released_fields(st)) != 0 ||
	    json_set(j, "holders", entry_holders(set)) != 0 ||
	    (due < 0 ? json_set_null(j, "due") : json_set_time(j, "due", due)) != 0)
		json_free(&j);
	return j;
}

json *entry_confirmed(const struct statement *st, const char *record, int64_t version,
    const char *field, const char *by)
{
	json *j = entry_new("rotation.confirmed"), *fields = json_new_array();

	if (json_add_str(fields, field) != 0)
		json_free(&fields);
	if ((st != NULL ? json_set_hex(j, "statement", st->hash, HASH_LEN)
			: json_set_null(j, "statement")) != 0 ||
	    json_set_str(j, "record", record) != 0 || json_set_int(j, "version", version) != 0 ||
	    json_set_str(j, "by", by) != 0) {
		json_free(&fields);
		json_free(&j);
	}
	if (json_set(j, "fields", fields) != 0)
		json_free(&j);
	return j;
}

static json *sealed_fields(const struct record_in *in)
{
	json *fields = json_new_array();

	for (size_t i = 0; i < in->n; i++) {
		json *f = json_new_object(), *known = json_new_array();

		for (size_t k = 0; k < in->fields[i].n_known; k++)
			if (json_add_str(known, in->fields[i].known_to[k]) != 0)
				json_free(&known);
		if (json_set_str(f, "name", in->fields[i].field) != 0 ||
		    json_set(f, "known_to", known) != 0)
			json_free(&f);
		if (json_add(fields, f) != 0)
			json_free(&fields);
	}
	return fields;
}

json *entry_sealed(const struct session *s, const struct record_in *in,
    const struct record_sealed *sealed, const struct statement *attended, const struct requester *rq)
{
	json *j = entry_new("record.sealed");

	if (json_set_str(j, "record", in->name) != 0 ||
	    json_set_int(j, "version", in->version) != 0 ||
	    json_set_hex(j, "digest", sealed->digest, HASH_LEN) != 0 ||
	    json_set_hex(j, "shares", sealed->shares_digest, HASH_LEN) != 0 ||
	    json_set_str(j, "kind", in->kind) != 0 ||
	    json_set_str(j, "quorum", in->quorum) != 0 ||
	    json_set_bool(j, "candidate", in->candidate) != 0 ||
	    (attended != NULL ? json_set_hex(j, "attended", attended->hash, HASH_LEN)
			      : json_set_null(j, "attended")) != 0 ||
	    json_set(j, "fields", sealed_fields(in)) != 0 ||
	    json_set(j, "requester", requester_json(rq, s->host)) != 0)
		json_free(&j);
	return j;
}
