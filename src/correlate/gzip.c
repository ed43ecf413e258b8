/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/gzip.h"

#include <libdeflate.h>
#include <stdlib.h>

#define LEVEL 9

int gzip_pack(struct buf *out, const void *bytes, size_t len, struct err *e)
{
	struct libdeflate_compressor *c;
	size_t cap, n = 0;
	void *packed;

	if (len == 0)
		return 0;
	c = libdeflate_alloc_compressor(LEVEL);
	cap = libdeflate_gzip_compress_bound(c, len);
	packed = malloc(cap);
	if (c != NULL && packed != NULL)
		n = libdeflate_gzip_compress(c, bytes, len, packed, cap);
	if (n > 0)
		buf_put(out, packed, n);
	free(packed);
	if (c != NULL)
		libdeflate_free_compressor(c);
	return n > 0 && buf_ok(out) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for packing.");
}
