/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/rotate_show.h"

#include <string.h>

#include "cli/say.h"

/* Where it is in AWS's console: IAM user guide, "Change the password for the AWS account root
 * user" and "Enable a virtual MFA device for the root user (console)". */
static void aws_password(const char *name)
{
	say("1. Sign in as root user. What is set now:");
	say("   twokey unseal %s --reason \"rotation\"", name);
	say("2. Account name (top right), Account, Account settings, Edit, Password.");
	say("3. The current password; then the new one, which comes next, twice. Save.");
	say("4. Sign out.");
}

static void aws_totp(void)
{
	say("1. In the page that shows the secret key: wait for the code to change once, and type");
	say("   both, one after the other, in the order they came. Add MFA.");
	say("2. Remove the old device in Security credentials, and sign out.");
}

void rotate_attend(const struct record *before, int64_t version, int codes)
{
	say("%s: have AWS's page show the secret key of the new MFA device. Holders approve that it", before->name);
	say("becomes version %lld before them. Then it is pasted in, and all look on until it is sealed.",
	    (long long)version);
	if (codes)
		say("Two codes of another device that holds it are asked for; where there is none: --no-code-check.");
}

void rotate_steps(const struct record *candidate, const char *field)
{
	if (strcmp(candidate->kind, "aws-root") != 0)
		say("Set the new %s, which comes next, at its service.", field);
	else if (strcmp(field, "totp") == 0)
		aws_totp();
	else
		aws_password(candidate->name);
	say("%s", "");
}

void rotate_next(const struct record *candidate, const char *field)
{
	const int aws = strcmp(candidate->kind, "aws-root") == 0;

	say("Until it is confirmed, the old %s and this candidate both open:", field);
	say("  twokey unseal %s --reason TEXT, with --candidate for this one", candidate->name);
	say("Once it is set%s:", aws ? " (or CloudTrail says so: twokey correlate)" : "");
	say("  twokey rotate %s%s%s --confirm", candidate->name,
	    aws ? strcmp(field, "totp") == 0 ? " --mfa" : "" : " --field ", aws ? "" : field);
}
