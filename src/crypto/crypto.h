/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CRYPTO_CRYPTO_H
#define TWOKEY_CRYPTO_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * Thin wrappers over OpenSSL's EVP: the only folder that includes openssl/ headers.
 * Outputs of known size are arrays in the caller's memory; secret outputs go
 * into struct secret.  Failures of the library are ERR_INTERNAL.
 */

#define HASH_LEN 32
#define ED25519_KEY_LEN 32
#define ED25519_SIG_LEN 64
#define X25519_LEN 32
#define AEAD_KEY_LEN 32
#define AEAD_NONCE_LEN 12
#define AEAD_TAG_LEN 16

/* Starts the library and compares one known answer of each primitive that
 * later calls use. Once at start. */
int crypto_init(struct err *e);
/* The same for a process that only speaks CTAP through libfido2 (ECDH on P-256,
 * AES-256-CBC, HMAC), so that its random generators are seeded and nothing of
 * these is loaded behind its sandbox. */
int crypto_init_ctap(struct err *e);

/* random.c: from OpenSSL's private DRBG. */
int random_bytes(void *out, size_t len, struct err *e);
int random_secret(struct secret **out, size_t len, struct err *e);
/* A fresh seed from the kernel, for a process that has waited since crypto_init: where a
 * virtual machine was copied or set back meanwhile, no two draw the same.  0, or ERR_INTERNAL. */
int random_renew(struct err *e);
/* Uniform in [0, bound), bound >= 1, by rejection. */
int random_below(uint32_t *out, uint32_t bound, struct err *e);

/* hash.c: SHA-256 (FIPS 180-4). */
int hash_sha256(uint8_t out[HASH_LEN], const void *data, size_t len, struct err *e);
/* H(label, x) = SHA-256(label || 0x00 || x), docs/formats.md. */
int hash_label(uint8_t out[HASH_LEN], const char *label, const void *data, size_t len,
    struct err *e);
/* H(label, a || b): the second part may be secret. */
int hash_label2(uint8_t out[HASH_LEN], const char *label, const void *a, size_t alen,
    const void *b, size_t blen, struct err *e);

/* SHA-256 many times over without a set-up each time; one thread at a time. */
struct hasher;
int hasher_new(struct hasher **out, struct err *e);
/* SHA-256(a || b) */
int hasher_run(struct hasher *h, uint8_t out[HASH_LEN], const void *a, size_t alen, const void *b,
    size_t blen, struct err *e);
/* The same over bytes that come one after the other: begin, add, end. */
int hasher_begin(struct hasher *h, struct err *e);
int hasher_add(struct hasher *h, const void *data, size_t len, struct err *e);
int hasher_end(struct hasher *h, uint8_t out[HASH_LEN], struct err *e);
void hasher_free(struct hasher **h);

/* hkdf.c: HKDF-SHA256 (RFC 5869); salt may be NULL. Output at most 255*32. */
int hkdf_sha256(struct secret **out, size_t outlen, const void *ikm, size_t ikmlen,
    const void *salt, size_t saltlen, const void *info, size_t infolen, struct err *e);
/* HMAC with "SHA1", "SHA256" or "SHA512" (RFC 2104); out holds 64 bytes. */
int hmac_digest(uint8_t out[64], size_t *outlen, const char *digest, const void *key,
    size_t keylen, const void *data, size_t len, struct err *e);

/* aead.c: AES-256-GCM.  out holds len + AEAD_TAG_LEN bytes (ciphertext || tag). */
int aead_seal(uint8_t *out, const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
    const void *aad, size_t aadlen, const void *plain, size_t len, struct err *e);
/* len counts the tag. ERR_TAMPERED, and *out NULL, when the tag is wrong. */
int aead_open(struct secret **out, const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], const void *aad, size_t aadlen, const uint8_t *cipher,
    size_t len, struct err *e);

/* x25519.c (RFC 7748). */
int x25519_public(uint8_t pub[X25519_LEN], const uint8_t priv[X25519_LEN], struct err *e);
/* Is this a key that shares can be sealed to, in its only spelling?  ERR_INPUT
 * for points of small order and for what is not below 2^255 - 19. */
int x25519_check_public(const uint8_t pub[X25519_LEN], struct err *e);
/* ERR_INPUT for a low-order peer key (all-zero result, RFC 7748 section 6.1). */
int x25519_shared(struct secret **out, const uint8_t priv[X25519_LEN],
    const uint8_t peer[X25519_LEN], struct err *e);

/* hpke.c: RFC 9180 base mode, suite 0x0020/0x0001/0x0002, single-shot (section
 * 6.1); a key pair comes from a 32-byte seed by DeriveKeyPair (section 7.1.3).
 * Shapes follow OpenSSL 3.2's OSSL_HPKE, so that ours can go away. */
#define HPKE_ENC_LEN 32
#define HPKE_OVERHEAD (HPKE_ENC_LEN + AEAD_TAG_LEN)
int hpke_keygen(struct secret **priv, uint8_t pub[X25519_LEN], const uint8_t *ikm, size_t ikmlen,
    struct err *e);
/* out holds len + HPKE_OVERHEAD bytes: enc || ciphertext || tag. */
int hpke_seal(uint8_t *out, const uint8_t pub[X25519_LEN], const void *info, size_t infolen,
    const void *aad, size_t aadlen, const void *plain, size_t len, struct err *e);
/* ERR_TAMPERED when it does not open. */
int hpke_open(struct secret **out, const struct secret *priv, const void *info, size_t infolen,
    const void *aad, size_t aadlen, const uint8_t *sealed, size_t len, struct err *e);

/* ed25519.c (RFC 8032). The private key is the 32-byte seed. */
int ed25519_public(uint8_t pub[ED25519_KEY_LEN], const struct secret *seed, struct err *e);
int ed25519_sign(uint8_t sig[ED25519_SIG_LEN], const struct secret *seed, const void *msg,
    size_t len, struct err *e);
/* ERR_TAMPERED when the signature does not hold, or pub is of low order. */
int ed25519_verify(const uint8_t sig[ED25519_SIG_LEN], const uint8_t pub[ED25519_KEY_LEN],
    const void *msg, size_t len, struct err *e);

/* es256.c: ECDSA P-256 with SHA-256 (FIPS 186-5), key as raw x || y (64 bytes),
 * signature as strict DER with low s. */
#define ES256_KEY_LEN 64
#define ES256_SIG_MAX 72
/* ERR_INPUT for a point that is not on the curve. */
int es256_check_key(const uint8_t key[ES256_KEY_LEN], struct err *e);
/* Rewrites any DER ECDSA signature as strict DER with low s; *outlen <= ES256_SIG_MAX. */
int es256_normalise(uint8_t out[ES256_SIG_MAX], size_t *outlen, const uint8_t *sig, size_t len,
    struct err *e);
/* ERR_INPUT when not strict DER or high s, ERR_TAMPERED when it does not hold. */
int es256_verify(const uint8_t *sig, size_t siglen, const uint8_t key[ES256_KEY_LEN],
    const void *msg, size_t len, struct err *e);

/* A key parsed once for many signatures; one thread at a time. */
struct es256_verifier;
/* ERR_INPUT for a point that is not on the curve; *out is NULL then. */
int es256_verifier_new(struct es256_verifier **out, const uint8_t key[ES256_KEY_LEN],
    struct err *e);
/* As es256_verify, for a message whose SHA-256 is `hash`. */
int es256_verifier_check(struct es256_verifier *v, const uint8_t *sig, size_t siglen,
    const uint8_t hash[HASH_LEN], struct err *e);
void es256_verifier_free(struct es256_verifier **v);

/* x509.c: attestation chains (X509_verify_cert).  certs: leaf first, DER. */
struct x509_der { const uint8_t *data; size_t len; };
/* Chain against roots (intermediates and leaves may be roots too), at time t
 * (seconds); purpose not checked.  ERR_REFUSED when it does not hold, ERR_INPUT
 * for a malformed certificate. */
int x509_check_chain(const struct x509_der *certs, size_t ncerts, const struct x509_der *roots,
    size_t nroots, int64_t t, struct err *e);
/* Signature of the leaf's key over msg (ES256 or EdDSA; the DER need not be
 * strict).  ERR_TAMPERED when it does not hold, ERR_REFUSED for another kind of
 * key, ERR_INPUT for a malformed certificate. */
int x509_check_signature(const struct x509_der *leaf, const uint8_t *sig, size_t siglen,
    const void *msg, size_t len, struct err *e);
/* The id-fido-gen-ce-aaguid extension (1.3.6.1.4.1.45724.1.1.4): 1 and aaguid
 * when present, 0 when absent, -1 malformed. */
int x509_aaguid(const struct x509_der *leaf, uint8_t aaguid[16]);

/* shamir.c: Shamir's sharing over GF(2^8), polynomial 0x11b, constant time.
 * Split: shares[i] gets len bytes for x = i + 1; 1 <= threshold <= n <= 255;
 * coefficients are fresh random bytes. */
int shamir_split(uint8_t *const shares[], size_t n, size_t threshold, const uint8_t *secret,
    size_t len, struct err *e);
/* Lagrange at 0 from k shares with distinct non-zero x. ERR_INPUT otherwise. */
int shamir_join(uint8_t *secret, size_t len, const uint8_t *const shares[], const uint8_t x[],
    size_t k, struct err *e);

/* rsa.c: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2); the key as DER
 * RSAPublicKey (appendix A.1.1) of 2,048 bits or more.  ERR_INPUT for another key, ERR_TAMPERED
 * when it does not hold. */
int rsa_verify(const uint8_t *sig, size_t siglen, const uint8_t *key, size_t keylen,
    const void *msg, size_t len, struct err *e);

#endif
