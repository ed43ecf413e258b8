/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/record_local.h"
#include "vault/shares_local.h"

void shares_free(struct shares **sh)
{
	if (*sh != NULL)
		json_free(&(*sh)->doc);
	free(*sh);
	*sh = NULL;
}

static int load_field(const json *holders, const char *where, struct err *e)
{
	int r = 0;

	if (!json_is_object(holders) || json_len(holders) > QUORUM_HOLDERS_MAX)
		return err_set(e, ERR_INPUT, "%s: a field is shared among at most %d holders.",
		    where, QUORUM_HOLDERS_MAX);
	for (size_t i = 0; i < json_len(holders) && r == 0; i++) {
		const char *name = json_key_at(holders, i);

		if (name == NULL)
			return doc_memory(e);
		if (!text_is_name(name))
			return err_set(e, ERR_INPUT, "%s: a share is of nobody.", where);
		r = json_shape(json_get(holders, name), where, e, "sealed=b80", "commitment=b32",
		    NULL);
	}
	return r;
}

static int load_fields(const json *fields, const char *where, struct err *e)
{
	int r = 0;

	if (json_len(fields) < 1 || json_len(fields) > RECORD_FIELDS_MAX)
		return err_set(e, ERR_INPUT, "%s: a record has 1 to %d fields.", where,
		    RECORD_FIELDS_MAX);
	for (size_t i = 0; i < json_len(fields) && r == 0; i++) {
		const char *name = json_key_at(fields, i);

		if (name == NULL)
			return doc_memory(e);
		if (!text_is_name(name))
			return err_set(e, ERR_INPUT, "%s: a field has no proper name.", where);
		r = load_field(json_get(fields, name), where, e);
	}
	return r;
}

static int load_head(struct shares *sh, const char *where, struct err *e)
{
	(void)json_hex(sh->doc, "vault", sh->vault, sizeof(sh->vault));
	(void)json_hex(sh->doc, "digest", sh->record_digest, sizeof(sh->record_digest));
	sh->record = json_str(sh->doc, "record");
	sh->version = json_int(sh->doc, "version");
	sh->policy = json_int(sh->doc, "policy");
	sh->quorum = json_str(sh->doc, "quorum");
	sh->host = json_str(sh->doc, "host");
	sh->sealed = json_time(sh->doc, "sealed");
	if (sh->version < 1 || sh->policy < 1)
		return err_set(e, ERR_INPUT, "%s: version or policy is 0.", where);
	return 0;
}

int shares_parse(struct shares **out, const void *data, size_t len, const char *where,
    struct err *e)
{
	struct shares *sh = calloc(1, sizeof(*sh));
	int r;

	*out = NULL;
	if (sh == NULL)
		return doc_memory(e);
	r = doc_parse(&sh->doc, data, len, SHARES_MAX, where, e);
	if (r == 0)
		r = doc_check_type(sh->doc, "twokey-shares-v1", where, e);
	if (r == 0)
		r = json_shape(sh->doc, where, e, "type=s", "vault=h", "record=n", "version=u",
		    "digest=h", "policy=u", "quorum=n", "fields=o", "host=n", "sealed=t",
		    "signature=b64", NULL);
	if (r == 0)
		r = load_head(sh, where, e);
	if (r == 0)
		r = load_fields(json_get(sh->doc, "fields"), where, e);
	if (r == 0)
		r = doc_hash(sh->digest, SHARES_LABEL, sh->doc, "signature", e);
	if (r != 0)
		shares_free(&sh);
	*out = sh;
	return r;
}

/* Every field of the record, each with every holder of the tree, no other. */
static int check_cover(const struct shares *sh, const struct record *rec, const struct quorum *q,
    struct err *e)
{
	const json *fields = json_get(sh->doc, "fields");

	if (json_len(fields) != rec->n)
		return err_set(e, ERR_TAMPERED, "The shares of %s have other fields than it.",
		    rec->name);
	for (size_t i = 0; i < rec->n; i++) {
		const json *holders = json_get(fields, rec->fields[i].name);

		if (holders == NULL)
			return err_set(e, ERR_TAMPERED, "The shares of %s lack field %s.", rec->name,
			    rec->fields[i].name);
		if (json_len(holders) != quorum_size(q))
			return err_set(e, ERR_TAMPERED, "The shares of %s are not for the holders "
			    "of quorum %s.", rec->name, sh->quorum);
		for (size_t k = 0; k < quorum_size(q); k++)
			if (json_get(holders, quorum_holder(q, k)) == NULL)
				return err_set(e, ERR_TAMPERED, "The shares of %s lack %s.",
				    rec->name, quorum_holder(q, k));
	}
	return 0;
}

int shares_verify(const struct shares *sh, const struct record *rec, const struct policy *p,
    struct err *e)
{
	const struct policy_host *h = policy_host(p, sh->host);
	const struct quorum *q = policy_quorum(p, sh->quorum);
	char what[96];
	int r;

	(void)snprintf(what, sizeof(what), "The shares document of %s", sh->record);
	if (memcmp(sh->vault, rec->vault, HASH_LEN) != 0 || policy_vault(p) == NULL ||
	    memcmp(sh->vault, policy_vault(p), HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "%s belongs to another vault.", what);
	if (strcmp(sh->record, rec->name) != 0 || sh->version != rec->version ||
	    memcmp(sh->record_digest, rec->digest, HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "%s was made for another record than version %lld "
		    "of %s.", what, (long long)rec->version, rec->name);
	if (sh->policy != policy_serial(p))
		return err_set(e, ERR_TAMPERED, "%s was made under policy %lld, not %lld.", what,
		    (long long)sh->policy, (long long)policy_serial(p));
	if (strcmp(sh->quorum, rec->quorum) != 0 || q == NULL)
		return err_set(e, ERR_TAMPERED, "%s is for another quorum than the record's.", what);
	if (h == NULL)
		return err_set(e, ERR_TAMPERED, "%s was made by %s, which is no host of this vault.",
		    what, sh->host);
	r = check_cover(sh, rec, q, e);
	return r != 0 ? r : doc_check_signature(sh->doc, SHARES_SIGNATURE, sh->digest, h->key, what,
	    sh->host, e);
}

static const json *find(const struct shares *sh, const char *field, const char *holder,
    struct err *e)
{
	const json *j = json_get(json_get(json_get(sh->doc, "fields"), field), holder);

	if (j == NULL)
		(void)err_set(e, ERR_MISSING, "%.63s has no share of field %.63s of %s.", holder,
		    field, sh->record);
	return j;
}

static int check_commitment(const json *j, const struct buf *hctx, const struct secret *share,
    struct err *e)
{
	uint8_t have[HASH_LEN], want[HASH_LEN];
	int r;

	r = doc_exact(want, sizeof(want), j, "commitment", "the shares document", e);
	if (r == 0)
		r = shares_commitment(have, hctx, share, e);
	if (r == 0 && (share->len != QUORUM_SECRET_LEN ||
	    !secret_equal(have, want, sizeof(want))))
		r = err_set(e, ERR_TAMPERED, "It does not fit its commitment.");
	secret_zero(have, sizeof(have));
	return r;
}

static int damaged(const struct shares *sh, const char *field, const char *holder, struct err *e)
{
	(void)err_prefix(e, "The share of %s for field %s of %s is damaged or false, ask again",
	    holder, field, sh->record);
	return ERR_TAMPERED;
}

int shares_check(const struct shares *sh, const struct record *rec, const char *field,
    const char *holder, const struct secret *share, struct err *e)
{
	const json *j = find(sh, field, holder, e);
	struct buf hctx = BUF_INIT;
	int r;

	if (j == NULL)
		return ERR_MISSING;
	r = record_ctx(&hctx, rec->header, field, holder, e);
	if (r == 0)
		r = check_commitment(j, &hctx, share, e);
	buf_free(&hctx);
	return r == ERR_TAMPERED ? damaged(sh, field, holder, e) : r;
}

int shares_open(struct secret **share, const struct shares *sh, const struct record *rec,
    const char *field, const char *holder, const struct secret *seed, struct err *e)
{
	const json *j = find(sh, field, holder, e);
	uint8_t sealed[SHARES_SEALED_LEN];
	struct secret *s = NULL;
	struct buf hctx = BUF_INIT;
	int r;

	*share = NULL;
	if (j == NULL)
		return ERR_MISSING;
	r = doc_exact(sealed, sizeof(sealed), j, "sealed", "the shares document", e);
	if (r == 0)
		r = record_ctx(&hctx, rec->header, field, holder, e);
	if (r == 0)
		r = hpke_open(&s, seed, SHARE_LABEL, strlen(SHARE_LABEL), hctx.data, hctx.len,
		    sealed, sizeof(sealed), e);
	if (r == 0)
		r = check_commitment(j, &hctx, s, e);
	if (r == 0) {
		*share = s;
		s = NULL;
	}
	secret_free(&s);
	buf_free(&hctx);
	return r == ERR_TAMPERED ? damaged(sh, field, holder, e) : r;
}
