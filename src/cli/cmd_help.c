/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/cmd_help.h"

#include <config.h>	/* the build's; "config.h" would be ours beside */
#include <stdio.h>
#include <string.h>

#include "cli/say.h"

int help_show(const struct command *c, const char *group, struct err *e)
{
	struct buf out = BUF_INIT;
	int r;

	if (c != NULL)
		command_usage(&out, c);
	else
		command_list(&out, commands, group);
	r = say_out(&out, e);
	buf_free(&out);
	return r;
}

/* What no command does. */
static const char *topic(const char *name)
{
	if (strcmp(name, "pam") == 0)
		return "Linux logins by two keys are the work of a PAM module, of no command: see\n"
		    "pam_twokey(8), and twokey-doctor(1) for what checks it.\n";
	if (strcmp(name, "gate") == 0)
		return "The ceremony of a login, and what a timer does on a host, are the work of\n"
		    "twokey-gate, a program of its own: see twokey-gate(8).\n";
	return NULL;
}

/* "help log verify", "help log", "help seal". */
static int help_named(const struct cli *cli, struct err *e)
{
	const char *first = args_operand_nth(cli->args, "COMMAND", 0);
	const char *second = args_operand_nth(cli->args, "COMMAND", 1);
	const struct command *const *c;
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%s%s", first, second != NULL ? " " : "",
	    second != NULL ? second : "");
	if (args_operands(cli->args, "COMMAND") <= 2 && command_find(commands, name) != NULL)
		return help_show(command_find(commands, name), NULL, e);
	for (c = commands; second == NULL && *c != NULL; c++)
		if (strncmp((*c)->name, name, strlen(name)) == 0 && (*c)->name[strlen(name)] == ' ')
			return help_show(NULL, first, e);
	if (topic(name) != NULL)
		return say_outf(e, "%s", topic(name));
	(void)err_set(e, ERR_USAGE, "There is no command `%s`.", name);
	(void)err_hint(e, "`twokey help` lists the commands.");
	return ERR_USAGE;
}

static int help_run(const struct cli *cli, struct err *e)
{
	const char *shell = args_value(cli->args, "completions");
	struct buf out = BUF_INIT;
	int r;

	if (shell == NULL && args_operand(cli->args, "COMMAND") != NULL)
		return help_named(cli, e);
	if (shell == NULL)
		return help_show(NULL, NULL, e);
	r = command_complete(&out, commands, shell, e);
	if (r == 0)
		r = say_out(&out, e);
	buf_free(&out);
	return r;
}

static int version_run(const struct cli *cli, struct err *e)
{
	(void)cli;
	return say_outf(e, "twokey %s\n", PACKAGE_VERSION);
}

static const struct opt help_opts[] = {
	{ "completions", "bash|zsh|fish", "print a completion script for this shell", 0 },
	{ NULL, NULL, NULL, 0 }
};

static const struct operand help_operands[] = {
	{ "COMMAND", "the command to explain, one or two words",
	    OPERAND_OPTIONAL | OPERAND_MANY },
	{ NULL, NULL, 0 }
};

const struct command cmd_help = {
	.name = "help",
	.summary = "what the commands do and take",
	.opts = help_opts,
	.operands = help_operands,
	.run = help_run
};

const struct command cmd_version = {
	.name = "version",
	.summary = "the program's version",
	.run = version_run
};
