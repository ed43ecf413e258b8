/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_WITNESS_KMS_H
#define TWOKEY_CLI_WITNESS_KMS_H

#include "ceremony/witness.h"
#include "cli/cloud.h"

/*
 * AWS KMS as a witness: Encrypt when a field is sealed, Decrypt when it is opened, each with the
 * encryption context {twokey:record, twokey:vault, twokey:witness}, which CloudTrail records.
 * AWS is reached when the first field asks for it.
 */
struct witness_kms {
	struct witness witness;
	const struct config *config;
	struct cloud cloud;
	struct aws *aws;
	char region[32];	/* of the key */
};
/* Ready to be asked; ends with witness_kms_end.  c must live as long. */
const struct witness *witness_kms(struct witness_kms *k, const struct config *c);
void witness_kms_end(struct witness_kms *k);

#endif
