/* SPDX-License-Identifier: BSD-2-Clause */
/* Which security keys a policy lets in: models, makers, attestations. */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "fake_vault.h"

#define MODEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"	/* of fake tokens */

static struct secret *hmac_of(struct fake_token *t, int drill)
{
	struct token_assertion as;
	struct secret *s = NULL;
	uint8_t salt[32], cdh[32] = { 3 };

	assert_int_equal(drill ? bundle_drill_salt(salt, NULL) : bundle_salt(salt, NULL), 0);
	fake_token_assert(t, cdh, salt, NULL, &as);
	s = as.hmac1;
	as.hmac1 = NULL;
	fake_assertion_free(&as);
	return s;
}

static json *list_of(const char *s)
{
	json *list = json_new_array();

	assert_int_equal(json_add_str(list, s), 0);
	return list;
}

static void models(void **state)
{
	json *mine = list_of(MODEL), *other = list_of("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
	json *root = list_of("MAA=");
	struct fake_token *t[2];
	struct bundle *b = fake_bundle("alice", t, 2);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(bundle_check_models(b, NULL, NULL, NULL), 0);
	assert_int_equal(bundle_check_models(b, mine, NULL, NULL), 0);
	assert_int_equal(bundle_check_models(b, other, NULL, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, MODEL));
	/* Self attestation is nobody's word. */
	assert_int_equal(bundle_check_models(b, mine, root, NULL), ERR_REFUSED);
	json_free(&mine);
	json_free(&other);
	json_free(&root);
	bundle_free(&b);
	fake_token_free(&t[0]);
	fake_token_free(&t[1]);
}

/* A maker: a root, and a leaf for the model whose aaguid begins with `first`. */
struct maker {
	EVP_PKEY *root_key, *leaf_key;
	X509 *root, *leaf;
};

static X509 *certificate(EVP_PKEY *key, const char *name, const char *issuer, EVP_PKEY *by,
    int ca)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);
	X509_EXTENSION *ext;

	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), ca ? 1 : 2), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x), FAKE_NOW / 1000 - 86400));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x), FAKE_NOW / 1000 + 86400));
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0), 1);
	n = X509_get_issuer_name(x);
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)issuer, -1, -1, 0), 1);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, ca ? "critical,CA:TRUE" :
	    "critical,CA:FALSE");
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, by, EVP_sha256()) > 0);
	return x;
}

/* id-fido-gen-ce-aaguid, signed again. */
static void add_model(X509 *x, EVP_PKEY *by, uint8_t first)
{
	uint8_t value[18] = { 0x04, 16 };
	ASN1_OCTET_STRING *os = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	X509_EXTENSION *ext;

	memset(value + 2, 0xaa, 16);
	value[2] = first;
	assert_int_equal(ASN1_OCTET_STRING_set(os, value, sizeof(value)), 1);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, os);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	assert_true(X509_sign(x, by, EVP_sha256()) > 0);
	X509_EXTENSION_free(ext);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(os);
}

/* first 0: the certificate names no model. */
static void maker_new(struct maker *m, uint8_t first)
{
	m->root_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	m->leaf_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	m->root = certificate(m->root_key, "Root", "Root", m->root_key, 1);
	m->leaf = certificate(m->leaf_key, "Leaf", "Root", m->root_key, 0);
	if (first != 0)
		add_model(m->leaf, m->root_key, first);
}

static void maker_free(struct maker *m)
{
	X509_free(m->root);
	X509_free(m->leaf);
	EVP_PKEY_free(m->root_key);
	EVP_PKEY_free(m->leaf_key);
}

static size_t der(uint8_t *out, X509 *x)
{
	const int n = i2d_X509(x, &out);

	assert_true(n > 0);
	return (size_t)n;
}

static json *roots_of(const struct maker *m)
{
	uint8_t bytes[1024];
	char text[1400];
	const size_t n = der(bytes, m->root);

	assert_true(EVP_EncodeBlock((unsigned char *)text, bytes, (int)n) > 0);
	return list_of(text);
}

/* What fido-u2f signs (section 8.6): not the model. */
static size_t u2f_message(uint8_t *msg, const struct token_credential *c, const uint8_t cdh[32])
{
	size_t n = 0;

	msg[n++] = 0;
	memcpy(msg + n, c->authdata, 32);
	memcpy(msg + n + 32, cdh, 32);
	memcpy(msg + n + 64, c->id, c->id_len);
	n += 64 + c->id_len;
	msg[n++] = 0x04;
	memcpy(msg + n, c->key, c->key_len);
	return n + c->key_len;
}

/* A bundle whose token is attested by this maker; `cdh` may be a false one. */
static struct bundle *attested(const struct maker *m, struct fake_token *t, int honest, int u2f)
{
	size_t len;

	struct token_credential *c = calloc(1, sizeof(*c));
	struct secret *seed = NULL, *hmac = hmac_of(t, 0), *hmac_drill = hmac_of(t, 1);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct bundle *b = NULL;
	uint8_t cdh[32] = { 5 }, msg[1024];

	assert_non_null(c);
	fake_token_make(t, cdh, c);
	memcpy(msg, c->authdata, c->authdata_len);
	memcpy(msg + c->authdata_len, cdh, 32);
	msg[c->authdata_len] = (uint8_t)(honest ? cdh[0] : 0);
	len = c->authdata_len + 32;
	if (u2f) {
		memcpy(c->format, "fido-u2f", sizeof("fido-u2f"));
		len = u2f_message(msg, c, cdh);
	}
	c->sig_len = sizeof(c->sig);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, m->leaf_key), 1);
	assert_int_equal(EVP_DigestSign(ctx, c->sig, &c->sig_len, msg, len), 1);
	c->cert_len = der(c->cert, m->leaf);
	assert_int_equal(bundle_new(&b, &seed, "alice", FAKE_NOW, NULL), 0);
	const struct bundle_enrol in = { .label = "blue", .credential = c, .protection = 3,
		.builtin_uv = 1, .hmac = hmac, .hmac_drill = hmac_drill, .now = FAKE_NOW };
	assert_int_equal(bundle_add_token(b, seed, &in, NULL), 0);
	EVP_MD_CTX_free(ctx);
	secret_free(&seed);
	secret_free(&hmac);
	secret_free(&hmac_drill);
	free(c);
	return b;
}

static void sign(struct bundle *b, struct fake_token *t)
{
	struct token_assertion as;

	fake_token_assert(t, b->hash, NULL, NULL, &as);
	assert_int_equal(bundle_sign(b, "blue", &as, NULL), 0);
	fake_assertion_free(&as);
}

static void makers(void **state)
{
	struct fake_token *t = fake_token_new(TOKEN_ES256);
	struct maker good, stranger, other_model;
	struct bundle *b;
	struct err e = { 0 };
	json *roots, *strange;

	(void)state;
	maker_new(&good, 0xaa);
	maker_new(&stranger, 0xaa);
	maker_new(&other_model, 0xab);
	roots = roots_of(&good);
	strange = roots_of(&stranger);
	b = attested(&good, t, 1, 0);
	assert_int_equal(b->tokens[0].protection, 3);
	assert_true(b->tokens[0].builtin_uv);
	assert_int_equal(bundle_check_models(b, NULL, roots, NULL), 0);
	assert_int_equal(bundle_check_models(b, NULL, NULL, NULL), 0);
	assert_int_equal(bundle_check_models(b, NULL, strange, &e), ERR_REFUSED);
	assert_non_null(strstr(e.text, "not trusted"));
	bundle_free(&b);
	b = attested(&good, t, 0, 0);
	assert_int_equal(bundle_check_models(b, NULL, roots, NULL), ERR_TAMPERED);
	/* Whoever asks for no maker still asks that the attestation holds. */
	sign(b, t);
	assert_int_equal(bundle_check(b, NULL), ERR_TAMPERED);
	bundle_free(&b);
	b = attested(&good, t, 1, 0);
	sign(b, t);
	assert_int_equal(bundle_check(b, NULL), 0);
	bundle_free(&b);
	b = attested(&other_model, t, 1, 0);
	json_free(&roots);
	roots = roots_of(&other_model);
	assert_int_equal(bundle_check_models(b, NULL, roots, NULL), ERR_TAMPERED);
	bundle_free(&b);
	json_free(&roots);
	json_free(&strange);
	maker_free(&good);
	maker_free(&stranger);
	maker_free(&other_model);
	fake_token_free(&t);
}

/* Without a model in its certificate, nothing vouches for a model. */
static void u2f_model(void **state)
{
	struct fake_token *t = fake_token_new(TOKEN_ES256);
	struct maker named, nameless;
	struct bundle *b;
	struct err e = { 0 };

	(void)state;
	maker_new(&named, 0xaa);
	maker_new(&nameless, 0);
	b = attested(&named, t, 1, 1);
	assert_int_equal(bundle_check_models(b, NULL, NULL, &e), 0);
	bundle_free(&b);
	b = attested(&nameless, t, 1, 1);
	assert_int_equal(bundle_check_models(b, NULL, NULL, &e), ERR_TAMPERED);
	assert_non_null(strstr(e.text, "vouches for its model"));
	bundle_free(&b);
	/* packed signs the model itself. */
	b = attested(&nameless, t, 1, 0);
	assert_int_equal(bundle_check_models(b, NULL, NULL, NULL), 0);
	bundle_free(&b);
	maker_free(&named);
	maker_free(&nameless);
	fake_token_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(models), cmocka_unit_test(makers),
		cmocka_unit_test(u2f_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
