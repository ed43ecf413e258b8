/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sts.h"

#include <string.h>

#include "aws/call.h"
#include "aws/client_local.h"
#include "base/text.h"

int aws_caller(struct aws_identity *out, struct aws *a, struct err *e)
{
	const struct aws_call c = { .service = "sts", .action = "GetCallerIdentity" };
	struct aws_read in;
	uint32_t result;
	char arn[512];
	int r;

	memset(out, 0, sizeof(*out));
	r = aws_call_xml(a, &c, &in, NULL, e);
	result = r == 0 ? xml_child(&in.x, 0, "GetCallerIdentityResult") : XML_NONE;
	if (r == 0 && (xml_copy(out->account, sizeof(out->account), &in.x,
	    xml_child(&in.x, result, "Account")) != 0 || strlen(out->account) != 12 ||
	    strspn(out->account, "0123456789") != 12 ||
	    xml_copy(arn, sizeof(arn), &in.x, xml_child(&in.x, result, "Arn")) != 0 ||
	    strncmp(arn, "arn:", 4) != 0))
		r = aws_malformed(e, &c, "it names no account or no ARN");
	if (r == 0)
		text_escape(out->arn, sizeof(out->arn), arn, strlen(arn));
	aws_read_free(&in);
	return r;
}

/* arn:PARTITION:iam::ACCOUNT:root */
static int arn_is_root(const char *arn)
{
	const char *p = strchr(arn + 4, ':');

	if (p == NULL || strncmp(p, ":iam::", 6) != 0)
		return 0;
	p = strchr(p + 6, ':');
	return p != NULL && strcmp(p, ":root") == 0;
}

int aws_refuse_root(struct aws *a, struct err *e)
{
	struct aws_identity who;
	int r;

	if (a->not_root)
		return 0;
	r = aws_caller(&who, a, e);
	if (r != 0)
		return r;
	if (arn_is_root(who.arn)) {
		(void)err_set(e, ERR_REFUSED, "These are the credentials of the root user of account %s "
		    "(%s), which are not used here.", who.account, a->credentials.source);
		(void)err_hint(e, "Delete root's access keys, and make a user or role with the few "
		    "rights that twokey needs.");
		return ERR_REFUSED;
	}
	a->not_root = 1;
	return 0;
}
