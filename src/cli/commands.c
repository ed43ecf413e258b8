/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

const struct command *const commands[] = {
	&cmd_enroll,
	&cmd_init,
	&cmd_seal,
	&cmd_unseal,
	&cmd_help,
	&cmd_version,
	NULL
};
