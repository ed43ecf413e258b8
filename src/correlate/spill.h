/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_SPILL_H
#define TWOKEY_CORRELATE_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Records of root's, as they are, until they are written into the log: in a file without
 * a name, since there may be many. */
struct spill {
	int fd;
	uint64_t len;
	struct buf ahead;	/* not written yet */
};
#define SPILL_INIT { -1, 0, BUF_INIT }

/* In the folder at path.  ERR_IO, ERR_SPACE. */
int spill_open(struct spill *s, const char *path, struct err *e);
void spill_close(struct spill *s);
/* As events_keep (correlate/event.h); ctx is the spill.  What is more than SPILL_MAX is not kept: *at is
 * SPILL_NOT. */
#define SPILL_MAX (UINT64_C(1) << 30)
#define SPILL_NOT UINT64_MAX
int spill_keep(void *ctx, const char *record, size_t len, uint64_t *at, struct err *e);
/* Appends the record to out. */
int spill_read(struct spill *s, struct buf *out, uint64_t at, uint32_t len, struct err *e);

#endif
