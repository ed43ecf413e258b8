/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/command.h"

const struct command *const commands[] = {
	&cmd_help,
	&cmd_version,
	NULL
};
