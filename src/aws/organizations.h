/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_ORGANIZATIONS_H
#define TWOKEY_AWS_ORGANIZATIONS_H

#include "aws/client.h"

/* The organization an account belongs to, and contacts of accounts; texts are cleaned. */
struct organization {
	char id[40];
	char management[16];	/* account that manages it */
	int all_features;
};
/* ERR_MISSING when the account is in none. */
int organization_describe(struct aws *a, struct organization *out, struct err *e);

struct organization_account {
	char id[16];
	char name[128], email[256];
	char status[32];	/* "ACTIVE", "SUSPENDED", ... */
};
int organization_accounts(struct aws *a,
    int (*fn)(void *ctx, const struct organization_account *account, struct err *e), void *ctx,
    struct err *e);

struct account_contact {
	int set;		/* 0: there is none; all else is "" then */
	char name[128], title[128], email[256], phone[64];
};
/* type: "SECURITY", "BILLING" or "OPERATIONS"; account NULL: the caller's own. */
int account_contact(struct aws *a, const char *type, const char *account,
    struct account_contact *out, struct err *e);

#endif
