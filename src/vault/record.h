/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_RECORD_H
#define TWOKEY_VAULT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/crypto.h"
#include "vault/policy.h"

/* Records (docs/formats.md section 5). */
#define RECORD_FIELDS_MAX 32
#define RECORD_PLAIN_MAX 65535	/* bytes of a field's plaintext, at least 1 */
#define RECORD_CONTENT_LEN 16
#define RECORD_ATTRIBUTES_MAX 16
#define RECORD_MAX (4u << 20)	/* bytes of a document, at most */

/* One field, as a parsed record has it. */
struct record_field {
	const char *name;
	const json *known_to;		/* array of strings */
	uint8_t commitment[32];
	uint8_t nonce[AEAD_NONCE_LEN];
	uint8_t *cipher;		/* tag included */
	size_t cipher_len;
	const json *witness;		/* {kind, key, id, sealed}, or NULL */
};

/* A parsed record; read only outside of record*.c. */
struct record {
	json *doc;			/* owned */
	uint8_t vault[HASH_LEN];
	const char *name;
	int64_t version;
	int has_previous;
	uint8_t previous[HASH_LEN];
	const char *kind;
	const json *attributes;
	const char *quorum;
	int candidate;
	const char *host;
	int64_t sealed;
	uint8_t digest[HASH_LEN];
	char *header;			/* canonical header, for aad and ctx; owned */
	struct record_field *fields;	/* sorted by name */
	size_t n;
};

/* Whose root password is in a record of this name, "linux-HOST": HOST, a part of
 * `name`; NULL for another name.  While a policy names such a host, the record is
 * that host's own (docs/formats.md section 8). */
const char *record_owner(const char *name);
/* How a policy stands to the owner, from the host it names (NULL: none). */
enum record_standing {
	OWNER_NOT_YET,		/* it is no host */
	OWNER_IN_CHARGE,
	OWNER_ENDED
};
enum record_standing record_standing(const struct policy_host *owner);

/* Who may own which attributes and fields. */
/* The attributes' shape for a kind; ERR_USAGE says which one is off. */
int record_check_attributes(const char *kind, const json *attributes, struct err *e);
/* Whether a record of this kind may have this field; ERR_USAGE. */
int record_check_field(const char *kind, const char *field, struct err *e);

/* Without a witness's 32 bytes, which it alone can unseal, a field does not open. */
#define RECORD_WITNESS_LEN 32
#define RECORD_WITNESS_KMS "aws-kms"
struct record_witness {
	const char *kind, *key;		/* RECORD_WITNESS_KMS, the key's ARN */
	const char *id;			/* 32 hex digits, random: unique for field and version */
	const uint8_t *sealed;		/* the bytes, as the witness sealed them */
	size_t len;
	const struct secret *bytes;
};

/* Sealing: public keys only, no touch. */
struct record_plain {
	const char *field;
	const char *const *known_to;	/* people who saw or typed it */
	size_t n_known;
	const struct secret *plain;	/* 1 to RECORD_PLAIN_MAX bytes */
	const struct record_witness *witness;	/* or NULL */
};
struct record_in {
	const struct policy *policy;	/* newest, verified */
	const char *name;
	int64_t version;
	const uint8_t *previous;	/* digest of the version before; NULL for 1 */
	const char *kind;
	const json *attributes;		/* not taken over */
	const char *quorum;
	int candidate;
	const struct record_plain *fields;
	size_t n;
	const json *logs;		/* array of {host, size, root}; NULL: none */
	const char *host;		/* this host, which is in the policy */
	const struct secret *host_seed;
	int64_t now;
};
struct record_sealed {
	struct buf record, shares;	/* the documents' bytes */
	uint8_t digest[HASH_LEN];	/* record digest */
	uint8_t shares_digest[HASH_LEN];
};
/* Makes both documents.  out is empty after a failure; free it with
 * record_sealed_free.  ERR_USAGE, ERR_REFUSED. */
int record_seal(struct record_sealed *out, const struct record_in *in, struct err *e);
void record_sealed_free(struct record_sealed *out);

/* Parses strictly; no signature is verified yet.  *r NULL after a failure. */
int record_parse(struct record **r, const void *data, size_t len, const char *where,
    struct err *e);
/* Vault id and the signature of its host under p.  A host that p has ended
 * still counts here: whether its log named the record is the caller's to check. */
int record_verify(const struct record *r, const struct policy *p, struct err *e);
void record_free(struct record **r);
const struct record_field *record_field(const struct record *r, const char *name); /* or NULL */

/* Is there such a field, and can it be opened?  ERR_MISSING; ERR_TOO_OLD when it has a witness
 * that cannot be asked (asks 0), or of a kind that this program does not know. */
int record_can_open(const struct record *r, const char *field, int asks, struct err *e);
/* Opens one field with its `s` (32 bytes) and, where it has a witness, that one's bytes (else
 * NULL): commitment first, in constant time, then the AEAD, then strict unpadding.  ERR_TAMPERED;
 * record_can_open's.  *plain is owned by the caller. */
int record_open_field(struct secret **plain, const struct record *r, const char *field,
    const struct secret *s, const struct secret *witness, struct err *e);

#endif
