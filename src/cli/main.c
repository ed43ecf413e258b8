/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>

#include "base/file.h"
#include "base/secret.h"
#include "cli/cmd_help.h"
#include "cli/command.h"
#include "cli/say.h"
#include "crypto/crypto.h"
#include "token/token.h"

static int main_run(const struct args *args, int *status, struct err *e)
{
	struct cli cli = {
		.command = args_command(args),
		.args = args,
		.clock = &clock_system,
		.conf = args_conf(args),
		.status = status
	};
	int r = 0;

	if (args_help(args))
		return help_show(cli.command, args_group(args), e);
	/* Before all else: twokey-token starts, and lists keys, beside what follows. */
	if (cli.command->flags & COMMAND_KEYS && (r = token_pool_new(&cli.pool, e)) == 0)
		token_pool_look(cli.pool, 0);
	if (r == 0)
		r = crypto_init(e);
	if (r == 0)
		r = cli.command->run(&cli, e);
	token_pool_free(&cli.pool);
	return r;
}

int main(int argc, char *argv[])
{
	struct args *args = NULL;
	struct err e;
	int status = -1, r;

	err_clear(&e);
	file_standard();
	/* A reader that goes away is an error of write(2), to be told in words. */
	(void)signal(SIGPIPE, SIG_IGN);
	/* So is a limit on the size of files (setrlimit(2), RLIMIT_FSIZE). */
	(void)signal(SIGXFSZ, SIG_IGN);
	r = secret_harden_process(&e);
	if (r == 0)
		r = args_parse(&args, commands, argc, argv, &e);
	if (r == 0)
		r = main_run(args, &status, &e);
	if (r == ERR_USAGE && args != NULL && args_command(args) != NULL)
		err_hint(&e, "`twokey help %s` says more.", args_command(args)->name);
	args_free(&args);
	say_err(&e);
	return r == 0 && status >= 0 ? status : err_exit_code((enum err_code)r);
}
