/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PAM_JUDGE_H
#define TWOKEY_CLI_PAM_JUDGE_H

#include "cli/doctor.h"
#include "cli/pam_stack.h"

/* Whether the stacks of a machine let root in by its keys alone.  Says nothing itself. */
struct pam_judge {
	pam_stack_read *read;	/* how files of /etc/pam.d are read */
	const char *module;	/* the whole path of the installed pam_twokey.so */
	int known;		/* libpam finds it by its name alone */
	/* Told of each finding; mend may be NULL. */
	void (*found)(void *ctx, enum finding f, const char *what, const char *mend,
	    const char *text);
	void *ctx;		/* of both */
	struct buf told;	/* findings about a line, told once for all services */
	int services;		/* logins judged so far */
	/* Of sshd, once it was judged: */
	int sshd_account;	/* its account asks the module */
	int sshd_timeout;	/* the longest one in its auth, 0: none */
	/* Of login: */
	int login_asks;		/* its auth asks the module */
	int login_timeout;
};

/* All the services that let root in, or somebody as root, and then those that set a
 * password. */
void pam_judge(struct pam_judge *j);

#endif
