/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "vault/bundle_local.h"
#include "vault/doc.h"

/* Attestations: WebAuthn level 2 sections 6.5 and 8. */
#define FLAGS_AT 32
#define FLAG_AT 0x40
#define FLAG_ED 0x80
#define ATTESTED (ASSERTION_HEAD + 16 + 2)	/* aaguid, length of the id */
#define COSE_MAX 80
#define ROOTS_MAX 64
#define ROOT_MAX (8u << 10)

/* The key in CTAP2 canonical CBOR, which is what a token has to give (RFC 9053
 * sections 2 and 7; CTAP 2.1 section 8). */
static size_t cose_key(uint8_t out[COSE_MAX], const struct bundle_token *t)
{
	static const uint8_t es256[] = { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20 };
	static const uint8_t middle[] = { 0x22, 0x58, 0x20 };
	static const uint8_t eddsa[] = { 0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20 };

	if (t->alg == TOKEN_EDDSA) {
		memcpy(out, eddsa, sizeof(eddsa));
		memcpy(out + sizeof(eddsa), t->key, 32);
		return sizeof(eddsa) + 32;
	}
	memcpy(out, es256, sizeof(es256));
	memcpy(out + sizeof(es256), t->key, 32);
	memcpy(out + sizeof(es256) + 32, middle, sizeof(middle));
	memcpy(out + sizeof(es256) + 32 + sizeof(middle), t->key + 32, 32);
	return sizeof(es256) + 32 + sizeof(middle) + 32;
}

int bundle_check_attested(const struct bundle_token *t, const uint8_t *data, size_t len,
    const char *where, struct err *e)
{
	uint8_t rp[HASH_LEN], key[COSE_MAX];
	const size_t keylen = cose_key(key, t);
	char aaguid[33];
	int r;

	r = hash_sha256(rp, TOKEN_RP_ID, strlen(TOKEN_RP_ID), e);
	if (r != 0)
		return r;
	if (len < ATTESTED + t->id_len + keylen || memcmp(data, rp, HASH_LEN) != 0 ||
	    (data[FLAGS_AT] & FLAG_AT) == 0)
		return err_set(e, ERR_INPUT, "%s: the attestation is not that of a twokey "
		    "credential.", where);
	hex_encode(aaguid, data + ASSERTION_HEAD, 16);
	if (memcmp(aaguid, t->aaguid, 32) != 0)
		return err_set(e, ERR_INPUT, "%s: the attestation is of another model.", where);
	if (((size_t)data[ATTESTED - 2] << 8 | data[ATTESTED - 1]) != t->id_len ||
	    memcmp(data + ATTESTED, t->id, t->id_len) != 0)
		return err_set(e, ERR_INPUT, "%s: the attestation is of another credential.",
		    where);
	if (memcmp(data + ATTESTED + t->id_len, key, keylen) != 0)
		return err_set(e, ERR_INPUT, "%s: the attestation is of another key.", where);
	if ((data[FLAGS_AT] & FLAG_ED) == 0 && len != ATTESTED + t->id_len + keylen)
		return err_set(e, ERR_INPUT, "%s: the attestation has bytes left over.", where);
	return 0;
}

/* An attestation taken apart. */
struct attest {
	const char *format;
	uint8_t cdh[32];
	uint8_t *data, *sig;
	size_t data_len, sig_len;
	struct x509_der certs[BUNDLE_CERTS_MAX];
	size_t n;
};

static void attest_free(struct attest *a)
{
	for (size_t i = 0; i < a->n; i++)
		free((void *)(uintptr_t)a->certs[i].data);
	free(a->data);
	free(a->sig);
}

static int attest_read(struct attest *a, const json *j, struct err *e)
{
	const json *certs = json_get(j, "certificates");
	int r;

	memset(a, 0, sizeof(*a));
	a->format = json_str(j, "format");
	r = doc_exact(a->cdh, sizeof(a->cdh), j, "client_data_hash", "the attestation", e);
	if (r == 0)
		r = doc_bytes(&a->data, &a->data_len, j, "authenticator_data", 1,
		    BUNDLE_AUTHDATA_MAX, "the attestation", e);
	if (r == 0)
		r = doc_bytes(&a->sig, &a->sig_len, j, "signature", 0, BUNDLE_SIG_MAX,
		    "the attestation", e);
	for (size_t i = 0; i < json_len(certs) && i < BUNDLE_CERTS_MAX && r == 0; i++) {
		uint8_t *der = NULL;

		r = doc_bytes_at(&der, &a->certs[i].len, certs, i, 1, BUNDLE_CERT_MAX,
		    "the attestation", e);
		if (r == 0) {
			a->certs[i].data = der;
			a->n++;
		}
	}
	return r;
}

/* The bytes the attestation key signed: section 8.2, or 8.6 for fido-u2f. */
static void signed_bytes(struct buf *out, const struct attest *a, const struct bundle_token *t)
{
	if (strcmp(a->format, "fido-u2f") != 0) {
		buf_put(out, a->data, a->data_len);
		buf_put(out, a->cdh, sizeof(a->cdh));
		return;
	}
	buf_put(out, "\0", 1);
	buf_put(out, a->data, HASH_LEN);
	buf_put(out, a->cdh, sizeof(a->cdh));
	buf_put(out, t->id, t->id_len);
	buf_put(out, "\x04", 1);
	buf_put(out, t->key, t->key_len);
}

static int check_self(const struct attest *a, const struct bundle_token *t, const struct buf *msg,
    struct err *e)
{
	uint8_t sig[ES256_SIG_MAX];
	size_t len;
	int r;

	if (t->alg == TOKEN_EDDSA)
		return a->sig_len != ED25519_SIG_LEN ?
		    err_set(e, ERR_TAMPERED, "Its attestation's signature is malformed.") :
		    ed25519_verify(a->sig, t->key, msg->data, msg->len, e);
	r = es256_normalise(sig, &len, a->sig, a->sig_len, e);
	return r != 0 ? r : es256_verify(sig, len, t->key, msg->data, msg->len, e);
}

/* The statement itself, whoever vouches for it. *rooted: has a certificate. */
static int check_statement(const struct attest *a, const struct bundle_token *t, int *rooted,
    struct err *e)
{
	static const char none[] = "00000000000000000000000000000000";
	const int u2f = strcmp(a->format, "fido-u2f") == 0;
	struct buf msg = BUF_INIT;
	uint8_t model[16];
	char hex[33];
	int r;

	*rooted = 0;
	if (!u2f && strcmp(a->format, "packed") != 0)
		return 0;
	signed_bytes(&msg, a, t);
	if (!buf_ok(&msg)) {
		r = doc_memory(e);
	} else if (a->n == 0) {
		r = u2f ? err_set(e, ERR_TAMPERED, "Its attestation lacks the certificate.") :
		    check_self(a, t, &msg, e);
	} else {
		*rooted = 1;
		r = x509_check_signature(&a->certs[0], a->sig, a->sig_len, msg.data, msg.len, e);
	}
	buf_free(&msg);
	if (r != 0 || a->n == 0)
		return r;
	switch (x509_aaguid(&a->certs[0], model)) {
	case 0:
		/* What this format signs does not hold the model (section 8.6). */
		if (u2f && memcmp(t->aaguid, none, 32) != 0)
			return err_set(e, ERR_TAMPERED, "Nothing in its attestation vouches for its model.");
		return 0;
	case 1:
		hex_encode(hex, model, sizeof(model));
		if (memcmp(hex, t->aaguid, 32) == 0)
			return 0;
		return err_set(e, ERR_TAMPERED, "Its attestation certificate is for another model.");
	default:
		return err_set(e, ERR_INPUT, "Its attestation certificate is malformed.");
	}
}

static int check_chain(const struct attest *a, const struct bundle_token *t, const json *roots,
    struct err *e)
{
	struct x509_der *root = calloc(ROOTS_MAX, sizeof(*root));
	size_t n = 0;
	int r = root == NULL ? doc_memory(e) : 0;

	if (json_len(roots) > ROOTS_MAX)
		r = err_set(e, ERR_INPUT, "A policy has at most %d roots.", ROOTS_MAX);
	while (r == 0 && n < json_len(roots)) {
		uint8_t *der = NULL;

		r = doc_bytes_at(&der, &root[n].len, roots, n, 1, ROOT_MAX, "the policy's roots", e);
		if (r == 0)
			root[n++].data = der;
	}
	if (r == 0)
		r = x509_check_chain(a->certs, a->n, root, n, t->created / 1000, e);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)root[i].data);
	free(root);
	return r;
}

static int check_model(const struct bundle *b, const struct bundle_token *t, const json *aaguids,
    const json *roots, struct err *e)
{
	struct attest a;
	int r, rooted = 0;

	if (json_len(aaguids) > 0 && !json_has_str(aaguids, t->aaguid)) {
		r = err_set(e, ERR_REFUSED, "The model of %s's token %s (%s) is not one that the "
		    "policy allows.", b->name, t->label, t->aaguid);
		(void)err_hint(e, "Use another security key, or put its model into the rule "
		    "\"aaguids\".");
		return r;
	}
	r = attest_read(&a, json_get(bundle_token_doc(b, t), "attestation"), e);
	if (r == 0)
		r = check_statement(&a, t, &rooted, e);
	if (r == 0 && json_len(roots) > 0 && !rooted)
		r = err_set(e, ERR_REFUSED, "It has no attestation by its maker, which the policy "
		    "asks for.");
	else if (r == 0 && json_len(roots) > 0)
		r = check_chain(&a, t, roots, e);
	if (r != 0)
		(void)err_prefix(e, "Token %s of %s", t->label, b->name);
	attest_free(&a);
	return r;
}

int bundle_check_models(const struct bundle *b, const json *aaguids, const json *roots,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < b->n && r == 0; i++)
		r = check_model(b, &b->tokens[i], aaguids, roots, e);
	return r;
}
