/* SPDX-License-Identifier: BSD-2-Clause */
#include "posture/known.h"

#include <stdlib.h>
#include <string.h>

#include "correlate/past.h"
#include "vault/record.h"

struct posture_known {
	struct posture_vault vault;	/* its arrays are these: */
	struct posture_record *records;
	struct posture_moment *releases, *sign_ins;
	struct record **parsed;		/* of records, in their order */
	struct past *past;		/* lends the releases' strings */
	struct events *events;
};

/* A walk under way. */
struct walk {
	struct posture_known *k;
	struct session *s;
};

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for what the vault knows.");
}

/* The list with room for one more at its end; NULL, and it stays, when memory ran out. */
static void *grown(void *list, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return list;
	return reallocarray(list, n == 0 ? 1 : 2 * n, size);
}

static int read_record(struct record **out, const struct session *s, const char *name,
    const struct index_version *v, struct err *e)
{
	char path[STORE_PATH_MAX];
	struct buf b = BUF_INIT;
	struct store_doc d;
	int r;

	*out = NULL;
	if ((r = store_doc_record(&d, name, v->version, e)) != 0)
		return r;
	store_doc_path(path, &d);
	if ((r = store_read(s->store, &d, &b, e)) == 0 &&
	    (r = record_parse(out, b.data, b.len, path, e)) == 0 &&
	    memcmp((*out)->digest, v->digest, HASH_LEN) != 0)
		r = err_set(e, ERR_TAMPERED, "%s is not what the log says.", path);
	if (r != 0)
		record_free(out);
	buf_free(&b);
	return session_changed(r, e);
}

static int keep_record(struct posture_known *k, struct record *rec, int64_t sealed, struct err *e)
{
	const json *a = rec->attributes;
	struct posture_record *to = grown(k->records, k->vault.n_records, sizeof(*to));
	struct record **parsed;

	if (to == NULL)
		return no_memory(e);
	k->records = to;
	parsed = grown(k->parsed, k->vault.n_records, sizeof(*parsed));
	if (parsed == NULL)
		return no_memory(e);
	k->parsed = parsed;
	to += k->vault.n_records;
	*to = (struct posture_record){ .name = rec->name, .account = json_str(a, "account"),
		.email = json_str(a, "email"), .email_controller = json_str(a, "email_controller"),
		.phone_controller = json_str(a, "phone_controller"), .sealed = sealed };
	if (to->account == NULL || to->email == NULL || to->email_controller == NULL ||
	    to->phone_controller == NULL)
		return err_set(e, ERR_TAMPERED, "Record %s lacks an attribute.", rec->name);
	for (size_t i = 0; i < rec->n; i++)
		if (to->witness == NULL)
			to->witness = json_str(rec->fields[i].witness, "key");
	k->parsed[k->vault.n_records++] = rec;
	return 0;
}

static int take_record(void *arg, const char *name, struct err *e)
{
	const struct walk *w = arg;
	const struct index_version *v;
	struct index_record *found = NULL;
	struct record *rec = NULL, *first = NULL;
	struct err none = { 0 };
	int r = index_find(&found, w->s->index, name, &none);

	/* What no log names is not there. */
	if (r == ERR_MISSING || (r == 0 && found->nversions == 0)) {
		index_record_free(&found);
		return 0;
	}
	if (r != 0)
		return err_give(e, &none);
	r = index_version(&v, found, INDEX_IN_FORCE, &none);
	if (r == ERR_MISSING)
		r = index_version(&v, found, INDEX_NEWEST, e);
	else if (r != 0)
		r = err_give(e, &none);
	if (r == 0)
		r = read_record(&rec, w->s, name, v, e);
	if (r == 0 && strcmp(rec->kind, "aws-root") == 0 &&
	    (r = read_record(&first, w->s, name, &found->versions[0], e)) == 0 &&
	    (r = keep_record(w->k, rec, first->sealed, e)) == 0)
		rec = NULL;
	record_free(&rec);
	record_free(&first);
	index_record_free(&found);
	return r;
}

/* A sign-in that a release explains. */
static int take_entry(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	const char *type = json_str(entry, "type"), *kind = json_str(entry, "kind");
	const char *verdict = json_str(entry, "verdict"), *account = json_str(entry, "account");
	const char *record = json_str(json_get(entry, "release"), "record");
	struct posture_known *k = ((const struct walk *)arg)->k;
	struct posture_moment *m;

	(void)seq, (void)offset;
	if (type == NULL || strcmp(type, "root.activity") != 0 || kind == NULL ||
	    strcmp(kind, event_kind_name(EVENT_SIGN_IN)) != 0 || verdict == NULL ||
	    strcmp(verdict, verdict_name(VERDICT_EXPLAINED)) != 0)
		return 0;
	if (account == NULL || record == NULL || json_time(entry, "at") < 0)
		return err_set(e, ERR_INPUT, "A `root.activity` entry is malformed.");
	m = grown(k->sign_ins, k->vault.n_sign_ins, sizeof(*m));
	if (m == NULL)
		return no_memory(e);
	k->sign_ins = m;
	m += k->vault.n_sign_ins;
	*m = (struct posture_moment){ strdup(account), strdup(record), json_time(entry, "at") };
	k->vault.n_sign_ins++;
	return m->account == NULL || m->record == NULL ? no_memory(e) : 0;
}

static int take_releases(struct posture_known *k, struct session *s, struct err *e)
{
	const struct past_release *rel;
	int r;

	if ((r = events_new(&k->events, NULL, NULL, e)) != 0 ||
	    (r = past_read(&k->past, s, k->events, e)) != 0)
		return r;
	rel = past_releases(k->past, &k->vault.n_releases);
	k->releases = calloc(k->vault.n_releases + 1, sizeof(*k->releases));
	if (k->releases == NULL)
		return no_memory(e);
	for (size_t i = 0; i < k->vault.n_releases; i++)
		k->releases[i] = (struct posture_moment){ rel[i].release.account, rel[i].release.record,
			rel[i].release.time };
	return 0;
}

int posture_known_read(struct posture_known **out, struct session *s, struct err *e)
{
	struct posture_known *k = calloc(1, sizeof(*k));
	struct walk w = { k, s };
	int r;

	*out = k;
	if (k == NULL)
		return no_memory(e);
	if ((r = take_releases(k, s, e)) == 0 && (r = session_each(s, take_entry, &w, e)) == 0)
		r = store_records(s->store, take_record, &w, e);
	k->vault.records = k->records;
	k->vault.releases = k->releases;
	k->vault.sign_ins = k->sign_ins;
	if (r != 0)
		posture_known_free(out);
	return r;
}

void posture_known_free(struct posture_known **kp)
{
	struct posture_known *k = *kp;

	*kp = NULL;
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->vault.n_sign_ins; i++) {
		free((char *)(uintptr_t)k->sign_ins[i].account);
		free((char *)(uintptr_t)k->sign_ins[i].record);
	}
	for (size_t i = 0; i < k->vault.n_records; i++)
		record_free(&k->parsed[i]);
	free(k->records);
	free(k->parsed);
	free(k->releases);
	free(k->sign_ins);
	past_free(&k->past);
	events_free(&k->events);
	free(k);
}

const struct posture_vault *posture_known_vault(const struct posture_known *k)
{
	return &k->vault;
}
