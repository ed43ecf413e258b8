/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_APPROVAL_LOCAL_H
#define TWOKEY_VAULT_APPROVAL_LOCAL_H

#include "vault/approval.h"

/* Shared by approval*.c only. */

/* Are these the members that `shares` may have for this statement?  ERR_INPUT. */
int approval_check_shares(const struct approval *a, const struct statement *st, struct err *e);
/* aad of a reply: canonical({"field", "holder", "statement", "token"}). */
int approval_aad(struct buf *out, const struct statement *st, const char *field,
    const char *holder, const char *token, struct err *e);

#endif
