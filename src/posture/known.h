/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_POSTURE_KNOWN_H
#define TWOKEY_POSTURE_KNOWN_H

#include "ceremony/session.h"
#include "posture/posture.h"

/* What the vault knows of root users: its records of kind aws-root, their releases, and the
 * sign-ins that correlations have explained. */
struct posture_known;

/* Reads records and all logs, verified.  ERR_TAMPERED, ERR_ROLLBACK; *out is NULL after a
 * failure. */
int posture_known_read(struct posture_known **out, struct session *s, struct err *e);
void posture_known_free(struct posture_known **k);
/* Lent. */
const struct posture_vault *posture_known_vault(const struct posture_known *k);

#endif
