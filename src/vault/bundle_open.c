/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vault/bundle_local.h"
#include "vault/doc.h"

/* Signatures of the others and this one, in the order of the tokens. */
static int merge_signature(json **out, const struct bundle *b, const struct bundle_token *t,
    json *mine)
{
	const json *old = json_get(b->doc, "signatures");
	json *list = json_new_array();
	int r = list == NULL;

	for (size_t i = 0; i < b->n && r == 0; i++) {
		if (&b->tokens[i] == t) {
			r = json_add(list, json_share(mine));
			continue;
		}
		for (size_t k = 0; k < json_len(old) && r == 0; k++)
			if (strcmp(json_str(json_at(old, k), "token"), b->tokens[i].label) == 0)
				r = json_add(list, json_share(json_at(old, k)));
	}
	if (r != 0)
		json_free(&list);
	*out = list;
	return r;
}

int bundle_sign(struct bundle *b, const char *label, const struct token_assertion *a,
    struct err *e)
{
	const struct bundle_token *t = bundle_token(b, label);
	uint8_t sig[TOKEN_SIG_MAX];
	struct assertion_key key;
	json *mine = NULL, *list = NULL;
	size_t len;
	int r;

	if (t == NULL)
		return err_set(e, ERR_MISSING, "%s has no token with the label %.63s.", b->name,
		    label);
	if (a->id_len != t->id_len || memcmp(a->id, t->id, t->id_len) != 0)
		return err_set(e, ERR_TOKEN, "Another credential than that of %s's token %s "
		    "answered.", b->name, label);
	bundle_token_key(&key, t);
	r = assertion_normalise(sig, &len, t->alg, a->sig, a->sig_len, e);
	if (r == 0)
		r = assertion_verify(&key, b->hash, a->authdata, a->authdata_len, sig, len, NULL, e);
	if (r != 0)
		return r;
	mine = json_new_object();
	if (mine == NULL || json_set_str(mine, "token", label) != 0 ||
	    json_set_bytes(mine, "authenticator_data", a->authdata, a->authdata_len) != 0 ||
	    json_set_bytes(mine, "signature", sig, len) != 0 ||
	    merge_signature(&list, b, t, mine) != 0 || json_set(b->doc, "signatures", list) != 0)
		r = doc_memory(e);
	json_free(&mine);
	return r;
}

int bundle_unwrap(struct secret **seed, const struct bundle *b, const struct bundle_token *t,
    const struct secret *hmac, struct err *e)
{
	struct secret *kek = NULL, *s = NULL;
	struct buf aad = BUF_INIT;
	struct err why = { 0 };
	uint8_t pub[X25519_LEN];
	int r;

	*seed = NULL;
	r = bundle_kek(&kek, hmac, t->id, t->id_len, e);
	if (r == 0)
		r = bundle_aad(&aad, b->name, b->identity, t->id, t->id_len, e);
	if (r == 0)
		r = aead_open(&s, kek->data, t->nonce, aad.data, aad.len, t->wrapped,
		    sizeof(t->wrapped), &why);
	if (r == ERR_TAMPERED) {
		(void)err_set(e, ERR_TAMPERED, "The identity of %s does not open with token %s.",
		    b->name, t->label);
		(void)err_hint(e, "The bundle was changed, or the security key was reset since "
		    "it was enrolled; another key of %s may still work.", b->name);
	} else if (r != 0 && why.code != ERR_NONE) {
		(void)err_set(e, why.code, "%s", why.text);
	}
	if (r == 0 && s->len != X25519_LEN)
		r = err_set(e, ERR_TAMPERED, "The identity of %s has not 32 bytes.", b->name);
	if (r == 0)
		r = x25519_public(pub, s->data, e);
	if (r == 0 && memcmp(pub, b->identity, sizeof(pub)) != 0)
		r = err_set(e, ERR_TAMPERED, "Token %s of %s wraps another identity than the "
		    "bundle names.", t->label, b->name);
	if (r == 0) {
		*seed = s;
		s = NULL;
	}
	secret_free(&s);
	secret_free(&kek);
	buf_free(&aad);
	return r;
}

int bundle_check_drill(const struct bundle_token *t, const struct secret *hmac, struct err *e)
{
	uint8_t drill[HASH_LEN];
	int r;

	if (hmac == NULL || hmac->len != 32)
		return err_set(e, ERR_TOKEN, "The security key gave no hmac-secret output of 32 "
		    "bytes.");
	r = hash_label(drill, "twokey drill v1", hmac->data, hmac->len, e);
	if (r == 0 && !secret_equal(drill, t->drill, sizeof(drill)))
		r = err_set(e, ERR_TAMPERED, "Token %s of %s no longer gives the secret it gave "
		    "when it was enrolled.", t->label, t->holder);
	return r;
}
