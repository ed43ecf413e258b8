/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_PASSWORD_H
#define TWOKEY_VAULT_PASSWORD_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

enum password_kind {
	PASSWORD_AWS_ROOT,	/* what AWS takes for a root user: 8..128 characters, all
				 * four classes, symbols from its list only */
	PASSWORD_LINUX		/* for typing from paper at a console: small letters and
				 * digits in groups of four, with dots between them */
};
#define PASSWORD_MIN 8
#define PASSWORD_MAX 128
#define PASSWORD_AWS_DEFAULT 32		/* 200 bits */
#define PASSWORD_LINUX_DEFAULT 34	/* seven groups, 136 bits */

/* A random password of len characters (PASSWORD_MIN..MAX, else ERR_USAGE), dots
 * included, each of those of its kind equally likely.  Characters that look alike
 * (I l 1 | O 0) are left out.  *out is owned by the caller, NULL after a failure. */
int password_generate(struct secret **out, enum password_kind kind, size_t len, struct err *e);

/* 1 when a password typed by a person is one that AWS would take for root. */
int password_fits_aws(const struct secret *s);

#endif
