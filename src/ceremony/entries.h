/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ENTRIES_H
#define TWOKEY_CEREMONY_ENTRIES_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "vault/approval.h"
#include "vault/record.h"
#include "vault/statement.h"

/* Log entries of ceremonies (docs/formats.md section 8), as owned values for an
 * append; NULL for lack of memory. */
json *entry_accepted(int64_t serial, const uint8_t hash[HASH_LEN]);
json *entry_requested(const struct statement *st);
/* warnings: array of strings, lent. */
json *entry_approved(const struct statement *st, const struct approval *a, const json *warnings);
json *entry_denied(const struct statement *st, const struct err *why);
/* due: ms, or -1 for none. */
json *entry_released(const struct statement *st, const struct approvals *set, int64_t due);
/* attended: the request that holders attended it on, or NULL. */
json *entry_sealed(const struct session *s, const struct record_in *in,
    const struct record_sealed *sealed, const struct statement *attended, const struct requester *rq);

/* One field of a version.  by: "holders" (st: their statement), "shadow" or an eventID of CloudTrail's
 * (st NULL). */
json *entry_confirmed(const struct statement *st, const char *record, int64_t version,
    const char *field, const char *by);

/* Appends policy.accepted, unless the log has one: the first entry but
 * log.started.  Durable after 0. */
int entry_first(struct session *s, struct err *e);

#endif
