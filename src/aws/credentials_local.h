/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CREDENTIALS_LOCAL_H
#define TWOKEY_AWS_CREDENTIALS_LOCAL_H

#include "aws/credentials.h"

/* Reads what a credential_process printed (AWS CLI User Guide, "Sourcing credentials
 * with an external process") into c; where names it. */
int credentials_from_json(struct aws_credentials *c, const struct secret *text, const char *where,
    struct err *e);
/* Copies texts into c; ERR_CONFIG when one is no key id or is too long. token may be empty. */
int credentials_take(struct aws_credentials *c, const char *id, size_t id_len, const void *key,
    size_t key_len, const void *token, size_t token_len, const char *where, struct err *e);

#endif
