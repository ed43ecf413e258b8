/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/witness_kms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/kms.h"

/* "arn:aws:kms:REGION:ACCOUNT:key/ID": the region. */
static int region_of(char out[32], const char *key, struct err *e)
{
	const char *at = strstr(key, ":kms:"), *end = at != NULL ? strchr(at + 5, ':') : NULL;

	if (strncmp(key, "arn:", 4) == 0 && end != NULL && end - (at + 5) > 0 && end - (at + 5) < 32 &&
	    strstr(end, ":key/") != NULL) {
		(void)snprintf(out, 32, "%.*s", (int)(end - (at + 5)), at + 5);
		return 0;
	}
	err_set(e, ERR_USAGE, "\"%.100s\" is no KMS key.", key);
	err_hint(e, "Give its ARN: arn:aws:kms:REGION:ACCOUNT:key/ID.");
	return ERR_USAGE;
}

static int reach(struct witness_kms *k, const char *key, struct err *e)
{
	int r = region_of(k->region, key, e);

	if (r != 0 || k->aws != NULL)
		return r;
	cloud_here(&k->cloud, k->config);
	if (k->cloud.settings.region == NULL)
		k->cloud.settings.region = k->region;
	return aws_new(&k->aws, &k->cloud.settings, e);
}

/* A key that somebody else has too, or that does not work, is no witness. */
static int check(struct witness_kms *k, const char *key, struct err *e)
{
	struct kms_key is;
	int r = kms_describe(k->aws, k->region, key, &is, e);

	if (r == 0 && strcmp(is.origin, "AWS_KMS") != 0) {
		r = err_set(e, ERR_REFUSED, "The key's material is of origin %s: whoever has a copy of it opens "
		    "records without CloudTrail's knowledge.", is.origin);
		err_hint(e, "Take a key that KMS has made: twokey aws-setup prints one.");
	} else if (r == 0 && (strcmp(is.state, "Enabled") != 0 || strcmp(is.usage, "ENCRYPT_DECRYPT") != 0 ||
	    strcmp(is.spec, "SYMMETRIC_DEFAULT") != 0)) {
		r = err_set(e, ERR_REFUSED, "The key is no witness: it is %s, for %s, of kind %s.", is.state, is.usage,
		    is.spec);
		err_hint(e, "Take a symmetric key that is enabled and encrypts.");
	}
	return r;
}

static void context(struct kms_context to[3], const struct witness_what *what)
{
	to[0] = (struct kms_context){ "twokey:record", what->record };
	to[1] = (struct kms_context){ "twokey:vault", what->vault };
	to[2] = (struct kms_context){ "twokey:witness", what->id };
}

static int seal(void *ctx, const struct witness_what *what, const struct secret *bytes, struct buf *out,
    char *key, size_t cap, struct err *e)
{
	struct witness_kms *k = ctx;
	struct kms_context c[3];
	struct kms_use u = { .key = what->key, .context = c, .n_context = 3 };
	uint8_t *blob = malloc(KMS_BLOB_MAX);
	size_t len = 0;
	int r = blob == NULL ? err_set(e, ERR_MEMORY, "There is not enough memory for a witness.") :
	    reach(k, what->key, e);

	context(c, what);
	u.region = k->region;
	if (r == 0 && (r = check(k, what->key, e)) == 0)
		r = kms_encrypt(k->aws, &u, bytes->data, bytes->len, blob, &len, e);
	if (r == 0 && (size_t)snprintf(key, cap, "%s", u.arn) >= cap)
		r = err_set(e, ERR_INPUT, "The name of the KMS key is too long.");
	if (r == 0)
		buf_put(out, blob, len);
	free(blob);
	return r == 0 && !buf_ok(out) ? err_set(e, ERR_MEMORY, "There is not enough memory for a witness.") : r;
}

static int open(void *ctx, const struct witness_what *what, const uint8_t *sealed, size_t len,
    struct secret **bytes, struct err *e)
{
	struct witness_kms *k = ctx;
	struct kms_context c[3];
	struct kms_use u = { .key = what->key, .context = c, .n_context = 3 };
	int r = reach(k, what->key, e);

	context(c, what);
	u.region = k->region;
	if (r == 0)
		r = kms_decrypt(k->aws, &u, sealed, len, bytes, e);
	if (r != 0)
		err_prefix(e, "The witness of %s gives nothing", what->record);
	return r;
}

const struct witness *witness_kms(struct witness_kms *k, const struct config *c)
{
	memset(k, 0, sizeof(*k));
	k->config = c;
	k->witness = (struct witness){ .seal = seal, .open = open, .ctx = k };
	return &k->witness;
}

void witness_kms_end(struct witness_kms *k)
{
	aws_free(&k->aws);
}
