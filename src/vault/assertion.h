/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_ASSERTION_H
#define TWOKEY_VAULT_ASSERTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/token.h"

/*
 * Signatures of holders: the one place that judges a FIDO2 assertion, from its
 * bytes alone (docs/formats.md section 1; WebAuthn level 2 section 6.1).
 */
#define ASSERTION_HEAD 37	/* rp id hash, flags, counter */
#define ASSERTION_DATA_MAX 1024	/* bytes of authenticator data, at most */

struct assertion_key {
	enum token_alg alg;
	const uint8_t *key;	/* es256: x || y, 64 bytes; eddsa: 32 */
	size_t len;
};

/* Checks rp id hash, UP, UV, AT clear, length, and the signature (stored form)
 * over authdata || cdh.  *counter (NULL allowed) gets the sign counter.
 * ERR_REFUSED when nobody was verified or present, ERR_TAMPERED when the
 * signature or rp id does not hold, ERR_INPUT for a malformed one. */
int assertion_verify(const struct assertion_key *key, const uint8_t cdh[32],
    const uint8_t *authdata, size_t authdata_len, const uint8_t *sig, size_t sig_len,
    uint32_t *counter, struct err *e);

/* What a token gave, as it is stored: es256 as strict DER with low s, eddsa as
 * 64 bytes. out holds TOKEN_SIG_MAX. ERR_TOKEN when it is neither. */
int assertion_normalise(uint8_t out[TOKEN_SIG_MAX], size_t *outlen, enum token_alg alg,
    const uint8_t *sig, size_t sig_len, struct err *e);

#endif
