/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9180, mode_base, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM,
 * one message a context (section 6.1), so the sequence number is always 0.
 */
#include <string.h>

#include "crypto/crypto_local.h"

/* suite_id of the KEM (section 4.1) and of the whole (section 5.1). */
static const uint8_t hpke_kem[] = { 'K', 'E', 'M', 0x00, 0x20 };
static const uint8_t hpke_suite[] = { 'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x02 };

struct suite {
	const uint8_t *id;
	size_t len;
};
static const struct suite kem = { hpke_kem, sizeof(hpke_kem) };
static const struct suite whole = { hpke_suite, sizeof(hpke_suite) };

/* Section 4: LabeledExtract(salt, label, ikm). */
static int hpke_extract(struct secret **out, const struct suite *id, const struct secret *salt,
    const char *label, const void *ikm, size_t ikmlen, struct err *e)
{
	struct secret *in = NULL;
	int r;

	*out = NULL;
	r = secret_new(&in, 7 + id->len + strlen(label) + ikmlen, e);
	if (r == 0)
		r = secret_append(in, "HPKE-v1", 7, e);
	if (r == 0)
		r = secret_append(in, id->id, id->len, e);
	if (r == 0)
		r = secret_append(in, label, strlen(label), e);
	if (r == 0)
		r = secret_append(in, ikm, ikmlen, e);
	if (r == 0)
		r = hkdf_extract(out, salt != NULL ? salt->data : NULL, salt != NULL ? salt->len : 0,
		    in->data, in->len, e);
	secret_free(&in);
	return r;
}

/* Section 4: LabeledExpand(prk, label, info, L). */
static int hpke_expand(struct secret **out, size_t outlen, const struct suite *id,
    const struct secret *prk, const char *label, const void *info, size_t infolen, struct err *e)
{
	const uint8_t two[2] = { (uint8_t)(outlen >> 8), (uint8_t)outlen };
	struct secret *in = NULL;
	int r;

	*out = NULL;
	r = secret_new(&in, 9 + id->len + strlen(label) + infolen, e);
	if (r == 0)
		r = secret_append(in, two, sizeof(two), e);
	if (r == 0)
		r = secret_append(in, "HPKE-v1", 7, e);
	if (r == 0)
		r = secret_append(in, id->id, id->len, e);
	if (r == 0)
		r = secret_append(in, label, strlen(label), e);
	if (r == 0)
		r = secret_append(in, info, infolen, e);
	if (r == 0)
		r = hkdf_expand(out, outlen, prk, in->data, in->len, e);
	secret_free(&in);
	return r;
}

/* Section 7.1.3: DeriveKeyPair for X25519. */
int hpke_keygen(struct secret **priv, uint8_t pub[X25519_LEN], const uint8_t *ikm, size_t ikmlen,
    struct err *e)
{
	struct secret *prk, *sk = NULL;
	int r;

	*priv = NULL;
	r = hpke_extract(&prk, &kem, NULL, "dkp_prk", ikm, ikmlen, e);
	if (r == 0)
		r = hpke_expand(&sk, X25519_LEN, &kem, prk, "sk", "", 0, e);
	if (r == 0)
		r = x25519_public(pub, sk->data, e);
	if (r == 0) {
		*priv = sk;
		sk = NULL;
	}
	secret_free(&sk);
	secret_free(&prk);
	return r;
}

/* Section 4.1: ExtractAndExpand(DH(mine, peer), enc || pkR), where the sender's
 * own public key, which enc receives, is enc, and the receiver's (enc NULL) pkR. */
static int hpke_dh(struct secret **shared, uint8_t *enc, const uint8_t mine[X25519_LEN],
    const uint8_t peer[X25519_LEN], struct err *e)
{
	uint8_t context[2 * X25519_LEN];
	uint8_t *own = enc != NULL ? context : context + X25519_LEN;
	struct secret *dh, *prk = NULL;
	int r;

	*shared = NULL;
	memcpy(enc != NULL ? context + X25519_LEN : context, peer, X25519_LEN);
	r = x25519_agree(&dh, own, mine, peer, e);
	if (r == 0 && enc != NULL)
		memcpy(enc, own, X25519_LEN);
	if (r == 0)
		r = hpke_extract(&prk, &kem, NULL, "eae_prk", dh->data, dh->len, e);
	if (r == 0)
		r = hpke_expand(shared, HASH_LEN, &kem, prk, "shared_secret", context,
		    sizeof(context), e);
	secret_free(&prk);
	secret_free(&dh);
	return r;
}

/* Section 5.1: KeySchedule(mode_base, shared_secret, info, "", ""). */
static int hpke_schedule(struct secret **key, struct secret **nonce, const struct secret *shared,
    const void *info, size_t infolen, struct err *e)
{
	struct secret *psk_id = NULL, *info_hash = NULL, *secret = NULL;
	uint8_t context[1 + 2 * HASH_LEN] = { 0x00 };
	int r;

	*key = *nonce = NULL;
	r = hpke_extract(&psk_id, &whole, NULL, "psk_id_hash", "", 0, e);
	if (r == 0)
		r = hpke_extract(&info_hash, &whole, NULL, "info_hash", info, infolen, e);
	if (r == 0)
		r = hpke_extract(&secret, &whole, shared, "secret", "", 0, e);
	if (r == 0) {
		memcpy(context + 1, psk_id->data, HASH_LEN);
		memcpy(context + 1 + HASH_LEN, info_hash->data, HASH_LEN);
		r = hpke_expand(key, AEAD_KEY_LEN, &whole, secret, "key", context,
		    sizeof(context), e);
	}
	if (r == 0)
		r = hpke_expand(nonce, AEAD_NONCE_LEN, &whole, secret, "base_nonce", context,
		    sizeof(context), e);
	secret_free(&secret);
	secret_free(&info_hash);
	secret_free(&psk_id);
	return r;
}

int hpke_seal_with(uint8_t *out, const uint8_t eph[X25519_LEN], const uint8_t pub[X25519_LEN],
    const void *info, size_t infolen, const void *aad, size_t aadlen, const void *plain,
    size_t len, struct err *e)
{
	struct secret *shared = NULL, *key = NULL, *nonce = NULL;
	int r;

	r = hpke_dh(&shared, out, eph, pub, e);
	if (r == 0)
		r = hpke_schedule(&key, &nonce, shared, info, infolen, e);
	if (r == 0)
		r = aead_seal(out + HPKE_ENC_LEN, key->data, nonce->data, aad, aadlen, plain, len, e);
	secret_free(&nonce);
	secret_free(&key);
	secret_free(&shared);
	return r;
}

int hpke_seal(uint8_t *out, const uint8_t pub[X25519_LEN], const void *info, size_t infolen,
    const void *aad, size_t aadlen, const void *plain, size_t len, struct err *e)
{
	struct secret *eph;
	int r;

	/* Any 32 random bytes are an X25519 private key (RFC 7748 section 5). */
	r = random_secret(&eph, X25519_LEN, e);
	if (r == 0)
		r = hpke_seal_with(out, eph->data, pub, info, infolen, aad, aadlen, plain, len, e);
	secret_free(&eph);
	return r;
}

int hpke_open(struct secret **out, const struct secret *priv, const void *info, size_t infolen,
    const void *aad, size_t aadlen, const uint8_t *sealed, size_t len, struct err *e)
{
	struct secret *shared = NULL, *key = NULL, *nonce = NULL;
	int r;

	*out = NULL;
	if (priv->len != X25519_LEN)
		return err_set(e, ERR_INTERNAL, "An HPKE private key has the wrong length.");
	if (len < HPKE_OVERHEAD)
		return err_set(e, ERR_TAMPERED, "A sealed message is too short.");
	r = hpke_dh(&shared, NULL, priv->data, sealed, NULL);
	if (r != 0)
		r = err_set(e, r == ERR_INPUT ? ERR_TAMPERED : (enum err_code)r,
		    "A sealed message does not open.");
	if (r == 0)
		r = hpke_schedule(&key, &nonce, shared, info, infolen, e);
	if (r == 0)
		r = aead_open(out, key->data, nonce->data, aad, aadlen, sealed + HPKE_ENC_LEN,
		    len - HPKE_ENC_LEN, e);
	secret_free(&nonce);
	secret_free(&key);
	secret_free(&shared);
	return r;
}
