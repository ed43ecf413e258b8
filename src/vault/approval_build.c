/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vault/approval_local.h"
#include "vault/doc.h"

#define INFO "twokey reply v1"

static int seal_share(json *shares, const struct statement *st, const struct bundle_token *t,
    const struct approval_share *in, struct err *e)
{
	uint8_t key[X25519_LEN], sealed[SHARES_SEALED_LEN];
	struct buf aad = BUF_INIT;
	int r;

	if (in->share->len != QUORUM_SECRET_LEN)
		return err_set(e, ERR_INTERNAL, "A share has %d bytes.", QUORUM_SECRET_LEN);
	if (statement_field(st, in->field, key, NULL, NULL) != 0)
		return err_set(e, ERR_INTERNAL, "The request does not ask for %.80s.", in->field);
	r = approval_aad(&aad, st, in->field, t->holder, t->label, e);
	if (r == 0)
		r = hpke_seal(sealed, key, INFO, strlen(INFO), aad.data, aad.len, in->share->data,
		    in->share->len, e);
	if (r == 0 && json_set_bytes(shares, in->field, sealed, sizeof(sealed)) != 0)
		r = doc_memory(e);
	buf_free(&aad);
	return r;
}

static int make_doc(json **out, const struct statement *st, const struct bundle_token *t,
    const struct token_assertion *as, const uint8_t *sig, size_t sig_len,
    const struct approval_share *shares, size_t n, struct err *e)
{
	json *doc = json_new_object(), *list = json_new_object();
	int r = 0;

	*out = NULL;
	if (doc == NULL || list == NULL || json_set_str(doc, "holder", t->holder) != 0 ||
	    json_set_str(doc, "token", t->label) != 0 ||
	    json_set_bytes(doc, "authenticator_data", as->authdata, as->authdata_len) != 0 ||
	    json_set_bytes(doc, "signature", sig, sig_len) != 0)
		r = doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++)
		r = seal_share(list, st, t, &shares[i], e);
	if (r == 0) {
		r = json_set(doc, "shares", list) != 0 ? doc_memory(e) : 0;
		list = NULL;
	}
	if (r == 0) {
		*out = doc;
		doc = NULL;
	}
	json_free(&list);
	json_free(&doc);
	return r;
}

int approval_new(struct approval **a, const struct statement *st, const struct bundle_token *t,
    const struct token_assertion *as, const struct approval_share *shares, size_t n,
    struct err *e)
{
	uint8_t sig[TOKEN_SIG_MAX];
	json *doc = NULL;
	size_t len;
	int r;

	*a = NULL;
	if (as->id_len != t->id_len || memcmp(as->id, t->id, t->id_len) != 0)
		return err_set(e, ERR_TOKEN, "Another credential than that of %s's token %s "
		    "answered.", t->holder, t->label);
	r = assertion_normalise(sig, &len, t->alg, as->sig, as->sig_len, e);
	if (r == 0)
		r = make_doc(&doc, st, t, as, sig, len, shares, n, e);
	if (r == 0)
		r = approval_from_json(a, doc, 0, "the approval", e);
	if (r == 0)
		r = approval_check_token(*a, t, st->hash, NULL, e);
	if (r == 0)
		r = approval_check_shares(*a, st, e);
	if (r != 0)
		approval_free(a);
	json_free(&doc);
	return r;
}
