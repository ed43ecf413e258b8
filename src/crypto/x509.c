/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "crypto/crypto_local.h"

/* A certificate with nothing behind; NULL otherwise. */
static X509 *x509_read(const struct x509_der *der)
{
	const unsigned char *p = der->data;
	X509 *x;

	if (der->len == 0 || der->len > LONG_MAX)
		return NULL;
	x = d2i_X509(NULL, &p, (long)der->len);
	if (x != NULL && p != der->data + der->len) {
		X509_free(x);
		x = NULL;
	}
	if (x == NULL)
		crypto_forget();
	return x;
}

static void x509_add_digests(void)
{
	(void)EVP_add_digest(EVP_sha1());
	(void)EVP_add_digest(EVP_sha224());
	(void)EVP_add_digest(EVP_sha256());
	(void)EVP_add_digest(EVP_sha384());
	(void)EVP_add_digest(EVP_sha512());
}

/*
 * OpenSSL finds the digest of a certificate's signature in an old table of names,
 * which start_library (init.c) leaves empty and forbids to fill as a whole.  Here are
 * the digests that makers sign with; any other one is unknown, and refused.
 */
static int x509_start(struct err *e)
{
	static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

	return CRYPTO_THREAD_run_once(&once, x509_add_digests) == 1 ? 0 :
	    crypto_fail(e, "to check certificates");
}

static int x509_malformed(struct err *e)
{
	return err_set(e, ERR_INPUT, "A certificate is malformed.");
}

static int x509_fill_store(X509_STORE *store, const struct x509_der *roots, size_t n,
    struct err *e)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && r == 0; i++) {
		X509 *x = x509_read(&roots[i]);

		if (x == NULL)
			r = x509_malformed(e);
		else if (X509_STORE_add_cert(store, x) != 1)
			r = crypto_fail(e, "a root certificate");
		X509_free(x);
	}
	return r;
}

static int x509_fill_stack(STACK_OF(X509) *st, const struct x509_der *certs, size_t n,
    struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		X509 *x = x509_read(&certs[i]);

		if (x == NULL)
			return x509_malformed(e);
		if (sk_X509_push(st, x) <= 0) {
			X509_free(x);
			return crypto_fail(e, "a certificate");
		}
	}
	return 0;
}

int x509_check_chain(const struct x509_der *certs, size_t ncerts, const struct x509_der *roots,
    size_t nroots, int64_t t, struct err *e)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE_CTX *c = X509_STORE_CTX_new();
	int r = x509_start(e);

	if (r != 0)
		goto out;
	if (store == NULL || chain == NULL || c == NULL) {
		r = crypto_fail(e, "a certificate chain");
		goto out;
	}
	if (ncerts == 0) {
		r = err_set(e, ERR_REFUSED, "The attestation has no certificate.");
		goto out;
	}
	r = x509_fill_store(store, roots, nroots, e);
	if (r == 0)
		r = x509_fill_stack(chain, certs, ncerts, e);
	if (r != 0)
		goto out;
	if (X509_STORE_CTX_init(c, store, sk_X509_value(chain, 0), chain) != 1) {
		r = crypto_fail(e, "a certificate chain");
		goto out;
	}
	/* Makers publish intermediates and even leaves as trust anchors (FIDO
	 * Metadata Statements, attestationRootCertificates). */
	X509_STORE_CTX_set_flags(c, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_time(c, 0, (time_t)t);
	if (X509_verify_cert(c) != 1) {
		r = err_set(e, ERR_REFUSED, "The attestation certificate is not trusted: %s.",
		    X509_verify_cert_error_string(X509_STORE_CTX_get_error(c)));
		crypto_forget();
	}
out:
	X509_STORE_CTX_free(c);
	sk_X509_pop_free(chain, X509_free);
	X509_STORE_free(store);
	return r;
}

/* 1 for Ed25519, 2 for a key on P-256, 0 for anything else. */
static int x509_key_kind(const EVP_PKEY *k)
{
	char group[32] = "";
	size_t n;

	if (k == NULL)
		return 0;
	if (EVP_PKEY_is_a(k, "ED25519"))
		return 1;
	if (!EVP_PKEY_is_a(k, "EC") || EVP_PKEY_get_group_name(k, group, sizeof(group), &n) != 1)
		return 0;
	return strcmp(group, "prime256v1") == 0 ? 2 : 0;
}

int x509_check_signature(const struct x509_der *leaf, const uint8_t *sig, size_t siglen,
    const void *msg, size_t len, struct err *e)
{
	X509 *x = x509_read(leaf);
	EVP_MD_CTX *c = NULL;
	EVP_PKEY *k;
	int r = 0, kind;

	if (x == NULL)
		return x509_malformed(e);
	k = X509_get0_pubkey(x);
	kind = x509_key_kind(k);
	if (kind == 0) {
		r = err_set(e, ERR_REFUSED, "An attestation key is neither P-256 nor Ed25519.");
		goto out;
	}
	c = EVP_MD_CTX_new();
	if (c == NULL || EVP_DigestVerifyInit(c, NULL, kind == 2 ? EVP_sha256() : NULL, NULL, k) != 1)
		r = crypto_fail(e, "an attestation signature");
	else if (EVP_DigestVerify(c, sig, siglen, msg, len) != 1)
		r = err_set(e, ERR_TAMPERED, "An attestation signature does not hold.");
out:
	crypto_forget();
	EVP_MD_CTX_free(c);
	X509_free(x);
	return r;
}

int x509_aaguid(const struct x509_der *leaf, uint8_t aaguid[16])
{
	X509 *x = x509_read(leaf);
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	const ASN1_OCTET_STRING *v;
	X509_EXTENSION *ext;
	const uint8_t *p;
	int at, r = -1;

	memset(aaguid, 0, 16);
	if (x == NULL || oid == NULL)
		goto out;
	at = X509_get_ext_by_OBJ(x, oid, -1);
	if (at < 0) {
		r = 0;
		goto out;
	}
	ext = X509_get_ext(x, at);
	v = X509_EXTENSION_get_data(ext);
	p = ASN1_STRING_get0_data(v);
	/* WebAuthn section 8.2.1: an OCTET STRING of 16 bytes in the extension's
	 * own, once, not critical. */
	if (X509_get_ext_by_OBJ(x, oid, at) < 0 && !X509_EXTENSION_get_critical(ext) &&
	    ASN1_STRING_length(v) == 18 && p[0] == 0x04 && p[1] == 16) {
		memcpy(aaguid, p + 2, 16);
		r = 1;
	}
out:
	crypto_forget();
	ASN1_OBJECT_free(oid);
	X509_free(x);
	return r;
}
