/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_SPANS_H
#define TWOKEY_CORRELATE_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What was read of which region and time, so that it can be said what was not.  Trail files tell it by their names:
 * <account>_CloudTrail_<region>_<when it was delivered>_<random>.json.gz. */
struct span {
	const char *source;	/* "files", "history", s3://...: lent */
	char account[13];	/* "": the history's, of whoever asked */
	char region[32];
	int64_t files;
	int64_t from, to;	/* ms: begin of the first hour, end of the last */
	uint32_t *hour;		/* since 1970, of each file; after spans_settle each once, in order; NULL: of a history */
	size_t n, cap;
};
struct spans {
	struct span *span;	/* by source, region, account after spans_settle */
	size_t n;
	int64_t unnamed;	/* files whose names tell nothing */
};
#define SPANS_INIT { NULL, 0, 0 }

/* One trail file.  source stays in use.  ERR_MEMORY. */
int spans_add(struct spans *s, const char *source, const char *path, struct err *e);
/* All of a region's history from..to, ms. */
int spans_add_all(struct spans *s, const char *source, const char *region, int64_t from, int64_t to, struct err *e);
void spans_settle(struct spans *s);
/* Hours between the first and the last of which there is no file. */
int64_t span_without(const struct span *s);
void spans_free(struct spans *s);

#endif
