/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/seal.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/entries.h"
#include "vault/shares.h"

#define BATCH 1024		/* records in one append */

/* One append under way. */
struct batch {
	struct record_sealed *sealed;
	struct store_new *docs;		/* two for each record */
	json **entries;
	size_t n;
};

static int batch_new(struct batch *b, size_t n, struct err *e)
{
	memset(b, 0, sizeof(*b));
	b->sealed = calloc(n, sizeof(*b->sealed));
	b->docs = calloc(2 * n, sizeof(*b->docs));
	b->entries = calloc(n, sizeof(json *));
	if (b->sealed != NULL && b->docs != NULL && b->entries != NULL)
		return 0;
	return err_set(e, ERR_MEMORY, "There is not enough memory to seal %zu records.", n);
}

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		record_sealed_free(&b->sealed[i]);
		json_free(&b->entries[i]);
	}
	free(b->sealed);
	free(b->docs);
	free(b->entries);
	memset(b, 0, sizeof(*b));
}

static int not_named(const char *name, struct err *e)
{
	err_set(e, ERR_TAMPERED, "The record %s in the store is not the one that the log names.", name);
	err_hint(e, "Bring the file back from a copy of the store; see `twokey log verify`.");
	return ERR_TAMPERED;
}

/* The record in the store, which must be the one of this digest: who can write
 * the store chooses nothing that a host then signs. */
static int read_record(struct record **rec, struct session *s, const char *name, int64_t version,
    const uint8_t digest[HASH_LEN], struct err *e)
{
	struct store_doc doc;
	struct buf b = BUF_INIT;
	int r;

	*rec = NULL;
	if ((r = store_doc_record(&doc, name, version, e)) == 0 &&
	    (r = store_read(s->store, &doc, &b, e)) == 0)
		r = record_parse(rec, b.data, b.len, name, e);
	if (r == 0 && memcmp((*rec)->digest, digest, HASH_LEN) != 0) {
		record_free(rec);
		r = not_named(name, e);
	}
	buf_free(&b);
	return r;
}

int seal_version(struct record **rec, struct session *s, const char *name, int64_t which,
    struct err *e)
{
	struct index_record *known = NULL;
	const struct index_version *found;
	int r;

	*rec = NULL;
	if ((r = session_index(s, e)) != 0 || (r = index_find(&known, s->index, name, e)) != 0)
		return r;
	if ((r = index_version(&found, known, which, e)) == 0)
		r = read_record(rec, s, name, found->version, found->digest, e);
	index_record_free(&known);
	return r;
}

int seal_newest(struct record **rec, struct session *s, const char *name, struct err *e)
{
	return seal_version(rec, s, name, INDEX_NEWEST, e);
}

static int is_in_charge(const struct session *s, const char *host)
{
	return host != NULL && record_standing(policy_host(s->policy, host)) == OWNER_IN_CHARGE;
}

/* The root password of a host that keeps a log of this vault itself: it alone
 * knows what is set there.  Its own record is known by the name, others of it by
 * what they say. */
static int check_owner(const struct session *s, const struct seal_item *item, int known,
    struct err *e)
{
	const char *host = record_owner(item->name);

	if (!is_in_charge(s, host))
		host = known && strcmp(item->kind, "linux-root") == 0
		    ? json_str(item->attributes, "host") : NULL;
	if (!is_in_charge(s, host) || strcmp(host, s->host) == 0)
		return 0;
	err_set(e, ERR_REFUSED, "Record %s is the root password of host %s: only that host seals it.",
	    item->name, host);
	err_hint(e, "Change the password there, by passwd: pam_twokey(8).");
	return ERR_REFUSED;
}

/* The quorum of the version before; the owner of a record takes over none that
 * another host chose. */
static int keep_quorum(struct session *s, const char *name, const struct index_version *last,
    char quorum[NAME_MAX_LEN + 1], struct record_in *in, struct err *e)
{
	const char *owner = record_owner(name);
	struct record *rec = NULL;
	int r;

	if (is_in_charge(s, owner) && strcmp(last->host, owner) != 0)
		return 0;
	r = read_record(&rec, s, name, last->version, last->digest, e);
	if (r == 0) {
		memcpy(quorum, rec->quorum, strlen(rec->quorum) + 1);
		in->quorum = quorum;
	}
	record_free(&rec);
	return r;
}

/* Version, predecessor and quorum of the next version of a record. */
static int follow(struct session *s, const struct seal_item *item, int fresh,
    struct record_in *in, uint8_t previous[HASH_LEN], char quorum[NAME_MAX_LEN + 1],
    struct err *e)
{
	const struct index_version *last;
	struct index_record *known = NULL;
	struct err why = { 0 };
	int r = index_find(&known, s->index, item->name, &why);

	in->version = 1;
	in->previous = NULL;
	in->quorum = item->quorum != NULL ? item->quorum : "default";
	if (r != 0 && r != ERR_MISSING)
		return err_give(e, &why);
	if (r == ERR_MISSING)
		return check_owner(s, item, 0, e);
	if (fresh) {
		err_set(e, ERR_EXISTS, "Record %s exists already (version %lld).", item->name,
		    (long long)known->versions[known->nversions - 1].version);
		err_hint(e, "Add --next to seal a new version of it.");
		r = ERR_EXISTS;
	} else if ((r = index_version(&last, known, INDEX_NEWEST, e)) == 0) {
		in->version = last->version + 1;
		memcpy(previous, last->digest, HASH_LEN);
		in->previous = previous;
		r = check_owner(s, item, 1, e);
		if (r == 0 && item->quorum == NULL)
			r = keep_quorum(s, item->name, last, quorum, in, e);
	}
	index_record_free(&known);
	return r;
}

static int make_one(struct session *s, const struct seal_item *item, int fresh, const json *logs,
    const struct requester *rq, struct batch *b, struct seal_done *done, struct err *e)
{
	struct record_in in = { .policy = s->policy, .name = item->name, .kind = item->kind,
		.attributes = item->attributes, .candidate = item->candidate,
		.fields = item->fields, .n = item->n, .logs = logs, .host = s->host,
		.host_seed = s->key, .now = clock_now(s->clock) };
	struct record_sealed *sealed = &b->sealed[b->n];
	struct store_new *docs = &b->docs[2 * b->n];
	char quorum[NAME_MAX_LEN + 1];
	uint8_t previous[HASH_LEN];
	int r;

	if ((r = follow(s, item, fresh, &in, previous, quorum, e)) != 0)
		return r;
	/* Its version, and so the quorum that attended, is what the holders signed. */
	if (item->attended != NULL && item->attended->version != in.version) {
		err_set(e, ERR_REFUSED, "Another version of %s was sealed meanwhile, so this one was not.",
		    item->name);
		err_hint(e, "Run the command again: it goes on from what is there now.");
		return ERR_REFUSED;
	}
	if ((r = record_seal(sealed, &in, e)) != 0)
		return r;
	b->entries[b->n] = entry_sealed(s, &in, sealed, item->attended, rq);
	b->n++;
	if (b->entries[b->n - 1] == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	done->version = in.version;
	if ((r = store_doc_record(&docs[0].doc, item->name, in.version, e)) != 0 ||
	    (r = store_doc_shares(&docs[1].doc, item->name, in.version,
	    policy_serial(s->policy), e)) != 0)
		return r;
	docs[0].data = sealed->record.data;
	docs[0].len = sealed->record.len;
	docs[1].data = sealed->shares.data;
	docs[1].len = sealed->shares.len;
	return 0;
}

/* Reads both documents of a record from where they stand now: what could not
 * be opened later is told while the person still has the secret. */
static int read_back(struct session *s, const struct store_new docs[2],
    const struct record_sealed *sealed, struct err *e)
{
	const char *name = docs[0].doc.name;
	struct record *rec = NULL;
	struct shares *sh = NULL;
	struct buf b = BUF_INIT;
	int r;

	if ((r = read_record(&rec, s, name, docs[0].doc.version, sealed->digest, e)) == 0 &&
	    (r = record_verify(rec, s->policy, e)) == 0 &&
	    (r = store_read(s->store, &docs[1].doc, &b, e)) == 0 &&
	    (r = shares_parse(&sh, b.data, b.len, name, e)) == 0)
		r = memcmp(sh->digest, sealed->shares_digest, HASH_LEN) != 0
		    ? not_named(name, e) : shares_verify(sh, rec, s->policy, e);
	shares_free(&sh);
	record_free(&rec);
	buf_free(&b);
	return r;
}

static int do_batch(struct session *s, const struct seal_item *items, size_t n, int fresh,
    const struct requester *rq, struct seal_done *done, struct err *e)
{
	struct log_options o = session_options(s, LOG_SPACE_NONE, 1);
	struct log_receipt receipt;
	struct batch b;
	json *logs = NULL;
	int r = batch_new(&b, n, e);

	if (r == 0)
		r = log_begin(s->log, LOG_WAIT_MS, &o, e);
	if (r != 0) {
		batch_free(&b);
		return r;
	}
	if ((r = session_index_held(s, e)) == 0)
		r = log_heads_json(&logs, s->log, &s->seen, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = make_one(s, &items[i], fresh, logs, rq, &b, &done[i], e);
	if (r == 0)
		r = log_append(s->log, b.entries, n, b.docs, 2 * n, &o, &receipt, e);
	for (size_t i = 0; r == 0 && i < n; i++) {
		done[i].seq = receipt.seq + (int64_t)i;
		r = read_back(s, &b.docs[2 * i], &b.sealed[i], e);
	}
	log_end(s->log);
	json_free(&logs);
	batch_free(&b);
	return r;
}

int seal_records(struct session *s, const struct seal_item *items, size_t n, int fresh,
    const struct requester *rq, struct seal_done *done, size_t *sealed, struct err *e)
{
	int r = session_need_host(s, e);

	*sealed = 0;
	while (r == 0 && *sealed < n) {
		size_t now = n - *sealed < BATCH ? n - *sealed : BATCH;

		r = do_batch(s, items + *sealed, now, fresh, rq, done + *sealed, e);
		if (r == 0)
			*sealed += now;
	}
	return r;
}
