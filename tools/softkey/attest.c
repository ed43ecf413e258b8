/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The softkey root's private key is derived from a published sentence: anybody can sign with it, so
 * no program may ever trust it but a test. In return every softkey chains to one constant root.
 */
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "attest.h"
#include "crypt.h"

#define ROOT_SENTENCE "softkey test root: its private key is public, trust it in tests alone"
#define OID_AAGUID "1.3.6.1.4.1.45724.1.1.4"

/* Constant dates: tests run under made-up clocks. */
#define NOT_BEFORE "20200101000000Z"
#define NOT_AFTER "20691231235959Z"

static const uint8_t root_der[] = {
#include "root.inc"
};

static EVP_PKEY *
root_key(bool foreign)
{
	uint8_t seed[32];

	if (foreign ? !crypt_random(seed, sizeof seed) : !crypt_sha256(ROOT_SENTENCE, strlen(ROOT_SENTENCE), seed))
		return NULL;
	return crypt_key(COSE_ES256, seed);
}

static bool
name_add(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, (const uint8_t *)value, -1, -1, 0) == 1;
}

static bool
name_fill(X509_NAME *name, const char *unit, const char *common)
{
	return name_add(name, "C", "ZZ") && name_add(name, "O", "softkey") && name_add(name, "OU", unit) &&
	    name_add(name, "CN", common);
}

static bool
extension_add(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool ok = e != NULL && X509_add_ext(x, e, -1) == 1;

	X509_EXTENSION_free(e);
	return ok;
}

/* id-fido-gen-ce-aaguid: the AAGUID in an OCTET STRING, not critical (WebAuthn section 8.2.1). */
static bool
aaguid_add(X509 *x, const uint8_t aaguid[16])
{
	uint8_t der[18] = { 0x04, 16 };
	ASN1_OBJECT *oid = OBJ_txt2obj(OID_AAGUID, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;
	bool ok = false;

	memcpy(der + 2, aaguid, 16);
	if (oid != NULL && value != NULL && ASN1_OCTET_STRING_set(value, der, sizeof der) == 1 &&
	    (e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value)) != NULL)
		ok = X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ok;
}

static bool
serial_set(X509 *x)
{
	uint8_t b[8];
	BIGNUM *n;
	bool ok;

	if (!crypt_random(b, sizeof b))
		return false;
	b[0] = (b[0] & 0x3f) | 0x40;	/* positive, and of constant length */
	n = BN_bin2bn(b, sizeof b, NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return ok;
}

static X509 *
leaf_make(EVP_PKEY *key, EVP_PKEY *ca, const uint8_t aaguid[16])
{
	const uint8_t *p = root_der;
	X509 *root = d2i_X509(NULL, &p, sizeof root_der), *x = X509_new();

	if (root == NULL || x == NULL || X509_set_version(x, X509_VERSION_3) != 1 || !serial_set(x) ||
	    X509_set_issuer_name(x, X509_get_subject_name(root)) != 1 ||
	    ASN1_TIME_set_string(X509_getm_notBefore(x), NOT_BEFORE) != 1 ||
	    ASN1_TIME_set_string(X509_getm_notAfter(x), NOT_AFTER) != 1 ||
	    !name_fill(X509_get_subject_name(x), "Authenticator Attestation", "softkey batch") ||
	    X509_set_pubkey(x, key) != 1 || !extension_add(x, NID_basic_constraints, "critical,CA:FALSE") ||
	    !aaguid_add(x, aaguid) || X509_sign(x, ca, EVP_sha256()) <= 0) {
		X509_free(x);
		x = NULL;
	}
	X509_free(root);
	return x;
}

bool
attest_make(struct key *k)
{
	EVP_PKEY *ca = root_key(k->q.v[Q_ATTESTATION] == ATT_FOREIGN);
	uint8_t *p = k->cert;
	X509 *x = NULL;
	int n;
	bool ok = false;

	k->att = EVP_EC_gen("P-256");
	if (ca == NULL || k->att == NULL || (x = leaf_make(k->att, ca, quirk_aaguid(&k->q))) == NULL)
		goto out;
	n = i2d_X509(x, NULL);
	if (n <= 0 || (size_t)n > sizeof k->cert)
		goto out;
	k->cert_len = (size_t)i2d_X509(x, &p);
	ok = true;
out:
	X509_free(x);
	EVP_PKEY_free(ca);
	return ok;
}

bool
attest_root(FILE *f)
{
	return PEM_write(f, PEM_STRING_X509, "", root_der, sizeof root_der) > 0;
}
