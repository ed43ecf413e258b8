/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <string.h>

#include "cli/say.h"
#include "cli/texts.h"

static const struct operand operands[] = {
	{ "NAME", "which one; without it, all are listed", OPERAND_OPTIONAL },
	{ NULL, NULL, 0 }
};

static int run(const struct cli *cli, struct err *e)
{
	const char *name = args_operand(cli->args, "NAME");
	const struct text *t = runbooks;
	struct buf out = BUF_INIT;
	int r;

	for (; name == NULL && t->name != NULL; t++)
		buf_printf(&out, "%-18s%s\n", t->name, t->lines[0] + strlen("# "));
	while (name != NULL && t->name != NULL && strcmp(t->name, name) != 0)
		t++;
	if (name != NULL && t->name == NULL) {
		err_set(e, ERR_USAGE, "There is no runbook \"%s\".", name);
		return err_hint(e, "`twokey runbook` lists them.");
	}
	for (size_t i = 0; name != NULL && t->lines[i] != NULL; i++)
		buf_printf(&out, "%s\n", t->lines[i]);
	r = say_out(&out, e);
	buf_free(&out);
	return r;
}

const struct command cmd_runbook = {
	.name = "runbook",
	.summary = "what to do, step by step: first set-up, something lost, an incident",
	.text = "Prints a runbook: who does what, in which order, and what can go wrong. They are part of "
	    "the program, so they are at hand when nothing else is.",
	.operands = operands,
	.run = run
};
