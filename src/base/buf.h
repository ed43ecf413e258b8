/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_BUF_H
#define TWOKEY_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing byte buffer for what is not secret.  Start with BUF_INIT, end
 * with buf_free.  A failed allocation is sticky: later puts do nothing and
 * buf_ok returns 0, so a caller checks once at the end.  data is
 * NUL-terminated behind len whenever it is not NULL.
 */
struct buf {
	unsigned char *data;
	size_t len;
	size_t cap;
	int failed;
};
#define BUF_INIT { NULL, 0, 0, 0 }

/* Appends len bytes. */
void buf_put(struct buf *b, const void *data, size_t len);
/* A string without its NUL. */
void buf_puts(struct buf *b, const char *str);
/* As printf. */
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 1 when every put so far succeeded. */
int buf_ok(const struct buf *b);
/* Keeps the memory, sets len to 0 and clears the failure. */
void buf_reset(struct buf *b);
void buf_free(struct buf *b);
/* The text ("" when empty).  Valid until the next put. */
const char *buf_str(const struct buf *b);

#endif
