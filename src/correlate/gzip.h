/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_GZIP_H
#define TWOKEY_CORRELATE_GZIP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Appends these bytes to out as a gzip file (RFC 1952); nothing for none.  ERR_MEMORY. */
int gzip_pack(struct buf *out, const void *bytes, size_t len, struct err *e);

#endif
