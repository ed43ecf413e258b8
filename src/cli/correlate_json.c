/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cli/correlate_show.h"

static int set_clean(json *j, const char *name, const char *text)
{
	char clean[TEXT_MAX];

	text_escape(clean, sizeof(clean), text, strlen(text));
	return json_set_str(j, name, clean);
}

static json *release_json(const struct past_release *r)
{
	json *j = json_new_object();

	if (json_set_str(j, "record", r->release.record) | json_set_int(j, "version", r->release.version) |
	    json_set_str(j, "host", r->release.host) | json_set_int(j, "seq", r->release.seq) |
	    json_set_time(j, "time", r->release.time) | json_set_str(j, "holders", r->holders) |
	    json_set_str(j, "ticket", r->ticket))
		json_free(&j);
	return j;
}

static json *services_json(const struct finding *f)
{
	json *list = json_new_object();

	for (size_t i = 0; i < f->n_services && list != NULL; i++) {
		char clean[64];

		text_escape(clean, sizeof(clean), f->services[i].source, strlen(f->services[i].source));
		if (json_set_int(list, clean, f->services[i].writes) != 0)
			json_free(&list);
	}
	return list;
}

/* The entry that told of it before; null when it is new. */
static int set_entry(json *j, const struct correlate_found *in, const struct finding *f)
{
	json *entry;
	const char *host;
	int64_t seq;

	if (past_is_new(in->past, f, in->events) || !past_entry(in->past, f->main, &host, &seq))
		return json_set_null(j, "entry");
	entry = json_new_object();
	if (json_set_str(entry, "host", host) | json_set_int(entry, "seq", seq))
		json_free(&entry);
	return json_set(j, "entry", entry);
}

static json *finding_json(const struct correlate_found *in, const struct finding *f, const struct past_release *rel)
{
	static const char *const mfa[] = { "unknown", "no", "yes" };
	const struct event *ev = f->main;
	json *j = json_new_object();
	int bad;

	bad = json_set_str(j, "account", f->account) | json_set_str(j, "verdict", verdict_name(f->verdict)) |
	    json_set_bool(j, "vouched", ev->vouched) |
	    json_set_str(j, "why", f->why == WHY_NONE ? NULL : verdict_why_text(f->why)) |
	    json_set_str(j, "kind", event_kind_name((enum event_kind)ev->kind)) |
	    set_clean(j, "event", ev->id) | json_set_time(j, "time", ev->time) |
	    set_clean(j, "name", ev->name) | set_clean(j, "source", ev->source) |
	    set_clean(j, "address", ev->address) | set_clean(j, "region", ev->region) |
	    set_clean(j, "agent", ev->agent) | json_set_str(j, "mfa", mfa[ev->mfa]) |
	    json_set_time(j, "from", f->first) | json_set_time(j, "to", f->last) |
	    json_set_int(j, "events", f->events) | json_set_int(j, "reads", f->reads) |
	    json_set_int(j, "writes", f->writes) | json_set_int(j, "failed", f->failed) |
	    json_set(j, "services", services_json(f));
	bad |= json_set_bool(j, "new", past_is_new(in->past, f, in->events)) | set_entry(j, in, f);
	bad |= rel != NULL ? json_set(j, "release", release_json(rel)) : json_set_null(j, "release");
	if (bad)
		json_free(&j);
	return j;
}

static json *state_json(const struct past_release *r, const struct release_verdict *v)
{
	static const char *const names[] = { "used", "no sign-in", "pending" };
	json *j = release_json(r);

	if (json_set_str(j, "state", names[v->state]) |
	    json_set_str(j, "event", v->sign_in != NULL ? v->sign_in->id : NULL) |
	    json_set_bool(j, "unwitnessed", v->unwitnessed))
		json_free(&j);
	return j;
}

/* [{from, to}]: whole hours without a file. */
static json *holes_json(const struct span *s)
{
	json *list = json_new_array();
	int bad = 0;

	for (size_t i = 1; i < s->n; i++) {
		json *one;

		if (s->hour[i] == s->hour[i - 1] + 1)
			continue;
		one = json_new_object();
		if (json_set_time(one, "from", (s->hour[i - 1] + INT64_C(1)) * 3600 * 1000) |
		    json_set_time(one, "to", s->hour[i] * INT64_C(3600) * 1000))
			json_free(&one);
		bad |= json_add(list, one);
	}
	if (bad)
		json_free(&list);
	return list;
}

static json *spans_json(const struct spans *s)
{
	json *list = json_new_array();
	int bad = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct span *p = &s->span[i];
		json *one = json_new_object();

		if (set_clean(one, "source", p->source) | json_set_str(one, "region", p->region) |
		    json_set_str(one, "account", p->account[0] != '\0' ? p->account : NULL) |
		    json_set_int(one, "files", p->files) | json_set_time(one, "from", p->from) |
		    json_set_time(one, "to", p->to) | json_set(one, "without", holes_json(p)))
			json_free(&one);
		bad |= json_add(list, one);
	}
	if (bad)
		json_free(&list);
	return list;
}

static json *read_json(const struct correlate_found *in)
{
	json *j = json_new_object();

	if (json_set(j, "spans", spans_json(in->spans)) | json_set_int(j, "unnamed", in->spans->unnamed) |
	    json_set_int(j, "files", in->stats.files) | json_set_int(j, "broken", in->stats.broken) |
	    json_set_int(j, "records", in->stats.records) | json_set_int(j, "passed", in->stats.passed) |
	    json_set_int(j, "twice", in->twice))
		json_free(&j);
	return j;
}

/* Hours that AWS vouches for, those that meet as one. */
static json *cover_json(const struct digest_cover *c)
{
	json *list = json_new_array();
	int bad = 0;

	for (size_t i = 0, k; i < c->n; i = k) {
		const struct digest_hour *h = &c->hour[i];
		int64_t to = h->to;
		json *one = json_new_object();

		for (k = i + 1; k < c->n && strcmp(c->hour[k].account, h->account) == 0 &&
		    strcmp(c->hour[k].region, h->region) == 0 && c->hour[k].from <= to; k++)
			to = c->hour[k].to > to ? c->hour[k].to : to;
		if (set_clean(one, "account", h->account) | set_clean(one, "region", h->region) |
		    json_set_time(one, "from", h->from) | json_set_time(one, "to", to))
			json_free(&one);
		bad |= json_add(list, one);
	}
	if (bad)
		json_free(&list);
	return list;
}

static json *digest_json(const struct digest_stats *d, const struct digest_cover *c)
{
	json *j = json_new_object();

	if (json_set_int(j, "digests", d->digests) | json_set_int(j, "unsigned", d->unsigned_yet) |
	    json_set_int(j, "bad", d->bad) | json_set_int(j, "gaps", d->gaps) |
	    json_set_int(j, "files", d->files) | json_set_int(j, "changed", d->changed) |
	    json_set_int(j, "missing", d->missing) | json_set_int(j, "uncovered", d->uncovered) |
	    json_set(j, "covered", cover_json(c)))
		json_free(&j);
	return j;
}

int correlate_json(json **out, const struct correlate_found *in, struct err *e)
{
	json *all = json_new_object(), *found = json_new_array(), *releases = json_new_array();
	const struct verdicts *v = in->verdicts;
	size_t n;
	const struct past_release *rel = past_releases(in->past, &n);
	int bad = 0;

	for (size_t i = 0; i < v->n; i++)
		bad |= json_add(found, finding_json(in, &v->finding[i], v->finding[i].release >= 0 ?
		    &rel[v->finding[i].release] : NULL));
	for (size_t i = 0; i < n; i++)
		if (*rel[i].release.account != '\0' || v->release[i].unwitnessed)
			bad |= json_add(releases, state_json(&rel[i], &v->release[i]));
	bad |= json_set(all, "findings", found);
	bad |= json_set(all, "releases", releases);
	bad |= json_set(all, "read", read_json(in));
	bad |= in->digest != NULL ? json_set(all, "digests", digest_json(in->digest, in->cover)) :
	    json_set_null(all, "digests");
	if (bad)
		json_free(&all);
	*out = all;
	return all != NULL ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}
