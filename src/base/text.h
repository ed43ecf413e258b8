/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_TEXT_H
#define TWOKEY_BASE_TEXT_H

#include <stddef.h>

#define TEXT_MAX 512	/* bytes in a string of a document */
#define NAME_MAX_LEN 63	/* bytes in a name */

/* 1 when len bytes are valid UTF-8 (no surrogates, no overlong forms) that
 * holds no control (C0, DEL, C1), bidi (U+061C, U+200E-F, U+202A-E,
 * U+2066-9) or zero-width (U+200B-D, U+2060, U+FEFF, U+00AD, U+180E and the
 * tag characters U+E0000-E007F), line separator (U+2028-9) or noncharacter. */
int text_clean(const char *s, size_t len);

/* 1 when len bytes are valid UTF-8, controls and all. */
int text_is_utf8(const char *s, size_t len);

/* 1 when s is a name: [a-z0-9][a-z0-9.-]{0,62}, and not "." heavy: no ".."
 * inside and no trailing '.', so that a name is always one safe path part. */
int text_is_name(const char *s);

/* Copies s to out (cap bytes, NUL included), each byte that text_clean would
 * refuse shown as \xNN; cut with "..." when too long.  For showing what came
 * from outside. */
void text_escape(char *out, size_t cap, const char *s, size_t len);

#endif
