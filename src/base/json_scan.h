/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_JSON_SCAN_H
#define TWOKEY_BASE_JSON_SCAN_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"

/*
 * A JSON reader (RFC 8259) that walks over bytes without building a tree, so
 * that secret values go from the input to a struct secret and nowhere else, and that
 * knows line and column for messages.  For flat input written by people: an import,
 * a configuration.  It never quotes what it read.
 */
struct json_scan {
	const unsigned char *data;
	size_t len;
	size_t pos;
	unsigned line, column;		/* of pos, 1 first; columns count bytes */
	const char *where;		/* names the source in errors */
	enum err_code code;		/* of errors: ERR_INPUT or ERR_CONFIG */
	int comments;			/* // and block comments count as white space */
};

/* Starts at the first byte; all borrowed. */
void json_scan_init(struct json_scan *s, const void *data, size_t len, const char *where,
    enum err_code code);

/* Skips white space and comments, then: the next byte without taking it, 0 at
 * the end, -1 and an error for a comment that never ends. */
int json_scan_peek(struct json_scan *s, struct err *e);

/* Takes this very character, else an error "expected `c`". */
int json_scan_take(struct json_scan *s, char c, struct err *e);

/* Takes a string and appends its decoded bytes to out; it must fit, and be UTF-8
 * without NUL. */
int json_scan_string(struct json_scan *s, struct secret *out, struct err *e);

/* The byte `ahead` of the present place, or -1 behind the end; and one byte on
 * (there must be one). */
int json_scan_at(const struct json_scan *s, size_t ahead);
void json_scan_step(struct json_scan *s);

/* An error that begins with "WHERE, line N, column M: " of the present place. */
int json_scan_error(const struct json_scan *s, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
