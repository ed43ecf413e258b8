/* SPDX-License-Identifier: BSD-2-Clause */
/* What the frame parser takes has one form only: built anew from its fields it
 * is the same bytes. */
#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Reads the field in every way there is. */
static void fuzz_frame_read(const struct frame *f, uint8_t tag, size_t fields)
{
	char text[16];
	uint32_t v;

	if (frame_get_u32(f, tag, &v) == 0)
		assert(fields == 1);
	if (frame_get_str(f, tag, text, sizeof(text)) == 0)
		assert(fields == 1 && strlen(text) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t tags[256];
	struct frame f, g;
	size_t n = 0, nth, flen;
	const unsigned char *p;
	struct err e;
	unsigned tag;
	int r;

	err_clear(&e);
	r = frame_parse(&f, data, len, &e);
	assert((r == 0) == (f.bytes != NULL));
	if (r != 0) {
		assert(r == ERR_INPUT && e.code == ERR_INPUT);
		return 0;
	}
	assert(frame_begin(&g, f.type, &e) == 0);
	for (tag = 1; tag < 256; tag++) {
		for (nth = 0; (p = frame_get(&f, (uint8_t)tag, nth, &flen)) != NULL; nth++)
			assert(frame_put(&g, (uint8_t)tag, p, flen, &e) == 0);
		fuzz_frame_read(&f, (uint8_t)tag, nth);
		if (nth > 0)
			tags[n++] = (uint8_t)tag;
	}
	assert(g.bytes->len == len && memcmp(g.bytes->data, data, len) == 0);
	tags[n] = 0;
	assert(frame_only(&f, tags, &e) == 0);
	if (n > 0)
		assert(frame_only(&f, tags + 1, NULL) == ERR_INPUT);
	frame_free(&f);
	frame_free(&g);
	return 0;
}
