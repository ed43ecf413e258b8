/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_PAM_JUDGE_LOCAL_H
#define TWOKEY_CLI_PAM_JUDGE_LOCAL_H

#include "cli/pam_judge.h"

#define PAM_MODULE "pam_twokey.so"
#define UNIX_MODULE "pam_unix.so"

enum {
	CALLER = 1,		/* asks who calls, not root: users= has no place */
	NO_SESSION = 2,		/* opens none */
	ROOT_AUTH = 4,		/* root needs no keys to become somebody: pam_rootok.so */
	ROOT_ACCOUNT = 8
};

struct pam_service {
	const char *name;
	unsigned how;
};

/* A service while it is judged. */
struct judged {
	struct pam_judge *j;
	const struct pam_service *service;
	struct pam_stack stack;
	char path[256];		/* of its own file */
	char other[256];	/* and of that of `other`, where that one is asked: */
	int fallen;		/* bits of types that it has no line of */
	int bad;		/* findings so far */
	int asks, closed;	/* bits of types: the module is there; nothing succeeds */
	int timeout;		/* the longest one in auth */
};

/* A finding about the service. */
void judge_tell(const struct judged *s, enum finding f, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* 1 the first time that this is to be told of the line, by any service. */
int judge_first(const struct judged *s, const struct stack_line *l, const char *why);

/* The control that STACKS in pam_twokey(8) gives the module here. */
const char *judge_control(const struct judged *s, enum stack_type type);
/* Appends how to add the line that is missing. */
void judge_propose(struct buf *out, const struct judged *s, enum stack_type type);

/* Lines that libpam does not understand. */
void judge_faults(struct judged *s);
/* A line of the module: its control, words and path.  1 when the control lets a refusal
 * pass. */
int judge_line(struct judged *s, const struct stack_line *l);
/* pam_unix.so: with nullok in auth; in password below the module, with use_authtok. */
void judge_nullok(struct judged *s);
void judge_unix(struct judged *s);

#endif
