/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_SIGV4_H
#define TWOKEY_AWS_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/*
 * AWS Signature Version 4, a pure function: nothing is looked up, no clock asked.
 * What is signed is what is sent, so the caller puts Host, X-Amz-Date and all other
 * headers into `headers`, and sends all of them together with the one made here.
 */
struct sigv4_header {
	const char *name, *value;
};

#define SIGV4_HEADERS_MAX 48

struct sigv4 {
	const char *method;
	const char *path;		/* as it is sent, begins with '/' */
	const char *query;		/* as it is sent, without '?'; NULL: none */
	const struct sigv4_header *headers;
	size_t n_headers;
	const char *payload;		/* SHA-256 of the body in hex, or what S3 takes for it */
	const char *region, *service;
	const char *key_id;
	const struct secret *key;	/* secret access key */
	int64_t now;			/* ms since 1970, the same as X-Amz-Date */
	/* S3 takes the path as it is; elsewhere it is encoded once more and, unless
	 * as_is, freed of "." and ".." parts and doubled slashes. */
	int s3;
	int as_is;
};

#define SIGV4_DATE_LEN 16
/* "20260101T000000Z" and a NUL: the value of X-Amz-Date. */
void sigv4_date(char out[SIGV4_DATE_LEN + 1], int64_t now);

/* Appends s with every byte but A-Z a-z 0-9 - . _ ~ as %XX, and '/' only with slash. */
void sigv4_encode(struct buf *out, const char *s, size_t len, int slash);

/* Appends the canonical request.  ERR_USAGE when a path or header cannot be signed. */
int sigv4_canonical(struct buf *out, const struct sigv4 *s, struct err *e);
/* Appends the string to sign over this canonical request. */
int sigv4_to_sign(struct buf *out, const struct sigv4 *s, const void *canonical, size_t len,
    struct err *e);
/* Appends the value of the header Authorization. ERR_USAGE also without a key. */
int sigv4_sign(struct buf *authorization, const struct sigv4 *s, struct err *e);

#endif
