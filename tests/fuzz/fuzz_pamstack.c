/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM stacks: a file, and behind a byte 0xff the one that each include means. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pam_walk.h"

#define WALK_MAX 48

struct files {
	const uint8_t *data;
	size_t size, first;
};

static int take(void *ctx, struct buf *out, struct buf *path, const char *name, struct err *e)
{
	const struct files *f = ctx;
	const int first = strcmp(name, "") == 0;

	if (!first && f->first == f->size)
		return err_set(e, ERR_MISSING, "There is none.");
	if (first)
		buf_put(out, f->data, f->first);
	else
		buf_put(out, f->data + f->first + 1, f->size - f->first - 1);
	buf_puts(path, first ? "first" : "other");
	return 0;
}

static void check(const struct pam_stack *s)
{
	size_t i;

	if (s->len > STACK_LINES_MAX)
		abort();
	for (i = 0; i < s->len; i++) {
		const struct stack_line *l = &s->line[i];

		if (l->type >= STACK_ANY || l->kind == STACK_INCLUDE || l->number < 1 ||
		    l->level < 0 || l->level > STACK_DEPTH_MAX ||
		    (l->kind == STACK_MODULE && l->module == NULL) ||
		    (l->kind == STACK_REFUSAL && l->fault == NULL) ||
		    (l->module != NULL && l->argv[l->argc] != NULL))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = size > 0 ? memchr(data, 0xff, size) : NULL;
	struct files f = { data, size, cut != NULL ? (size_t)(cut - data) : size };
	unsigned char led[STACK_LINES_MAX];
	struct pam_stack s = STACK_INIT;
	struct err e;
	int type, r;
	size_t i;

	err_clear(&e);
	if (pam_stack_load(&s, "", take, &f, &e) != 0 && e.code != ERR_INPUT)
		abort();
	check(&s);
	/* A long stack is walked as a short one is, only slower. */
	for (type = STACK_AUTH; type < STACK_ANY && s.len <= WALK_MAX; type++) {
		const struct pam_walk w = { &s, (enum stack_type)type, "pam_twokey.so", "pam_rootok.so", "su" };

		r = pam_walk(&w, led);
		for (i = 0; i < s.len; i++)
			if (r < 0 || (led[i] && r != 1))
				abort();
	}
	pam_stack_free(&s);
	return 0;
}
