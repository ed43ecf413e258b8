/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/bundle_local.h"
#include "vault/doc.h"

const char *bundle_alg_name(enum token_alg alg)
{
	return alg == TOKEN_EDDSA ? "eddsa" : "es256";
}

void bundle_free(struct bundle **b)
{
	struct bundle *gone = *b;

	*b = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->n; i++)
		free(gone->tokens[i].id);
	free(gone->tokens);
	json_free(&gone->doc);
	free(gone);
}

/* The attestation is kept as it came; here only its form is checked, and that
 * it speaks of this credential. */
static int load_attestation(const struct bundle_token *t, const json *j, const char *where,
    struct err *e)
{
	const json *certs;
	uint8_t *data = NULL;
	size_t len;
	int r;

	r = json_shape(j, where, e, "format=s", "client_data_hash=b32", "authenticator_data=b",
	    "signature=b", "certificates=a", NULL);
	if (r == 0)
		r = doc_bytes(&data, &len, j, "signature", 0, BUNDLE_SIG_MAX, where, e);
	free(data);
	data = NULL;
	if (r == 0)
		r = doc_bytes(&data, &len, j, "authenticator_data", 1, BUNDLE_AUTHDATA_MAX, where,
		    e);
	if (r == 0)
		r = bundle_check_attested(t, data, len, where, e);
	free(data);
	certs = json_get(j, "certificates");
	if (r == 0 && json_len(certs) > BUNDLE_CERTS_MAX)
		r = err_set(e, ERR_INPUT, "%s: there are more than %d certificates.", where,
		    BUNDLE_CERTS_MAX);
	for (size_t i = 0; i < json_len(certs) && r == 0; i++) {
		r = doc_bytes_at(&data, &len, certs, i, 1, BUNDLE_CERT_MAX, where, e);
		free(data);
	}
	return r;
}

static int load_key(struct bundle_token *t, const json *j, const char *where, struct err *e)
{
	const char *alg = json_str(j, "algorithm"), *uv = json_str(j, "uv");

	if (strcmp(alg, "es256") == 0) {
		t->alg = TOKEN_ES256;
		t->key_len = ES256_KEY_LEN;
	} else if (strcmp(alg, "eddsa") == 0) {
		t->alg = TOKEN_EDDSA;
		t->key_len = ED25519_KEY_LEN;
	} else {
		return err_set(e, ERR_INPUT, "%s: the algorithm is neither es256 nor eddsa.", where);
	}
	t->builtin_uv = strcmp(uv, "builtin") == 0;
	if (!t->builtin_uv && strcmp(uv, "pin") != 0)
		return err_set(e, ERR_INPUT, "%s: \"uv\" is neither pin nor builtin.", where);
	if (json_int(j, "protection") != 2 && json_int(j, "protection") != 3)
		return err_set(e, ERR_INPUT, "%s: \"protection\" is neither 2 nor 3.", where);
	t->protection = (int)json_int(j, "protection");
	t->firmware = json_int(j, "firmware");
	t->created = json_time(j, "created");
	return doc_exact(t->key, t->key_len, j, "key", where, e);
}

static int load_token(struct bundle_token *t, const json *j, const struct bundle *b,
    const char *where, struct err *e)
{
	const json *wrap = json_get(j, "wrap");
	uint8_t salt[32], aaguid[16];
	int r;

	r = json_shape(j, where, e, "label=n", "credential=b", "algorithm=s", "key=b", "aaguid=s",
	    "firmware=u", "protection=u", "uv=s", "salt=b32", "wrap=o", "drill=b32",
	    "attestation=o", "created=t", NULL);
	if (r == 0)
		r = json_shape(wrap, where, e, "nonce=b12", "ciphertext=b48", NULL);
	if (r == 0 && json_hex(j, "aaguid", aaguid, sizeof(aaguid)) != 0)
		r = err_set(e, ERR_INPUT, "%s: \"aaguid\" must be 32 hexadecimal digits.", where);
	if (r == 0)
		r = load_key(t, j, where, e);
	if (r == 0)
		r = doc_bytes(&t->id, &t->id_len, j, "credential", 1, TOKEN_ID_MAX, where, e);
	if (r == 0)
		r = doc_exact(t->salt, sizeof(t->salt), j, "salt", where, e);
	if (r == 0)
		r = doc_exact(t->nonce, sizeof(t->nonce), wrap, "nonce", where, e);
	if (r == 0)
		r = doc_exact(t->wrapped, sizeof(t->wrapped), wrap, "ciphertext", where, e);
	if (r == 0)
		r = doc_exact(t->drill, sizeof(t->drill), j, "drill", where, e);
	if (r == 0)
		r = bundle_salt(salt, e);
	if (r != 0)
		return r;
	if (memcmp(t->salt, salt, sizeof(salt)) != 0)
		return err_set(e, ERR_INPUT, "%s: the salt is not the one all tokens have.", where);
	t->holder = b->name;
	t->label = json_str(j, "label");
	memcpy(t->aaguid, json_str(j, "aaguid"), 32);
	return load_attestation(t, json_get(j, "attestation"), where, e);
}

/* Labels, credentials and keys stand in a bundle once. */
static int check_unique(const struct bundle *b, const struct bundle_token *t, const char *where,
    struct err *e)
{
	for (const struct bundle_token *o = b->tokens; o < t; o++) {
		const char *what = NULL;

		if (strcmp(o->label, t->label) == 0)
			what = "label";
		else if (o->id_len == t->id_len && memcmp(o->id, t->id, t->id_len) == 0)
			what = "credential";
		else if (o->key_len == t->key_len && memcmp(o->key, t->key, t->key_len) == 0)
			what = "key";
		if (what != NULL)
			return err_set(e, ERR_INPUT, "%s: two tokens have the same %s.", where,
			    what);
	}
	return 0;
}

static int load_tokens(struct bundle *b, const char *where, struct err *e)
{
	const json *list = json_get(b->doc, "tokens");
	const size_t n = json_len(list);
	char at[192];
	int r = 0;

	if (n > BUNDLE_TOKENS_MAX)
		return err_set(e, ERR_INPUT, "%s: there are more than %d tokens.", where,
		    BUNDLE_TOKENS_MAX);
	b->tokens = calloc(n + 1, sizeof(*b->tokens));
	if (b->tokens == NULL)
		return doc_memory(e);
	for (size_t i = 0; i < n && r == 0; i++) {
		(void)snprintf(at, sizeof(at), "%.110s, token %zu of %s", where, i + 1, b->name);
		b->n = i + 1;
		r = load_token(&b->tokens[i], json_at(list, i), b, at, e);
		if (r == 0)
			r = check_unique(b, &b->tokens[i], at, e);
	}
	return r;
}

/* Signatures stand in the order of the tokens; a draft may lack some. */
static int load_signatures(const struct bundle *b, int draft, const char *where, struct err *e)
{
	const json *list = json_get(b->doc, "signatures");
	size_t next = 0;
	int r = 0;

	if (!draft && (b->n == 0 || json_len(list) != b->n))
		return err_set(e, ERR_INPUT, "%s: %s has %zu tokens and %zu signatures.", where,
		    b->name, b->n, json_len(list));
	for (size_t i = 0; i < json_len(list) && r == 0; i++) {
		const json *sig = json_at(list, i);

		r = json_shape(sig, where, e, "token=n", "authenticator_data=b", "signature=b", NULL);
		while (r == 0 && next < b->n && strcmp(b->tokens[next].label,
		    json_str(sig, "token")) != 0)
			next++;
		if (r == 0 && next++ == b->n)
			r = err_set(e, ERR_INPUT, "%s: the signatures of %s are not those of the "
			    "tokens, in their order.", where, b->name);
	}
	return r;
}

int bundle_load(struct bundle **out, const json *doc, int draft, const char *where,
    struct err *e)
{
	struct bundle *b = NULL;
	int r;

	*out = NULL;
	r = doc_check_type(doc, "twokey-bundle-v1", where, e);
	if (r == 0)
		r = json_shape(doc, where, e, "type=s", "name=n", "identity=b32", "created=t",
		    "tokens=a", "signatures=a", NULL);
	if (r != 0)
		return r;
	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return doc_memory(e);
	b->doc = json_share(doc);
	b->name = json_str(doc, "name");
	b->created = json_time(doc, "created");
	r = doc_exact(b->identity, sizeof(b->identity), doc, "identity", where, e);
	/* Or its holder could veto every sealing, or stand for two identities. */
	if (r == 0 && (r = x25519_check_public(b->identity, e)) != 0)
		(void)err_prefix(e, "%s: the identity of %s", where, b->name);
	if (r == 0)
		r = load_tokens(b, where, e);
	if (r == 0)
		r = load_signatures(b, draft, where, e);
	if (r == 0)
		r = doc_hash(b->hash, "twokey enroll v1", doc, "signatures", e);
	if (r == 0) {
		*out = b;
		b = NULL;
	}
	bundle_free(&b);
	return r;
}

static int check_token(const struct bundle *b, size_t i, const json *sig, struct err *e)
{
	uint8_t data[ASSERTION_DATA_MAX], s[TOKEN_SIG_MAX];
	const struct bundle_token *t = &b->tokens[i];
	struct assertion_key key;
	size_t len, slen;
	int r;

	if (json_bytes(sig, "authenticator_data", data, sizeof(data), &len) != 0 ||
	    json_bytes(sig, "signature", s, sizeof(s), &slen) != 0) {
		r = err_set(e, ERR_INPUT, "its signature is too long.");
	} else {
		bundle_token_key(&key, t);
		r = assertion_verify(&key, b->hash, data, len, s, slen, NULL, e);
	}
	if (r != 0)
		(void)err_prefix(e, "Token %s of %s did not sign this bundle", t->label, b->name);
	return r;
}

int bundle_check(const struct bundle *b, struct err *e)
{
	const json *list = json_get(b->doc, "signatures");
	int r = 0;

	if (b->n == 0 || json_len(list) != b->n)
		return err_set(e, ERR_INPUT, "The bundle of %s is not signed by each of its tokens.",
		    b->name);
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = check_token(b, i, json_at(list, i), e);
	return r != 0 ? r : bundle_check_models(b, NULL, NULL, e);
}

int bundle_from_json(struct bundle **b, const json *doc, int check, const char *where,
    struct err *e)
{
	int r;

	r = bundle_load(b, doc, 0, where, e);
	if (r != 0 || !check)
		return r;
	r = bundle_check(*b, e);
	if (r != 0)
		bundle_free(b);
	return r;
}

int bundle_parse(struct bundle **b, const void *data, size_t len, const char *where,
    struct err *e)
{
	json *doc = NULL;
	int r;

	*b = NULL;
	r = doc_parse(&doc, data, len, BUNDLE_MAX, where, e);
	if (r == 0)
		r = bundle_from_json(b, doc, 1, where, e);
	json_free(&doc);
	return r;
}

int bundle_write(struct buf *out, const struct bundle *b, struct err *e)
{
	const int r = bundle_check(b, e);

	return r != 0 ? r : json_canonical(out, b->doc, e);
}

void bundle_fingerprint(char out[BUNDLE_FINGERPRINT_LEN + 1], const struct bundle *b)
{
	for (size_t i = 0; i < 8; i++) {
		const uint8_t *h = b->hash + 4 * i;
		const uint32_t v = (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 |
		    (uint32_t)h[2] << 8 | h[3];

		(void)snprintf(out + 6 * i, 7, "%05u%s", (unsigned)(v % 100000), i < 7 ? " " : "");
	}
}

const struct bundle_token *bundle_token(const struct bundle *b, const char *label)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->tokens[i].label, label) == 0)
			return &b->tokens[i];
	return NULL;
}

const struct bundle_token *bundle_token_by_id(const struct bundle *b, const uint8_t *id,
    size_t len)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->tokens[i].id_len == len && memcmp(b->tokens[i].id, id, len) == 0)
			return &b->tokens[i];
	return NULL;
}

void bundle_token_key(struct assertion_key *key, const struct bundle_token *t)
{
	key->alg = t->alg;
	key->key = t->key;
	key->len = t->key_len;
}

const json *bundle_token_doc(const struct bundle *b, const struct bundle_token *t)
{
	return json_at(json_get(b->doc, "tokens"), (size_t)(t - b->tokens));
}
