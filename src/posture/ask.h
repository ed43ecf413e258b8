/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_POSTURE_ASK_H
#define TWOKEY_POSTURE_ASK_H

#include "posture/posture.h"

/*
 * Facts of one account from AWS.  A call that fails is noted in f->call, and the
 * others go on; how each ended stands there.
 */

/* How a call ended: r and, when it is not 0, the sentence in e. */
void posture_note(struct posture_facts *f, enum posture_call c, int r, const struct err *e);

/* Root's MFA, keys, certificates and last sign-in, with credentials of the account itself. */
void posture_ask_root(struct posture_facts *f, struct aws *a);
/* Alternate contacts; as the organization's management when the credentials are not the
 * account's own. */
void posture_ask_contacts(struct posture_facts *f, struct aws *a, int own_credentials);
/* The KMS keys that are witnesses of the account's records: f->keys. */
void posture_ask_keys(struct posture_facts *f, struct aws *a);
/* Centralized root access, of the caller's organization. */
void posture_ask_features(struct posture_facts *f, struct aws *a);

#endif
