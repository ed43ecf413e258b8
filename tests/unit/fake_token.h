/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_FAKE_TOKEN_H
#define TWOKEY_TESTS_FAKE_TOKEN_H

#include <stdint.h>

#include "token/token.h"

/*
 * A security key in memory, for tests alone: real keys, real signatures, real
 * authenticator data, as token_make and token_assert give them.  What fails
 * here ends the test program.
 */
struct fake_token;

struct fake_token *fake_token_new(enum token_alg alg);
void fake_token_free(struct fake_token **t);
/* Flags of later assertions (default: UP | UV), and the RP id they are for. */
void fake_token_behave(struct fake_token *t, uint8_t flags, const char *rp_id);
/* A credential with packed self attestation. */
void fake_token_make(struct fake_token *t, const uint8_t cdh[32], struct token_credential *out);
/* An assertion; salts NULL: no hmac-secret, and 37 bytes of authenticator data.
 * The caller frees it with fake_assertion_free. */
void fake_token_assert(struct fake_token *t, const uint8_t cdh[32], const uint8_t *salt1,
    const uint8_t *salt2, struct token_assertion *out);
void fake_assertion_free(struct token_assertion *a);
/* Signs anything: the low level of the two above. */
void fake_token_sign(struct fake_token *t, const void *msg, size_t len, uint8_t *sig,
    size_t *sig_len);

/* Ends the program with the words when ok is 0. */
void fake_must(int ok, const char *what);

#endif
