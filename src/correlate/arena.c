/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/arena.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK (256u * 1024u)

struct arena_block {
	struct arena_block *next;
	size_t used;
	char bytes[ARENA_BLOCK];
};

const char *arena_copy(struct arena *a, const char *text, size_t n)
{
	struct arena_block *b = a->last;
	char *at;

	if (n >= ARENA_BLOCK / 2)
		return NULL;
	if (b == NULL || sizeof(b->bytes) - b->used < n + 1) {
		b = malloc(sizeof(*b));
		if (b == NULL)
			return NULL;
		b->next = a->last;
		b->used = 0;
		a->last = b;
	}
	at = b->bytes + b->used;
	memcpy(at, text, n);
	at[n] = '\0';
	b->used += n + 1;
	return at;
}

void arena_free(struct arena *a)
{
	struct arena_block *b;

	while ((b = a->last) != NULL) {
		a->last = b->next;
		free(b);
	}
}
