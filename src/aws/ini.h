/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_INI_H
#define TWOKEY_AWS_INI_H

#include <stddef.h>

#include "base/err.h"

/*
 * The form of ~/.aws/credentials and ~/.aws/config: "[section]" lines, "key = value"
 * lines below them; lines that begin with white space belong to the key above (its
 * nested settings) and are stepped over, as are empty ones and those that begin with
 * '#' or ';'.  Anything else is an error.
 */

/* A name or value inside the text, white space around it left out. */
struct ini_slice {
	const char *at;
	size_t len;
};

/* Told of each "key = value"; non-zero stops, and is handed on. */
typedef int (*ini_fn)(void *ctx, const struct ini_slice *section, const struct ini_slice *key,
    const struct ini_slice *value, unsigned line, struct err *e);

/* ERR_CONFIG names `where` and the line, never what stands there: it may be a key. */
int ini_parse(const char *text, size_t len, const char *where, ini_fn fn, void *ctx,
    struct err *e);
/* 1 when s is this word. */
int ini_is(const struct ini_slice *s, const char *word);

#endif
