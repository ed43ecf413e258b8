/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_KMS_H
#define TWOKEY_AWS_KMS_H

#include <stddef.h>
#include <stdint.h>

#include "aws/client.h"

/*
 * A KMS key.  The encryption context is in clear in CloudTrail: no secret belongs in
 * it.  Plaintext passes through twokey-net, which ends the TLS, so it must be worth
 * nothing on its own.
 */
#define KMS_PLAIN_MAX 4096
#define KMS_BLOB_MAX 6144
#define KMS_ARN_MAX 2048

/* Names and values of letters, digits and "-._:/=@+" alone; ERR_USAGE for others. */
struct kms_context {
	const char *name, *value;
};

struct kms_use {
	const char *region;	/* NULL: the settings' */
	const char *key;	/* ARN, id or alias; Decrypt holds KMS to it */
	const struct kms_context *context;
	size_t n_context;
	char request_id[96];	/* out: x-amzn-RequestId, "" if none */
	char arn[KMS_ARN_MAX];	/* out: the key that was used */
};

/* blob holds KMS_BLOB_MAX bytes. */
int kms_encrypt(struct aws *a, struct kms_use *u, const void *plain, size_t len, uint8_t *blob,
    size_t *blob_len, struct err *e);
/* ERR_TAMPERED when key, context or bytes are not those of the encryption. */
int kms_decrypt(struct aws *a, struct kms_use *u, const uint8_t *blob, size_t len,
    struct secret **plain, struct err *e);

struct kms_key {
	char arn[KMS_ARN_MAX];
	char state[64];		/* "Enabled", ... */
	char usage[64];		/* "ENCRYPT_DECRYPT" */
	char spec[64];		/* "SYMMETRIC_DEFAULT" */
	char origin[64];	/* "AWS_KMS"; "EXTERNAL": somebody else has the key too */
};
int kms_describe(struct aws *a, const char *region, const char *key, struct kms_key *out,
    struct err *e);
/* Appends the key's policy, a JSON document. */
int kms_policy(struct aws *a, const char *region, const char *key, struct buf *out, struct err *e);

#endif
