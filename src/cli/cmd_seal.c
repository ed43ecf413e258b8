/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <string.h>

#include "ceremony/seal.h"
#include "cli/open.h"
#include "cli/say.h"
#include "cli/seal_ask.h"
#include "cli/seal_import.h"
#include "cli/seal_witness.h"

static const struct opt opts[] = {
	{ "kind", "aws-root|linux-root|generic", "what it is (default aws-root; the record's own with --next)", 0 },
	{ "account", "DIGITS", "aws-root: the account's 12 digits", 0 },
	{ "email", "ADDRESS", "aws-root: the sign-in address", 0 },
	{ "partition", "aws|aws-cn|aws-us-gov", "aws-root: default aws", 0 },
	{ "email-controller", "TEXT", "aws-root: who controls that mailbox", 0 },
	{ "phone-controller", "TEXT", "aws-root: who controls the account's phone", 0 },
	{ "host", "NAME", "linux-root: whose root password", 0 },
	{ "attribute", "NAME=TEXT", "generic: something not secret to show", OPT_MANY },
	{ "field", "NAME[=@FILE]", "a field to be asked for, or read (@- is standard input)", OPT_MANY },
	{ "new", NULL, "generate the password; nobody sees it", 0 },
	{ "length", "N", "characters of a generated password (default 32; 34 for linux-root)", 0 },
	{ "no-totp", NULL, "aws-root: seal no MFA seed", 0 },
	{ "codes", "@FILE", "two codes of the MFA device, one after the other", 0 },
	{ "no-code-check", NULL, "seal the MFA seed without comparing codes", 0 },
	{ "witness", "KEY", "a KMS key that opening it needs too, and which CloudTrail tells of; `none`", 0 },
	{ "quorum", "NAME", "who opens it (default: default)", 0 },
	{ "next", NULL, "seal a new version; what no option changes stays", 0 },
	{ "import", "FILE", "seal many aws-root records from a CSV or JSON file", 0 },
	{ "json", NULL, "what was sealed, as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "RECORD", "the record's name (not with --import)", OPERAND_OPTIONAL },
	{ NULL, NULL, 0 }
};

/* Attributes that an option gives. */
static const struct {
	const char *opt, *member, *kind;
	const char *fallback;		/* NULL: it must be given */
} members[] = {
	{ "account", "account", "aws-root", NULL },
	{ "email", "email", "aws-root", NULL },
	{ "partition", "partition", "aws-root", "aws" },
	{ "email-controller", "email_controller", "aws-root", "" },
	{ "phone-controller", "phone_controller", "aws-root", "" },
	{ "host", "host", "linux-root", NULL },
};

static int other_kind(const char *opt, const char *goes_with, const char *kind, struct err *e)
{
	return err_set(e, ERR_USAGE, "--%s is for records of kind %s; this one is of kind %s.", opt,
	    goes_with, kind);
}

/* What is not given stays as j has it. */
static int set_member(json *j, size_t i, const char *kind, const struct args *a, struct err *e)
{
	const char *v = args_value(a, members[i].opt);

	if (strcmp(kind, members[i].kind) != 0)
		return v == NULL ? 0 : other_kind(members[i].opt, members[i].kind, kind, e);
	if (v == NULL && json_str(j, members[i].member) != NULL)
		return 0;
	if (v == NULL)
		v = members[i].fallback;
	if (v == NULL)
		return err_set(e, ERR_USAGE, "A record of kind %s needs --%s.", kind,
		    members[i].opt);
	if (json_set_str(j, members[i].member, v) != 0)
		return err_set(e, ERR_MEMORY, "There is not enough memory for attributes.");
	return 0;
}

static int generic_attributes(json *j, const struct args *a, struct err *e)
{
	for (size_t i = 0; i < args_count(a, "attribute"); i++) {
		const char *word = args_nth(a, "attribute", i), *eq = strchr(word, '=');
		char name[NAME_MAX_LEN + 1] = "";

		if (eq == NULL || (size_t)(eq - word) > NAME_MAX_LEN)
			return err_set(e, ERR_USAGE, "--attribute takes NAME=TEXT, not \"%s\".", word);
		memcpy(name, word, (size_t)(eq - word));
		if (json_set_str(j, name, eq + 1) != 0)
			return err_set(e, ERR_MEMORY, "There is not enough memory for attributes.");
	}
	return 0;
}

/* Puts the attributes that the options give into j. */
static int attributes(json *j, const char *kind, const struct args *a, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(members) / sizeof(members[0]); i++)
		r = set_member(j, i, kind, a, e);
	if (r == 0 && args_count(a, "attribute") > 0 && strcmp(kind, "generic") != 0)
		r = other_kind("attribute", "generic", kind, e);
	if (r == 0)
		r = generic_attributes(j, a, e);
	return r != 0 ? r : record_check_attributes(kind, j, e);
}

/* Kind and attributes of the version before; the kind stays.  *before is owned by
 * the caller. */
static int from_before(struct record **before, struct session *s, const char *name,
    const char *given, char kind[16], json **attrs, struct err *e)
{
	int r = seal_newest(before, s, name, e);

	if (r == 0 && given != NULL && strcmp(given, (*before)->kind) != 0)
		r = err_set(e, ERR_USAGE, "Record %s is of kind %s, and stays so.", name,
		    (*before)->kind);
	if (r == 0) {
		memcpy(kind, (*before)->kind, strlen((*before)->kind) + 1);
		*attrs = json_copy((*before)->attributes);
	}
	return r;
}

/* What the person might not expect of a version behind another. */
static void compare_before(const struct record *before, const struct seal_fields *f)
{
	for (size_t i = 0; i < before->n; i++) {
		const char *name = before->fields[i].name;
		size_t k = 0;

		while (k < f->n && strcmp(f->f[k].name, name) != 0)
			k++;
		if (k == f->n)
			say_note("The new version has no %s, as version %lld had, which still opens "
			    "with --version %lld.", name, (long long)before->version,
			    (long long)before->version);
	}
}

static int report(const struct cli *cli, const char *name, const struct seal_fields *f,
    const struct seal_done *done, const struct requester *rq, struct err *e)
{
	json *j;
	int r;

	say("Sealed %s, version %lld, recorded as entry %lld of this host's log.", name,
	    (long long)done->version, (long long)done->seq);
	for (size_t i = 0; i < f->n; i++)
		if (f->f[i].known)
			say_hint("%s knows the %s: it is due for rotation until a value that nobody "
			    "knows replaces it.", rq->user, f->f[i].name);
	if (args_flag(cli->args, "new"))
		say_hint("The new password is set nowhere yet: open it with `twokey unseal %s --reason TEXT` and set "
		    "it at its service.", name);
	if (!args_flag(cli->args, "json"))
		return 0;
	j = json_new_object();
	if (json_set_str(j, "record", name) != 0 || json_set_int(j, "version", done->version) != 0 ||
	    json_set_int(j, "entry", done->seq) != 0)
		r = err_set(e, ERR_MEMORY, "There is not enough memory for the report.");
	else
		r = say_json(j, e);
	json_free(&j);
	return r;
}

/* The key that --witness names, else that of the version before; NULL: no witness. */
static const char *witness_key(const struct args *a, const struct record *before)
{
	const char *key = args_value(a, "witness");

	if (key != NULL)
		return strcmp(key, "none") == 0 ? NULL : key;
	return before != NULL ? seal_witness_of(before) : NULL;
}

static int seal_one(const struct cli *cli, const struct open_vault *v, const char *name, struct err *e)
{
	const char *given = args_value(cli->args, "kind");
	char kind[16] = "aws-root";
	struct record_plain plain[SEAL_FIELDS_MAX];
	struct seal_fields f = { .n = 0 };
	struct requester rq;
	const char *known[1];
	struct seal_done done;
	struct session *s = v->session;
	struct record *before = NULL;
	struct seal_witnesses *witnesses = NULL;
	json *attrs = NULL;
	size_t sealed;
	int fresh = !args_flag(cli->args, "next"), r;

	requester_here(&rq);
	known[0] = rq.user;
	if (fresh) {
		if (given != NULL)
			memcpy(kind, given, strlen(given) + 1);
		attrs = json_new_object();
		r = 0;
	} else {
		r = from_before(&before, s, name, given, kind, &attrs, e);
	}
	if (r == 0)
		r = attributes(attrs, kind, cli->args, e);
	if (r == 0)
		r = seal_ask(&f, kind, cli->args, cli->clock, e);
	for (size_t i = 0; i < f.n; i++)
		plain[i] = (struct record_plain){ .field = f.f[i].name, .known_to = known,
			.n_known = f.f[i].known ? 1 : 0, .plain = f.f[i].plain };
	struct seal_item item = { .name = name, .kind = kind, .attributes = attrs,
		.quorum = args_value(cli->args, "quorum"), .fields = plain, .n = f.n };
	if (r == 0)
		r = seal_witnesses_add(&witnesses, plain, f.n, name, witness_key(cli->args, before), v, e);
	if (r == 0)
		r = seal_records(s, &item, 1, fresh, &rq, &done, &sealed, e);
	if (r == 0 && before != NULL)
		compare_before(before, &f);
	if (r == 0)
		r = report(cli, name, &f, &done, &rq, e);
	record_free(&before);
	seal_witnesses_free(&witnesses);
	seal_fields_free(&f);
	json_free(&attrs);
	return r;
}

/* Each row of the file says all about its record. */
static int check_import(const struct args *a, struct err *e)
{
	static const char *const fit[] = { "import", "quorum", "next", "json" };

	for (const struct opt *o = opts; o->name != NULL; o++) {
		int fits = !args_flag(a, o->name);

		for (size_t i = 0; i < sizeof(fit) / sizeof(fit[0]); i++)
			fits |= strcmp(o->name, fit[i]) == 0;
		if (!fits)
			return err_set(e, ERR_USAGE, "--%s does not go with --import.", o->name);
	}
	return 0;
}

static int run(const struct cli *cli, struct err *e)
{
	const char *name = args_operand(cli->args, "RECORD"), *file = args_value(cli->args, "import");
	struct open_vault v;
	int r;

	if ((name == NULL) == (file == NULL)) {
		err_set(e, ERR_USAGE, "Name one record to seal, or --import FILE for many.");
		err_hint(e, "twokey seal prod-main --account 111122223333 --email root@example.com");
		return ERR_USAGE;
	}
	if (file != NULL && (r = check_import(cli->args, e)) != 0)
		return r;
	if (name != NULL && !text_is_name(name))
		return err_set(e, ERR_USAGE, "\"%s\" is no name for a record: use lower-case "
		    "letters, digits, '.' and '-'.", name);
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	if ((r = session_need_host(v.session, e)) == 0)
		r = file != NULL ? seal_import(cli, v.session, file, e)
				 : seal_one(cli, &v, name, e);
	close_vault(&v);
	return r;
}

const struct command cmd_seal = {
	.name = "seal",
	.summary = "seal a credential, so that only a quorum opens it",
	.text = "Asks for what is not given: the password and the MFA seed of an AWS root user, "
	    "never shown and never on the command line. Needs no key and no touch. A value "
	    "that a person typed is known to that person, so it is due for rotation from the "
	    "start; --new generates one that nobody has seen.",
	.opts = opts,
	.operands = operands,
	.run = run
};
