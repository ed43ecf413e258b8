/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_ROTATE_SHOW_H
#define TWOKEY_CLI_ROTATE_SHOW_H

#include "vault/record.h"

/* A rotation's words for people, on stderr. */

/* What holders approve, who attend while the seed of this version is typed in; codes: whether two are asked for. */
void rotate_attend(const struct record *before, int64_t version, int codes);
/* What to do with the candidate of this field, step by step: said before it is shown. */
void rotate_steps(const struct record *candidate, const char *field);
/* The command that comes next, once it is set. */
void rotate_next(const struct record *candidate, const char *field);

#endif
