/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "vault/doc.h"
#include "vault/record_local.h"

#define LIST_MAX 6

/* What records are of: attributes and fields, "" where any name will do. */
struct kind {
	const char *name;
	const char *attributes[LIST_MAX];
	const char *fields[LIST_MAX];
};

static const struct kind kinds[] = {
	{ "aws-root", { "account", "email", "email_controller", "partition", "phone_controller" },
	    { "password", "totp" } },
	{ "generic", { "" }, { "" } },
	{ "linux-root", { "host" }, { "password" } },
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int listed(const char *const *list, const char *name)
{
	if (list[0][0] == '\0')
		return text_is_name(name);
	for (size_t i = 0; i < LIST_MAX && list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return 1;
	return 0;
}

static int no_kind(const char *kind, struct err *e)
{
	return err_set(e, ERR_USAGE, "There is no kind of record %.40s: aws-root, linux-root and "
	    "generic are known.", kind);
}

int record_check_field(const char *kind, const char *field, struct err *e)
{
	const struct kind *k = find_kind(kind);

	if (k == NULL)
		return no_kind(kind, e);
	if (listed(k->fields, field))
		return 0;
	return err_set(e, ERR_USAGE, "A record of kind %s has no field %.63s.", kind, field);
}

static int check_value(const char *name, const char *value, struct err *e)
{
	if (value == NULL || strlen(value) > TEXT_MAX || !text_clean(value, strlen(value)))
		return err_set(e, ERR_USAGE, "The attribute %s is no clean text of at most %d bytes.",
		    name, TEXT_MAX);
	return 0;
}

static int check_aws(const json *attributes, struct err *e)
{
	const char *account = json_str(attributes, "account");
	const char *partition = json_str(attributes, "partition");

	if (strlen(account) != 12 || strspn(account, "0123456789") != 12)
		return err_set(e, ERR_USAGE, "The attribute account must be 12 digits.");
	if (strcmp(partition, "aws") != 0 && strcmp(partition, "aws-cn") != 0 &&
	    strcmp(partition, "aws-us-gov") != 0)
		return err_set(e, ERR_USAGE, "The attribute partition must be aws, aws-cn or "
		    "aws-us-gov.");
	if (json_str(attributes, "email")[0] == '\0')
		return err_set(e, ERR_USAGE, "The attribute email is empty.");
	return 0;
}

int record_check_attributes(const char *kind, const json *attributes, struct err *e)
{
	const struct kind *k = find_kind(kind);
	int r = 0;

	if (k == NULL)
		return no_kind(kind, e);
	if (!json_is_object(attributes) || json_len(attributes) > RECORD_ATTRIBUTES_MAX)
		return err_set(e, ERR_USAGE, "A record has at most %d attributes.",
		    RECORD_ATTRIBUTES_MAX);
	for (size_t i = 0; i < json_len(attributes) && r == 0; i++) {
		const char *name = json_key_at(attributes, i);

		if (name == NULL)
			return doc_memory(e);
		if (!listed(k->attributes, name))
			r = err_set(e, ERR_USAGE, "A record of kind %s has no attribute %.63s.",
			    kind, name);
		else
			r = check_value(name, json_str(attributes, name), e);
	}
	for (size_t i = 0; i < LIST_MAX && k->attributes[i] != NULL && r == 0; i++)
		if (k->attributes[i][0] != '\0' && json_str(attributes, k->attributes[i]) == NULL)
			r = err_set(e, ERR_USAGE, "The attribute %s is missing.", k->attributes[i]);
	if (r == 0 && strcmp(kind, "aws-root") == 0)
		r = check_aws(attributes, e);
	if (r == 0 && strcmp(kind, "linux-root") == 0 && json_str(attributes, "host")[0] == '\0')
		r = err_set(e, ERR_USAGE, "The attribute host is empty.");
	return r;
}

const char *record_owner(const char *name)
{
	static const char prefix[] = "linux-";
	const size_t n = sizeof(prefix) - 1;

	return strncmp(name, prefix, n) == 0 && text_is_name(name + n) ? name + n : NULL;
}

enum record_standing record_standing(const struct policy_host *owner)
{
	return owner == NULL ? OWNER_NOT_YET : owner->ended ? OWNER_ENDED : OWNER_IN_CHARGE;
}
