/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/import_local.h"

#include <string.h>

#include "base/text.h"
#include "vault/otpauth.h"

static const char *const column_names[COLUMN_N] = {
	"name", "account", "email", "password", "totp", "partition", "email_controller",
	"phone_controller"
};

enum import_column import_column_find(const unsigned char *name, size_t len)
{
	enum import_column c;

	for (c = COLUMN_NAME; c < COLUMN_N; c++)
		if (strlen(column_names[c]) == len && memcmp(column_names[c], name, len) == 0)
			break;
	return c;
}

const char *import_column_name(enum import_column c)
{
	return c < COLUMN_N ? column_names[c] : "?";
}

static const char *row_text(const struct import_row *row, enum import_column c)
{
	return (const char *)row->value[c]->data;
}

/* An error at the value, or at the account when it has none. */
static int row_error(const struct import_row *row, enum import_column c, const char *what,
    struct err *e)
{
	const struct json_scan *at = row->value[c]->len > 0 ? &row->at[c] : &row->begin;

	return json_scan_error(at, e, "%s %s", column_names[c], what);
}

static int is_account(const char *s)
{
	return strspn(s, "0123456789") == 12 && s[12] == '\0';
}

/* Enough to catch a column mixed up: one '@' with something on both sides. */
static int is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at != NULL && at > s && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	    strpbrk(s, " ,;<>\"") == NULL;
}

static int is_partition(const char *s)
{
	return *s == '\0' || strcmp(s, "aws") == 0 || strcmp(s, "aws-cn") == 0 ||
	    strcmp(s, "aws-us-gov") == 0;
}

static int row_words(const struct import_row *row, struct err *e)
{
	enum import_column c;

	for (c = COLUMN_NAME; c < COLUMN_N; c++)
		if (!text_clean((const char *)row->value[c]->data, row->value[c]->len) ||
		    (c != COLUMN_PASSWORD && c != COLUMN_TOTP && row->value[c]->len > TEXT_MAX))
			return row_error(row, c, "is too long, no UTF-8, or holds characters that "
			    "cannot be seen.", e);
	if (!text_is_name(row_text(row, COLUMN_NAME)))
		return row_error(row, COLUMN_NAME, "must be a name: lower-case letters, digits, "
		    "'-' and '.', at most 63.", e);
	if (!is_account(row_text(row, COLUMN_ACCOUNT)))
		return row_error(row, COLUMN_ACCOUNT, "must be 12 digits (a spreadsheet may have "
		    "dropped leading zeros).", e);
	if (!is_email(row_text(row, COLUMN_EMAIL)))
		return row_error(row, COLUMN_EMAIL, "must be an e-mail address.", e);
	if (!is_partition(row_text(row, COLUMN_PARTITION)))
		return row_error(row, COLUMN_PARTITION, "must be aws, aws-cn or aws-us-gov.", e);
	if (row->value[COLUMN_PASSWORD]->len == 0 && row->value[COLUMN_TOTP]->len == 0)
		return row_error(row, COLUMN_PASSWORD, "and totp are both empty: there is nothing to "
		    "seal.", e);
	return 0;
}

/* The seed in the form that is sealed. */
static int row_totp(const struct import_row *row, struct secret **totp, struct err *e)
{
	struct otpauth *o = NULL;
	struct err own;
	int r;

	err_clear(&own);
	r = otpauth_parse(&o, row->value[COLUMN_TOTP], &own);
	if (r == 0)
		r = otpauth_write(totp, o, &own);
	otpauth_free(&o);
	if (r != 0) {
		(void)json_scan_error(&row->at[COLUMN_TOTP], e, "totp: %s", own.text);
		if (own.hint[0] != '\0')
			(void)err_hint(e, "%s", own.hint);
	}
	return r;
}

int import_row_check(const struct import_row *row, struct import_account *a, struct secret **totp,
    struct err *e)
{
	int r = row_words(row, e);

	*totp = NULL;
	if (r == 0 && row->value[COLUMN_TOTP]->len > 0)
		r = row_totp(row, totp, e);
	if (r != 0)
		return r;
	a->line = row->begin.line;
	a->name = row_text(row, COLUMN_NAME);
	a->account = row_text(row, COLUMN_ACCOUNT);
	a->email = row_text(row, COLUMN_EMAIL);
	a->partition = row->value[COLUMN_PARTITION]->len > 0 ? row_text(row, COLUMN_PARTITION)
	    : "aws";
	a->email_controller = row_text(row, COLUMN_EMAIL_CONTROLLER);
	a->phone_controller = row_text(row, COLUMN_PHONE_CONTROLLER);
	a->password = row->value[COLUMN_PASSWORD]->len > 0 ? row->value[COLUMN_PASSWORD] : NULL;
	a->totp = *totp;
	return 0;
}
