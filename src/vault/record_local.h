/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_RECORD_LOCAL_H
#define TWOKEY_VAULT_RECORD_LOCAL_H

#include "vault/record.h"
#include "vault/shares.h"

/* Shared by record*.c and shares*.c only. */
#define RECORD_LABEL "twokey record v1"
#define RECORD_SIGNATURE "twokey record signature v1"
#define RECORD_SECRET_LEN 32
#define RECORD_BLOCK 64		/* plaintexts are padded to a multiple */

/* The canonical header of a record document; *out is owned. */
int record_header(char **out, const json *doc, struct err *e);
/* Appends canonical({"field", "header"}), with "holder" when it is not NULL. */
int record_ctx(struct buf *out, const char *header, const char *field, const char *holder,
    struct err *e);
/* A field's key (first half) and commitment (second half), 64 bytes. */
int record_field_key(struct secret **k, const struct buf *ctx, const struct secret *s,
    const struct secret *witness, struct err *e);
/* ERR_TAMPERED unless s is the secret that this field was sealed with. */
int record_check_secret(const struct record *r, const char *field, const struct secret *s,
    struct err *e);
/* The members of a sealed field but known_to, set in `out`. */
int record_seal_field(json *out, const char *header, const struct record_plain *f,
    const struct secret *s, struct err *e);
/* Makes a shares document without a look at the record's commitments. */
int shares_make(struct buf *out, uint8_t digest[HASH_LEN], const struct shares_in *in,
    struct err *e);

#endif
