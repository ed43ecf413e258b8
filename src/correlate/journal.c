/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/journal.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/entries.h"
#include "correlate/gzip.h"
#include "correlate/past_local.h"

#define RECORDS_RAW (160u * 1024u)	/* bytes of records in an entry: they fit even if nothing packs them */
#define RECORDS_IDS 500
#define KEPT_RAW (8u * 1024u * 1024u)	/* of one finding: of further records the ids alone are kept */

/* The entries of one finding, and what is in the one that grows. */
struct batch {
	json **entries;
	size_t n, cap;
	json *ids;
	struct buf raw;
	size_t kept;		/* bytes of records, of the whole finding */
	int64_t without;	/* records of this entry that are not kept */
	int vouched;		/* AWS vouches for its records */
	const char *account;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
}

static int batch_add(struct batch *b, json *entry, struct err *e)
{
	if (b->n == b->cap) {
		const size_t cap = b->cap ? b->cap * 2 : 8;
		json **more = reallocarray(b->entries, cap, sizeof(json *));

		if (more == NULL) {
			json_free(&entry);
			return no_memory(e);
		}
		b->entries = more;
		b->cap = cap;
	}
	if (entry == NULL)
		return no_memory(e);
	b->entries[b->n++] = entry;
	return 0;
}

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		json_free(&b->entries[i]);
	free(b->entries);
	json_free(&b->ids);
	buf_free(&b->raw);
}

/* The records that have come together become an entry. */
static int records_end(struct batch *b, struct err *e)
{
	struct buf packed = BUF_INIT;
	json *j = json_new_object();
	int r = gzip_pack(&packed, b->raw.data, b->raw.len, e), bad;

	if (b->ids == NULL || r != 0) {
		json_free(&j);
		buf_free(&packed);
		return r;
	}
	bad = json_set_str(j, "type", ENTRY_RECORDS) | json_set_str(j, "account", b->account) |
	    json_set(j, "ids", b->ids) | json_set_bytes(j, "gzip", packed.data, packed.len) |
	    json_set_bool(j, "vouched", b->vouched) | json_set_int(j, "without", b->without);
	b->ids = NULL;
	b->without = 0;
	buf_reset(&b->raw);
	buf_free(&packed);
	if (bad)
		json_free(&j);
	return batch_add(b, j, e);
}

static int record_add(struct batch *b, const struct event *ev, struct spill *s, struct err *e)
{
	const int keep = ev->raw_at != SPILL_NOT && ev->raw_len <= RECORDS_RAW && b->kept + ev->raw_len <= KEPT_RAW;
	char id[160];
	int r = 0;

	if (b->ids != NULL && (json_len(b->ids) == RECORDS_IDS ||
	    (keep && b->raw.len + ev->raw_len > RECORDS_RAW)))
		r = records_end(b, e);
	if (r == 0 && b->ids == NULL && (b->ids = json_new_array()) == NULL)
		r = no_memory(e);
	text_escape(id, sizeof(id), ev->id, strlen(ev->id));
	if (r == 0 && json_add_str(b->ids, id) != 0)
		r = no_memory(e);
	if (r != 0)
		return r;
	if (!keep) {
		b->without++;
		return 0;
	}
	b->kept += ev->raw_len;
	r = spill_read(s, &b->raw, ev->raw_at, ev->raw_len, e);
	/* A line a record: JSON has line breaks between values alone. */
	for (size_t i = b->raw.len - (r == 0 ? ev->raw_len : 0); i < b->raw.len; i++)
		if (b->raw.data[i] == '\n' || b->raw.data[i] == '\r')
			b->raw.data[i] = ' ';
	buf_puts(&b->raw, "\n");
	return r;
}

static int set_clean(json *j, const char *name, const char *text)
{
	char clean[TEXT_MAX];

	text_escape(clean, sizeof(clean), text, strlen(text));
	return json_set_str(j, name, clean);
}

static json *release_ref(const struct release *rel)
{
	json *j = json_new_object();

	if (json_set_str(j, "host", rel->host) | json_set_str(j, "record", rel->record) |
	    json_set_int(j, "seq", rel->seq) | json_set_int(j, "version", rel->version))
		json_free(&j);
	return j;
}

static json *services_of(const struct finding *f)
{
	json *list = json_new_array();

	for (size_t i = 0; i < f->n_services; i++) {
		json *one = json_new_object();

		if (set_clean(one, "source", f->services[i].source) != 0 ||
		    json_set_int(one, "writes", f->services[i].writes) != 0)
			json_free(&one);
		if (json_add(list, one) != 0) {
			json_free(&list);
			return NULL;
		}
	}
	return list;
}

/* f: what is new of it.  records: entries of them before this one.  vouched: AWS vouches for these events; whether for
 * the main one, too, is another question. */
static json *activity(const struct finding *f, const struct release *rel, size_t records, int vouched)
{
	static const char *const mfa[] = { "unknown", "no", "yes" };
	const struct event *ev = f->main;
	json *j = json_new_object();
	int bad;

	bad = json_set_str(j, "type", ENTRY_ACTIVITY) | json_set_str(j, "account", f->account) |
	    set_clean(j, "address", ev->address) | set_clean(j, "agent", ev->agent) |
	    json_set_time(j, "at", ev->time) | set_clean(j, "event", ev->id) |
	    json_set_int(j, "events", f->events) | json_set_int(j, "failed", f->failed) |
	    json_set_time(j, "from", f->first) |
	    json_set_str(j, "kind", event_kind_name((enum event_kind)ev->kind)) |
	    json_set_str(j, "mfa", mfa[ev->mfa]) | json_set_int(j, "reads", f->reads) |
	    json_set_int(j, "records", (int64_t)records) | set_clean(j, "region", ev->region) |
	    json_set(j, "services", services_of(f)) | json_set_time(j, "to", f->last) |
	    json_set_str(j, "verdict", verdict_name(f->verdict)) | json_set_bool(j, "vouched", vouched && ev->vouched) |
	    json_set_str(j, "why", verdict_why_text(f->why)) | json_set_int(j, "writes", f->writes);
	bad |= rel != NULL ? json_set(j, "release", release_ref(rel)) : json_set_null(j, "release");
	if (bad)
		json_free(&j);
	return j;
}

/* What of it no entry has yet, of what AWS vouches for (b->vouched) or of the rest. */
static int fresh(struct batch *b, struct finding *part, const struct finding *f,
    const struct journal_in *in, struct err *e)
{
	int r = 0, first = 1;

	*part = *f;
	part->events = part->reads = part->writes = part->failed = part->more_writes = part->vouched = 0;
	part->n_services = 0;
	for (int64_t i = 0; i < f->events && r == 0; i++) {
		const struct event *ev = &in->events[f->of[i]];

		if (ev->vouched != b->vouched || past_has(in->past, ev) || ev->raw_len == 0)
			continue;
		if (first)
			part->first = part->last = ev->time;
		first = 0;
		finding_count(part, ev);
		if (f->verdict != VERDICT_FAILED)
			r = record_add(b, ev, in->records, e);
	}
	return r == 0 ? records_end(b, e) : r;
}

static int write_batch(struct journal_done *done, struct session *s, struct batch *b, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_NONE, 0);
	struct log_receipt receipt;
	int r;

	if (b->n == 0)
		return 0;
	r = log_append(s->log, b->entries, b->n, NULL, 0, &o, &receipt, e);
	if (r == 0) {
		done->seq = done->seq < 0 ? receipt.seq : done->seq;
		done->entries += (int64_t)b->n;
	}
	return r;
}

static int64_t day_of(const struct finding *f)
{
	return f->main->time / DAY_MS * DAY_MS;
}

int journal_waits(const struct finding *f, const struct journal_in *in)
{
	if (f->verdict == VERDICT_PENDING)
		return 1;
	return f->verdict == VERDICT_FAILED && day_of(f) + DAY_MS + verdict_rules_default.settle > in->now;
}

/* The field that a successful change by root sets anew; NULL: none. */
static const char *changes(const struct event *ev)
{
	if (ev->failed)
		return NULL;
	if (ev->kind == EVENT_PASSWORD_UPDATED || ev->kind == EVENT_RECOVERY_COMPLETED)
		return "password";
	/* A seed's device, no security key. */
	return ev->kind == EVENT_MFA_ENABLED && strstr(ev->detail, ":mfa/") != NULL ? "totp" : NULL;
}

/* What AWS tells of a candidate's being set, in a session that a release of the record explains. */
static int confirm(struct batch *b, struct journal_done *done, const struct finding *f,
    const struct journal_in *in, struct err *e)
{
	int r = 0;

	if (f->verdict != VERDICT_EXPLAINED || f->release < 0)
		return 0;
	for (int64_t i = 0; i < f->events && r == 0; i++) {
		const struct event *ev = &in->events[f->of[i]];
		const char *record = past_plain(in->past)[f->release].record, *field = changes(ev);
		char id[TEXT_MAX];
		int64_t version;

		/* An event of such a name would be another's word. */
		if (field == NULL || !ev->vouched || past_has(in->past, ev) || ev->raw_len == 0 ||
		    strcmp(ev->id, "holders") == 0 || strcmp(ev->id, "shadow") == 0)
			continue;
		version = past_candidate(in->past, record, field, ev->time + verdict_rules_default.skew);
		if (version == 0)
			continue;
		text_escape(id, sizeof(id), ev->id, strlen(ev->id));
		if ((r = batch_add(b, entry_confirmed(NULL, record, version, field, id), e)) == 0)
			r = past_confirm(in->past, record, version, e);
		done->confirmed++;
	}
	return r;
}

static int write_finding(struct journal_done *done, struct session *s, const struct finding *f,
    const struct journal_in *in, struct err *e)
{
	struct batch b = { .raw = BUF_INIT, .account = f->account };
	struct finding part;
	int r = 0;

	/* A file that nobody has signed is good for an alarm alone. */
	for (b.vouched = 1; r == 0 && b.vouched >= (f->verdict != VERDICT_UNEXPLAINED); b.vouched--) {
		const size_t before = b.n;

		if ((r = fresh(&b, &part, f, in, e)) == 0 && part.events > 0)
			r = batch_add(&b, activity(&part, f->release >= 0 ?
			    &past_plain(in->past)[f->release] : NULL, b.n - before, b.vouched), e);
	}
	if (r == 0 && b.n > 0 && (r = confirm(&b, done, f, in, e)) == 0)
		r = write_batch(done, s, &b, e);
	batch_free(&b);
	return r;
}

/* What is to be said of a release itself. */
static int write_about(struct journal_done *done, struct session *s, const char *type, const struct release *rel,
    struct err *e)
{
	struct batch b = { .raw = BUF_INIT };
	json *j = json_new_object();
	int r, bad = json_set_str(j, "type", type) | json_set(j, "release", release_ref(rel));

	if (strcmp(type, ENTRY_UNUSED) == 0)
		bad |= json_set_str(j, "account", rel->account);
	if (bad)
		json_free(&j);
	r = batch_add(&b, j, e);
	if (r == 0)
		r = write_batch(done, s, &b, e);
	batch_free(&b);
	return r;
}

int journal_write(struct journal_done *done, struct session *s, const struct journal_in *in,
    struct err *e)
{
	const struct verdicts *v = in->verdicts;
	int r = 0;

	*done = (struct journal_done){ 0, -1, 0 };
	for (size_t i = 0; i < v->n_releases && r == 0; i++)
		if (v->release[i].unwitnessed)
			r = write_about(done, s, ENTRY_UNWITNESSED, &past_plain(in->past)[i], e);
	for (size_t i = 0; i < v->n && r == 0; i++)
		/* A day of failed sign-ins has one entry. */
		if (!journal_waits(&v->finding[i], in) && (v->finding[i].verdict != VERDICT_FAILED ||
		    !past_has_day(in->past, v->finding[i].account, day_of(&v->finding[i]))))
			r = write_finding(done, s, &v->finding[i], in, e);
	for (size_t i = 0; i < v->n_releases && r == 0 && in->read != NULL; i++) {
		const struct release *rel = &past_plain(in->past)[i];

		/* Where all was read that AWS has signed, a sign-in in a file alone is none. */
		if ((v->release[i].state == RELEASE_UNUSED || (v->release[i].sign_in != NULL &&
		    !v->release[i].sign_in->vouched)) && in->read[i] && !past_has_unused(in->past, rel->host, rel->seq))
			r = write_about(done, s, ENTRY_UNUSED, rel, e);
	}
	return r;
}
