/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/record_local.h"

#define CIPHER_MIN (RECORD_BLOCK + AEAD_TAG_LEN)
#define CIPHER_MAX ((RECORD_PLAIN_MAX / RECORD_BLOCK + 1) * RECORD_BLOCK + AEAD_TAG_LEN)

void record_free(struct record **r)
{
	struct record *gone = *r;

	*r = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->n; i++)
		free(gone->fields[i].cipher);
	free(gone->fields);
	free(gone->header);
	json_free(&gone->doc);
	free(gone);
}

static int load_field(struct record_field *f, const json *j, const char *where, struct err *e)
{
	const json *witness = json_get(j, "witness");
	int r;

	r = json_shape(j, where, e, "known_to=a", "commitment=b32", "nonce=b12", "ciphertext=b",
	    "witness=o?", NULL);
	if (r == 0 && witness != NULL)
		r = json_shape(witness, where, e, "kind=s", "key=s", "id=s", "sealed=b", NULL);
	f->witness = witness;
	f->known_to = json_get(j, "known_to");
	if (r == 0)
		r = doc_check_list(f->known_to, 's', where, e);
	if (r == 0)
		r = doc_exact(f->commitment, sizeof(f->commitment), j, "commitment", where, e);
	if (r == 0)
		r = doc_exact(f->nonce, sizeof(f->nonce), j, "nonce", where, e);
	if (r == 0)
		r = doc_bytes(&f->cipher, &f->cipher_len, j, "ciphertext", CIPHER_MIN, CIPHER_MAX,
		    where, e);
	if (r == 0 && (f->cipher_len - AEAD_TAG_LEN) % RECORD_BLOCK != 0)
		r = err_set(e, ERR_INPUT, "%s: the ciphertext has not a length that padding gives.",
		    where);
	return r;
}

static int load_fields(struct record *rec, const char *where, struct err *e)
{
	const json *all = json_get(rec->doc, "fields");
	const size_t n = json_len(all);
	char at[192];
	int r = 0;

	if (n < 1 || n > RECORD_FIELDS_MAX)
		return err_set(e, ERR_INPUT, "%s: a record has 1 to %d fields.", where,
		    RECORD_FIELDS_MAX);
	rec->fields = calloc(n, sizeof(*rec->fields));
	if (rec->fields == NULL)
		return doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *name = json_key_at(all, i);

		if (name == NULL)
			return doc_memory(e);
		(void)snprintf(at, sizeof(at), "%.90s, field %.63s", where, name);
		rec->fields[i].name = name;
		rec->n = i + 1;
		if (!text_is_name(name) || record_check_field(rec->kind, name, NULL) != 0)
			r = err_set(e, ERR_INPUT, "%s: this kind of record has no such field.", at);
		else
			r = load_field(&rec->fields[i], json_get(all, name), at, e);
	}
	return r;
}

static int load_head(struct record *rec, const char *where, struct err *e)
{
	struct err why = { 0 };
	const json *doc = rec->doc;

	(void)json_hex(doc, "vault", rec->vault, sizeof(rec->vault));
	rec->name = json_str(doc, "record");
	rec->version = json_int(doc, "version");
	rec->has_previous = json_hex(doc, "previous", rec->previous, sizeof(rec->previous)) == 0;
	rec->kind = json_str(doc, "kind");
	rec->attributes = json_get(doc, "attributes");
	rec->quorum = json_str(doc, "quorum");
	rec->candidate = json_bool(doc, "candidate");
	rec->host = json_str(doc, "host");
	rec->sealed = json_time(doc, "sealed");
	if (rec->version < 1 || rec->has_previous != (rec->version > 1))
		return err_set(e, ERR_INPUT, "%s: version and previous do not fit.", where);
	if (record_check_attributes(rec->kind, rec->attributes, &why) != 0)
		return err_set(e, why.code == ERR_USAGE ? ERR_INPUT : why.code, "%s: %s", where,
		    why.text);
	return doc_check_logs(json_get(doc, "logs"), where, e);
}

int record_parse(struct record **out, const void *data, size_t len, const char *where,
    struct err *e)
{
	struct record *rec = calloc(1, sizeof(*rec));
	int r;

	*out = NULL;
	if (rec == NULL)
		return doc_memory(e);
	r = doc_parse(&rec->doc, data, len, RECORD_MAX, where, e);
	if (r == 0)
		r = doc_check_type(rec->doc, "twokey-record-v1", where, e);
	if (r == 0)
		r = json_shape(rec->doc, where, e, "type=s", "vault=h", "record=n", "version=u",
		    "previous=h?", "content=b16", "kind=s", "attributes=o", "quorum=n",
		    "candidate=f", "fields=o", "logs=a", "host=n", "sealed=t", "signature=b64", NULL);
	if (r == 0)
		r = load_head(rec, where, e);
	if (r == 0)
		r = load_fields(rec, where, e);
	if (r == 0)
		r = record_header(&rec->header, rec->doc, e);
	if (r == 0)
		r = doc_hash(rec->digest, RECORD_LABEL, rec->doc, "signature", e);
	if (r != 0)
		record_free(&rec);
	*out = rec;
	return r;
}

int record_verify(const struct record *rec, const struct policy *p, struct err *e)
{
	const struct policy_host *h = policy_host(p, rec->host);
	char what[96];

	(void)snprintf(what, sizeof(what), "Record %s", rec->name);
	if (policy_vault(p) == NULL || memcmp(rec->vault, policy_vault(p), HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "%s belongs to another vault.", what);
	if (h == NULL)
		return err_set(e, ERR_TAMPERED, "%s was sealed by %s, which is no host of this "
		    "vault.", what, rec->host);
	return doc_check_signature(rec->doc, RECORD_SIGNATURE, rec->digest, h->key, what, rec->host,
	    e);
}

const struct record_field *record_field(const struct record *rec, const char *name)
{
	for (size_t i = 0; i < rec->n; i++)
		if (strcmp(rec->fields[i].name, name) == 0)
			return &rec->fields[i];
	return NULL;
}
