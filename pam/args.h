/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_PAM_ARGS_H
#define TWOKEY_PAM_ARGS_H

/* The words behind pam_twokey.so in a PAM stack: pam_twokey(8). */
struct args {
	const char *conf;	/* an absolute path; NULL: /etc/twokey/twokey.conf */
	const char *users;	/* a list with commas; NULL: everybody */
	int timeout;		/* seconds for one call */
	int debug;
};
#define ARGS_TIMEOUT 100	/* sshd gives 120 (LoginGraceTime) */

/* NULL, or the word that is unknown, malformed or there twice: refuse then.
 * Text is borrowed from argv. */
const char *args_parse(struct args *a, int argc, const char **argv);

/* 1 when the line concerns this account: it is listed by its name, or has the
 * uid of one that is. */
int args_concern(const struct args *a, const char *user);

/* The uid of an account: 0, or -1 when there is none of that name. */
int args_uid(const char *user, unsigned *uid);

#endif
