/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PAM_STACK_H
#define TWOKEY_CLI_PAM_STACK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The files of /etc/pam.d as Linux-PAM reads them (pam.conf(5)), with Debian's
 * `@include`.  A line that libpam would not understand is kept with its fault:
 * libpam puts a refusal in its place.  Nothing here asks the machine for
 * anything.
 */
#define STACK_LINE_MAX 1023	/* bytes in a line, its continuations included */
#define STACK_LINES_MAX 1024	/* in a stack with all that it includes */
#define STACK_DEPTH_MAX 16	/* of includes, as libpam has it */
#define STACK_CODES 32		/* what a module can return: _pam_types.h */

/* Of these codes something is known here; the number is libpam's. */
enum { CODE_SUCCESS = 0, CODE_PERM_DENIED = 6, CODE_NEW_AUTHTOK_REQD = 12, CODE_IGNORE = 25 };

enum stack_type { STACK_AUTH, STACK_ACCOUNT, STACK_PASSWORD, STACK_SESSION, STACK_ANY };

enum stack_kind {
	STACK_MODULE,
	STACK_INCLUDE,	/* module names the file; type STACK_ANY: `@include` */
	STACK_SUBSTACK,	/* the same; in a loaded stack what follows, a level below */
	STACK_REFUSAL	/* libpam refuses when it comes here: see fault */
};

/* What a line does with a code; above 0: so many lines are jumped over. */
enum { ACT_IGNORE = 0, ACT_OK = -1, ACT_DONE = -2, ACT_BAD = -3, ACT_DIE = -4, ACT_RESET = -5 };

struct stack_line {
	enum stack_type type;
	enum stack_kind kind;
	int level;		/* of the substack it stands in */
	int act[STACK_CODES];
	const char *fault;	/* words for what libpam finds wrong, or NULL */
	const char *module;	/* as written, or NULL; with argv borrowed from text */
	const char **argv;	/* ended by NULL */
	int argc;
	char *file;		/* its path */
	unsigned number;	/* of its first line there */
	char *text;
};

struct pam_stack {
	struct stack_line *line;
	size_t len, cap;
};
#define STACK_INIT { NULL, 0, 0 }

/* Appends the lines of one file; includes are lines as others.  ERR_INPUT where
 * libpam reads no further - a line that is too long, a NUL, a continuation of
 * nothing - and refuses all calls then; the lines before stay in out. */
int pam_stack_parse(struct pam_stack *out, const char *bytes, size_t len, const char *file,
    struct err *e);

/* Appends the bytes of the file that an include or a service of this name means, and to
 * path what to call it; ERR_MISSING when there is none. */
typedef int pam_stack_read(void *ctx, struct buf *out, struct buf *path, const char *name,
    struct err *e);

/* Appends the stack of a service with what it includes, each line at its place
 * and level.  ERR_MISSING: there is no such service; ERR_INPUT as above. */
int pam_stack_load(struct pam_stack *out, const char *service, pam_stack_read *read, void *ctx,
    struct err *e);
/* Moves the lines of a type to the end of another stack; `from` is good for pam_stack_free
 * alone then. */
int pam_stack_take(struct pam_stack *to, struct pam_stack *from, enum stack_type type,
    struct err *e);
void pam_stack_free(struct pam_stack *s);

/* "auth" and so on. */
const char *pam_stack_type(enum stack_type type);
/* 1 when the line is for a module of that name, with a folder or without. */
int pam_stack_is(const struct stack_line *l, const char *module);
/* 1 when this word stands behind the module. */
int pam_stack_has(const struct stack_line *l, const char *word);

#endif
