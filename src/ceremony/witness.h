/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_WITNESS_H
#define TWOKEY_CEREMONY_WITNESS_H

#include "base/buf.h"
#include "vault/record.h"

/*
 * An outside party whose help a field needs too, and which keeps its own record of it
 * (docs/formats.md section 5).  An interface: the ceremony knows no AWS.
 */
struct witness_what {
	const char *vault;	/* hex */
	const char *record;
	const char *id;
	const char *key;	/* the witness's key */
};
struct witness {
	/* Seals 32 bytes: appends to out.  key (KMS_ARN_MAX bytes): the key as it names itself. */
	int (*seal)(void *ctx, const struct witness_what *what, const struct secret *bytes, struct buf *out,
	    char *key, size_t cap, struct err *e);
	/* Unseals them; the witness writes that down.  *bytes is owned by the caller. */
	int (*open)(void *ctx, const struct witness_what *what, const uint8_t *sealed, size_t len,
	    struct secret **bytes, struct err *e);
	void *ctx;
};

/* Fresh bytes for one field, sealed by the witness: *to lends from *made. */
#define WITNESS_KEY_MAX 2048
struct witness_made {
	char id[33], key[WITNESS_KEY_MAX];
	struct buf sealed;
	struct secret *bytes;
};
int witness_make(struct record_witness *to, struct witness_made *made, const struct witness *w,
    const char *vault, const char *record, const char *key, struct err *e);
void witness_made_free(struct witness_made *made);

/* Asks the witness of a field for its bytes; *bytes stays NULL for a field that has none. */
int witness_ask(struct secret **bytes, const struct record *r, const char *field, const char *vault,
    const struct witness *w, struct err *e);

#endif
