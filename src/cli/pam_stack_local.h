/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PAM_STACK_LOCAL_H
#define TWOKEY_CLI_PAM_STACK_LOCAL_H

#include "cli/pam_stack.h"

/* An empty line at the end of s; NULL and e: no memory, or too many of them. */
struct stack_line *stack_grow(struct pam_stack *s, const char *file, unsigned number,
    struct err *e);

#endif
