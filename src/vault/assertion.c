/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/assertion.h"

#include <string.h>

#include "crypto/crypto.h"

/* Authenticator data: WebAuthn level 2 section 6.1. */
#define FLAGS_AT 32
#define FLAG_UP 0x01
#define FLAG_UV 0x04
#define FLAG_AT 0x40
#define FLAG_ED 0x80

static int check_data(const uint8_t *authdata, size_t len, struct err *e)
{
	uint8_t rp[HASH_LEN];
	uint8_t flags;
	int r;

	if (len < ASSERTION_HEAD || len > ASSERTION_DATA_MAX)
		return err_set(e, ERR_INPUT, "The authenticator data has %zu bytes: too %s.", len,
		    len < ASSERTION_HEAD ? "few" : "many");
	r = hash_sha256(rp, TOKEN_RP_ID, strlen(TOKEN_RP_ID), e);
	if (r != 0)
		return r;
	flags = authdata[FLAGS_AT];
	if (memcmp(authdata, rp, HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "The security key signed for another program than "
		    "twokey.");
	if ((flags & FLAG_UP) == 0)
		return err_set(e, ERR_REFUSED, "The security key signed without a touch.");
	if ((flags & FLAG_UV) == 0)
		return err_set(e, ERR_REFUSED, "The security key signed without its PIN or "
		    "fingerprint.");
	if ((flags & FLAG_AT) != 0)
		return err_set(e, ERR_INPUT, "The authenticator data is that of an enrolment.");
	if ((flags & FLAG_ED) == 0 && len != ASSERTION_HEAD)
		return err_set(e, ERR_INPUT, "The authenticator data has bytes left over.");
	return 0;
}

int assertion_verify(const struct assertion_key *key, const uint8_t cdh[32],
    const uint8_t *authdata, size_t authdata_len, const uint8_t *sig, size_t sig_len,
    uint32_t *counter, struct err *e)
{
	uint8_t msg[ASSERTION_DATA_MAX + 32];
	int r;

	r = check_data(authdata, authdata_len, e);
	if (r != 0)
		return r;
	memcpy(msg, authdata, authdata_len);
	memcpy(msg + authdata_len, cdh, 32);
	if (key->alg == TOKEN_ES256 && key->len == ES256_KEY_LEN)
		r = es256_verify(sig, sig_len, key->key, msg, authdata_len + 32, e);
	else if (key->alg != TOKEN_EDDSA || key->len != ED25519_KEY_LEN)
		r = err_set(e, ERR_INTERNAL, "A token's key has the wrong length.");
	else if (sig_len != ED25519_SIG_LEN)
		r = err_set(e, ERR_INPUT, "An Ed25519 signature has %zu bytes, not 64.", sig_len);
	else
		r = ed25519_verify(sig, key->key, msg, authdata_len + 32, e);
	if (r == 0 && counter != NULL)
		*counter = (uint32_t)authdata[33] << 24 | (uint32_t)authdata[34] << 16 |
		    (uint32_t)authdata[35] << 8 | authdata[36];
	return r;
}

int assertion_normalise(uint8_t out[TOKEN_SIG_MAX], size_t *outlen, enum token_alg alg,
    const uint8_t *sig, size_t sig_len, struct err *e)
{
	*outlen = 0;
	if (alg == TOKEN_ES256) {
		if (es256_normalise(out, outlen, sig, sig_len, NULL) == 0)
			return 0;
		return err_set(e, ERR_TOKEN, "The security key gave a malformed ECDSA signature.");
	}
	if (sig_len != ED25519_SIG_LEN)
		return err_set(e, ERR_TOKEN, "The security key gave a malformed Ed25519 signature.");
	memcpy(out, sig, sig_len);
	*outlen = sig_len;
	return 0;
}
