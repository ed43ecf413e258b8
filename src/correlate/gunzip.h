/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_GUNZIP_H
#define TWOKEY_CORRELATE_GUNZIP_H

#include <stddef.h>

#include "base/err.h"

/*
 * Gzip (RFC 1952), members one after another.  The only place that includes libdeflate,
 * which is fast and takes a file whole, and zlib, which takes one bit by bit: so a
 * small file costs little time, and a huge one little memory.
 */
struct gunzip;

/* ERR_MEMORY. */
int gunzip_new(struct gunzip **out, struct err *e);
void gunzip_free(struct gunzip **g);

/* 1 when these are the first bytes of a gzip file. */
int gunzip_is(const void *bytes, size_t len);

/* The whole file in one go: 0 and *n bytes in out, ERR_SPACE when there are more than
 * cap, ERR_INPUT ("...": words for a sentence) when it is broken. */
int gunzip_whole(struct gunzip *g, const void *in, size_t len, void *out, size_t cap, size_t *n,
    struct err *e);

/* Begins a file that is taken bit by bit. */
int gunzip_begin(struct gunzip *g, struct err *e);
/* Takes *in bytes and gives *out, both set to what was taken and given; 0, or ERR_INPUT. */
int gunzip_some(struct gunzip *g, const void *in, size_t *inlen, void *out, size_t *outlen,
    struct err *e);
/* 1 when the last member has ended: the file may end here. */
int gunzip_ended(const struct gunzip *g);

#endif
