/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_AWS_IAM_H
#define TWOKEY_AWS_IAM_H

#include "aws/client.h"

/* What IAM says of an account's root user. */
struct iam_summary {	/* -1: not told */
	int root_mfa;		/* AccountMFAEnabled */
	int root_keys;		/* AccountAccessKeysPresent */
	int root_certificates;	/* AccountSigningCertificatesPresent */
	int root_password;	/* AccountPasswordPresent */
};
int iam_summary(struct aws *a, struct iam_summary *out, struct err *e);

/* The credential report, a CSV of all users, appended to out: has one made and waits up to
 * a minute where none is at hand. */
int iam_report(struct aws *a, struct buf *out, struct err *e);

/* The virtual MFA devices in use: serial numbers, and the ARN of whose each is ("" where AWS
 * does not tell).  fn returns non-zero to stop. */
typedef int iam_mfa_fn(void *ctx, const char *serial, const char *user, struct err *e);
int iam_virtual_mfa(struct aws *a, iam_mfa_fn *fn, void *ctx, struct err *e);
/* 1 when such a device is the account's root's: root stands behind it, or it has the name
 * that the console gave root's. */
int iam_mfa_is_root(const char *serial, const char *user, const char *account);

/* Centralized root access.  `why` is "" when AWS told, else the code by which it said that
 * there is no such thing here (no organization, not its management account, ...). */
struct iam_features {
	char organization[40];
	int root_credentials, root_sessions;
	char why[96];
};
int iam_features(struct aws *a, struct iam_features *out, struct err *e);

#endif
