/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_ATTEST_H
#define SOFTKEY_ATTEST_H

#include <stdio.h>

#include "store.h"

/* Gives k an attestation key and a certificate of WebAuthn section 8.2.1, signed by the softkey root
 * (or, for the quirk attestation=foreign, by a root which nobody knows). */
bool attest_make(struct key *k);

/* Writes the softkey root's certificate as PEM: the same bytes on every machine. */
bool attest_root(FILE *f);

#endif
