/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "vault/doc.h"
#include "vault/record_local.h"
#include "vault/shares_local.h"

int shares_commitment(uint8_t out[HASH_LEN], const struct buf *hctx, const struct secret *share,
    struct err *e)
{
	uint8_t h[HASH_LEN];
	int r;

	r = hash_sha256(h, hctx->data, hctx->len, e);
	return r != 0 ? r : hash_label2(out, SHARE_LABEL, h, sizeof(h), share->data, share->len, e);
}

static int seal_share(json *holders, const struct shares_in *in, const char *field,
    const struct share *share, struct err *e)
{
	const struct bundle *b = policy_holder(in->policy, share->holder);
	uint8_t sealed[SHARES_SEALED_LEN], commitment[HASH_LEN];
	struct buf hctx = BUF_INIT;
	json *j = json_new_object();
	int r;

	r = record_ctx(&hctx, in->record->header, field, share->holder, e);
	if (r == 0 && b == NULL)
		r = err_set(e, ERR_INTERNAL, "%s is no holder.", share->holder);
	if (r == 0)
		r = hpke_seal(sealed, b->identity, SHARE_LABEL, strlen(SHARE_LABEL), hctx.data,
		    hctx.len, share->bytes->data, share->bytes->len, e);
	if (r == 0)
		r = shares_commitment(commitment, &hctx, share->bytes, e);
	if (r == 0 && (j == NULL || json_set_bytes(j, "sealed", sealed, sizeof(sealed)) != 0 ||
	    json_set_bytes(j, "commitment", commitment, sizeof(commitment)) != 0 ||
	    json_set(holders, share->holder, json_share(j)) != 0))
		r = doc_memory(e);
	json_free(&j);
	buf_free(&hctx);
	return r;
}

static int share_field(json *fields, const struct shares_in *in, const struct quorum *q,
    const struct shares_secret *sec, struct err *e)
{
	const size_t n = quorum_size(q);
	struct share *list = calloc(n, sizeof(*list));
	json *holders = json_new_object();
	int r = list == NULL || holders == NULL ? doc_memory(e) : 0;

	if (r == 0)
		r = quorum_split(q, sec->s, list, e);
	for (size_t i = 0; i < n && r == 0; i++)
		r = seal_share(holders, in, sec->field, &list[i], e);
	if (r == 0 && json_set(fields, sec->field, json_share(holders)) != 0)
		r = doc_memory(e);
	if (list != NULL)
		quorum_shares_free(list, n);
	free(list);
	json_free(&holders);
	return r;
}

static int set_head(json *doc, const struct shares_in *in, struct err *e)
{
	const struct record *rec = in->record;

	if (json_set_str(doc, "type", "twokey-shares-v1") != 0 ||
	    json_set_hex(doc, "vault", rec->vault, HASH_LEN) != 0 ||
	    json_set_str(doc, "record", rec->name) != 0 ||
	    json_set_int(doc, "version", rec->version) != 0 ||
	    json_set_hex(doc, "digest", rec->digest, HASH_LEN) != 0 ||
	    json_set_int(doc, "policy", policy_serial(in->policy)) != 0 ||
	    json_set_str(doc, "quorum", rec->quorum) != 0 ||
	    json_set_str(doc, "host", in->host) != 0 || json_set_time(doc, "sealed", in->now) != 0)
		return doc_memory(e);
	return 0;
}

int shares_make(struct buf *out, uint8_t digest[HASH_LEN], const struct shares_in *in,
    struct err *e)
{
	const struct quorum *q = policy_quorum(in->policy, in->record->quorum);
	json *doc = json_new_object(), *fields = json_new_object();
	int r;

	if (q == NULL)
		r = err_set(e, ERR_REFUSED, "Policy %lld has no quorum %s, which opens %s.",
		    (long long)policy_serial(in->policy), in->record->quorum, in->record->name);
	else
		r = doc == NULL || fields == NULL ? doc_memory(e) : set_head(doc, in, e);
	for (size_t i = 0; i < in->n && r == 0; i++)
		r = share_field(fields, in, q, &in->secrets[i], e);
	if (r == 0 && json_set(doc, "fields", json_share(fields)) != 0)
		r = doc_memory(e);
	if (r == 0)
		r = doc_hash(digest, SHARES_LABEL, doc, "signature", e);
	if (r == 0)
		r = doc_sign(doc, SHARES_SIGNATURE, digest, in->host_seed, e);
	if (r == 0)
		r = json_canonical(out, doc, e);
	json_free(&fields);
	json_free(&doc);
	return r;
}

int shares_build(struct buf *out, uint8_t digest[HASH_LEN], const struct shares_in *in,
    struct err *e)
{
	const struct record *rec = in->record;
	const struct policy_host *h = policy_host(in->policy, in->host);
	int r = 0;

	if (policy_vault(in->policy) == NULL ||
	    memcmp(policy_vault(in->policy), rec->vault, HASH_LEN) != 0)
		return err_set(e, ERR_REFUSED, "%s belongs to another vault.", rec->name);
	if (h == NULL || h->ended)
		return err_set(e, ERR_REFUSED, "%s is no host of this vault, so nothing can be "
		    "sealed here.", in->host);
	if (in->n != rec->n)
		return err_set(e, ERR_INTERNAL, "A reseal of %s is of all its fields.", rec->name);
	for (size_t i = 0; i < in->n && r == 0; i++) {
		r = record_check_secret(rec, in->secrets[i].field, in->secrets[i].s, e);
		for (size_t k = 0; k < i && r == 0; k++)
			if (strcmp(in->secrets[k].field, in->secrets[i].field) == 0)
				r = err_set(e, ERR_INTERNAL, "A reseal of %s names a field twice.",
				    rec->name);
	}
	return r != 0 ? r : shares_make(out, digest, in, e);
}
