/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_CLOUDTRAIL_H
#define TWOKEY_AWS_CLOUDTRAIL_H

#include <stddef.h>
#include <stdint.h>

#include "aws/client.h"

/* CloudTrail: the event history of the last 90 days, and the keys of digest files. */
struct cloudtrail_query {
	const char *region;	/* root's sign-ins are in the partition's home; NULL: the settings' */
	const char *attribute;	/* "Username", "EventName", ...; NULL: every management event */
	const char *value;
	int64_t from, to;	/* ms, both included, by whole seconds */
};

/* LookupEvents, page after page, newest first, at most two calls a second. fn gets each event's
 * record, the JSON text of CloudTrailEvent; non-zero stops, and is handed on. */
int cloudtrail_lookup(struct aws *a, const struct cloudtrail_query *q,
    int (*fn)(void *ctx, const char *record, size_t len, struct err *e), void *ctx, struct err *e);

struct cloudtrail_key {
	char value[1024];		/* base64 of a DER PKCS#1 RSAPublicKey */
	char fingerprint[128];
	int64_t from, to;		/* ms: when it was in use */
};

/* ListPublicKeys of one region: those that signed digests from..to. */
int cloudtrail_keys(struct aws *a, const char *region, int64_t from, int64_t to,
    int (*fn)(void *ctx, const struct cloudtrail_key *k, struct err *e), void *ctx, struct err *e);

#endif
