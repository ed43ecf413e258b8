/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "cli/pam_stack_local.h"

#define FILES_MAX 256	/* read for one stack: includes of includes multiply */

struct load {
	struct pam_stack *out;
	pam_stack_read *read;
	void *ctx;
	unsigned files;
};

static int load_file(struct load *ld, const char *name, enum stack_type only, int level, int depth,
    struct err *e);

static void line_clear(struct stack_line *l)
{
	free(l->file);
	free(l->text);
	free(l->argv);
}

/* Moves l to the end of the stack. */
static struct stack_line *move(struct pam_stack *out, struct stack_line *l, int level,
    struct err *e)
{
	struct stack_line *to = stack_grow(out, l->file, l->number, e);
	char *file;

	if (to == NULL)
		return NULL;
	file = to->file;
	*to = *l;
	to->file = file;
	to->level = level;
	l->text = NULL;
	l->argv = NULL;
	return to;
}

/* What keeps libpam from knowing the type refuses where it matters most. */
static enum stack_type settled(enum stack_type type, enum stack_type only)
{
	if (type != STACK_ANY)
		return type;
	return only != STACK_ANY ? only : STACK_AUTH;
}

/* What an include cannot bring is a refusal at its place; only what keeps us, and not
 * libpam, from reading ends it all. */
static int include(struct load *ld, struct stack_line *l, enum stack_type only, int level,
    int depth, struct err *e)
{
	const enum stack_kind kind = l->kind;
	const enum stack_type type = l->type == STACK_ANY ? only : l->type;
	struct stack_line *at;
	struct err why = { 0 };
	int r;

	if (kind == STACK_SUBSTACK && move(ld->out, l, level, e) == NULL)
		return (int)e->code;
	at = kind == STACK_SUBSTACK ? &ld->out->line[ld->out->len - 1] : l;
	r = load_file(ld, at->module, type, level + (kind == STACK_SUBSTACK), depth + 1, &why);
	if (r == 0)
		return 0;
	if (r != ERR_MISSING && r != ERR_INPUT)
		return err_give(e, &why);
	if (kind == STACK_SUBSTACK) {
		/* `at` may have moved; a second line stands for the refusal. */
		if ((at = stack_grow(ld->out, l->file, l->number, e)) == NULL)
			return (int)e->code;
	} else if ((at = move(ld->out, l, level, e)) == NULL) {
		return (int)e->code;
	}
	at->type = settled(l->type, only);
	at->kind = STACK_REFUSAL;
	at->level = level;
	at->fault = r == ERR_MISSING ? "there is no such file" : "it cannot be included to its end";
	for (size_t i = 0; i < STACK_CODES; i++)
		at->act[i] = ACT_BAD;
	return 0;
}

static int take_lines(struct load *ld, struct pam_stack *from, enum stack_type only, int level,
    int depth, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < from->len && r == 0; i++) {
		struct stack_line *l = &from->line[i], *at;

		if (l->type != STACK_ANY && only != STACK_ANY && l->type != only)
			continue;
		if (l->kind == STACK_INCLUDE || l->kind == STACK_SUBSTACK)
			r = include(ld, l, only, level, depth, e);
		else if ((at = move(ld->out, l, level, e)) == NULL)
			r = (int)e->code;
		else
			at->type = settled(at->type, only);
	}
	return r;
}

static int load_file(struct load *ld, const char *name, enum stack_type only, int level, int depth,
    struct err *e)
{
	struct pam_stack lines = STACK_INIT;
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	struct err broken = { 0 };
	int r;

	if (depth >= STACK_DEPTH_MAX || ++ld->files > FILES_MAX)
		return err_set(e, ERR_INPUT, "%s is included too deep, or too often.", name);
	r = ld->read(ld->ctx, &bytes, &path, name, e);
	if (r == 0)
		r = pam_stack_parse(&lines, (const char *)bytes.data, bytes.len, buf_str(&path), &broken);
	/* The lines before a broken one count. */
	if (r == 0 || broken.code == ERR_INPUT)
		r = take_lines(ld, &lines, only, level, depth, e);
	if (broken.code != ERR_NONE && e->code == ERR_NONE)
		r = err_give(e, &broken);
	pam_stack_free(&lines);
	buf_free(&bytes);
	buf_free(&path);
	return r;
}

int pam_stack_load(struct pam_stack *out, const char *service, pam_stack_read *read, void *ctx,
    struct err *e)
{
	struct load ld = { out, read, ctx, 0 };

	return load_file(&ld, service, STACK_ANY, 0, 0, e);
}

int pam_stack_take(struct pam_stack *to, struct pam_stack *from, enum stack_type type,
    struct err *e)
{
	for (size_t i = 0; i < from->len; i++)
		if (from->line[i].type == type &&
		    move(to, &from->line[i], from->line[i].level, e) == NULL)
			return (int)e->code;
	return 0;
}

void pam_stack_free(struct pam_stack *s)
{
	for (size_t i = 0; i < s->len; i++)
		line_clear(&s->line[i]);
	free(s->line);
	*s = (struct pam_stack)STACK_INIT;
}

int pam_stack_is(const struct stack_line *l, const char *module)
{
	const char *slash = l->module != NULL ? strrchr(l->module, '/') : NULL;

	return l->kind == STACK_MODULE && strcmp(slash != NULL ? slash + 1 : l->module, module) == 0;
}

int pam_stack_has(const struct stack_line *l, const char *word)
{
	for (int i = 0; i < l->argc; i++)
		if (strcmp(l->argv[i], word) == 0)
			return 1;
	return 0;
}
