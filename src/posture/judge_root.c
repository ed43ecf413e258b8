/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "posture/judge_local.h"

#define DELETE_CENTRALLY "aws sts assume-root --target-principal %s --task-policy-arn " \
    "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials, and with what it gives: "

static int summary_read(const struct posture_facts *f)
{
	return f->call[CALL_SUMMARY].how == POSTURE_READ;
}

static int row_read(const struct posture_facts *f)
{
	return f->call[CALL_REPORT].how == POSTURE_READ;
}

/* The summary, which is of now, before the report, which may be four hours old. */
static int first_told(const struct posture_facts *f, int summary, int row)
{
	if (summary_read(f) && summary >= 0)
		return summary;
	return row_read(f) ? row : -1;
}

/* Either of two. */
static int any(const int two[2])
{
	return two[0] == 1 || two[1] == 1 ? 1 : two[0] == 0 && two[1] == 0 ? 0 : -1;
}

static void judge_mfa(struct posture_findings *o, const struct posture_facts *f, int mfa)
{
	if (mfa < 0) {
		posture_add(o, "mfa", CIS_MFA, POSTURE_UNKNOWN, "Whether root has MFA was not read.");
	} else if (mfa > 0) {
		posture_add(o, "mfa", CIS_MFA, POSTURE_GOOD, "Root has MFA.");
	} else if (posture_bare(f)) {
		posture_add(o, "mfa", CIS_MFA, POSTURE_GOOD,
		    "Root has no MFA, and no password that could be used or recovered.");
	} else {
		posture_add(o, "mfa", CIS_MFA, POSTURE_ATTENTION, "Root has no MFA: %s.",
		    summary_read(f) && f->summary.root_password == 0 ?
		    "it has no password, but whoever reads its mailbox can set one" :
		    "its password alone opens the account");
		posture_next(o, SIGN_IN_FIRST "Assign MFA device, Passkey or security key.");
	}
}

static void judge_device(struct posture_findings *o, const struct posture_facts *f, int mfa)
{
	const int read = f->call[CALL_DEVICES].how == POSTURE_READ;

	if (mfa == 0)
		return;
	/* One that was seen before the list broke off is one. */
	if (f->virtual_mfa[0] != '\0') {
		posture_add(o, "mfa-device", CIS_HARDWARE, POSTURE_ATTENTION,
		    "A virtual MFA device signs root in, and its seed can be copied: %.128s",
		    f->virtual_mfa);
		posture_next(o, SIGN_IN_FIRST "Assign MFA device, Passkey or security key, twice; "
		    "then remove the virtual one.");
	} else if (read && mfa > 0) {
		posture_add(o, "mfa-device", CIS_HARDWARE, POSTURE_GOOD,
		    "None of root's MFA devices is a virtual one.");
	} else {
		posture_add(o, "mfa-device", CIS_HARDWARE, POSTURE_UNKNOWN,
		    "Whether root's MFA is hardware was not read.");
	}
}

static void used(char out[64], const struct posture_facts *f)
{
	char text[CLOCK_TEXT_LEN + 1];
	int64_t last = POSTURE_NOT_TOLD;

	for (int i = 0; i < 2 && row_read(f); i++)
		if (f->row.key_used[i] > last)
			last = f->row.key_used[i];
	out[0] = '\0';
	if (last == POSTURE_NEVER)
		(void)snprintf(out, 64, ", never used");
	if (last >= 0) {
		clock_format(text, last);
		(void)snprintf(out, 64, ", last used %.10s %.5sZ", text, text + 11);
	}
}

static void judge_keys(struct posture_findings *o, const struct posture_facts *f)
{
	const int keys = first_told(f, f->summary.root_keys, any(f->row.key));
	char when[64];

	if (keys < 0) {
		posture_add(o, "access-keys", CIS_NO_KEY, POSTURE_UNKNOWN,
		    "Whether root has access keys was not read.");
	} else if (keys == 0) {
		posture_add(o, "access-keys", CIS_NO_KEY, POSTURE_GOOD, "Root has no %saccess key.",
		    summary_read(f) ? "" : "active ");
	} else {
		used(when, f);
		posture_add(o, "access-keys", CIS_NO_KEY, POSTURE_ATTENTION,
		    "Root has an access key%s: it needs no second factor and no quorum.", when);
		if (f->member)
			posture_next(o, DELETE_CENTRALLY "aws iam delete-access-key.", f->account);
		else
			posture_next(o, SIGN_IN_FIRST "Access keys, Deactivate, then Delete.");
	}
}

static void judge_certificates(struct posture_findings *o, const struct posture_facts *f)
{
	const int n = first_told(f, f->summary.root_certificates, any(f->row.certificate));

	if (n < 0) {
		posture_add(o, "certificates", NULL, POSTURE_UNKNOWN,
		    "Whether root has signing certificates was not read.");
	} else if (n == 0) {
		posture_add(o, "certificates", NULL, POSTURE_GOOD, "Root has no %ssigning certificate.",
		    summary_read(f) ? "" : "active ");
	} else {
		posture_add(o, "certificates", NULL, POSTURE_ATTENTION, "Root has a signing certificate.");
		if (f->member)
			posture_next(o, DELETE_CENTRALLY "aws iam delete-signing-certificate.", f->account);
		else
			posture_next(o, SIGN_IN_FIRST "X.509 signing certificates, Delete.");
	}
}

void posture_judge_root(struct posture_findings *o, const struct posture_facts *f)
{
	const int mfa = first_told(f, f->summary.root_mfa, f->row.mfa);

	/* One sentence for all that only the account itself tells. */
	if (f->call[CALL_SUMMARY].how == POSTURE_NOT_ASKED && f->call[CALL_DEVICES].how ==
	    POSTURE_NOT_ASKED && f->call[CALL_REPORT].how == POSTURE_NOT_ASKED) {
		posture_add(o, "root", CIS_NO_KEY "-" CIS_AVOID, POSTURE_UNKNOWN, "MFA, access keys, "
		    "certificates and last sign-in of its root were not read.");
		posture_next(o, f->call[CALL_ROLE].how == POSTURE_FAILED ? "See %s below." :
		    "--role NAME, a role in that account that this user may assume (%s), with "
		    "iam:GetAccountSummary, iam:ListVirtualMFADevices, iam:GenerateCredentialReport and "
		    "iam:GetCredentialReport.", posture_call_name(CALL_ROLE));
		return;
	}
	judge_mfa(o, f, mfa);
	judge_device(o, f, mfa);
	judge_keys(o, f);
	judge_certificates(o, f);
	posture_judge_use(o, f);
}
