/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PAM_WALK_H
#define TWOKEY_CLI_PAM_WALK_H

#include "cli/pam_stack.h"

/*
 * What libpam can make of a stack (_pam_dispatch) when one module says no, or
 * is never asked, and every other one may say anything.
 */
struct pam_walk {
	const struct pam_stack *stack;
	enum stack_type type;
	const char *module;	/* the name of the one that must agree */
	const char *spared;	/* a module that may let in without it, or NULL */
	const char *service;	/* what pam_succeed_if.so compares `service` with; NULL: anything */
};

/* 1 when the stack can end with a success - in account also with an expired
 * password, after which programs go on - though the module has not agreed; 0 when
 * not; -1 without memory.  led holds stack->len bytes: 1 is written for each line that on
 * such a way ends the stack, jumps past the module, takes its refusal back, or refuses
 * before it in words that hide its refusal. */
int pam_walk(const struct pam_walk *w, unsigned char *led);

/* 1 when whatever this module returns but success, or that it has no say, is a refusal
 * of the stack. */
int pam_walk_refuses(const struct stack_line *l);

#endif
