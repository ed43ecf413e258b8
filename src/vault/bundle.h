/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_BUNDLE_H
#define TWOKEY_VAULT_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/crypto.h"
#include "token/token.h"
#include "vault/assertion.h"

/*
 * A holder and their tokens (docs/formats.md section 3).  Enrolment goes:
 * bundle_new, then for each token bundle_add_token with what token_make and
 * token_assert gave, bundle_hash, one assertion for each token signing that
 * hash, bundle_sign, bundle_check, bundle_write.
 */
#define BUNDLE_TOKENS_MAX 8
#define BUNDLE_FINGERPRINT_LEN 47	/* eight groups of five digits, seven spaces */
#define BUNDLE_MAX (256u << 10)		/* bytes of a bundle document, at most */

struct bundle_token {
	const char *holder;	/* of the bundle */
	const char *label;
	uint8_t *id;		/* credential id */
	size_t id_len;
	enum token_alg alg;
	uint8_t key[ES256_KEY_LEN];
	size_t key_len;
	char aaguid[33];	/* hexadecimal */
	int64_t firmware;
	int protection;		/* credProtect in force: 2 or 3 */
	int builtin_uv;		/* verified at enrolment by 1: the token, 0: a PIN */
	uint8_t salt[32];
	uint8_t nonce[AEAD_NONCE_LEN];
	uint8_t wrapped[48];
	uint8_t drill[HASH_LEN];
	int64_t created;
};

/* Read only outside of bundle*.c. */
struct bundle {
	json *doc;		/* owned */
	const char *name;	/* borrowed from doc, as all text here */
	uint8_t identity[X25519_LEN];
	int64_t created;
	uint8_t hash[HASH_LEN];	/* what each token signs */
	struct bundle_token *tokens;
	size_t n;
};

/* The hmac-secret salts: SHA-256("twokey salt v1"), SHA-256("twokey drill salt v1"). */
int bundle_salt(uint8_t salt[32], struct err *e);
int bundle_drill_salt(uint8_t salt[32], struct err *e);

/* Starts a bundle of this holder with a fresh identity, whose seed (32 bytes)
 * *seed owns.  Both NULL after a failure.  ERR_USAGE when `holder` is no name. */
int bundle_new(struct bundle **b, struct secret **seed, const char *holder, int64_t now,
    struct err *e);
/* Starts the successor of a bundle, same identity, same tokens, no signatures
 * (to add or remove tokens). */
int bundle_renew(struct bundle **b, const struct bundle *old, int64_t now, struct err *e);

struct bundle_enrol {
	const char *label;			/* token label, a name */
	const struct token_credential *credential;
	uint32_t firmware;			/* token_info.firmware */
	int protection;				/* level found to be in force, 2 or 3 */
	int builtin_uv;
	const struct secret *hmac;		/* output for bundle_salt, with UV */
	const struct secret *hmac_drill;	/* output for bundle_drill_salt, with UV */
	int64_t now;
};
/* Wraps the identity for this token and adds it; earlier signatures go.  b is
 * as it was after a failure.  ERR_EXISTS for a label, credential or key that is
 * there, ERR_TOKEN when the credential's own words contradict each other,
 * ERR_TAMPERED when seed is not this identity's. */
int bundle_add_token(struct bundle *b, const struct secret *seed, const struct bundle_enrol *in,
    struct err *e);
/* ERR_MISSING; the last token stays (ERR_REFUSED). Signatures go. */
int bundle_remove_token(struct bundle *b, const char *label, struct err *e);

/* Attaches the assertion of token `label` over b->hash (checked). */
int bundle_sign(struct bundle *b, const char *label, const struct token_assertion *a,
    struct err *e);

/* Parses a stored document strictly and checks every signature. `where` names
 * it in errors. */
int bundle_parse(struct bundle **b, const void *data, size_t len, const char *where,
    struct err *e);
/* The same from a parsed value, which is shared; without `check` no signature
 * is verified (the caller knows the hash otherwise). */
int bundle_from_json(struct bundle **b, const json *doc, int check, const char *where,
    struct err *e);
/* Verifies that each token signed, and that the attestations hold.
 * ERR_TAMPERED names the token. */
int bundle_check(const struct bundle *b, struct err *e);
/* Appends the document's bytes. */
int bundle_write(struct buf *out, const struct bundle *b, struct err *e);
void bundle_free(struct bundle **b);

/* For reading aloud: "01234 56789 ...". */
void bundle_fingerprint(char out[BUNDLE_FINGERPRINT_LEN + 1], const struct bundle *b);

/* The token with this label or credential id, lent; NULL when there is none. */
const struct bundle_token *bundle_token(const struct bundle *b, const char *label);
const struct bundle_token *bundle_token_by_id(const struct bundle *b, const uint8_t *id,
    size_t len);

/* The key that verifies the token's assertions, borrowed from t. */
void bundle_token_key(struct assertion_key *key, const struct bundle_token *t);

/* Unwraps the identity's seed with the token's hmac-secret output (for its
 * salt, with UV); the result is proven to be the bundle's identity.
 * ERR_TAMPERED otherwise. *seed is owned by the caller. */
int bundle_unwrap(struct secret **seed, const struct bundle *b, const struct bundle_token *t,
    const struct secret *hmac, struct err *e);
/* 0 when this hmac-secret output (for bundle_drill_salt) is the enrolled one,
 * else ERR_TAMPERED. */
int bundle_check_drill(const struct bundle_token *t, const struct secret *hmac, struct err *e);

/* Judges each token's attestation by a policy's rules: `aaguids` (array of
 * hexadecimal strings) and `roots` (array of base64 DER), either NULL or empty
 * for "any".  A packed or fido-u2f statement must always hold; with roots it
 * must chain to one of them.  ERR_REFUSED. */
int bundle_check_models(const struct bundle *b, const json *aaguids, const json *roots,
    struct err *e);

#endif
