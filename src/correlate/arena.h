/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_ARENA_H
#define TWOKEY_CORRELATE_ARENA_H

#include <stddef.h>

/* Many small strings that go all at once.  Start with all zeros. */
struct arena {
	struct arena_block *last;
};
/* A copy, ended by NUL; n is less than 128 KiB.  NULL when memory ran out. */
const char *arena_copy(struct arena *a, const char *text, size_t n);
void arena_free(struct arena *a);

#endif
