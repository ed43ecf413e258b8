/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sts.h"

#include <stdio.h>
#include <string.h>

#include "aws/client_local.h"
#include "aws/xml.h"
#include "base/text.h"

static int caller_read(struct aws_identity *out, const struct aws_call *c,
    const struct net_answer *answer, struct err *e)
{
	struct xml x = XML_INIT;
	char arn[512];
	int r = 0;

	if (xml_parse(&x, buf_str(&answer->body), answer->body.len) != 0)
		r = aws_malformed(e, c, x.why);
	else if (xml_copy(out->account, sizeof(out->account), &x,
	    xml_child(&x, 0, "GetCallerIdentityResult/Account")) != 0 ||
	    strlen(out->account) != 12 || strspn(out->account, "0123456789") != 12 ||
	    xml_copy(arn, sizeof(arn), &x, xml_child(&x, 0, "GetCallerIdentityResult/Arn")) != 0 ||
	    strncmp(arn, "arn:", 4) != 0)
		r = aws_malformed(e, c, "it names no account or no ARN");
	else
		text_escape(out->arn, sizeof(out->arn), arn, strlen(arn));
	xml_free(&x);
	return r;
}

int aws_caller(struct aws_identity *out, struct aws *a, struct err *e)
{
	const struct aws_call c = { .service = "sts", .action = "GetCallerIdentity" };
	struct net_answer answer;
	int r;

	memset(out, 0, sizeof(*out));
	r = aws_call(a, &c, &answer, NULL, e);
	if (r == 0)
		r = caller_read(out, &c, &answer, e);
	net_answer_free(&answer);
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
		    "(%s): twokey does not work with them.", who.account, a->credentials.source);
		return err_hint(e, "Delete root's access keys, and make a user or role with the few "
		    "rights that twokey needs.");
	}
	a->not_root = 1;
	return 0;
}
