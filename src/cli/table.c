/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table_local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct opt command_common[] = {
	{ "conf", "FILE", "configuration to use instead of the usual one", 0 },
	{ "help", NULL, "show this help", 0 },
	{ NULL, NULL, NULL, 0 }
};

static const struct opt *opt_in(const struct opt *o, const char *name, size_t len)
{
	for (; o != NULL && o->name != NULL; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

const struct opt *table_opt(const struct command *c, const char *name, size_t len)
{
	const struct opt *o = opt_in(c->opts, name, len);

	return o != NULL ? o : opt_in(command_common, name, len);
}

const struct command *command_find(const struct command *const *table, const char *name)
{
	for (; *table != NULL; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

/* 1 when the command's name is the words first and second (NULL: one word). */
static int command_is(const struct command *c, const char *first, const char *second)
{
	const size_t n = strlen(first);

	if (strncmp(c->name, first, n) != 0)
		return 0;
	if (second == NULL)
		return c->name[n] == '\0';
	return c->name[n] == ' ' && strcmp(c->name + n + 1, second) == 0;
}

static int command_unknown(const struct command *const *table, const char *word, struct err *e)
{
	struct table_near near = TABLE_NEAR_INIT(word);

	for (; *table != NULL; table++) {
		char first[64];
		size_t d;

		(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn((*table)->name, " "),
		    (*table)->name);
		d = table_distance(word, first);
		if (d < near.distance) {
			near.distance = d;
			near.best = (*table)->name;
		}
	}
	(void)err_set(e, ERR_USAGE, "There is no command `%s`.", word);
	if (table_nearest(&near) != NULL)
		(void)err_hint(e, "Did you mean `twokey %.*s`?", (int)strcspn(near.best, " "),
		    near.best);
	(void)err_hint(e, "`twokey help` lists the commands.");
	return ERR_USAGE;
}

static int group_unknown(const struct command *const *table, const char *group, const char *word,
    struct err *e)
{
	const size_t n = strlen(group);
	struct table_near near = TABLE_NEAR_INIT(word != NULL ? word : "");
	char all[128] = "";
	size_t at = 0;

	for (; *table != NULL; table++)
		if (strncmp((*table)->name, group, n) == 0 && (*table)->name[n] == ' ') {
			table_offer(&near, (*table)->name + n + 1);
			if (at < sizeof(all))
				at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s",
				    at > 0 ? ", " : "", (*table)->name + n + 1);
		}
	/* An option where the second word is due. */
	if (word == NULL || word[0] == '-')
		(void)err_set(e, ERR_USAGE, "`twokey %s` needs to know what to do.", group);
	else
		(void)err_set(e, ERR_USAGE, "There is no command `%s %s`.", group, word);
	if (word != NULL && word[0] != '-' && table_nearest(&near) != NULL)
		(void)err_hint(e, "Did you mean `twokey %s %s`?", group, near.best);
	(void)err_hint(e, "It takes one of %s; `twokey help %s` says more.", all, group);
	return ERR_USAGE;
}

/* Finds the command at argv[1]; *used is the number of words it took. */
static int args_find(struct args *a, const struct command *const *table, int argc,
    char *const argv[], int *used, struct err *e)
{
	const struct command *const *c;

	*used = 2;
	if (argc < 2) {
		(void)err_set(e, ERR_USAGE, "No command was given.");
		(void)err_hint(e, "`twokey help` lists the commands.");
		return ERR_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0)
		a->command = command_find(table, argv[1] + 2);
	for (c = table; a->command == NULL && *c != NULL; c++)
		if (argc > 2 && command_is(*c, argv[1], argv[2])) {
			a->command = *c;
			*used = 3;
		}
	for (c = table; a->command == NULL && *c != NULL; c++)
		if (command_is(*c, argv[1], NULL))
			a->command = *c;
	if (a->command != NULL)
		return 0;
	if (!table_is_group(table, argv[1])) {
		if (argv[1][0] == '-') {
			(void)err_set(e, ERR_USAGE, "The first word must be a command, not `%s`.",
			    argv[1]);
			(void)err_hint(e, "Options stand behind the command: `twokey help` lists "
			    "the commands.");
			return ERR_USAGE;
		}
		return command_unknown(table, argv[1], e);
	}
	if (argc == 3 && strcmp(argv[2], "--help") == 0) {
		a->group = argv[1];
		a->help = 1;
		return 0;
	}
	return group_unknown(table, argv[1], argc > 2 ? argv[2] : NULL, e);
}

static int opt_unknown(const struct command *c, const char *word, size_t len, struct err *e)
{
	char name[64];
	struct table_near near = TABLE_NEAR_INIT(name);
	const struct opt *o;

	(void)snprintf(name, sizeof(name), "%.*s", len < 60 ? (int)len : 60, word);
	for (o = c->opts; o != NULL && o->name != NULL; o++)
		table_offer(&near, o->name);
	for (o = command_common; o->name != NULL; o++)
		table_offer(&near, o->name);
	(void)err_set(e, ERR_USAGE, "`twokey %s` has no option --%s.", c->name, name);
	if (table_nearest(&near) != NULL)
		(void)err_hint(e, "Did you mean --%s? `twokey help %s` lists the options.",
		    near.best, c->name);
	(void)err_hint(e, "`twokey help %s` lists the options.", c->name);
	return ERR_USAGE;
}

static int opt_choose(const struct opt *o, const char *value, struct err *e)
{
	const char *p = o->value;

	while (*p != '\0') {
		const size_t n = strcspn(p, "|");

		if (strlen(value) == n && memcmp(value, p, n) == 0)
			return 0;
		p += n + (p[n] == '|');
	}
	return err_set(e, ERR_USAGE, "--%s takes %s%s, not `%s`.", o->name,
	    strchr(o->value, '|') != NULL ? "one of " : "", o->value, value);
}

/* Takes argv[*i], which begins with "--", and its value. */
static int args_take(struct args *a, int argc, char *const argv[], int *i, struct err *e)
{
	const char *word = argv[*i] + 2, *eq = strchr(word, '='), *value = NULL;
	const size_t len = eq != NULL ? (size_t)(eq - word) : strlen(word);
	const struct opt *o = table_opt(a->command, word, len);
	size_t k;

	if (o == NULL)
		return opt_unknown(a->command, word, len, e);
	if (o->value == NULL && eq != NULL)
		return err_set(e, ERR_USAGE, "--%s takes no value.", o->name);
	if (o->value != NULL) {
		if (eq != NULL)
			value = eq + 1;
		else if (*i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
			value = argv[++*i];
		if (value == NULL) {
			(void)err_set(e, ERR_USAGE, "--%s needs a value: --%s=%s.", o->name,
			    o->name, o->value);
			(void)err_hint(e, "A value that begins with \"--\" is written with '='.");
			return ERR_USAGE;
		}
		if (table_is_choice(o) && opt_choose(o, value, e) != 0)
			return ERR_USAGE;
	}
	for (k = 0; k < a->n_given && !(o->flags & OPT_MANY); k++)
		if (a->given[k].opt == o)
			return err_set(e, ERR_USAGE, "--%s was given twice.", o->name);
	a->given[a->n_given].opt = o;
	a->given[a->n_given++].value = value;
	if (strcmp(o->name, "help") == 0)
		a->help = 1;
	if (strcmp(o->name, "conf") == 0)
		a->conf = value;
	return 0;
}

/* The operands that came against those the table names. */
static int args_count_check(const struct args *a, struct err *e)
{
	const struct operand *o = a->command->operands;
	size_t need = 0, most = 0;
	int many = 0;

	for (; o != NULL && o->name != NULL; o++, most++) {
		if (!(o->flags & OPERAND_OPTIONAL)) {
			if (need == a->n_words) {
				(void)err_set(e, ERR_USAGE, "`twokey %s` needs %s: %s.",
				    a->command->name, o->name, o->summary);
				break;
			}
			need++;
		}
		many |= (o->flags & OPERAND_MANY) != 0;
	}
	if (o != NULL && o->name != NULL) {
		(void)err_hint(e, "`twokey help %s` says more.", a->command->name);
		return ERR_USAGE;
	}
	if (many || a->n_words <= most)
		return 0;
	(void)err_set(e, ERR_USAGE, "`twokey %s` does not know what to do with `%s`.",
	    a->command->name, a->words[most]);
	(void)err_hint(e, "Words with spaces need quotation marks; `twokey help %s` says more.",
	    a->command->name);
	return ERR_USAGE;
}

static int args_words(struct args *a, int argc, char *const argv[], int from, struct err *e)
{
	int i, only_words = 0, r;

	for (i = from; i < argc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			if (a->command->flags & COMMAND_REST) {
				a->rest = argv + i + 1;
				a->n_rest = (size_t)(argc - i - 1);
				break;
			}
			only_words = 1;
		} else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
			r = args_take(a, argc, argv, &i, e);
			if (r != 0)
				return r;
		} else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
			(void)err_set(e, ERR_USAGE, "`%s` is no option of `twokey %s`.", argv[i],
			    a->command->name);
			(void)err_hint(e, "Options are whole words behind two dashes: `twokey "
			    "help %s` lists them.", a->command->name);
			return ERR_USAGE;
		} else {
			a->words[a->n_words++] = argv[i];
		}
	}
	return a->help ? 0 : args_count_check(a, e);
}

int args_parse(struct args **out, const struct command *const *table, int argc, char *const argv[],
    struct err *e)
{
	struct args *a;
	int used, r = ERR_MEMORY;
	const size_t most = argc > 0 ? (size_t)argc : 1;

	*out = NULL;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	a->given = calloc(most, sizeof(*a->given));
	a->words = calloc(most, sizeof(*a->words));
	if (a->given == NULL || a->words == NULL) {
		(void)err_set(e, ERR_MEMORY, "Out of memory.");
		goto out;
	}
	r = args_find(a, table, argc, argv, &used, e);
	if (r == 0 && a->command != NULL)
		r = args_words(a, argc, argv, used, e);
	if (r == ERR_USAGE && a->command != NULL)
		(void)err_hint(e, "`twokey help %s` says more.", a->command->name);
	if (r != 0)
		goto out;
	*out = a;
	a = NULL;
out:
	args_free(&a);
	return r;
}
