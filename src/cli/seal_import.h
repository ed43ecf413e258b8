/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_SEAL_IMPORT_H
#define TWOKEY_CLI_SEAL_IMPORT_H

#include "ceremony/session.h"
#include "cli/command.h"

/* `seal --import FILE`: the whole file is checked before anything is sealed. */
int seal_import(const struct cli *cli, struct session *s, const char *path, struct err *e);

#endif
