/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_SEAL_ASK_H
#define TWOKEY_CLI_SEAL_ASK_H

#include "base/clock.h"
#include "base/secret.h"
#include "cli/command.h"
#include "cli/term.h"

/* Where the fields of a record to be sealed come from: prompts, files, the
 * generator. */
#define SEAL_FIELDS_MAX 32

struct seal_field {
	char name[64];
	struct secret *plain;
	int known;		/* 1: the requester typed or holds it */
};
struct seal_fields {
	struct seal_field f[SEAL_FIELDS_MAX];
	size_t n;
	struct term *term;	/* opened when first needed */
};

/* Fills from the options --new, --length, --field, --codes, --no-code-check and prompts, as
 * fits the kind.  Free with seal_fields_free, also after a failure. */
int seal_ask(struct seal_fields *out, const char *kind, const struct args *args,
    const struct clock *clock, struct err *e);
/* The MFA seed alone, asked for, and two codes compared by --codes or --no-code-check. */
int seal_ask_totp(struct seal_fields *out, const struct args *args, const struct clock *clock,
    struct err *e);
void seal_fields_free(struct seal_fields *s);

#endif
