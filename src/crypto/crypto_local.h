/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CRYPTO_LOCAL_H
#define TWOKEY_CRYPTO_LOCAL_H

#include <openssl/evp.h>

#include "crypto/crypto.h"

/* Shared by the files of this folder (and their tests) only. */

/* ERR_INTERNAL: OpenSSL refused `what`; empties its error queue. */
int crypto_fail(struct err *e, const char *what);
/* Forgets OpenSSL's queued errors after a refusal that is no failure. */
void crypto_forget(void);

/* The two halves of HKDF-SHA256 (RFC 5869 sections 2.2 and 2.3). */
int hkdf_extract(struct secret **prk, const void *salt, size_t saltlen, const void *ikm,
    size_t ikmlen, struct err *e);
int hkdf_expand(struct secret **out, size_t outlen, const struct secret *prk, const void *info,
    size_t infolen, struct err *e);

/* As x25519_shared; the public half of priv too, unless pub is NULL: making a
 * key of 32 bytes costs a multiplication each time. */
int x25519_agree(struct secret **out, uint8_t pub[X25519_LEN], const uint8_t priv[X25519_LEN],
    const uint8_t peer[X25519_LEN], struct err *e);

/* HPKE with the ephemeral private key given, for the RFC's vectors. */
int hpke_seal_with(uint8_t *out, const uint8_t eph[X25519_LEN], const uint8_t pub[X25519_LEN],
    const void *info, size_t infolen, const void *aad, size_t aadlen, const void *plain,
    size_t len, struct err *e);

#endif
