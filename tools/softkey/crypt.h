/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_CRYPT_H
#define SOFTKEY_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "cbr.h"

#define COSE_ES256 (-7)
#define COSE_EDDSA (-8)
#define COSE_ECDH (-25)

#define SIG_MAX 80	/* DER of an ECDSA P-256 signature takes at most 72 */

/* Thin names over libcrypto. bool: false only if libcrypto fails or the input is no such thing. */
bool crypt_random(void *p, size_t n);
bool crypt_sha256(const void *p, size_t n, uint8_t out[32]);

/* HMAC-SHA-256 of a followed by b. */
bool crypt_hmac(const uint8_t *key, size_t key_len, struct span a, struct span b, uint8_t out[32]);

/* AES-256-CBC without padding: n is a multiple of 16. */
bool crypt_cbc(bool encrypt, const uint8_t key[32], const uint8_t iv[16], const uint8_t *in, size_t n, uint8_t *out);

/* AES-256-GCM; out takes n bytes and the tag follows (seal) or precedes the end of in (open, n counts it). */
bool crypt_seal(const uint8_t key[32], const uint8_t nonce[12], struct span ad, const uint8_t *in, size_t n, uint8_t *out);
bool crypt_open(const uint8_t key[32], const uint8_t nonce[12], struct span ad, const uint8_t *in, size_t n, uint8_t *out);

/* HKDF-SHA-256 with a salt of 32 zero bytes, one block out (CTAP 2.1 section 6.5.7). */
bool crypt_hkdf(const uint8_t *ikm, size_t n, const char *info, uint8_t out[32]);

/* A private key from 32 bytes of seed; NULL for the rare seed which is no P-256 scalar. Caller frees. */
EVP_PKEY *crypt_key(int alg, const uint8_t seed[32]);

/* The uncompressed point (65 bytes) or the Ed25519 key (32). */
bool crypt_public(EVP_PKEY *key, uint8_t *out, size_t max, size_t *len);

/* Writes the COSE_Key of key under algorithm alg (COSE_ECDH too). */
bool crypt_cose(struct cbw *w, EVP_PKEY *key, int alg);

/* Signs; sig takes SIG_MAX bytes. */
bool crypt_sign(EVP_PKEY *key, struct span msg, uint8_t *sig, size_t *len);

/* The X coordinate of the shared point with a peer's COSE_Key (checked to lie on the curve). */
bool crypt_ecdh(EVP_PKEY *mine, struct span cose, uint8_t x[32]);

#endif
