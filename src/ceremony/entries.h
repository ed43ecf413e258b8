/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ENTRIES_H
#define TWOKEY_CEREMONY_ENTRIES_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "vault/approval.h"
#include "vault/record.h"
#include "vault/statement.h"

/* Log entries of ceremonies (docs/formats.md section 8).  Each call makes one
 * entry and appends it to the session's log; it is durable after 0. */
/* policy.accepted, unless the log has one: the first entry but log.started. */
int entry_first(struct session *s, struct err *e);
/* That entry for any policy, an owned value; NULL for lack of memory. */
json *entry_accepted(int64_t serial, const uint8_t hash[HASH_LEN]);
int entry_requested(struct session *s, const struct statement *st, struct err *e);
/* warnings: array of strings, lent. */
int entry_approved(struct session *s, const struct statement *st, const struct approval *a,
    const json *warnings, struct err *e);
/* `have` approvals had come: with one or more, the reserve may be used. */
int entry_denied(struct session *s, const struct statement *st, const struct err *why, size_t have,
    struct err *e);
/* due: ms, or -1 for none.  The checkpoint is durable too; *receipt tells where. */
int entry_released(struct session *s, const struct statement *st, const struct approvals *set,
    int64_t due, struct log_receipt *receipt, struct err *e);

/* The entry of a sealed record, an owned value; NULL for lack of memory. */
json *entry_sealed(const struct session *s, const struct record_in *in,
    const struct record_sealed *sealed, const struct requester *rq);

#endif
