/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_JSON_LOCAL_H
#define TWOKEY_BASE_JSON_LOCAL_H

/* json-c has a type of the name of one of our functions. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

#include "base/json.h"

/* Shared by the json_*.c files only. */

#define JSON_DEPTH 24
#define JSON_INT_MAX ((INT64_C(1) << 53) - 1)

/* Order of member names: by UTF-16 code units (RFC 8785 section 3.2.3). */
int json_order(const char *a, const char *b);

/* The state of json_parse. */
struct scan {
	const unsigned char *p, *end;
	const char *why;	/* NULL while all is well */
	size_t boxes;		/* objects and arrays that may still come */
	struct buf text;	/* a string in which escapes were resolved */
	unsigned depth;
};

/* A string of the document: in place, or in scan.text when it had escapes. */
struct piece {
	const char *s;
	size_t len;
};

/* Remembers the first failure; -1. */
int scan_fail(struct scan *sc, const char *why);
/* Reads a string, p on its opening quote.  *out is good until the next. */
int scan_string(struct scan *sc, struct piece *out);

#endif
