/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_PROCESS_H
#define TWOKEY_AWS_PROCESS_H

#include "base/err.h"
#include "base/secret.h"

/* A credential_process: a program that prints credentials. */

#define PROCESS_WORDS 64

/* Splits a command as a POSIX shell would quote it, and does nothing else of a shell:
 * words point into scratch, which holds the command's length + 1 bytes.  Returns their
 * number, 0 when there is none, a quote does not end, or they are too many. */
size_t process_split(char *words[PROCESS_WORDS + 1], char *scratch, const char *command,
    size_t len);

/* Runs it: stdin and stderr are /dev/null (it may print secrets there), stdout goes to
 * *out, at most 64 KiB.  As root, an absolute path and nothing of the environment but
 * HOME (home may be NULL), PATH and LANG.  ERR_STORE when it fails or takes longer than ms. */
int process_run(struct secret **out, const char *command, size_t len, int root, const char *home,
    int ms, const char *where, struct err *e);

#endif
