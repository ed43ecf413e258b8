/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_OPEN_H
#define TWOKEY_CLI_OPEN_H

#include "ceremony/requester.h"
#include "ceremony/session.h"
#include "cli/command.h"
#include "cli/config.h"

/* What most commands start with: the configuration and the vault it names. */
struct open_vault {
	struct config config;
	struct session *session;
};
int open_vault(struct open_vault *v, const struct cli *cli, struct err *e);
void close_vault(struct open_vault *v);

/* Who asks: the kernel's login uid, the terminal, and sudo's word (recorded as
 * claimed, never believed). */
void requester_here(struct requester *r);

/* Reads a secret from a file, or standard input for "-": at most max bytes; one
 * newline at the end is dropped.  ERR_INPUT when it is empty or longer. */
int open_secret(struct secret **out, const char *path, size_t max, struct err *e);
/* Writes a new file (ERR_EXISTS when it is there), or replaces it. */
int open_write(const char *path, const struct buf *b, int replace, struct err *e);
/* Whether open_write could, as far as can be told without writing: ERR_EXISTS, or
 * what keeps the folder from being written to. */
int open_may_write(const char *path, int replace, struct err *e);
/* Reads a whole file that is no secret. */
int open_read(struct buf *out, const char *path, size_t max, struct err *e);

#endif
