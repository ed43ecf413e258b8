/* SPDX-License-Identifier: BSD-2-Clause */
/* Asymmetric keys: from a seed, to and from COSE_Key (RFC 9052), signing and ECDH. */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "crypt.h"

#define POINT_LEN 65

/* The point of a private scalar; libcrypto wants both halves of a key. */
static bool
point_of(const EC_GROUP *group, const BIGNUM *scalar, uint8_t out[POINT_LEN])
{
	EC_POINT *p = EC_POINT_new(group);
	bool ok;

	ok = p != NULL && EC_POINT_mul(group, p, scalar, NULL, NULL, NULL) == 1 &&
	    EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, out, POINT_LEN, NULL) == POINT_LEN;
	EC_POINT_free(p);
	return ok;
}

static EVP_PKEY *
p256_from(const uint8_t point[POINT_LEN], const BIGNUM *scalar)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (b == NULL || c == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN) != 1 ||
	    (scalar != NULL && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, scalar) != 1) ||
	    (params = OSSL_PARAM_BLD_to_param(b)) == NULL || EVP_PKEY_fromdata_init(c) != 1)
		goto out;
	if (EVP_PKEY_fromdata(c, &key, scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *
p256_from_seed(const uint8_t seed[32])
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	BIGNUM *scalar = BN_bin2bn(seed, 32, NULL);
	uint8_t point[POINT_LEN];
	EVP_PKEY *key = NULL;

	if (group != NULL && scalar != NULL && !BN_is_zero(scalar) &&
	    BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0 && point_of(group, scalar, point))
		key = p256_from(point, scalar);
	BN_clear_free(scalar);
	EC_GROUP_free(group);
	return key;
}

EVP_PKEY *
crypt_key(int alg, const uint8_t seed[32])
{
	if (alg == COSE_EDDSA)
		return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
	return p256_from_seed(seed);
}

bool
crypt_public(EVP_PKEY *key, uint8_t *out, size_t max, size_t *len)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
		*len = max;
		return EVP_PKEY_get_raw_public_key(key, out, len) == 1;
	}
	return EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, out, max, len) == 1;
}

bool
crypt_cose(struct cbw *w, EVP_PKEY *key, int alg)
{
	uint8_t pub[POINT_LEN];
	bool ed = alg == COSE_EDDSA;
	size_t len;

	if (!crypt_public(key, pub, sizeof pub, &len) || len != (ed ? 32 : sizeof pub))
		return false;
	cbw_map(w, ed ? 4 : 5);
	cbw_int(w, 1);		/* kty: OKP or EC2 */
	cbw_int(w, ed ? 1 : 2);
	cbw_int(w, 3);		/* alg */
	cbw_int(w, alg);
	cbw_int(w, -1);		/* crv: Ed25519 or P-256 */
	cbw_int(w, ed ? 6 : 1);
	cbw_int(w, -2);
	cbw_bytes(w, ed ? pub : pub + 1, 32);
	if (!ed) {
		cbw_int(w, -3);
		cbw_bytes(w, pub + 33, 32);
	}
	return !w->bad;
}

bool
crypt_sign(EVP_PKEY *key, struct span msg, uint8_t *sig, size_t *len)
{
	const EVP_MD *md = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok;

	*len = SIG_MAX;
	ok = c != NULL && EVP_DigestSignInit(c, NULL, md, NULL, key) == 1 &&
	    EVP_DigestSign(c, sig, len, msg.p, msg.n) == 1;
	EVP_MD_CTX_free(c);
	return ok;
}

/* A peer's COSE_Key as a key; NULL unless it is a P-256 point. */
static EVP_PKEY *
peer_from(struct span cose)
{
	uint8_t point[POINT_LEN] = { 4 };
	int64_t kty, alg, crv;
	struct span x, y;

	if (!cbr_int(cbr_at(cose, 1), &kty) || kty != 2 || !cbr_int(cbr_at(cose, 3), &alg) || alg != COSE_ECDH ||
	    !cbr_int(cbr_at(cose, -1), &crv) || crv != 1 || !cbr_bytes(cbr_at(cose, -2), &x) || x.n != 32 ||
	    !cbr_bytes(cbr_at(cose, -3), &y) || y.n != 32)
		return NULL;
	memcpy(point + 1, x.p, 32);
	memcpy(point + 33, y.p, 32);
	return p256_from(point, NULL);
}

bool
crypt_ecdh(EVP_PKEY *mine, struct span cose, uint8_t x[32])
{
	EVP_PKEY *peer = peer_from(cose);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(mine, NULL);
	size_t len = 32;
	bool ok;

	/* set_peer checks that the point lies on the curve */
	ok = peer != NULL && c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
	    EVP_PKEY_derive(c, x, &len) == 1 && len == 32;
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(peer);
	return ok;
}
