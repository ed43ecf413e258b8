/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_SHARES_H
#define TWOKEY_VAULT_SHARES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "vault/policy.h"
#include "vault/quorum.h"
#include "vault/record.h"

/* Shares documents: who can open a record (docs/formats.md section 6). */
#define SHARES_SEALED_LEN 80
#define SHARES_MAX (8u << 20)

/* A parsed shares document; read only outside of shares*.c. */
struct shares {
	json *doc;		/* owned */
	uint8_t vault[HASH_LEN];
	const char *record;
	int64_t version;
	uint8_t record_digest[HASH_LEN];
	int64_t policy;		/* serial */
	const char *quorum;
	const char *host;
	int64_t sealed;
	uint8_t digest[HASH_LEN];	/* shares digest */
};

/* A field's secret `s`, opened by a quorum or fresh. */
struct shares_secret {
	const char *field;
	const struct secret *s;	/* 32 bytes */
};

struct shares_in {
	const struct record *record;
	const struct policy *policy;	/* whose tree and identities count */
	const struct shares_secret *secrets;	/* every field of the record, any order */
	size_t n;
	const char *host;
	const struct secret *host_seed;
	int64_t now;
};
/* A reseal: makes a shares document for another policy.  Each `s` is checked
 * against the record's commitment first (ERR_TAMPERED).  Appends the bytes. */
int shares_build(struct buf *out, uint8_t digest[HASH_LEN], const struct shares_in *in,
    struct err *e);

/* Parses strictly; no signature is verified yet. */
int shares_parse(struct shares **sh, const void *data, size_t len, const char *where,
    struct err *e);
/* Checks that sh belongs to r, was made for exactly the fields of r and the
 * holders of the tree in p (the policy whose serial sh names), and its host's
 * signature. */
int shares_verify(const struct shares *sh, const struct record *r, const struct policy *p,
    struct err *e);
void shares_free(struct shares **sh);

/* Opens a holder's share of a field with the identity's seed and checks its
 * commitment: ERR_TAMPERED when it is damaged or false, or the identity is not
 * the one it was sealed to.  *share (32 bytes) is owned by the caller. */
int shares_open(struct secret **share, const struct shares *sh, const struct record *r,
    const char *field, const char *holder, const struct secret *seed, struct err *e);
/* Does a share that came from elsewhere fit its commitment? ERR_TAMPERED. */
int shares_check(const struct shares *sh, const struct record *r, const char *field,
    const char *holder, const struct secret *share, struct err *e);

#endif
