/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "posture/judge_local.h"

const char *posture_call_name(enum posture_call c)
{
	static const char *const names[POSTURE_CALLS] = {
		[CALL_ORGANIZATION] = "organizations:DescribeOrganization",
		[CALL_ACCOUNTS] = "organizations:ListAccounts", [CALL_ROLE] = "sts:AssumeRole",
		[CALL_SUMMARY] = "iam:GetAccountSummary", [CALL_DEVICES] = "iam:ListVirtualMFADevices",
		[CALL_REPORT] = "iam:GetCredentialReport",
		[CALL_SECURITY] = "account:GetAlternateContact",
		[CALL_BILLING] = "account:GetAlternateContact",
		[CALL_OPERATIONS] = "account:GetAlternateContact",
		[CALL_FEATURES] = "iam:ListOrganizationsFeatures" };

	return names[c];
}

const char *posture_state_name(enum posture_state s)
{
	static const char *const names[] = { "good", "attention", "unknown" };

	return names[s];
}

int posture_is_closed(const struct posture_facts *f)
{
	return f->status[0] != '\0' && strcmp(f->status, "ACTIVE") != 0;
}

void posture_add(struct posture_findings *o, const char *what, const char *cis,
    enum posture_state state, const char *fmt, ...)
{
	struct posture_finding *x = &o->spare;
	va_list ap;

	if (o->n == o->cap) {
		const size_t cap = o->cap + 16;
		struct posture_finding *list = reallocarray(o->list, cap, sizeof(*list));

		o->failed |= list == NULL;
		if (list != NULL) {
			o->list = list;
			o->cap = cap;
		}
	}
	if (!o->failed)
		x = &o->list[o->n++];
	*x = (struct posture_finding){ .what = what, .cis = cis, .state = state };
	o->count[state]++;
	va_start(ap, fmt);
	(void)vsnprintf(x->text, sizeof(x->text), fmt, ap);
	va_end(ap);
}

void posture_next(struct posture_findings *o, const char *fmt, ...)
{
	struct posture_finding *x = o->failed ? &o->spare : &o->list[o->n - 1];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(x->next, sizeof(x->next), fmt, ap);
	va_end(ap);
}

static int central(const struct posture_facts *f)
{
	return f->call[CALL_FEATURES].how == POSTURE_READ && f->features.root_credentials;
}

int posture_bare(const struct posture_facts *f)
{
	return f->member && central(f) && f->call[CALL_SUMMARY].how == POSTURE_READ &&
	    f->summary.root_password == 0;
}

const struct posture_record *posture_record_of(const struct posture_facts *f)
{
	for (size_t i = 0; i < f->vault->n_records; i++)
		if (strcmp(f->vault->records[i].account, f->account) == 0)
			return &f->vault->records[i];
	return NULL;
}

static void judge_contacts(struct posture_findings *o, const struct posture_facts *f)
{
	static const struct { const char *what, *type, *cis; } contacts[3] = {
		{ "contact-security", "SECURITY", CIS_SECURITY }, { "contact-billing", "BILLING", NULL },
		{ "contact-operations", "OPERATIONS", NULL } };

	for (int i = 0; i < 3; i++) {
		const char *what = contacts[i].what, *type = contacts[i].type, *cis = contacts[i].cis;
		const enum posture_how how = f->call[CALL_SECURITY + i].how;

		if (how != POSTURE_READ) {
			posture_add(o, what, cis, POSTURE_UNKNOWN, "The %s contact was not read.", type);
		} else if (f->contact[i]) {
			posture_add(o, what, cis, POSTURE_GOOD, "The %s contact is set.", type);
		} else {
			posture_add(o, what, cis, POSTURE_ATTENTION, "No %s contact is set: AWS writes to "
			    "root's mailbox alone.", type);
			posture_next(o, "aws account put-alternate-contact%s%s --alternate-contact-type %s "
			    "--name NAME --title TITLE --email-address EMAIL --phone-number PHONE",
			    f->own ? "" : " --account-id ", f->own ? "" : f->account, type);
		}
	}
}

/* Centralized root access; known where an organization is managed. */
static void judge_central(struct posture_findings *o, const struct posture_facts *f)
{
	const struct iam_features *x = &f->features;

	if (!f->own)
		return;
	if (f->call[CALL_FEATURES].how != POSTURE_READ) {
		posture_add(o, "central", CIS_CENTRAL, POSTURE_UNKNOWN,
		    "Whether centralized root access is on was not read.");
	} else if (strncmp(x->why, "OrganizationNotFound", 20) == 0) {
		posture_add(o, "central", CIS_CENTRAL, POSTURE_GOOD,
		    "The account is in no organization: there is no central root access to it.");
	} else if (strncmp(x->why, "AccountNotManagement", 20) == 0) {
		posture_add(o, "central", CIS_CENTRAL, POSTURE_UNKNOWN,
		    "Whether centralized root access is on is told to the management account alone.");
		posture_next(o, "Run this with credentials of the management account.");
	} else if (x->root_credentials && x->root_sessions) {
		posture_add(o, "central", CIS_CENTRAL, POSTURE_GOOD, "Centralized root access is on.");
	} else {
		posture_add(o, "central", CIS_CENTRAL, POSTURE_ATTENTION,
		    "Centralized root access is off%s: member accounts keep root credentials of their own.",
		    x->root_credentials ? " for sessions" : x->root_sessions ? " for credentials" : "");
		posture_next(o, "%saws iam enable-organizations-root-credentials-management; "
		    "aws iam enable-organizations-root-sessions",
		    x->why[0] == '\0' ? "" : "aws organizations enable-aws-service-access "
		    "--service-principal iam.amazonaws.com; ");
	}
}

static void judge_no_record(struct posture_findings *o, const struct posture_facts *f)
{
	if (posture_bare(f)) {
		posture_add(o, "record", NULL, POSTURE_GOOD,
		    "The vault needs no record of it: its root has no password.");
		return;
	}
	if (f->member && central(f) && f->call[CALL_SUMMARY].how != POSTURE_READ) {
		posture_add(o, "record", NULL, POSTURE_UNKNOWN,
		    "The vault has no record of it; whether its root has a password was not read.");
		return;
	}
	posture_add(o, "record", NULL, POSTURE_ATTENTION, "The vault has no record of this account.");
	if (f->member && central(f))
		posture_next(o, "Delete its root's password: IAM, Root access management, the account, "
		    "Take privileged action.");
	else
		posture_next(o, "twokey seal NAME --account %s --email EMAIL", f->account);
}

static void judge_mailbox(struct posture_findings *o, const struct posture_facts *f,
    const struct posture_record *r)
{
	if (f->email[0] != '\0' && strcasecmp(f->email, r->email) != 0) {
		posture_add(o, "email", CIS_CONTACT, POSTURE_ATTENTION,
		    "Root's address is %s at AWS, and %s in record %s.", f->email, r->email, r->name);
		posture_next(o, "Find out who changed it (EmailUpdated in CloudTrail); if it is right, "
		    "`twokey seal %s --next` with --email %s.", r->name, f->email);
	} else if (r->email_controller[0] == '\0') {
		posture_add(o, "email", CIS_CONTACT, POSTURE_ATTENTION,
		    "Record %s does not say who controls the mailbox %s, which resets root's password.",
		    r->name, r->email);
		posture_next(o, "`twokey seal %s --next` with --email-controller TEXT.", r->name);
	} else {
		posture_add(o, "email", CIS_CONTACT, POSTURE_GOOD, "The mailbox %s is controlled by: %s.",
		    r->email, r->email_controller);
	}
	if (r->phone_controller[0] == '\0') {
		posture_add(o, "phone", CIS_CONTACT, POSTURE_ATTENTION,
		    "Record %s does not say who controls the account's phone, which helps past a lost MFA.",
		    r->name);
		posture_next(o, "`twokey seal %s --next` with --phone-controller TEXT.", r->name);
	} else {
		posture_add(o, "phone", CIS_CONTACT, POSTURE_GOOD, "The phone is controlled by: %s.",
		    r->phone_controller);
	}
}

static const struct posture_key *key_of(const struct posture_facts *f, const char *arn)
{
	for (size_t i = 0; i < f->n_keys; i++)
		if (strcmp(f->keys[i].arn, arn) == 0)
			return &f->keys[i];
	return NULL;
}

/* A key that somebody else has too, or that is off, is no witness. */
static void judge_witness(struct posture_findings *o, const struct posture_facts *f,
    const struct posture_record *r)
{
	const struct posture_key *k = key_of(f, r->witness);

	if (k == NULL || k->call.how != POSTURE_READ) {
		posture_add(o, "witness", NULL, POSTURE_UNKNOWN,
		    "The KMS key that is a witness of record %s was not looked at%s%s", r->name,
		    k != NULL && k->call.why[0] != '\0' ? ": " : ".", k != NULL ? k->call.why : "");
		posture_next(o, "aws kms describe-key: Origin is AWS_KMS; aws kms get-key-policy: it denies "
		    "kms:ReEncrypt* and kms:CreateGrant to everybody.");
	} else if (strcmp(k->origin, "AWS_KMS") != 0) {
		posture_add(o, "witness", NULL, POSTURE_ATTENTION, "The KMS key that is a witness of record %s is of "
		    "origin %s: whoever has a copy of it opens records without CloudTrail's knowledge.", r->name,
		    k->origin);
		posture_next(o, "Seal %s anew with a key that KMS has made: twokey aws-setup prints one.", r->name);
	} else if (strcmp(k->state, "Enabled") != 0) {
		posture_add(o, "witness", NULL, POSTURE_ATTENTION, "The KMS key that is a witness of record %s is %s: "
		    "nobody can open the record.", r->name, k->state);
		posture_next(o, "aws kms enable-key, or cancel-key-deletion, --key-id %s", k->arn);
	} else if (k->policy.how != POSTURE_READ) {
		posture_add(o, "witness", NULL, POSTURE_UNKNOWN, "KMS has made the key that is a witness of record "
		    "%s, and it works; its policy was not looked at%s%s", r->name, k->policy.why[0] != '\0' ? ": " : ".",
		    k->policy.why);
		posture_next(o, "aws kms get-key-policy: it denies kms:ReEncrypt* and kms:CreateGrant to everybody.");
	} else if (!k->denies) {
		posture_add(o, "witness", NULL, POSTURE_ATTENTION, "The policy of the KMS key that is a witness of record %s does "
		    "not deny kms:ReEncrypt* and kms:CreateGrant to everybody: its answers can be had by other ways.", r->name);
		posture_next(o, "Put the statement NoWayAround of twokey aws-setup into its policy: aws kms put-key-policy.");
	} else {
		posture_add(o, "witness", NULL, POSTURE_GOOD, "KMS has made the key that is a witness of record %s, it works, and "
		    "its policy leaves no way around.", r->name);
	}
}

static void judge_records(struct posture_findings *o, const struct posture_facts *f)
{
	if (posture_record_of(f) == NULL)
		judge_no_record(o, f);
	for (size_t i = 0; i < f->vault->n_records; i++) {
		const struct posture_record *r = &f->vault->records[i];

		if (strcmp(r->account, f->account) != 0)
			continue;
		posture_add(o, "record", NULL, POSTURE_GOOD, "The vault has record %s of it.", r->name);
		judge_mailbox(o, f, r);
		if (r->witness != NULL)
			judge_witness(o, f, r);
	}
}

/* Why calls failed, each reason once. */
static void judge_calls(struct posture_findings *o, const struct posture_facts *f)
{
	for (int i = 0; i < POSTURE_CALLS; i++) {
		const struct posture_read *c = &f->call[i];
		int told = c->how != POSTURE_FAILED;

		for (int k = 0; k < i && !told; k++)
			told = f->call[k].how == POSTURE_FAILED && strcmp(f->call[k].why, c->why) == 0;
		if (told)
			continue;
		posture_add(o, posture_call_name((enum posture_call)i), NULL, POSTURE_UNKNOWN, "%s", c->why);
		posture_next(o, "%s", c->hint[0] != '\0' ? c->hint : "Run this again; if it stays, look "
		    "the code up in the documentation of the service.");
	}
}

int posture_judge(struct posture_findings *o, const struct posture_facts *f, struct err *e)
{
	o->n = 0;
	memset(o->count, 0, sizeof(o->count));
	if (posture_is_closed(f))
		return 0;
	posture_judge_root(o, f);
	judge_contacts(o, f);
	judge_central(o, f);
	judge_records(o, f);
	judge_calls(o, f);
	return o->failed ? err_set(e, ERR_MEMORY, "No memory is left for what was found.") : 0;
}

void posture_findings_free(struct posture_findings *o)
{
	free(o->list);
	memset(o, 0, sizeof(*o));
}
