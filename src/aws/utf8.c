/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/utf8.h"

void utf8_append(struct buf *out, uint32_t c)
{
	unsigned char b[4];
	size_t n = 0;

	if (c >= 0xd800 && c <= 0xdfff)
		c = 0xfffd;
	if (c < 0x80) {
		b[n++] = (unsigned char)c;
	} else if (c < 0x800) {
		b[n++] = (unsigned char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		b[n++] = (unsigned char)(0xe0 | c >> 12);
		b[n++] = (unsigned char)(0x80 | (c >> 6 & 63));
	} else {
		b[n++] = (unsigned char)(0xf0 | c >> 18);
		b[n++] = (unsigned char)(0x80 | (c >> 12 & 63));
		b[n++] = (unsigned char)(0x80 | (c >> 6 & 63));
	}
	if (c >= 0x80)
		b[n++] = (unsigned char)(0x80 | (c & 63));
	buf_put(out, b, n);
}
