/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"
#include "vault/bundle_local.h"
#include "vault/doc.h"

#define WHERE "the bundle"

int bundle_salt(uint8_t salt[32], struct err *e)
{
	return hash_sha256(salt, "twokey salt v1", 14, e);
}

int bundle_drill_salt(uint8_t salt[32], struct err *e)
{
	return hash_sha256(salt, "twokey drill salt v1", 20, e);
}

int bundle_kek(struct secret **kek, const struct secret *hmac, const uint8_t *id, size_t id_len,
    struct err *e)
{
	static const char label[] = "twokey identity v1"; /* its NUL is hashed too */
	uint8_t info[sizeof(label) + TOKEN_ID_MAX];

	*kek = NULL;
	if (id_len > TOKEN_ID_MAX || hmac == NULL || hmac->len != 32)
		return err_set(e, ERR_TOKEN, "The security key gave no hmac-secret output of 32 "
		    "bytes.");
	memcpy(info, label, sizeof(label));
	memcpy(info + sizeof(label), id, id_len);
	return hkdf_sha256(kek, AEAD_KEY_LEN, hmac->data, hmac->len, NULL, 0, info,
	    sizeof(label) + id_len, e);
}

int bundle_aad(struct buf *out, const char *holder, const uint8_t identity[X25519_LEN],
    const uint8_t *id, size_t id_len, struct err *e)
{
	json *j = json_new_object();
	int r = 1;

	if (j != NULL)
		r = json_set_bytes(j, "credential", id, id_len);
	if (r == 0)
		r = json_set_str(j, "holder", holder);
	if (r == 0)
		r = json_set_bytes(j, "identity", identity, X25519_LEN);
	r = r != 0 ? doc_memory(e) : json_canonical(out, j, e);
	json_free(&j);
	return r;
}

/* A document without tokens and signatures; NULL: no memory. */
static json *empty_doc(const char *holder, const uint8_t identity[X25519_LEN], int64_t now)
{
	json *doc = json_new_object();

	if (doc == NULL || json_set_str(doc, "type", "twokey-bundle-v1") != 0 ||
	    json_set_str(doc, "name", holder) != 0 ||
	    json_set_bytes(doc, "identity", identity, X25519_LEN) != 0 ||
	    json_set_time(doc, "created", now) != 0 ||
	    json_set(doc, "tokens", json_new_array()) != 0 ||
	    json_set(doc, "signatures", json_new_array()) != 0)
		json_free(&doc);
	return doc;
}

int bundle_new(struct bundle **b, struct secret **seed, const char *holder, int64_t now,
    struct err *e)
{
	uint8_t identity[X25519_LEN];
	struct secret *s = NULL;
	json *doc = NULL;
	int r;

	*b = NULL;
	*seed = NULL;
	if (!text_is_name(holder))
		return err_set(e, ERR_USAGE, "A holder's name has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	r = random_secret(&s, X25519_LEN, e);
	if (r == 0)
		r = x25519_public(identity, s->data, e);
	if (r == 0 && (doc = empty_doc(holder, identity, now)) == NULL)
		r = doc_memory(e);
	if (r == 0)
		r = bundle_load(b, doc, 1, WHERE, e);
	if (r == 0) {
		*seed = s;
		s = NULL;
	}
	secret_free(&s);
	json_free(&doc);
	return r;
}

/* Makes *b what doc says; *b stays as it is after a failure. */
static int replace(struct bundle *b, const json *doc, struct err *e)
{
	struct bundle *n = NULL, old;
	int r;

	r = bundle_load(&n, doc, 1, WHERE, e);
	if (r != 0)
		return r;
	old = *b;
	*b = *n;
	*n = old;
	bundle_free(&n);
	return 0;
}

int bundle_renew(struct bundle **b, const struct bundle *old, int64_t now, struct err *e)
{
	json *doc = empty_doc(old->name, old->identity, now);
	int r;

	*b = NULL;
	if (doc == NULL || json_set(doc, "tokens", json_copy(json_get(old->doc, "tokens"))) != 0)
		r = doc_memory(e);
	else
		r = bundle_load(b, doc, 1, WHERE, e);
	json_free(&doc);
	return r;
}

/* Proves that seed is the private half of this identity. */
static int check_seed(const struct secret *seed, const uint8_t identity[X25519_LEN],
    struct err *e)
{
	uint8_t pub[X25519_LEN];
	int r;

	if (seed->len != X25519_LEN)
		return err_set(e, ERR_TAMPERED, "An identity has 32 bytes.");
	r = x25519_public(pub, seed->data, e);
	if (r == 0 && memcmp(pub, identity, sizeof(pub)) != 0)
		r = err_set(e, ERR_TAMPERED, "This is not the identity that the bundle names.");
	return r;
}

static int set_wrap(json *token, const struct bundle *b, const struct secret *seed,
    const struct bundle_enrol *in, struct err *e)
{
	const struct token_credential *c = in->credential;
	uint8_t nonce[AEAD_NONCE_LEN], cipher[X25519_LEN + AEAD_TAG_LEN];
	struct buf aad = BUF_INIT;
	struct secret *kek = NULL;
	json *wrap = json_new_object();
	int r;

	r = bundle_kek(&kek, in->hmac, c->id, c->id_len, e);
	if (r == 0)
		r = bundle_aad(&aad, b->name, b->identity, c->id, c->id_len, e);
	if (r == 0)
		r = random_bytes(nonce, sizeof(nonce), e);
	if (r == 0)
		r = aead_seal(cipher, kek->data, nonce, aad.data, aad.len, seed->data, seed->len, e);
	if (r == 0 && (wrap == NULL || json_set_bytes(wrap, "nonce", nonce, sizeof(nonce)) != 0 ||
	    json_set_bytes(wrap, "ciphertext", cipher, sizeof(cipher)) != 0))
		r = doc_memory(e);
	if (r == 0) {
		r = json_set(token, "wrap", wrap) != 0 ? doc_memory(e) : 0;
		wrap = NULL;
	}
	json_free(&wrap);
	secret_free(&kek);
	buf_free(&aad);
	return r;
}

static int set_attestation(json *token, const struct token_credential *c)
{
	json *a = json_new_object(), *certs = json_new_array();
	char *text = malloc(BASE64_LEN(c->cert_len) + 1);
	int r = a == NULL || certs == NULL || text == NULL;

	if (r == 0 && c->cert_len > 0) {
		base64_encode(text, c->cert, c->cert_len);
		r = json_add_str(certs, text);
	}
	if (r == 0)
		r = json_set_str(a, "format", c->format);
	if (r == 0)
		r = json_set_bytes(a, "client_data_hash", c->cdh, sizeof(c->cdh));
	if (r == 0)
		r = json_set_bytes(a, "authenticator_data", c->authdata, c->authdata_len);
	if (r == 0)
		r = json_set_bytes(a, "signature", c->sig, c->sig_len);
	if (r == 0) {
		r = json_set(a, "certificates", certs);
		certs = NULL;
	}
	if (r == 0) {
		r = json_set(token, "attestation", a);
		a = NULL;
	}
	json_free(&certs);
	json_free(&a);
	free(text);
	return r;
}

static int set_plain(json *token, const struct bundle_enrol *in, const uint8_t salt[32],
    const uint8_t drill[HASH_LEN])
{
	const struct token_credential *c = in->credential;

	/* aaguid: behind rp id hash, flags and counter (WebAuthn 6.5.1). */
	return json_set_str(token, "label", in->label) != 0 ||
	    json_set_bytes(token, "credential", c->id, c->id_len) != 0 ||
	    json_set_str(token, "algorithm", bundle_alg_name(c->alg)) != 0 ||
	    json_set_bytes(token, "key", c->key, c->key_len) != 0 ||
	    json_set_hex(token, "aaguid", c->authdata + ASSERTION_HEAD, 16) != 0 ||
	    json_set_int(token, "firmware", (int64_t)in->firmware) != 0 ||
	    json_set_int(token, "protection", in->protection) != 0 ||
	    json_set_str(token, "uv", in->builtin_uv ? "builtin" : "pin") != 0 ||
	    json_set_bytes(token, "salt", salt, 32) != 0 ||
	    json_set_bytes(token, "drill", drill, HASH_LEN) != 0 ||
	    json_set_time(token, "created", in->now) != 0;
}

static int make_token(json **out, const struct bundle *b, const struct secret *seed,
    const struct bundle_enrol *in, struct err *e)
{
	uint8_t salt[32], drill[HASH_LEN];
	json *token = json_new_object();
	int r;

	*out = NULL;
	if (token == NULL)
		return doc_memory(e);
	r = bundle_salt(salt, e);
	if (r == 0)
		r = hash_label(drill, "twokey drill v1", in->hmac_drill->data, in->hmac_drill->len,
		    e);
	if (r == 0)
		r = set_wrap(token, b, seed, in, e);
	if (r == 0 && (set_plain(token, in, salt, drill) != 0 ||
	    set_attestation(token, in->credential) != 0))
		r = doc_memory(e);
	if (r == 0) {
		*out = token;
		token = NULL;
	}
	json_free(&token);
	return r;
}

static int check_enrol(const struct bundle *b, const struct bundle_enrol *in, struct err *e)
{
	const struct token_credential *c = in->credential;

	if (!text_is_name(in->label))
		return err_set(e, ERR_USAGE, "A token's label has lower-case letters, digits, \".\" "
		    "and \"-\" only, at most 63, and starts with a letter or digit.");
	if (b->n == BUNDLE_TOKENS_MAX)
		return err_set(e, ERR_REFUSED, "%s has %d tokens already, and may not have more.",
		    b->name, BUNDLE_TOKENS_MAX);
	if (bundle_token(b, in->label) != NULL)
		return err_set(e, ERR_EXISTS, "%s has a token with the label %s already.", b->name,
		    in->label);
	if (bundle_token_by_id(b, c->id, c->id_len) != NULL)
		return err_set(e, ERR_EXISTS, "%s has this credential enrolled already.", b->name);
	if (c->authdata_len < ASSERTION_HEAD + 16)
		return err_set(e, ERR_TOKEN, "The security key's answer to the enrolment is cut "
		    "short.");
	if (in->hmac_drill == NULL || in->hmac_drill->len != 32)
		return err_set(e, ERR_TOKEN, "The security key gave no hmac-secret output of 32 "
		    "bytes.");
	return 0;
}

int bundle_add_token(struct bundle *b, const struct secret *seed, const struct bundle_enrol *in,
    struct err *e)
{
	json *doc = NULL, *tokens = NULL, *token = NULL;
	int r;

	r = check_enrol(b, in, e);
	if (r == 0)
		r = check_seed(seed, b->identity, e);
	if (r == 0)
		r = make_token(&token, b, seed, in, e);
	if (r != 0)
		return r;
	doc = empty_doc(b->name, b->identity, b->created);
	tokens = json_copy(json_get(b->doc, "tokens"));
	if (doc == NULL || tokens == NULL || json_add(tokens, json_share(token)) != 0)
		r = doc_memory(e);
	if (r == 0) {
		r = json_set(doc, "tokens", tokens) != 0 ? doc_memory(e) : 0;
		tokens = NULL;
	}
	if (r == 0) {
		struct err why = { 0 };

		r = replace(b, doc, &why);
		if (r != 0)
			r = err_set(e, r == ERR_INPUT ? ERR_TOKEN : (enum err_code)r, "%s", why.text);
	}
	json_free(&token);
	json_free(&tokens);
	json_free(&doc);
	return r;
}

int bundle_remove_token(struct bundle *b, const char *label, struct err *e)
{
	json *doc = NULL, *tokens = NULL;
	int r = 0;

	if (bundle_token(b, label) == NULL)
		return err_set(e, ERR_MISSING, "%s has no token with the label %.63s.", b->name,
		    label);
	if (b->n == 1)
		return err_set(e, ERR_REFUSED, "%s is the only token of %s.", label, b->name);
	doc = empty_doc(b->name, b->identity, b->created);
	tokens = json_new_array();
	if (doc == NULL || tokens == NULL)
		r = doc_memory(e);
	for (size_t i = 0; i < b->n && r == 0; i++)
		if (strcmp(b->tokens[i].label, label) != 0 &&
		    json_add(tokens, json_share(bundle_token_doc(b, &b->tokens[i]))) != 0)
			r = doc_memory(e);
	if (r == 0) {
		r = json_set(doc, "tokens", tokens) != 0 ? doc_memory(e) : 0;
		tokens = NULL;
	}
	if (r == 0)
		r = replace(b, doc, e);
	json_free(&tokens);
	json_free(&doc);
	return r;
}
