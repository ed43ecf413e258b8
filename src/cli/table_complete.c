/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table_local.h"

#include <string.h>

/*
 * Completion scripts, written from the tables.  They hold data only: words of
 * commands, options and choices; nothing in them runs twokey.
 */

/* The choices of an option, or what kind of file its value is. */
static int wants(const struct opt *o, const char *word)
{
	return o->value != NULL && strcmp(o->value, word) == 0;
}

/* A summary inside single quotes of bash, zsh or fish, without what each of
 * them would take for syntax. */
static void put_plain(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (strchr("'\\[]:`", *s) == NULL)
			buf_put(out, s, 1);
}

static void put_choices(struct buf *out, const struct opt *o)
{
	const char *p;

	for (p = o->value; *p != '\0'; p++)
		buf_put(out, *p == '|' ? " " : p, 1);
}

/* The words that can stand first, or (n > 0) behind the group's n characters. */
static void put_words(struct buf *out, const struct command *const *table, const char *group,
    size_t n)
{
	const char *last = "";

	for (; *table != NULL; table++) {
		const char *name = (*table)->name;
		const size_t len = strcspn(name, " ");

		if (n == 0) {
			if (strncmp(last, name, len) == 0 && (last[len] == ' ' || last[len] == '\0'))
				continue;
			buf_printf(out, " %.*s", (int)len, name);
			last = name;
		} else if (strncmp(name, group, n) == 0 && name[n] == ' ') {
			buf_printf(out, " %s", name + n + 1);
		}
	}
}

static void bash_values(struct buf *out, const struct opt *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		if (o->value == NULL)
			continue;
		buf_printf(out, "\t\t--%s)\n\t\t\t", o->name);
		if (table_is_choice(o)) {
			buf_puts(out, "mapfile -t COMPREPLY < <(compgen -W '");
			put_choices(out, o);
			buf_puts(out, "' -- \"$cur\")");
		} else if (wants(o, "DIR")) {
			buf_puts(out, "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")");
		} else if (wants(o, "PROGRAM")) {
			buf_puts(out, "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")");
		} else if (wants(o, "FILE")) {
			buf_puts(out, "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
		} else {
			buf_puts(out, ":");
		}
		buf_puts(out, "\n\t\t\treturn ;;\n");
	}
}

static void bash_opts(struct buf *out, const struct opt *o)
{
	for (; o != NULL && o->name != NULL; o++)
		buf_printf(out, " --%s", o->name);
}

static void bash_command(struct buf *out, const struct command *c)
{
	buf_printf(out, "\t'%s')\n\t\tcase $prev in\n", c->name);
	bash_values(out, c->opts);
	bash_values(out, command_common);
	buf_puts(out, "\t\tesac\n\t\tmore='");
	bash_opts(out, c->opts);
	bash_opts(out, command_common);
	buf_puts(out, "' ;;\n");
}

/* The group words: "log holder". */
static void put_groups(struct buf *out, const struct command *const *table)
{
	const char *last = "";

	for (; *table != NULL; table++) {
		const char *name = (*table)->name;
		const size_t len = strcspn(name, " ");

		if (name[len] == '\0' || (strncmp(last, name, len) == 0 && last[len] == ' '))
			continue;
		buf_printf(out, "\t'%.*s') more='", (int)len, name);
		put_words(out, table, name, len);
		buf_puts(out, "' ;;\n");
		last = name;
	}
}

static void complete_bash(struct buf *out, const struct command *const *table)
{
	const struct command *const *c;

	buf_puts(out, "# bash completion for twokey; made by `twokey help --completions bash`\n"
	    "_twokey() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	    "\tlocal more= one=${COMP_WORDS[1]} two=${COMP_WORDS[2]}\n\tCOMPREPLY=()\n"
	    "\tif ((COMP_CWORD == 1)); then\n\t\tmapfile -t COMPREPLY < <(compgen -W '");
	put_words(out, table, NULL, 0);
	buf_puts(out, " --help --version' -- \"$cur\")\n\t\treturn\n\tfi\n");
	buf_puts(out, "\tif ((COMP_CWORD == 2)); then\n\t\tcase $one in\n");
	put_groups(out, table);
	buf_puts(out, "\t\tesac\n\t\tif [[ -n $more ]]; then\n\t\t\tmapfile -t COMPREPLY < "
	    "<(compgen -W \"$more\" -- \"$cur\")\n\t\t\treturn\n\t\tfi\n\tfi\n");
	buf_puts(out, "\tcase \"$one $two\" in\n");
	for (c = table; *c != NULL; c++)
		if (strchr((*c)->name, ' ') != NULL)
			bash_command(out, *c);
	buf_puts(out, "\t*)\n\tcase $one in\n");
	for (c = table; *c != NULL; c++)
		if (strchr((*c)->name, ' ') == NULL)
			bash_command(out, *c);
	buf_puts(out, "\tesac ;;\n\tesac\n\tif [[ $cur == -* ]]; then\n\t\tmapfile -t COMPREPLY < "
	    "<(compgen -W \"$more\" -- \"$cur\")\n\telse\n\t\tmapfile -t COMPREPLY < <(compgen -f -- "
	    "\"$cur\")\n\tfi\n}\ncomplete -o filenames -F _twokey twokey\n");
}

static void zsh_opts(struct buf *out, const struct opt *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		buf_printf(out, " \\\n\t\t'%s--%s%s[", o->flags & OPT_MANY ? "*" : "", o->name,
		    o->value != NULL ? "=" : "");
		put_plain(out, o->summary);
		buf_puts(out, "]");
		if (table_is_choice(o)) {
			buf_printf(out, ":%s:(", o->name);
			put_choices(out, o);
			buf_puts(out, ")");
		} else if (wants(o, "DIR")) {
			buf_puts(out, ":folder:_files -/");
		} else if (wants(o, "PROGRAM")) {
			buf_puts(out, ":program:_command_names -e");
		} else if (wants(o, "FILE")) {
			buf_puts(out, ":file:_files");
		} else if (o->value != NULL) {
			buf_puts(out, ":");
			put_plain(out, o->value);
			buf_puts(out, ": ");
		}
		buf_puts(out, "'");
	}
}

static void zsh_command(struct buf *out, const struct command *c)
{
	buf_printf(out, "\t'%s') _arguments", c->name);
	zsh_opts(out, c->opts);
	zsh_opts(out, command_common);
	buf_puts(out, " \\\n\t\t'*:file:_files' ;;\n");
}

static void complete_zsh(struct buf *out, const struct command *const *table)
{
	const struct command *const *c;

	buf_puts(out, "#compdef twokey\n# made by `twokey help --completions zsh`\n_twokey() {\n"
	    "\tlocal one=${words[2]} two=${words[3]} more=\n"
	    "\tif ((CURRENT == 2)); then\n\t\tcompadd --");
	put_words(out, table, NULL, 0);
	buf_puts(out, " --help --version\n\t\treturn\n\tfi\n"
	    "\tif ((CURRENT == 3)); then\n\t\tcase $one in\n");
	put_groups(out, table);
	buf_puts(out, "\t\tesac\n\t\tif [[ -n $more ]]; then\n\t\t\tcompadd -- ${=more}\n"
	    "\t\t\treturn\n\t\tfi\n\tfi\n\tcase \"$one $two\" in\n");
	for (c = table; *c != NULL; c++)
		if (strchr((*c)->name, ' ') != NULL)
			zsh_command(out, *c);
	buf_puts(out, "\t*) case $one in\n");
	for (c = table; *c != NULL; c++)
		if (strchr((*c)->name, ' ') == NULL)
			zsh_command(out, *c);
	buf_puts(out, "\tesac ;;\n\tesac\n}\n_twokey \"$@\"\n");
}

static void fish_opts(struct buf *out, const char *when, const struct opt *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		buf_printf(out, "complete -c twokey -n '%s' -l %s", when, o->name);
		if (table_is_choice(o)) {
			buf_puts(out, " -x -a '");
			put_choices(out, o);
			buf_puts(out, "'");
		} else if (wants(o, "DIR")) {
			buf_puts(out, " -x -a '(__fish_complete_directories)'");
		} else if (wants(o, "PROGRAM")) {
			buf_puts(out, " -x -a '(__fish_complete_command)'");
		} else if (o->value != NULL) {
			buf_puts(out, wants(o, "FILE") ? " -r" : " -x");
		}
		buf_puts(out, " -d '");
		put_plain(out, o->summary);
		buf_puts(out, "'\n");
	}
}

/* Conditions read the words before the cursor: "twokey", then ours. */
static void fish_command(struct buf *out, const struct command *c)
{
	const size_t len = strcspn(c->name, " ");
	struct buf when = BUF_INIT;

	if (c->name[len] == '\0') {
		buf_printf(&when, "__twokey_is 2 %s", c->name);
	} else {
		buf_printf(&when, "__twokey_is 2 %.*s; and __twokey_at 3", (int)len, c->name);
		buf_printf(out, "complete -c twokey -f -n '%s' -a %s -d '", buf_str(&when),
		    c->name + len + 1);
		put_plain(out, c->summary);
		buf_puts(out, "'\n");
		buf_reset(&when);
		buf_printf(&when, "__twokey_is 2 %.*s; and __twokey_is 3 %s", (int)len, c->name,
		    c->name + len + 1);
	}
	fish_opts(out, buf_str(&when), c->opts);
	fish_opts(out, buf_str(&when), command_common);
	if (!buf_ok(&when))
		out->failed = 1;
	buf_free(&when);
}

static void complete_fish(struct buf *out, const struct command *const *table)
{
	const struct command *const *c;

	buf_puts(out, "# fish completion for twokey; made by `twokey help --completions fish`\n"
	    "function __twokey_is\n\tset -l words (commandline -opc)\n"
	    "\ttest (count $words) -ge $argv[1]; and test $words[$argv[1]] = $argv[2]\nend\n"
	    "function __twokey_at\n\ttest (count (commandline -opc)) -eq (math $argv[1] - 1)\n"
	    "end\ncomplete -c twokey -f -n '__twokey_at 2' -a '");
	put_words(out, table, NULL, 0);
	buf_puts(out, " --help --version'\n");
	for (c = table; *c != NULL; c++)
		fish_command(out, *c);
}

int command_complete(struct buf *out, const struct command *const *table, const char *shell,
    struct err *e)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(out, table);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(out, table);
	else if (strcmp(shell, "fish") == 0)
		complete_fish(out, table);
	else
		return err_set(e, ERR_USAGE, "Completions exist for bash, zsh and fish, not `%s`.",
		    shell);
	return buf_ok(out) ? 0 : err_set(e, ERR_MEMORY, "Out of memory.");
}
