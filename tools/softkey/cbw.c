/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cbr.h"

void
cbw_raw(struct cbw *w, const void *p, size_t n)
{
	if (w->bad || n > w->max - w->n) {
		w->bad = true;
		return;
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

void
cbw_byte(struct cbw *w, uint8_t b)
{
	cbw_raw(w, &b, 1);
}

static void
head_write(struct cbw *w, unsigned major, uint64_t arg)
{
	unsigned extra = arg < 24 ? 0 : arg < 0x100 ? 1 : arg < 0x10000 ? 2 : arg < 0x100000000 ? 4 : 8;
	unsigned low = extra == 0 ? (unsigned)arg : extra == 1 ? 24 : extra == 2 ? 25 : extra == 4 ? 26 : 27;

	cbw_byte(w, (uint8_t)(major << 5 | low));
	for (; extra > 0; extra--)
		cbw_byte(w, (uint8_t)(arg >> (8 * (extra - 1))));
}

void
cbw_map(struct cbw *w, size_t pairs)
{
	head_write(w, 5, pairs);
}

void
cbw_array(struct cbw *w, size_t n)
{
	head_write(w, 4, n);
}

void
cbw_int(struct cbw *w, int64_t v)
{
	if (v < 0)
		head_write(w, 1, (uint64_t)(-1 - v));
	else
		head_write(w, 0, (uint64_t)v);
}

void
cbw_bytes(struct cbw *w, const void *p, size_t n)
{
	head_write(w, 2, n);
	cbw_raw(w, p, n);
}

void
cbw_text_n(struct cbw *w, const void *p, size_t n)
{
	head_write(w, 3, n);
	cbw_raw(w, p, n);
}

void
cbw_text(struct cbw *w, const char *s)
{
	cbw_text_n(w, s, strlen(s));
}

void
cbw_bool(struct cbw *w, bool b)
{
	cbw_byte(w, b ? 0xf5 : 0xf4);
}
