/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_SEAL_WITNESS_H
#define TWOKEY_CLI_SEAL_WITNESS_H

#include "cli/open.h"
#include "vault/record.h"

/* Witnesses for the fields of a version about to be sealed. */
struct seal_witnesses;

/* The witness's key of a version, lent from it; NULL: it has none. */
const char *seal_witness_of(const struct record *version);
/* Fresh bytes of the witness's for each of n fields, sealed by `key` (NULL: plain stays without).
 * *out lends to plain; free it with seal_witnesses_free, also after a failure. */
int seal_witnesses_add(struct seal_witnesses **out, struct record_plain *plain, size_t n,
    const char *name, const char *key, const struct open_vault *v, struct err *e);
void seal_witnesses_free(struct seal_witnesses **w);

#endif
