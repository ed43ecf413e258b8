/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate.h"

const char *rotate_state_name(enum rotate_state s)
{
	switch (s) {
	case ROTATE_SEALED:
		return "sealed";
	case ROTATE_KNOWN:
		return "known";
	case ROTATE_EXPOSED:
		return "exposed";
	}
	return "?";
}

static int set_time(json *o, const char *name, int64_t t)
{
	return t < 0 ? json_set_null(o, name) : json_set_time(o, name, t);
}

static int set_version(json *o, const char *name, int64_t v)
{
	return v == 0 ? json_set_null(o, name) : json_set_int(o, name, v);
}

/* Setters return 0 or ERR_MEMORY: or-ed together they say whether all worked. */
static json *field_json(const struct rotate_field *f)
{
	json *o = json_new_object();
	int r;

	if (o == NULL)
		return NULL;
	r = json_set_str(o, "name", f->name);
	r |= json_set_str(o, "state", rotate_state_name(f->state));
	r |= set_version(o, "version", f->version);
	r |= set_time(o, "since", f->since);
	r |= set_time(o, "due", f->due);
	r |= json_set_bool(o, "overdue", f->overdue);
	r |= json_set(o, "known_to", f->known_to != NULL ? json_copy(f->known_to) : json_new_array());
	r |= set_version(o, "rotating", f->rotating);
	r |= set_time(o, "rotated", f->rotated);
	r |= json_set_str(o, "confirmed_by", f->confirmed_by);
	r |= json_set_bool(o, "identity", f->identity);
	if (r != 0)
		json_free(&o);
	return o;
}

static json *spare_json(const struct rotate_spare *s)
{
	json *o = json_new_object();
	int r;

	if (o == NULL)
		return NULL;
	r = json_set_int(o, "tokens", s->tokens);
	r |= json_set_int(o, "holders", s->holders);
	r |= json_set_int(o, "hosts", s->hosts);
	if (r != 0)
		json_free(&o);
	return o;
}

static json *record_json(const struct rotate_record *rec)
{
	json *o = json_new_object(), *fields = json_new_array();
	size_t i;
	int r = o == NULL || fields == NULL;

	for (i = 0; r == 0 && i < rec->n_fields; i++)
		r = json_add(fields, field_json(&rec->fields[i]));
	if (r == 0) {
		r = json_set_str(o, "name", rec->name);
		r |= json_set_str(o, "kind", rec->kind);
		r |= json_set_str(o, "quorum", rec->quorum);
		r |= json_set_int(o, "version", rec->version);
		r |= json_set_time(o, "sealed", rec->sealed);
		r |= set_time(o, "opened", rec->opened);
		r |= set_time(o, "due", rec->due);
		r |= json_set_bool(o, "overdue", rec->overdue);
		r |= json_set_str(o, "proven_by", rec->proven_by);
		r |= json_set_bool(o, "conflict", rec->conflict);
		r |= json_set(o, "spare", spare_json(&rec->spare));
		r |= json_set(o, "fields", fields);
		fields = NULL;
	}
	json_free(&fields);
	if (r != 0)
		json_free(&o);
	return o;
}

static json *token_json(const struct rotate_token *t)
{
	json *o = json_new_object();
	int r;

	if (o == NULL)
		return NULL;
	r = json_set_str(o, "holder", t->holder);
	r |= json_set_str(o, "token", t->label);
	r |= set_time(o, "proven", t->proven);
	r |= json_set_bool(o, "stale", t->stale);
	if (r != 0)
		json_free(&o);
	return o;
}

int rotate_report_json(const struct rotate_report *p, json **out, struct err *e)
{
	json *o = json_new_object(), *records = json_new_array(), *tokens = json_new_array();
	size_t i;
	int r = o == NULL || records == NULL || tokens == NULL;

	*out = NULL;
	for (i = 0; r == 0 && i < p->n_records; i++)
		r = json_add(records, record_json(&p->records[i]));
	for (i = 0; r == 0 && i < p->n_tokens; i++)
		r = json_add(tokens, token_json(&p->tokens[i]));
	if (r == 0) {
		r = json_set(o, "records", records);
		records = NULL;
		r |= json_set(o, "tokens", tokens);
		tokens = NULL;
		r |= json_set_int(o, "due", (int64_t)p->n_due);
		r |= json_set_int(o, "overdue", (int64_t)p->n_overdue);
		r |= json_set_int(o, "stale", (int64_t)p->n_stale);
	}
	json_free(&records);
	json_free(&tokens);
	if (r == 0) {
		*out = o;
		return 0;
	}
	json_free(&o);
	return err_set(e, ERR_MEMORY, "Out of memory.");
}
