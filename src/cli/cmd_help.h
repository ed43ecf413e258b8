/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_CMD_HELP_H
#define TWOKEY_CLI_CMD_HELP_H

#include "cli/command.h"

/* Prints help of a command, or (c NULL) the list of a group's commands (group
 * NULL: of all). */
int help_show(const struct command *c, const char *group, struct err *e);

#endif
