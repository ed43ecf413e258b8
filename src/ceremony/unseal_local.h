/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_UNSEAL_LOCAL_H
#define TWOKEY_CEREMONY_UNSEAL_LOCAL_H

#include "ceremony/unseal.h"

/* Chooses the version that u->in asks for, and reads and verifies record and shares; sets
 * last_opened, confirmed and beside.  What u holds is freed by unseal_free, also after a failure.
 * ERR_MISSING, ERR_TAMPERED, ERR_ROLLBACK. */
int unseal_find(struct unseal *u, struct err *e);

#endif
