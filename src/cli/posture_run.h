/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CLI_POSTURE_RUN_H
#define TWOKEY_CLI_POSTURE_RUN_H

#include "aws/organizations.h"
#include "aws/sts.h"
#include "cli/cloud.h"
#include "cli/open.h"
#include "posture/known.h"

/* Which accounts `posture` looks at, and how it reaches them. */
struct posture_run {
	const char *account;	/* this one alone, or NULL */
	const char *role;	/* assumed in accounts that are not the caller's, or NULL */
	int org;		/* all of the organization's */

	struct open_vault v;
	struct posture_known *known;
	struct cloud cloud;
	struct aws *aws;
	struct aws_identity who;
	struct organization organization;	/* "" where it was not told */
	struct organization_account *list;	/* the accounts; the caller's has a place of its own */
	size_t n, cap;
	struct posture_facts *own;	/* of the caller's account: what was asked of all */
};

/* Opens the vault and AWS and finds the accounts; ends with posture_run_end also after a
 * failure.  Errors are those that leave nothing to report. */
int posture_run_begin(struct posture_run *p, const struct cli *cli, struct err *e);
void posture_run_end(struct posture_run *p);
/* Asks for the facts of account i. */
void posture_run_facts(struct posture_facts *f, struct posture_run *p, size_t i);

#endif
