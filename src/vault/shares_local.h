/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_SHARES_LOCAL_H
#define TWOKEY_VAULT_SHARES_LOCAL_H

#include "vault/shares.h"

/* Shared by shares*.c only. */
#define SHARES_LABEL "twokey shares v1"
#define SHARES_SIGNATURE "twokey shares signature v1"
#define SHARE_LABEL "twokey share v1"	/* HPKE info, and the commitment's label */

/* H("twokey share v1", SHA-256(hctx) || share). */
int shares_commitment(uint8_t out[HASH_LEN], const struct buf *hctx, const struct secret *share,
    struct err *e);

#endif
