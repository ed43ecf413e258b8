/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/gunzip.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16)	/* zlib.h: the largest window, and gzip's header */

struct gunzip {
	struct libdeflate_decompressor *whole;
	z_stream z;
	int streaming;	/* z is set up */
	int ended;	/* between two members, or behind the last */
};

int gunzip_new(struct gunzip **out, struct err *e)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	*out = NULL;
	if (g != NULL)
		g->whole = libdeflate_alloc_decompressor();
	if (g == NULL || g->whole == NULL) {
		free(g);
		return err_set(e, ERR_MEMORY, "No memory is left for unpacking.");
	}
	*out = g;
	return 0;
}

void gunzip_free(struct gunzip **p)
{
	struct gunzip *g = *p;

	*p = NULL;
	if (g == NULL)
		return;
	libdeflate_free_decompressor(g->whole);
	if (g->streaming)
		(void)inflateEnd(&g->z);
	free(g);
}

int gunzip_is(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	return len >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

int gunzip_whole(struct gunzip *g, const void *in, size_t len, void *out, size_t cap, size_t *n,
    struct err *e)
{
	const unsigned char *p = in;
	size_t used, given;

	*n = 0;
	do {
		switch (libdeflate_gzip_decompress_ex(g->whole, p, len, (unsigned char *)out + *n,
		    cap - *n, &used, &given)) {
		case LIBDEFLATE_SUCCESS:
			break;
		case LIBDEFLATE_INSUFFICIENT_SPACE:
			return err_set(e, ERR_SPACE, "it is too large");
		default:
			return err_set(e, ERR_INPUT, "it is no whole gzip file");
		}
		*n += given;
		p += used;
		len -= used;
	} while (len > 0);
	return 0;
}

int gunzip_begin(struct gunzip *g, struct err *e)
{
	g->ended = 0;
	if (g->streaming)
		return inflateReset(&g->z) == Z_OK ? 0 : err_set(e, ERR_INTERNAL, "zlib fails");
	if (inflateInit2(&g->z, GZIP_WINDOW) != Z_OK)
		return err_set(e, ERR_MEMORY, "No memory is left for unpacking.");
	g->streaming = 1;
	return 0;
}

int gunzip_some(struct gunzip *g, const void *in, size_t *inlen, void *out, size_t *outlen,
    struct err *e)
{
	const size_t had = *inlen, room = *outlen;
	int r = Z_OK;

	g->z.next_in = (z_const Bytef *)(uintptr_t)in;
	g->z.avail_in = (uInt)had;
	g->z.next_out = out;
	g->z.avail_out = (uInt)room;
	while (r == Z_OK && g->z.avail_in > 0 && g->z.avail_out > 0) {
		if (g->ended && inflateReset(&g->z) != Z_OK)
			return err_set(e, ERR_INTERNAL, "zlib fails");
		g->ended = 0;
		r = inflate(&g->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END) {
			g->ended = 1;
			r = Z_OK;
		}
	}
	*inlen = had - g->z.avail_in;
	*outlen = room - g->z.avail_out;
	return r == Z_OK || r == Z_BUF_ERROR ? 0 : err_set(e, ERR_INPUT, "it is no whole gzip file");
}

int gunzip_ended(const struct gunzip *g)
{
	return g->ended;
}
