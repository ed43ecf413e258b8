/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_ENTRIES_LOCAL_H
#define TWOKEY_CEREMONY_ENTRIES_LOCAL_H

#include "base/json.h"
#include "vault/approval.h"

/* Shared by the files that make log entries only. */

/* An object with this `type`; owned, NULL for lack of memory.  The json_set_*
 * functions take NULL, so a maker looks once, at the end. */
json *entry_new(const char *type);
/* The names of those who approved, as an array; owned, NULL for lack of
 * memory. */
json *entry_holders(const struct approvals *set);

#endif
