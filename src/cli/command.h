/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_COMMAND_H
#define TWOKEY_CLI_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/*
 * The command line is a const table: one struct command a subcommand, each in
 * its own file, all named in commands.c.  Usage, help, completions and the
 * parser's checks come from the same entries, so they cannot disagree.
 */

enum {
	OPT_MANY = 1,		/* may be given again: a list */
	OPT_NEEDED = 2		/* for usage; the command itself refuses to go without */
};

/* One long option.  `--name VALUE` and `--name=VALUE` mean the same; a flag
 * takes no value; there are no short options and no abbreviations. */
struct opt {
	const char *name;	/* without "--" */
	const char *value;	/* NULL: a flag.  A word for usage ("TEXT"; "FILE",
				 * "DIR" and "PROGRAM" complete as such), or a closed
				 * choice "csv|json" that the parser enforces */
	const char *summary;	/* a few words, no full stop */
	unsigned flags;
};

enum {
	OPERAND_OPTIONAL = 1,	/* only behind the required ones */
	OPERAND_MANY = 2	/* the last one: takes all that is left */
};

struct operand {
	const char *name;	/* upper case: "RECORD" */
	const char *summary;
	unsigned flags;
};

struct args;			/* the parsed words of one call */
struct token_pool;		/* token/token.h */

/* What a command is run with.  Borrowed; lives as long as the run. */
struct cli {
	const struct command *command;
	const struct args *args;
	const struct clock *clock;
	const char *conf;	/* --conf FILE, or NULL: see config.h */
	struct token_pool *pool;	/* COMMAND_KEYS; or NULL */
	int *status;		/* to be set to an exit status that stands in place of the error's */
};

enum {
	COMMAND_REST = 1,	/* words behind "--" are kept apart: args_rest */
	COMMAND_KEYS = 2	/* asks at once for keys: cli.pool */
};

struct command {
	const char *name;	/* one word, or two: "log verify" */
	const char *summary;	/* one line, for the list */
	const char *text;	/* paragraphs for help, or NULL */
	const struct opt *opts;	/* ended by name NULL; or NULL */
	const struct operand *operands;	/* the same */
	unsigned flags;
	/* Returns 0 or an err_code with *e filled; main prints it once and exits
	 * with err_exit_code.  Data goes to stdout, words to stderr (say.h). */
	int (*run)(const struct cli *cli, struct err *e);
};

/* Every command, in the order help lists them, ended by NULL (commands.c). */
extern const struct command *const commands[];

/* Options each command takes: --conf FILE, --help. */
extern const struct opt command_common[];

/* Getters.  Asking for a name that the command's table lacks is a bug: abort. */
int args_flag(const struct args *a, const char *opt);		/* 1 when given */
const char *args_value(const struct args *a, const char *opt);	/* NULL: not given */
size_t args_count(const struct args *a, const char *opt);	/* OPT_MANY: how often */
const char *args_nth(const struct args *a, const char *opt, size_t i);
/* A decimal value within [min, max]; *out keeps its default when the option was
 * not given.  ERR_USAGE names the option and the range. */
int args_number(const struct args *a, const char *opt, int64_t min, int64_t max, int64_t *out,
    struct err *e);
const char *args_operand(const struct args *a, const char *name);	/* NULL: absent */
/* OPERAND_MANY: all its words. */
size_t args_operands(const struct args *a, const char *name);
const char *args_operand_nth(const struct args *a, const char *name, size_t i);
/* COMMAND_REST: the words behind "--", ended by NULL as execve wants it. */
char *const *args_rest(const struct args *a, size_t *n);

/*
 * Finds the command in argv and parses what follows it (table.c).  *out is
 * owned by the caller and borrows argv.  ERR_USAGE for an unknown command,
 * option or choice (with the nearest known one as hint), a missing or
 * superfluous operand, a value where none goes or none where one does, an
 * option given twice that is no list.  `twokey --help`, `twokey --version`,
 * `twokey CMD --help` come out as the commands "help" and "version".
 */
int args_parse(struct args **out, const struct command *const *table, int argc, char *const argv[],
    struct err *e);
void args_free(struct args **a);

/* The command that was named; NULL when the help of a group ("log") is asked for. */
const struct command *args_command(const struct args *a);
/* `--help` was given: show args_command's help instead of running it. */
int args_help(const struct args *a);
/* The word of the group whose help is asked for, else NULL. */
const char *args_group(const struct args *a);
/* --conf's FILE, or NULL. */
const char *args_conf(const struct args *a);

/* Appends help of one command, or the list of commands matching the first word
 * `prefix` (NULL: all), 80 columns wide (table_help.c). */
void command_usage(struct buf *out, const struct command *c);
void command_list(struct buf *out, const struct command *const *table, const char *prefix);
/* The one named `name` ("log verify"), or NULL. */
const struct command *command_find(const struct command *const *table, const char *name);
/* Appends a completion script; shell is "bash", "zsh" or "fish" (table_complete.c). */
int command_complete(struct buf *out, const struct command *const *table, const char *shell,
    struct err *e);

/* cmd_help.c: `help [COMMAND...] [--completions SHELL]` and `version`. */
extern const struct command cmd_help;
extern const struct command cmd_version;

#endif
