/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/sts.h"

#include <stdio.h>
#include <string.h>

#include "aws/call.h"
#include "aws/client_local.h"
#include "aws/credentials_local.h"
#include "aws/sigv4.h"
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

/* The text of a child as it stands in the answer, which is wiped: these are secret. NULL
 * where it would have to be decoded, which keys and tokens never need. */
static const char *assumed_text(size_t *len, const struct xml *x, uint32_t parent, const char *name)
{
	const uint32_t i = xml_child(x, parent, name);
	const char *s = i == XML_NONE ? NULL : x->text + x->nodes[i].at;

	*len = s == NULL ? 0 : x->nodes[i].len;
	return s == NULL || *len == 0 || memchr(s, '&', *len) != NULL ? NULL : s;
}

static int assumed_read(struct aws_credentials *out, const struct aws_call *c,
    const struct aws_read *in, struct err *e)
{
	const uint32_t given = xml_child(&in->x, 0, "AssumeRoleResult/Credentials");
	size_t id_len, key_len, token_len;
	const char *id = assumed_text(&id_len, &in->x, given, "AccessKeyId");
	const char *key = assumed_text(&key_len, &in->x, given, "SecretAccessKey");
	const char *token = assumed_text(&token_len, &in->x, given, "SessionToken");

	if (id == NULL || key == NULL || token == NULL)
		return aws_malformed(e, c, "it has no Credentials");
	return credentials_take(out, id, id_len, key, key_len, token, token_len, out->source, e);
}

int aws_assume_role(struct aws_credentials *out, struct aws *a, const char *account,
    const char *role, struct err *e)
{
	struct aws_call c = { .service = "sts", .action = "AssumeRole" };
	struct buf body = BUF_INIT;
	struct aws_read in;
	char arn[256];
	int r;

	memset(out, 0, sizeof(*out));
	(void)snprintf(arn, sizeof(arn), "arn:%s:iam::%s:role/%s", a->partition->name, account, role);
	(void)snprintf(out->source, sizeof(out->source), "role %.200s", arn);
	if ((r = aws_refuse_root(a, e)) != 0)
		return r;
	buf_puts(&body, "DurationSeconds=900&RoleArn=");
	sigv4_encode(&body, arn, strlen(arn), 0);
	buf_puts(&body, "&RoleSessionName=twokey");
	c.body = buf_str(&body);
	r = aws_call_xml(a, &c, &in, NULL, e);
	if (r == 0)
		r = assumed_read(out, &c, &in, e);
	aws_read_free(&in);
	buf_free(&body);
	return r;
}
