/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_TABLE_LOCAL_H
#define TWOKEY_CLI_TABLE_LOCAL_H

#include "cli/command.h"

/* One option as given. */
struct given {
	const struct opt *opt;
	const char *value;	/* NULL for a flag */
};

struct args {
	const struct command *command;	/* NULL when a group's help is asked for */
	const char *group;		/* its word, borrowed from argv */
	struct given *given;
	size_t n_given;
	const char **words;		/* operands */
	size_t n_words;
	char *const *rest;		/* behind "--", or NULL */
	size_t n_rest;
	int help;
	const char *conf;
};

/* The option of this name (len bytes) that the command takes, or NULL. */
const struct opt *table_opt(const struct command *c, const char *name, size_t len);
/* 1 when value is a closed choice ("csv|json"). */
int table_is_choice(const struct opt *o);
/* 1 when some command's name is word, a space and more. */
int table_is_group(const struct command *const *table, const char *word);
/* How many single-character changes (a swap is one) lead from a to b. */
size_t table_distance(const char *a, const char *b);

/* Nearest of what is offered one after the other.  Begin with TABLE_NEAR_INIT(word). */
struct table_near {
	const char *word;
	const char *best;
	size_t distance;
};
#define TABLE_NEAR_INIT(w) { (w), NULL, (size_t)-1 }
void table_offer(struct table_near *n, const char *candidate);
/* The nearest one if it is near enough to be meant, else NULL. */
const char *table_nearest(const struct table_near *n);

#endif
