/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_SHADOW_H
#define TWOKEY_GATE_SHADOW_H

#include "base/err.h"
#include "base/secret.h"

/* The password of a local account, in /etc/shadow (shadow(5)). */

/* Sets it: hashed here by yescrypt (crypt(5)), handed to `chpasswd -e`, which
 * locks and replaces the file.  After a failure it is set or not. */
int shadow_set(const char *user, const struct secret *password, struct err *e);

/* Does the account's entry, read anew, hold this password?  0: it does.
 * ERR_REFUSED: it holds another one; ERR_MISSING: there is no entry, or it cannot be read. */
int shadow_proves(const char *user, const struct secret *password, struct err *e);

#endif
