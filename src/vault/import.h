/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_IMPORT_H
#define TWOKEY_VAULT_IMPORT_H

#include "base/err.h"
#include "base/secret.h"

/*
 * Many AWS accounts at once, from CSV (RFC 4180, LF allowed too, a header line
 * naming the columns in any order) or a JSON array of objects with string
 * members of the same names:
 *   name account email password totp partition email_controller phone_controller
 * name, account and email are required, and at least one of password and totp;
 * partition is "aws" when absent or empty.  Unknown columns and members are
 * refused.  totp is an otpauth:// URI or a base32 seed.  As many accounts as the
 * text holds: struct secret's SECRET_MAX bytes are the one limit.
 */

enum import_form { IMPORT_CSV, IMPORT_JSON };

struct import_account {
	unsigned line;			/* where it begins in the input, 1 first */
	const char *name;		/* record name */
	const char *account;		/* 12 digits */
	const char *email;
	const char *partition;
	const char *email_controller;	/* "" when absent */
	const char *phone_controller;
	const struct secret *password;	/* NULL: none */
	const struct secret *totp;	/* canonical otpauth URI; NULL: none */
};

/*
 * Checks the whole input first, then calls fn for each account in order.  Nothing is
 * called when anything is wrong: ERR_INPUT names `where`, line, column and
 * what was expected, and never quotes a password or a seed.  Names and account ids
 * occur once each.  The account is lent for the call.  fn's non-zero return ends
 * it and is returned.  fn NULL: the check alone.
 */
int import_each(const struct secret *text, enum import_form form, const char *where,
    int (*fn)(void *ctx, const struct import_account *a, struct err *e), void *ctx,
    struct err *e);

#endif
