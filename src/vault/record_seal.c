/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/record_local.h"

void record_sealed_free(struct record_sealed *out)
{
	buf_free(&out->record);
	buf_free(&out->shares);
	memset(out, 0, sizeof(*out));
}

static int check_plain(const struct record_in *in, size_t i, struct err *e)
{
	const struct record_plain *f = &in->fields[i];
	int r;

	r = record_check_field(in->kind, f->field, e);
	if (r != 0)
		return r;
	if (f->plain->len < 1 || f->plain->len > RECORD_PLAIN_MAX)
		return err_set(e, ERR_USAGE, "Field %s has %zu bytes; 1 to %d can be sealed.",
		    f->field, f->plain->len, RECORD_PLAIN_MAX);
	for (size_t k = 0; k < i; k++)
		if (strcmp(in->fields[k].field, f->field) == 0)
			return err_set(e, ERR_USAGE, "Field %s is given twice.", f->field);
	if (f->n_known > DOC_LIST_MAX)
		return err_set(e, ERR_USAGE, "Too many people know field %s.", f->field);
	for (size_t k = 0; k < f->n_known; k++)
		if (strlen(f->known_to[k]) > TEXT_MAX ||
		    !text_clean(f->known_to[k], strlen(f->known_to[k])))
			return err_set(e, ERR_USAGE, "The name of somebody who knows field %s is no "
			    "clean text.", f->field);
	return 0;
}

static int check_in(const struct record_in *in, struct err *e)
{
	const struct policy_host *h = policy_host(in->policy, in->host);
	int r;

	if (policy_vault(in->policy) == NULL)
		return err_set(e, ERR_INTERNAL, "A record is sealed under a policy that is not "
		    "verified.");
	if (!text_is_name(in->name))
		return err_set(e, ERR_USAGE, "A record's name has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	if (in->version < 1 || (in->previous != NULL) != (in->version > 1))
		return err_set(e, ERR_INTERNAL, "Version and previous of %s do not fit.", in->name);
	if (in->n < 1 || in->n > RECORD_FIELDS_MAX)
		return err_set(e, ERR_USAGE, "A record has 1 to %d fields.", RECORD_FIELDS_MAX);
	if (policy_quorum(in->policy, in->quorum) == NULL)
		return err_set(e, ERR_USAGE, "There is no quorum %.63s.", in->quorum);
	if (h == NULL || h->ended)
		return err_set(e, ERR_REFUSED, "%s is no host of this vault, so nothing can be "
		    "sealed here.", in->host);
	r = record_check_attributes(in->kind, in->attributes, e);
	for (size_t i = 0; i < in->n && r == 0; i++)
		r = check_plain(in, i, e);
	return r;
}

static int set_head(json *doc, const struct record_in *in, struct err *e)
{
	uint8_t content[RECORD_CONTENT_LEN];
	int r;

	r = random_bytes(content, sizeof(content), e);
	if (r != 0)
		return r;
	if (json_set_str(doc, "type", "twokey-record-v1") != 0 ||
	    json_set_str(doc, "vault", policy_vault_hex(in->policy)) != 0 ||
	    json_set_str(doc, "record", in->name) != 0 ||
	    json_set_int(doc, "version", in->version) != 0 ||
	    (in->previous != NULL ? json_set_hex(doc, "previous", in->previous, HASH_LEN) :
	    json_set_null(doc, "previous")) != 0 ||
	    json_set_bytes(doc, "content", content, sizeof(content)) != 0 ||
	    json_set_str(doc, "kind", in->kind) != 0 ||
	    json_set(doc, "attributes", json_share(in->attributes)) != 0 ||
	    json_set_str(doc, "quorum", in->quorum) != 0 ||
	    json_set_bool(doc, "candidate", in->candidate) != 0 ||
	    json_set(doc, "logs", in->logs != NULL ? json_share(in->logs) :
	    json_new_array()) != 0 ||
	    json_set_str(doc, "host", in->host) != 0 || json_set_time(doc, "sealed", in->now) != 0)
		return doc_memory(e);
	return doc_check_logs(json_get(doc, "logs"), "the record", e);
}

static int seal_one(json *fields, const char *header, const struct record_plain *f,
    const struct secret *s, struct err *e)
{
	json *field = json_new_object(), *known = json_new_array();
	int r = field == NULL || known == NULL;

	for (size_t i = 0; i < f->n_known && r == 0; i++)
		if (!json_has_str(known, f->known_to[i]))
			r = json_add_str(known, f->known_to[i]);
	if (r == 0)
		r = json_set(field, "known_to", json_share(known));
	r = r != 0 ? doc_memory(e) : record_seal_field(field, header, f, s, e);
	if (r == 0 && json_set(fields, f->field, json_share(field)) != 0)
		r = doc_memory(e);
	json_free(&known);
	json_free(&field);
	return r;
}

/* Seals every field with a fresh `s`, which secrets[i] keeps for the shares. */
static int seal_fields(json *doc, const char *header, const struct record_in *in,
    struct secret **s, struct err *e)
{
	json *fields = json_new_object();
	int r = fields == NULL ? doc_memory(e) : 0;

	for (size_t i = 0; i < in->n && r == 0; i++) {
		r = random_secret(&s[i], RECORD_SECRET_LEN, e);
		if (r == 0)
			r = seal_one(fields, header, &in->fields[i], s[i], e);
	}
	if (r == 0 && json_set(doc, "fields", json_share(fields)) != 0)
		r = doc_memory(e);
	json_free(&fields);
	return r;
}

static int make_shares(struct record_sealed *out, const struct record_in *in, json *doc,
    char *header, struct secret *const *s, struct err *e)
{
	struct shares_secret secrets[RECORD_FIELDS_MAX];
	struct record rec = { .doc = doc, .name = in->name, .version = in->version,
	    .quorum = in->quorum, .header = header, .n = in->n };
	const struct shares_in sin = { .record = &rec, .policy = in->policy, .secrets = secrets,
	    .n = in->n, .host = in->host, .host_seed = in->host_seed, .now = in->now };

	memcpy(rec.vault, policy_vault(in->policy), HASH_LEN);
	memcpy(rec.digest, out->digest, HASH_LEN);
	for (size_t i = 0; i < in->n; i++)
		secrets[i] = (struct shares_secret){ in->fields[i].field, s[i] };
	return shares_make(&out->shares, out->shares_digest, &sin, e);
}

int record_seal(struct record_sealed *out, const struct record_in *in, struct err *e)
{
	struct secret *s[RECORD_FIELDS_MAX] = { NULL };
	json *doc = json_new_object();
	char *header = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	r = doc == NULL ? doc_memory(e) : check_in(in, e);
	if (r == 0)
		r = set_head(doc, in, e);
	if (r == 0)
		r = record_header(&header, doc, e);
	if (r == 0)
		r = seal_fields(doc, header, in, s, e);
	if (r == 0)
		r = doc_hash(out->digest, RECORD_LABEL, doc, "signature", e);
	if (r == 0)
		r = doc_sign(doc, RECORD_SIGNATURE, out->digest, in->host_seed, e);
	if (r == 0)
		r = json_canonical(&out->record, doc, e);
	if (r == 0)
		r = make_shares(out, in, doc, header, s, e);
	for (size_t i = 0; i < RECORD_FIELDS_MAX; i++)
		secret_free(&s[i]);
	free(header);
	json_free(&doc);
	if (r != 0)
		record_sealed_free(out);
	return r;
}
