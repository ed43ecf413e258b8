/* SPDX-License-Identifier: BSD-2-Clause */
/* Which version is opened, and its documents. */
#include <stdio.h>
#include <string.h>

#include "ceremony/unseal_local.h"

static int read_doc(struct session *s, const struct store_doc *doc, char path[STORE_PATH_MAX],
    struct buf *b, struct err *e)
{
	int r;

	buf_reset(b);
	store_doc_path(path, doc);
	r = store_read(s->store, doc, b, e);
	if (r == ERR_MISSING) {
		err_clear(e);
		err_set(e, ERR_ROLLBACK, "The log names %s, but the store does not have it.", path);
		err_hint(e, "Bring the file back from a copy of the store; `twokey log verify` "
		    "lists everything that is missing.");
		return ERR_ROLLBACK;
	}
	return r;
}

static int differs(const char *what, const char *record, struct err *e)
{
	err_set(e, ERR_TAMPERED, "The %s of %s is not the one that the log names.", what, record);
	err_hint(e, "Bring the file back from a copy of the store; see `twokey log verify`.");
	return ERR_TAMPERED;
}

static int load_record(struct unseal *u, const struct index_version *v, struct buf *b,
    struct err *e)
{
	struct session *s = u->session;
	char path[STORE_PATH_MAX], what[NAME_MAX_LEN + 40];
	struct store_doc doc;
	int r;

	if ((r = store_doc_record(&doc, u->in->record, v->version, e)) != 0 ||
	    (r = read_doc(s, &doc, path, b, e)) != 0 ||
	    (r = record_parse(&u->record, b->data, b->len, path, e)) != 0)
		return r;
	if (memcmp(u->record->digest, v->digest, HASH_LEN) != 0)
		return differs("record", u->in->record, e);
	if ((r = record_verify(u->record, s->policy, e)) != 0)
		return r;
	snprintf(what, sizeof(what), "Record %s version %lld", u->in->record, (long long)v->version);
	return session_see_heads(s, json_get(u->record->doc, "logs"), what, e);
}

/* A shares document that the log of the record's own host names. */
static int load_shares(struct unseal *u, const struct index_version *v,
    const struct index_shares *ix, struct buf *b, struct err *e)
{
	const struct policy *made_for = session_policy(u->session, ix->serial);
	const char *name = u->in->record;
	char path[STORE_PATH_MAX];
	struct store_doc doc;
	int r;

	if (made_for == NULL) {
		err_set(e, ERR_TAMPERED, "The log names shares of %s for a policy that is not there.",
		    name);
		err_hint(e, "`twokey log verify` says what is wrong with the logs and policies.");
		return ERR_TAMPERED;
	}
	if ((r = store_doc_shares(&doc, name, v->version, ix->serial, e)) != 0 ||
	    (r = read_doc(u->session, &doc, path, b, e)) != 0 ||
	    (r = shares_parse(&u->shares, b->data, b->len, path, e)) != 0)
		return r;
	r = memcmp(u->shares->digest, ix->digest, HASH_LEN) != 0 ||
	    strcmp(u->shares->host, ix->host) != 0 ? differs("shares document", name, e)
	    : shares_verify(u->shares, u->record, made_for, e);
	if (r != 0)
		shares_free(&u->shares);
	return r;
}

/* The newest shares of u->record that hold: what another host's log
 * says is void (docs/formats.md section 8), and must not keep the record closed. */
static int load(struct unseal *u, const struct index_version *v, struct err *e)
{
	struct buf b = BUF_INIT;
	struct err why = { 0 };
	int r = 0, first = 0;

	for (size_t i = v->nshares; r == 0 && u->shares == NULL && i-- > 0;) {
		struct err one = { 0 };
		int bad;

		if (strcmp(v->shares[i].host, u->record->host) != 0)
			continue;
		bad = load_shares(u, v, &v->shares[i], &b, &one);
		if (bad != 0 && first == 0) {
			first = bad;
			why = one;
		}
	}
	if (r == 0 && u->shares == NULL)
		r = first != 0 ? err_give(e, &why) : err_set(e, ERR_TAMPERED, "Record %s is of host %s, "
		    "whose log does not name it.", u->in->record, u->record->host);
	buf_free(&b);
	return session_changed(r, e);
}

/* 1 when this version has any of the fields that were asked for. */
static int has_any(const struct unseal_in *in, const struct record *rec)
{
	for (size_t i = 0; i < in->n; i++)
		if (record_field(rec, in->fields[i].name) != NULL)
			return 1;
	return in->n == 0;
}

/* The fields that u->record, a candidate, lacks: they are still those of the versions below it. */
static int look_below(struct unseal *u, const struct index_record *known, struct err *e)
{
	struct record *above = u->record;
	const struct index_version *v;
	struct buf b = BUF_INIT;
	int64_t below = above->version;
	int r = 0;

	u->record = NULL;
	u->beside = json_new_array();
	while (r == 0 && below > 0 && index_version_below(&v, known, INDEX_IN_FORCE, below, NULL) == 0 &&
	    (r = load_record(u, v, &b, e)) == 0) {
		for (size_t i = 0; i < u->record->n; i++)
			if (record_field(above, u->record->fields[i].name) == NULL &&
			    !json_has_str(u->beside, u->record->fields[i].name) &&
			    json_add_str(u->beside, u->record->fields[i].name) != 0)
				json_free(&u->beside);
		below = u->record->candidate ? u->record->version : 0;
		record_free(&u->record);
	}
	record_free(&u->record);
	u->record = above;
	buf_free(&b);
	return r == 0 && u->beside == NULL ? err_set(e, ERR_MEMORY, "There is not enough memory to "
	    "open a record.") : r;
}

/* The version to open.  Where none is named it goes by the fields: a candidate has only what its
 * rotation changes, all else stays in force in the version before it. */
static int choose(struct unseal *u, const struct index_record *known,
    const struct index_version **v, struct err *e)
{
	const struct unseal_in *in = u->in;
	const int64_t which = in->version > 0 ? in->version
	    : in->candidate ? INDEX_CANDIDATE : INDEX_IN_FORCE;
	const struct index_version *older;
	struct buf b = BUF_INIT;
	int r = index_version(v, known, which, e), more = which <= 0;

	if (r == 0)
		r = load_record(u, *v, &b, e);
	while (r == 0 && more && u->record->candidate && !has_any(in, u->record)) {
		more = index_version_below(&older, known, which, (*v)->version, NULL) == 0;
		if (!more)
			break;
		*v = older;
		record_free(&u->record);
		r = load_record(u, *v, &b, e);
	}
	if (r == 0)
		u->confirmed = (*v)->confirmed;
	if (r == 0 && which == INDEX_IN_FORCE && u->record->candidate)
		r = look_below(u, known, e);
	buf_free(&b);
	return session_changed(r, e);
}

int unseal_find(struct unseal *u, struct err *e)
{
	struct index_record *known = NULL;
	const struct index_version *v;
	struct err why = { 0 };
	int r = index_find(&known, u->session->index, u->in->record, &why);

	if (r == ERR_MISSING) {
		err_set(e, ERR_MISSING, "There is no record %s in this vault.", u->in->record);
		err_hint(e, "`twokey status` lists all records.");
		return ERR_MISSING;
	}
	if (r != 0)
		return err_give(e, &why);
	u->last_opened = known->released;
	r = choose(u, known, &v, e);
	if (r == ERR_MISSING)
		err_hint(e, "`twokey log show --record %s` lists its versions.", u->in->record);
	if (r == 0)
		r = load(u, v, e);
	index_record_free(&known);
	return r;
}
