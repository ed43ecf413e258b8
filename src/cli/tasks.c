/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/tasks.h"

#include <string.h>

#include "cli/partition.h"
#include "cli/say.h"

const struct task tasks[] = {
	{ "account-email", "change root's email address", TASK_ROOT,
	  "in a member account: aws account start-primary-email-update, from the management account", NULL },
	{ "rotation", "change root's password or MFA device", TASK_ROOT, NULL, NULL },
	{ "root-keys", "make or delete root's access keys", TASK_ROOT, NULL,
	  "IAMDeleteRootUserCredentials" },
	{ "iam-restore", "restore IAM permissions when the only administrator has lost them", TASK_ROOT,
	  NULL, NULL },
	{ "billing-access", "let IAM users and roles see Billing", TASK_ROOT, NULL, NULL },
	{ "billing-root", "a task of Billing that AWS keeps for root", TASK_ROOT, NULL, NULL },
	{ "tax-invoices", "see tax invoices of AWS Inc. or AISPL", TASK_ROOT, NULL, NULL },
	{ "close-account", "close the account", TASK_ROOT,
	  "a member account: aws organizations close-account, from the management account", NULL },
	{ "marketplace-seller", "register as a seller of Reserved Instances", TASK_ROOT, NULL, NULL },
	{ "s3-mfa-delete", "configure MFA delete of an S3 bucket", TASK_ROOT, NULL, NULL },
	{ "s3-policy", "edit or delete an S3 bucket policy that denies everybody", TASK_ROOT, NULL,
	  "S3UnlockBucketPolicy" },
	{ "sqs-policy", "edit or delete an SQS queue policy that denies everybody", TASK_ROOT, NULL,
	  "SQSUnlockQueuePolicy" },
	{ "kms-recovery", "recover an unmanageable KMS key with AWS Support", TASK_ROOT, NULL, NULL },
	{ "govcloud", "ask AWS Support for GovCloud root access keys", TASK_ROOT, NULL, NULL },
	{ "mturk", "link the account with Mechanical Turk", TASK_ROOT, NULL, NULL },
	{ "incident", "answer to root activity that nobody can explain", TASK_ROOT, NULL, NULL },
	{ "root-audit", "see whether root has a password, keys or MFA", TASK_NO_ROOT,
	  "here: aws iam get-account-summary", "IAMAuditRootUserCredentials" },
	{ "root-recovery", "let a member account's root password be recovered", TASK_NO_ROOT, NULL,
	  "IAMCreateRootUserPassword" },
	{ "account-name", "change the account's name", TASK_NO_ROOT,
	  "a role with account:PutAccountName: aws account put-account-name", NULL },
	{ "account-contacts", "change contacts, currency or Regions", TASK_NO_ROOT,
	  "a role with permissions of Account and Billing", NULL },
	{ "iam-user", "create or change IAM users, roles or policies", TASK_NO_ROOT,
	  "an administrator's role", NULL },
	{ "billing", "see or pay bills, once billing-access is on", TASK_NO_ROOT, "a billing role", NULL },
	{ "support", "open a support case, or change the support plan", TASK_NO_ROOT,
	  "a role with permissions of AWS Support", NULL },
	{ "other", "anything else", TASK_UNLISTED, NULL, NULL },
	{ NULL, NULL, TASK_UNLISTED, NULL, NULL }
};

const struct task *task_find(const char *id)
{
	for (const struct task *t = tasks; t->id != NULL; t++)
		if (strcmp(t->id, id) == 0)
			return t;
	return NULL;
}

void tasks_list(void)
{
	for (const struct task *t = tasks; t->id != NULL; t++)
		say("  %-19s%s%s%s", t->id, t->text, t->root == TASK_NO_ROOT ? " (does not need root)" : "",
		    t->root == TASK_ROOT && t->policy != NULL ? " (or sts:AssumeRoot)" : "");
}

void task_show(const struct task *t, const char *account, const char *partition)
{
	const char *region = partition_region(partition, strlen(partition));

	say("task         %s", t->text);
	say("             needs root: %s", t->root == TASK_ROOT ? "yes" :
	    t->root == TASK_NO_ROOT ? "no" : "not by AWS's list of tasks");
	if (t->instead != NULL)
		say("             instead: %s", t->instead);
	if (t->policy != NULL && region != NULL) {
		say("             instead, in a member account with centralized root access, from the");
		say("             management account or IAM's delegated administrator:");
		say("               aws sts assume-root --target-principal %s --region %s \\", account, region);
		say("                 --task-policy-arn arn=arn:%s:iam::aws:policy/root-task/%s", partition, t->policy);
	}
	if (t->root == TASK_NO_ROOT)
		say("             press Ctrl-C to leave it closed");
}
