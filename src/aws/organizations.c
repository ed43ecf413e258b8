/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/organizations.h"

#include <string.h>

#include "aws/call.h"
#include "base/text.h"

#define PAGES 1000	/* of twenty accounts */

/* Copies a member, cleaned; -1 when it is no string. */
static int clean_member(char *out, size_t cap, const struct reply *v, uint32_t obj,
    const char *name)
{
	struct buf b = BUF_INIT;
	const int r = reply_text(&b, v, reply_get(v, obj, name));

	text_escape(out, cap, buf_str(&b), b.len);
	buf_free(&b);
	return r;
}

int organization_describe(struct aws *a, struct organization *out, struct err *e)
{
	const struct aws_call c = { .service = "organizations", .action = "DescribeOrganization" };
	struct aws_read in;
	char features[32];
	uint32_t o;
	int r;

	memset(out, 0, sizeof(*out));
	r = aws_call_json(a, &c, json_new_object(), &in, NULL, e);
	o = reply_get(&in.v, 0, "Organization");
	if (r == 0 && (clean_member(out->id, sizeof(out->id), &in.v, o, "Id") != 0 ||
	    clean_member(out->management, sizeof(out->management), &in.v, o, "MasterAccountId") != 0 ||
	    clean_member(features, sizeof(features), &in.v, o, "FeatureSet") != 0))
		r = aws_malformed(e, &c, "it lacks what an organization is");
	if (r == 0)
		out->all_features = strcmp(features, "ALL") == 0;
	aws_read_free(&in);
	return r;
}

static int accounts_page(const struct aws_call *c, const struct reply *v,
    int (*fn)(void *ctx, const struct organization_account *account, struct err *e), void *ctx,
    struct err *e)
{
	const uint32_t list = reply_get(v, 0, "Accounts");
	struct organization_account one;
	uint32_t i;
	int r = 0;

	if (!reply_is(v, list, REPLY_ARRAY))
		return aws_malformed(e, c, "it has no Accounts");
	for (i = reply_first(v, list); r == 0 && i != REPLY_NONE; i = reply_after(v, list, i)) {
		if (clean_member(one.id, sizeof(one.id), v, i, "Id") != 0 ||
		    clean_member(one.name, sizeof(one.name), v, i, "Name") != 0 ||
		    clean_member(one.email, sizeof(one.email), v, i, "Email") != 0)
			r = aws_malformed(e, c, "an account lacks a member");
		/* "Status" goes, "State" comes (2026). */
		else if (clean_member(one.status, sizeof(one.status), v, i, "Status") != 0 &&
		    clean_member(one.status, sizeof(one.status), v, i, "State") != 0)
			r = aws_malformed(e, c, "an account has no status");
		else
			r = fn(ctx, &one, e);
	}
	return r;
}

int organization_accounts(struct aws *a,
    int (*fn)(void *ctx, const struct organization_account *account, struct err *e), void *ctx,
    struct err *e)
{
	const struct aws_call c = { .service = "organizations", .action = "ListAccounts" };
	char token[4096] = "";
	int r = 0, page = 0;

	do {
		json *j = json_new_object();
		struct aws_read in;
		uint32_t next;

		if (token[0] != '\0' && json_set_str(j, "NextToken", token) != 0)
			json_free(&j);
		r = aws_call_json(a, &c, j, &in, NULL, e);
		if (r == 0)
			r = accounts_page(&c, &in.v, fn, ctx, e);
		next = reply_get(&in.v, 0, "NextToken");
		if (r == 0 && next != REPLY_NONE && reply_copy(token, sizeof(token), &in.v, next) != 0)
			r = aws_malformed(e, &c, "its NextToken is no string");
		if (next == REPLY_NONE)
			token[0] = '\0';
		aws_read_free(&in);
	} while (r == 0 && token[0] != '\0' && ++page < PAGES);
	if (r == 0 && page == PAGES)
		r = aws_malformed(e, &c, "its pages do not end");
	return r;
}

int account_contact(struct aws *a, const char *type, const char *account,
    struct account_contact *out, struct err *e)
{
	const struct aws_call c = { .service = "account", .action = "GetAlternateContact",
		.path = "/getAlternateContact" };
	json *j = json_new_object();
	struct aws_error x;
	struct aws_read in;
	struct err why;
	uint32_t o;
	int r;

	memset(out, 0, sizeof(*out));
	err_clear(&why);
	if (json_set_str(j, "AlternateContactType", type) != 0 ||
	    (account != NULL && json_set_str(j, "AccountId", account) != 0))
		json_free(&j);
	r = aws_call_json(a, &c, j, &in, &x, &why);
	if (r != 0 && aws_error_is(&x, "ResourceNotFoundException")) {
		aws_read_free(&in);
		return 0;
	}
	if (r != 0)
		r = err_give(e, &why);
	o = reply_get(&in.v, 0, "AlternateContact");
	if (r == 0 && clean_member(out->email, sizeof(out->email), &in.v, o, "EmailAddress") != 0)
		r = aws_malformed(e, &c, "it has no EmailAddress");
	if (r == 0) {
		(void)clean_member(out->name, sizeof(out->name), &in.v, o, "Name");
		(void)clean_member(out->title, sizeof(out->title), &in.v, o, "Title");
		(void)clean_member(out->phone, sizeof(out->phone), &in.v, o, "PhoneNumber");
		out->set = 1;
	}
	aws_read_free(&in);
	return r;
}
