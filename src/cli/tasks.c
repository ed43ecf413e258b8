/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/tasks.h"

#include <string.h>

const struct task tasks[] = {
	{ "account-settings", "change the account's name, email, root password or access keys", 1,
	  NULL },
	{ "iam-restore", "restore IAM permissions after the only administrator locked out", 1, NULL },
	{ "billing-access", "let IAM users see Billing", 1, NULL },
	{ "tax-invoices", "see certain tax invoices", 1, NULL },
	{ "close-account", "close the account", 1, NULL },
	{ "marketplace-seller", "register as a Reserved Instance Marketplace seller", 1, NULL },
	{ "s3-mfa-delete", "configure MFA delete on an S3 bucket", 1, NULL },
	{ "s3-policy", "edit or delete an S3 bucket policy that denies everybody", 1,
	  "in a member account: sts:AssumeRoot with S3UnlockBucketPolicy" },
	{ "sqs-policy", "edit or delete an SQS queue policy that denies everybody", 1,
	  "in a member account: sts:AssumeRoot with SQSUnlockQueuePolicy" },
	{ "govcloud", "ask for GovCloud root access keys", 1, NULL },
	{ "kms-recovery", "recover an unmanageable KMS key with AWS Support", 1, NULL },
	{ "rotation", "rotate the root password or MFA device", 1, NULL },
	{ "incident", "answer to root activity that nobody can explain", 1, NULL },
	{ "iam-user", "create or change IAM users, roles or policies", 0,
	  "an administrator role does this" },
	{ "billing", "see or pay bills, once billing access is on", 0, "a billing role does this" },
	{ "support", "open a support case", 0, "a role with AWSSupportAccess does this" },
	{ "other", "anything else", 0, NULL },
	{ NULL, NULL, 0, NULL }
};

const struct task *task_find(const char *id)
{
	for (const struct task *t = tasks; t->id != NULL; t++)
		if (strcmp(t->id, id) == 0)
			return t;
	return NULL;
}
