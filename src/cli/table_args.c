/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table_local.h"

#include <stdlib.h>
#include <string.h>

int table_is_choice(const struct opt *o)
{
	/* Of those words alone; what a person makes up is written in capitals. */
	return o->value != NULL && *o->value >= 'a' && *o->value <= 'z';
}

int table_is_group(const struct command *const *table, const char *word)
{
	const size_t n = strlen(word);

	for (; *table != NULL; table++)
		if (strncmp((*table)->name, word, n) == 0 && (*table)->name[n] == ' ')
			return 1;
	return 0;
}

#define NEAR_MAX 32

/* Optimal string alignment (Damerau-Levenshtein with adjacent swaps). */
size_t table_distance(const char *a, const char *b)
{
	const size_t n = strlen(a), m = strlen(b);
	unsigned char row[3][NEAR_MAX + 1];
	unsigned char *prev2 = row[0], *prev = row[1], *now = row[2];
	size_t i, j;

	if (n > NEAR_MAX || m > NEAR_MAX)
		return NEAR_MAX;
	for (j = 0; j <= m; j++)
		prev[j] = (unsigned char)j;
	for (i = 1; i <= n; i++) {
		unsigned char *free_row = prev2;

		now[0] = (unsigned char)i;
		for (j = 1; j <= m; j++) {
			unsigned best = prev[j - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u);

			if (prev[j] + 1u < best)
				best = prev[j] + 1u;
			if (now[j - 1] + 1u < best)
				best = now[j - 1] + 1u;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    prev2[j - 2] + 1u < best)
				best = prev2[j - 2] + 1u;
			now[j] = (unsigned char)best;
		}
		prev2 = prev;
		prev = now;
		now = free_row;
	}
	return prev[m];
}

void table_offer(struct table_near *n, const char *candidate)
{
	const size_t d = table_distance(n->word, candidate);

	if (d < n->distance) {
		n->distance = d;
		n->best = candidate;
	}
}

const char *table_nearest(const struct table_near *n)
{
	const size_t len = strlen(n->word);
	const size_t limit = len < 3 ? 1 : len < 9 ? 2 : 3;

	return n->best != NULL && n->distance <= limit ? n->best : NULL;
}

void args_free(struct args **a)
{
	if (*a == NULL)
		return;
	free((*a)->given);
	free((*a)->words);
	free(*a);
	*a = NULL;
}

const struct command *args_command(const struct args *a)
{
	return a->command;
}

const char *args_group(const struct args *a)
{
	return a->group;
}

int args_help(const struct args *a)
{
	return a->help;
}

const char *args_conf(const struct args *a)
{
	return a->conf;
}

/* The table's own entry; a name that it lacks is a mistake of ours. */
static const struct opt *args_opt(const struct args *a, const char *name)
{
	const struct opt *o = table_opt(a->command, name, strlen(name));

	if (o == NULL)
		abort();
	return o;
}

size_t args_count(const struct args *a, const char *opt)
{
	const struct opt *o = args_opt(a, opt);
	size_t i, n = 0;

	for (i = 0; i < a->n_given; i++)
		n += a->given[i].opt == o;
	return n;
}

const char *args_nth(const struct args *a, const char *opt, size_t k)
{
	const struct opt *o = args_opt(a, opt);
	size_t i;

	for (i = 0; i < a->n_given; i++)
		if (a->given[i].opt == o && k-- == 0)
			return a->given[i].value;
	return NULL;
}

int args_flag(const struct args *a, const char *opt)
{
	return args_count(a, opt) > 0;
}

const char *args_value(const struct args *a, const char *opt)
{
	return args_nth(a, opt, 0);
}

int args_number(const struct args *a, const char *opt, int64_t min, int64_t max, int64_t *out,
    struct err *e)
{
	const char *s = args_value(a, opt);
	long long v = 0;
	size_t len;

	if (s == NULL)
		return 0;
	len = strlen(s);
	/* Digits alone: strtoll would take blanks, signs and "0x". */
	if (len > 0 && len <= 18 && strspn(s, "0123456789") == len)
		v = strtoll(s, NULL, 10);
	else
		len = 0;
	if (len == 0 || v < min || v > max)
		return err_set(e, ERR_USAGE, "--%s takes a whole number from %lld to %lld, not `%s`.",
		    opt, (long long)min, (long long)max, s);
	*out = v;
	return 0;
}

/* Index of the operand in the table. */
static size_t args_operand_index(const struct args *a, const char *name)
{
	const struct operand *o = a->command->operands;
	size_t i = 0;

	for (; o != NULL && o->name != NULL; o++, i++)
		if (strcmp(o->name, name) == 0)
			return i;
	abort();
}

const char *args_operand(const struct args *a, const char *name)
{
	return args_operand_nth(a, name, 0);
}

size_t args_operands(const struct args *a, const char *name)
{
	const size_t at = args_operand_index(a, name);

	if (at >= a->n_words)
		return 0;
	return a->command->operands[at].flags & OPERAND_MANY ? a->n_words - at : 1;
}

const char *args_operand_nth(const struct args *a, const char *name, size_t i)
{
	return i < args_operands(a, name) ? a->words[args_operand_index(a, name) + i] : NULL;
}

char *const *args_rest(const struct args *a, size_t *n)
{
	*n = a->n_rest;
	return a->rest;
}
