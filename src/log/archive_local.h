/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_ARCHIVE_LOCAL_H
#define TWOKEY_LOG_ARCHIVE_LOCAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Shared by archive.c and archive_read.c only. */

#define USTAR_BLOCK 512
#define USTAR_SIZE_MAX ((INT64_C(1) << 33) - 1)	/* eleven octal digits */

/* The one header that a file of this path and size has: POSIX.1-2008 pax,
 * "ustar Interchange Format"; mode 0644, owner and times 0.  -1 when the path
 * does not fit. */
int ustar_header(uint8_t out[USTAR_BLOCK], const char *path, int64_t size);
/* Zero bytes behind a file of this size. */
size_t ustar_padding(int64_t size);

#endif
