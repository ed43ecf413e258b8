/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_CODEC_H
#define TWOKEY_BASE_CODEC_H

#include <stddef.h>

/*
 * Text encodings in constant time with regard to the bytes (no table look-up
 * or branch on data; lengths are public).  Decoders are strict: canonical
 * encodings only, no white space, exact padding, zero trailing bits.
 */

/* RFC 4648 section 4, with padding.  Length of the encoding of n bytes,
 * without NUL. */
#define BASE64_LEN(n) ((((size_t)(n) + 2) / 3) * 4)
/* Writes BASE64_LEN(len) characters and a NUL to out. */
void base64_encode(char *out, const void *data, size_t len);
/* Decodes len characters of text into out (cap bytes).  Returns 0 and sets
 * *outlen, or -1 when text is not canonical or does not fit. */
int base64_decode(void *out, size_t cap, size_t *outlen, const char *text, size_t len);

/* Lower-case hexadecimal. Writes 2*len characters and a NUL. */
void hex_encode(char *out, const void *data, size_t len);
/* Decodes exactly 2*len lower-case digits; -1 otherwise. */
int hex_decode(void *out, size_t len, const char *text, size_t textlen);

/* RFC 4648 section 6 base32 for TOTP seeds: upper or lower case, spaces and
 * '-' skipped, padding optional, trailing bits zero.  Returns 0 and *outlen,
 * or -1. */
int base32_decode(void *out, size_t cap, size_t *outlen, const char *text, size_t len);
/* Upper-case without padding; needs (len*8+4)/5+1 bytes in out. */
void base32_encode(char *out, const void *data, size_t len);

#endif
