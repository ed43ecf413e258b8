/* SPDX-License-Identifier: BSD-2-Clause */
/* awscall's steps of the smaller services. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/iam.h"
#include "aws/kms.h"
#include "aws/organizations.h"
#include "aws/sqs.h"
#include "aws/sts.h"
#include "awscall.h"
#include "base/codec.h"

static int print_message(void *ctx, const struct sqs_message *m, struct err *e)
{
	(void)ctx;
	(void)e;
	printf("message %s %s %zu %s\n", m->id, m->receipt, m->body_len, m->body);
	return 0;
}

static int do_receive(struct aws *a, char **w, struct err *e)
{
	size_t n;
	int r = sqs_receive(a, w[0], atoi(w[1]), 30, &n, print_message, NULL, e);

	printf("received %zu\n", n);
	return r;
}

static int do_delete(struct aws *a, char **w, struct err *e)
{
	return sqs_delete(a, w[0], w[1], e);
}

/* KEY NAME VALUE BASE64-or-text */
static int do_encrypt(struct aws *a, char **w, struct err *e)
{
	const struct kms_context context = { w[1], w[2] };
	struct kms_use u = { .key = w[0], .context = &context, .n_context = 1 };
	static uint8_t blob[KMS_BLOB_MAX];
	static char text[BASE64_LEN(KMS_BLOB_MAX) + 1];
	size_t len;
	int r = kms_encrypt(a, &u, w[3], strlen(w[3]), blob, &len, e);

	base64_encode(text, blob, len);
	printf("blob %s key %s request %s\n", text, u.arn, u.request_id);
	return r;
}

static int do_decrypt(struct aws *a, char **w, struct err *e)
{
	const struct kms_context context = { w[1], w[2] };
	struct kms_use u = { .key = w[0], .context = &context, .n_context = 1 };
	static uint8_t blob[KMS_BLOB_MAX];
	struct secret *plain = NULL;
	size_t len = 0;
	int r;

	(void)base64_decode(blob, sizeof(blob), &len, w[3], strlen(w[3]));
	r = kms_decrypt(a, &u, blob, len, &plain, e);
	if (r == 0)
		printf("plain %s key %s request %s\n", (char *)plain->data, u.arn, u.request_id);
	secret_free(&plain);
	return r;
}

static int do_key(struct aws *a, char **w, struct err *e)
{
	struct kms_key k;
	int r = kms_describe(a, NULL, w[0], &k, e);

	if (r == 0)
		printf("key %s %s %s %s\n", k.arn, k.state, k.usage, k.spec);
	return r;
}

static int do_summary(struct aws *a, char **w, struct err *e)
{
	struct iam_summary s;
	int r = iam_summary(a, &s, e);

	(void)w;
	printf("mfa %d keys %d certificates %d password %d\n", s.root_mfa, s.root_keys,
	    s.root_certificates, s.root_password);
	return r;
}

static int do_report(struct aws *a, char **w, struct err *e)
{
	struct buf csv = BUF_INIT;
	int r = iam_report(a, &csv, e);

	(void)w;
	printf("%s\n", buf_str(&csv));
	buf_free(&csv);
	return r;
}

static int print_serial(void *ctx, const char *serial, const char *user, struct err *e)
{
	(void)ctx;
	(void)e;
	printf("virtual %s%s\n", serial, iam_mfa_is_root(serial, user, "111122223333") ? " root's" : "");
	return 0;
}

static int do_mfa(struct aws *a, char **w, struct err *e)
{
	(void)w;
	return iam_virtual_mfa(a, print_serial, NULL, e);
}

static int do_features(struct aws *a, char **w, struct err *e)
{
	struct iam_features f;
	int r = iam_features(a, &f, e);

	(void)w;
	printf("organization %s credentials %d sessions %d why %s\n", f.organization,
	    f.root_credentials, f.root_sessions, f.why);
	return r;
}

static int do_organization(struct aws *a, char **w, struct err *e)
{
	struct organization o;
	int r = organization_describe(a, &o, e);

	(void)w;
	printf("organization %s of %s all %d\n", o.id, o.management, o.all_features);
	return r;
}

static int print_account(void *ctx, const struct organization_account *x, struct err *e)
{
	(void)ctx;
	(void)e;
	printf("account %s %s %s %s\n", x->id, x->status, x->email, x->name);
	return 0;
}

static int do_accounts(struct aws *a, char **w, struct err *e)
{
	(void)w;
	return organization_accounts(a, print_account, NULL, e);
}

static int do_contact(struct aws *a, char **w, struct err *e)
{
	struct account_contact c;
	int r = account_contact(a, w[0], w[1][0] == '\0' ? NULL : w[1], &c, e);

	printf("contact %d %s %s %s %s\n", c.set, c.email, c.name, c.title, c.phone);
	return r;
}

static int do_assume(struct aws *a, char **w, struct err *e)
{
	struct aws_credentials c;
	int r = aws_assume_role(&c, a, w[0], w[1], e);

	if (r == 0)
		printf("assumed %s %s %s\n", c.key_id, (const char *)c.key->data, (const char *)c.token->data);
	aws_credentials_free(&c);
	return r;
}

int more_step(struct aws *a, char ***argv, struct err *e)
{
	static const struct {
		const char *name;
		int words;
		int (*fn)(struct aws *a, char **w, struct err *e);
	} steps[] = {
		{ "receive", 2, do_receive }, { "delete", 2, do_delete }, { "encrypt", 4, do_encrypt },
		{ "decrypt", 4, do_decrypt }, { "key", 1, do_key }, { "summary", 0, do_summary },
		{ "report", 0, do_report }, { "mfa", 0, do_mfa }, { "features", 0, do_features },
		{ "organization", 0, do_organization }, { "accounts", 0, do_accounts },
		{ "contact", 2, do_contact }, { "assume", 2, do_assume },
	};
	char **w = *argv;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(*w, steps[i].name) == 0) {
			*argv = w + 1 + steps[i].words;
			return steps[i].fn(a, w + 1, e);
		}
	return err_set(e, ERR_USAGE, "There is no step %s.", *w);
}
