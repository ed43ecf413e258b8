/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_TOTP_H
#define TWOKEY_VAULT_TOTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/secret.h"

/* Time-based one-time passwords: RFC 6238 over RFC 4226. */
enum totp_algorithm { TOTP_SHA1 = 0, TOTP_SHA256, TOTP_SHA512 };

#define TOTP_KEY_MIN 10		/* bytes: what 16 base32 characters hold */
#define TOTP_KEY_MAX 128
#define TOTP_PERIOD_MIN 15	/* seconds */
#define TOTP_PERIOD_MAX 120

struct totp {
	enum totp_algorithm algorithm;
	unsigned digits;	/* 6 or 8 */
	unsigned period;	/* seconds, TOTP_PERIOD_MIN..MAX */
	struct secret *key;	/* the seed, TOTP_KEY_MIN..MAX bytes; owned */
};

/* "SHA1", "SHA256", "SHA512", as otpauth:// writes them. */
const char *totp_algorithm_name(enum totp_algorithm a);

/* ERR_INPUT when a member is out of range. */
int totp_check(const struct totp *t, struct err *e);

/* The code `ahead` steps after the one that holds at now (ms since 1970, >= 0;
 * 0: the present one, 1: the next).  *code: `digits` characters, owned by the
 * caller. */
int totp_code(struct secret **code, const struct totp *t, int64_t now, int ahead, struct err *e);

/* Seconds (1..period) until the present code gives way to the next, rounded up. */
int totp_left(const struct totp *t, int64_t now);

/* Looks for a typed code (spaces skipped) from `skew` steps before now to `skew` steps after
 * it, comparing in constant time.  *found is 1 and *step the offset when it is
 * there; *found 0 otherwise (no error).  For comparing two codes at sealing.
 * skew at most 20. */
int totp_find(const struct totp *t, int64_t now, const struct secret *typed, int skew, int *found,
    int *step, struct err *e);

/* Wipes and frees the key; t itself is the caller's. */
void totp_clear(struct totp *t);

#endif
