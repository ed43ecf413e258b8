/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_GATE_PAMARGS_H
#define TWOKEY_GATE_PAMARGS_H

/* The words behind pam_twokey.so in a PAM stack: pam_twokey(8).  The module and
 * `twokey doctor --pam` both compile this file; it needs libc alone. */
struct pamargs {
	const char *conf;	/* an absolute path; NULL: /etc/twokey/twokey.conf */
	const char *users;	/* a list with commas; NULL: everybody */
	int timeout;		/* seconds for one call */
	int debug;
};
#define PAMARGS_TIMEOUT 100	/* sshd gives 120 (LoginGraceTime) */
#define PAMARGS_TIMEOUT_MAX 600

/* NULL, or the word that is unknown, malformed or there twice: refuse then.
 * Text is borrowed from argv. */
const char *pamargs_parse(struct pamargs *a, int argc, const char **argv);

/* 1 when the line concerns this account: it is listed by its name, or has the
 * uid of one that is, or the accounts cannot be looked up. */
int pamargs_concern(const struct pamargs *a, const char *user);

/* The uid of an account: 0.  1: there is none of that name.  -1: that cannot be
 * told (a name service that fails, no memory). */
int pamargs_uid(const char *user, unsigned *uid);

#endif
