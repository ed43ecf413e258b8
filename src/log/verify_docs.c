/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents against the entries that name them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"
#include "vault/record.h"
#include "vault/shares.h"

/* This thread's own copy of a policy: json values are not for two threads. */
static struct policy *own_policy(const struct verify *v, struct vthread *t, size_t serial,
    struct err *e)
{
	const struct vpolicy *vp = &v->policies[serial - 1];

	if (t->policies[serial - 1] == NULL)
		(void)policy_parse_pinned(&t->policies[serial - 1], vp->doc.data, vp->doc.len, vp->hash,
		    v->report->vault, "A policy", e);
	return t->policies[serial - 1];
}

/* The newest policy that names this host. */
static size_t host_serial(const struct verify *v, const char *host)
{
	size_t i;

	for (i = v->npolicies; i > 1; i--)
		if (policy_host(v->policies[i - 1].p, host) != NULL)
			break;
	return i;
}

static int check_host(const struct verify *v, const struct vdoc *d, const char *host,
    struct err *e)
{
	if (strcmp(host, v->logs[d->log].host) == 0)
		return 0;
	return err_set(e, ERR_TAMPERED, "It is of host %s, whose log does not name it.", host);
}

/* A document, also where a crash left its host no time to give it its final
 * name (docs/formats.md section 9): the digest tells that it is the one. */
static int read_doc(const struct verify *v, const char *host, const struct store_doc *doc,
    struct buf *out, int *staged, struct err *e)
{
	struct err why;
	int r;

	err_clear(&why);
	*staged = 0;
	r = store_read(v->s, doc, out, &why);
	if (r == ERR_MISSING && store_writable(v->s) &&
	    store_read_staged(v->s, host, doc, out, NULL) == 0) {
		*staged = 1;
		return 0;
	}
	return r == 0 ? 0 : err_give(e, &why);
}

static int check_record(const struct verify *v, struct vthread *t, struct vdoc *d,
    const struct buf *b, const char *path, struct err *e)
{
	struct record *rec = NULL;
	uint8_t said[HASH_LEN];
	struct policy *p;
	int r;

	r = record_parse(&rec, b->data, b->len, path, e);
	if (r == 0 && (strcmp(rec->name, d->doc.name) != 0 || rec->version != d->doc.version))
		r = err_set(e, ERR_TAMPERED, "It calls itself another record or version.");
	if (r == 0 && memcmp(rec->digest, d->digest, HASH_LEN) != 0)
		r = err_set(e, ERR_TAMPERED, "It is not the document that the entry names.");
	if (r == 0 && strcmp(rec->quorum, d->quorum) != 0)
		r = err_set(e, ERR_TAMPERED, "Its entry names another quorum than it does.");
	if (r == 0 && (r = verify_said_record(said, rec, e)) == 0 &&
	    memcmp(said, d->said, HASH_LEN) != 0)
		r = err_set(e, ERR_TAMPERED, "Its entry names another kind, other fields or people who know "
		    "them, or a candidate where it is none.");
	if (r == 0)
		r = check_host(v, d, rec->host, e);
	if (r == 0) {
		p = own_policy(v, t, host_serial(v, rec->host), e);
		r = p == NULL ? ERR_INTERNAL : record_verify(rec, p, e);
	}
	if (r == 0) {
		d->logs = json_copy(json_get(rec->doc, "logs"));
		d->linux_root = strcmp(rec->kind, "linux-root") == 0;
	}
	record_free(&rec);
	return r;
}

static int check_shares(const struct verify *v, struct vthread *t, struct vdoc *d,
    const struct buf *b, const char *path, struct err *e)
{
	struct buf rb = BUF_INIT;
	struct record *rec = NULL;
	struct shares *sh = NULL;
	struct store_doc rd;
	struct policy *p;
	int r, staged;

	r = shares_parse(&sh, b->data, b->len, path, e);
	if (r == 0 && (strcmp(sh->record, d->doc.name) != 0 || sh->version != d->doc.version ||
			  sh->policy != d->doc.serial))
		r = err_set(e, ERR_TAMPERED, "It calls itself the shares of something else.");
	if (r == 0 && (memcmp(sh->digest, d->digest, HASH_LEN) != 0 ||
			  memcmp(sh->record_digest, d->record_digest, HASH_LEN) != 0))
		r = err_set(e, ERR_TAMPERED, "It is not the document that the entry names.");
	if (r == 0)
		r = check_host(v, d, sh->host, e);
	if (r == 0)
		r = store_doc_record(&rd, d->doc.name, d->doc.version, e);
	if (r == 0)
		r = read_doc(v, v->logs[d->log].host, &rd, &rb, &staged, e);
	if (r == 0)
		r = record_parse(&rec, rb.data, rb.len, "Its record", e);
	if (r == 0) {
		p = own_policy(v, t, (size_t)sh->policy, e);
		r = p == NULL ? ERR_INTERNAL : shares_verify(sh, rec, p, e);
	}
	shares_free(&sh);
	record_free(&rec);
	buf_free(&rb);
	return r;
}

static void doc_job(struct verify *v, struct vthread *t, void *arg, size_t i)
{
	struct vdoc *d = &v->docs[i];
	char path[STORE_PATH_MAX];
	struct buf b = BUF_INIT;
	struct err e;
	int r;

	(void)arg;
	err_clear(&e);
	store_doc_path(path, &d->doc);
	r = read_doc(v, v->logs[d->log].host, &d->doc, &b, &d->staged, &e);
	if (r == 0 && d->doc.kind == STORE_RECORD)
		r = check_record(v, t, d, &b, path, &e);
	else if (r == 0)
		r = check_shares(v, t, d, &b, path, &e);
	buf_free(&b);
	d->ok = r == 0;
	d->code = (enum err_code)r;
	(void)snprintf(d->text, sizeof(d->text), "%.255s", e.text);
}

static int doc_compare(const void *a, const void *b)
{
	const struct vdoc *x = a, *y = b;
	const int docs = store_doc_cmp(&x->doc, &y->doc);

	if (docs != 0)
		return docs;
	if (x->log != y->log)
		return x->log < y->log ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* The heads a record's host knew when it sealed. */
static int doc_claims(struct verify *v, const struct vdoc *d, const char *path, struct err *e)
{
	struct claim c;
	const json *one;
	size_t i;
	int r = 0;

	for (i = 0; i < json_len(d->logs) && r == 0; i++) {
		one = json_at(d->logs, i);
		memset(&c, 0, sizeof(c));
		(void)snprintf(c.host, sizeof(c.host), "%s", json_str(one, "host"));
		c.size = json_int(one, "size");
		(void)json_hex(one, "root", c.root, HASH_LEN);
		r = verify_claim(v, &c, path, e);
	}
	return r;
}

/* Shares for an older policy may go once newer ones are there. */
static int doc_superseded(const struct verify *v, size_t i)
{
	const struct vdoc *d = &v->docs[i];

	if (d->code != ERR_MISSING || d->doc.kind != STORE_SHARES)
		return 0;
	while (++i < v->ndocs && strcmp(v->docs[i].doc.name, d->doc.name) == 0 &&
	    v->docs[i].doc.version == d->doc.version)
		if (v->docs[i].ok && v->docs[i].doc.serial > d->doc.serial)
			return 1;
	return 0;
}

/* Versions are contiguous: behind a gap none counts. */
static void report_gap(struct verify *v, size_t i, const char *path)
{
	const struct vdoc *d = &v->docs[i];
	int64_t before = 0;
	size_t k;

	if (d->doc.kind != STORE_RECORD)
		return;
	for (k = i; before == 0 && k-- > 0 && strcmp(v->docs[k].doc.name, d->doc.name) == 0;)
		if (v->docs[k].doc.kind == STORE_RECORD)
			before = v->docs[k].doc.version;
	if (d->doc.version > before + 1)
		verify_find(v, VERIFY_FAULT, v->logs[d->log].host, d->seq, path, "It seals version %" PRId64
		    " of %s, but no log names version %" PRId64 ": it does not count.",
		    d->doc.version, d->doc.name, before + 1);
}

static int doc_report(struct verify *v, size_t i, struct err *e)
{
	const struct vdoc *d = &v->docs[i], *before = i > 0 ? &v->docs[i - 1] : NULL;
	const char *host = v->logs[d->log].host;
	char path[STORE_PATH_MAX];

	store_doc_path(path, &d->doc);
	report_gap(v, i, path);
	if (before != NULL && store_doc_cmp(&before->doc, &d->doc) == 0) {
		verify_find(v, VERIFY_FAULT, host, d->seq, path, "%s was named before, by entry %" PRId64
		    " of %s's log.", path, before->seq, v->logs[before->log].host);
		return 0;
	}
	if (d->ok) {
		*(d->doc.kind == STORE_RECORD ? &v->report->records : &v->report->shares) += 1;
		if (d->staged)
			verify_find(v, VERIFY_NOTE, host, d->seq, path, "%s is not in its place yet: the "
			    "next command of %s that writes puts it there.", path, host);
		return doc_claims(v, d, path, e);
	}
	if (d->code == ERR_MEMORY || d->code == ERR_INTERNAL || d->code == ERR_IO)
		return err_set(e, d->code, "%s could not be verified: %s", path, d->text);
	if (doc_superseded(v, i))
		verify_find(v, VERIFY_NOTE, host, d->seq, path, "%s is gone; shares for a newer policy "
		    "are there.", path);
	else if (d->code == ERR_MISSING)
		verify_find(v, VERIFY_FAULT, host, d->seq, path, "%s is missing.", path);
	else
		verify_find(v, VERIFY_FAULT, host, d->seq, path, "%s does not hold: %s", path, d->text);
	return 0;
}

static int void_doc(void *arg, const struct store_doc *d, struct err *e)
{
	struct verify *v = arg;
	size_t lo = 0, hi = v->ndocs, mid;
	char path[STORE_PATH_MAX];

	(void)e;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (store_doc_cmp(&v->docs[mid].doc, d) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < v->ndocs && store_doc_cmp(&v->docs[lo].doc, d) == 0)
		return 0;
	store_doc_path(path, d);
	verify_find(v, VERIFY_NOTE, "", -1, path, "No entry that counts names %s: it is void.", path);
	return 0;
}

static int void_record(void *arg, const char *name, struct err *e)
{
	struct verify *v = arg;

	return store_versions(v->s, name, void_doc, v, e);
}

int verify_docs(struct verify *v, struct err *e)
{
	size_t i;
	int r = 0;

	for (i = 0; i < v->threads && r == 0; i++) {
		v->th[i].npolicies = v->npolicies;
		v->th[i].policies = calloc(v->npolicies, sizeof(struct policy *));
		if (v->th[i].policies == NULL)
			r = verify_memory_out(e);
	}
	if (r != 0)
		return r;
	if (v->ndocs > 1)
		qsort(v->docs, v->ndocs, sizeof(*v->docs), doc_compare);
	verify_owners(v);
	verify_parallel(v, v->ndocs, doc_job, NULL);
	for (i = 0; i < v->ndocs && r == 0; i++)
		r = doc_report(v, i, e);
	return r != 0 ? r : store_records(v->s, void_record, v, e);
}
