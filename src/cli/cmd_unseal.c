/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/unseal.h"
#include "cli/deliver.h"
#include "cli/open.h"
#include "cli/people.h"
#include "cli/tasks.h"
#include "cli/release_teller.h"
#include "cli/witness_kms.h"

#define FIELDS_MAX 32

static const struct opt opts[] = {
	{ "reason", "TEXT", "why; holders see and sign it", OPT_NEEDED },
	{ "ticket", "TEXT", "the ticket this belongs to", 0 },
	{ "task", "TASK", "aws-root: what it is opened for (--task help lists them)", 0 },
	{ "field", "NAME[=AS]", "only this field; AS is value, code or seed", OPT_MANY },
	{ "version", "N", "an older version", 0 },
	{ "candidate", NULL, "the candidate of a rotation under way", 0 },
	{ "show", NULL, "show on the alternate screen (the default)", 0 },
	{ "clip", NULL, "put one field after the other on the clipboard", 0 },
	{ "exec", NULL, "give the fields to the program behind --", 0 },
	{ "force-stdout", NULL, "with --show: write secrets to standard output", 0 },
	{ "json", NULL, "with --show --force-stdout: as one JSON object", 0 },
	{ "seconds", "N", "how long screen and clipboard keep them (default 60)", 0 },
	{ "timeout", "SECONDS", "how long to wait for approvals (default 300)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "RECORD", "the record's name", 0 },
	{ NULL, NULL, 0 }
};

static int choose_task(const char *id, const struct task **task, struct err *e)
{
	*task = NULL;
	if (id == NULL)
		return 0;
	if (strcmp(id, "help") == 0) {
		tasks_list();
		return ERR_CANCELLED;
	}
	if ((*task = task_find(id)) != NULL)
		return 0;
	err_set(e, ERR_USAGE, "There is no task \"%s\".", id);
	err_hint(e, "twokey unseal RECORD --task help lists them.");
	return ERR_USAGE;
}

/* --field NAME or NAME=AS; names go into `names`. */
static int choose_fields(struct statement_field *f, char names[][NAME_MAX_LEN + 1], size_t *n,
    const struct args *a, struct err *e)
{
	*n = args_count(a, "field");
	if (*n > FIELDS_MAX)
		return err_set(e, ERR_USAGE, "At most %d fields at once.", FIELDS_MAX);
	for (size_t i = 0; i < *n; i++) {
		const char *word = args_nth(a, "field", i), *eq = strchr(word, '=');
		size_t len = eq != NULL ? (size_t)(eq - word) : strlen(word);

		snprintf(names[i], NAME_MAX_LEN + 1, "%.*s", (int)len, word);
		f[i].name = names[i];
		f[i].as = eq != NULL ? eq + 1 : NULL;
		if (len > NAME_MAX_LEN || !text_is_name(names[i]) || (f[i].as != NULL &&
		    strcmp(f[i].as, "value") != 0 && strcmp(f[i].as, "code") != 0 &&
		    strcmp(f[i].as, "seed") != 0))
			return err_set(e, ERR_USAGE, "--field takes NAME or NAME=AS, with AS one of "
			    "value, code and seed, not \"%s\".", word);
		for (size_t k = 0; k < i; k++)
			if (strcmp(names[k], names[i]) == 0)
				return err_set(e, ERR_USAGE, "--field %s is given twice.", names[i]);
	}
	return 0;
}

static void show_asked(const struct unseal *u)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < u->n; i++)
		buf_printf(&b, "%s%s%s", i > 0 ? ", " : "", u->fields[i].name,
		    strcmp(u->fields[i].as, "value") == 0 ? "" :
		    strcmp(u->fields[i].as, "code") == 0 ? " code" : " seed");
	buf_puts(&b, "        needs ");
	if (quorum_to_text(&b, u->tree, NULL) == 0 && buf_ok(&b))
		say("asks for     %s", buf_str(&b));
	buf_free(&b);
}

static int is_aws(const struct unseal *u)
{
	return strcmp(u->record->kind, "aws-root") == 0;
}

static void show_record(const struct unseal *u, const struct task *task)
{
	const struct record *r = u->record;
	/* A generic record may have an attribute of this name that is anything. */
	const char *account = is_aws(u) ? json_str(r->attributes, "account") : NULL;
	char sealed[CLOCK_TEXT_LEN + 1], opened[CLOCK_TEXT_LEN + 1] = "never";

	clock_format(sealed, r->sealed);
	if (u->last_opened >= 0)
		clock_format(opened, u->last_opened);
	if (account != NULL)
		say("%-12s AWS account %.4s-%.4s-%.4s, %s", r->name, account, account + 4,
		    account + 8, json_str(r->attributes, "email"));
	else
		say("%-12s %s", r->name, r->kind);
	say("             version %lld, sealed %.10s, last opened %.10s", (long long)r->version,
	    sealed, opened);
	if (task != NULL && account != NULL)
		task_show(task, account, json_str(r->attributes, "partition"));
	else if (account != NULL)
		say("task         not said (--task help lists what needs root)");
	show_asked(u);
	for (size_t i = 0; i < json_len(u->beside) && u->in->n == 0; i++)
		say("%-12s %s, which its last rotation left as it was: open it besides with --field %s", i == 0 ?
		    "not" : "", json_str_at(u->beside, i), json_str_at(u->beside, i));
	say("%s", "");
}

/* The command that replaces what was shown. */
static void say_rotate(const struct unseal *u, const struct unseal_field *f)
{
	if (strcmp(f->as, "code") == 0)
		return;
	if (is_aws(u))
		say("  twokey rotate %s%s", u->record->name, strcmp(f->name, "totp") == 0 ? " --mfa" : "");
	else
		say("  twokey rotate %s --field %s", u->record->name, f->name);
}

static void show_after(const struct unseal *u)
{
	char due[CLOCK_TEXT_LEN + 1];

	if (is_aws(u))
		say("Sign out of the root user when done.");
	if (u->due < 0)
		return;
	clock_format(due, u->due);
	if (strcmp(u->record->kind, "linux-root") == 0) {
		say("Due for rotation by %.10s %.5sZ: on that host by passwd, or by itself where "
		    "pam_twokey(8) is set up.", due, due + 11);
		return;
	}
	say("Due for rotation by %.10s %.5sZ:", due, due + 11);
	for (size_t i = 0; i < u->n; i++)
		say_rotate(u, &u->fields[i]);
}

static int ceremony(const struct config *c, struct session *s, struct unseal_in *in,
    const struct task *task, struct deliver *d, struct err *e)
{
	struct release_teller teller;
	struct witness_kms kms;
	struct unseal *u = NULL;
	struct people people;
	int status = 0, r;

	d->code_ms = policy_rules(s->policy)->code_minutes * 60 * 1000;
	in->witness = witness_kms(&kms, c);
	in->teller = release_teller(&teller, c, s);
	if ((r = unseal_begin(&u, s, in, e)) != 0)
		return r;
	if ((r = deliver_possible(d, u, e)) != 0)
		goto out;
	show_record(u, task);
	if ((r = people_begin(&people, e)) != 0)
		goto out;
	in->ui = &people.ui;
	if ((r = unseal_gather(u, e)) == 0)
		r = unseal_release(u, e);
	people_end(&people);
	if (r == 0) {
		say("      recorded as entry %lld of %s's log", (long long)u->seq, s->host);
		r = deliver_fields(d, u, &status, e);
		show_after(u);
	}
	if (r == 0 && status != 0)
		r = err_set(e, ERR_IO, "The program ended with status %d.", status);
out:
	unseal_free(&u);
	witness_kms_end(&kms);
	return r;
}

static int run(const struct cli *cli, struct err *e)
{
	struct statement_field fields[FIELDS_MAX];
	char names[FIELDS_MAX][NAME_MAX_LEN + 1];
	const struct task *task;
	struct requester rq;
	struct open_vault v;
	struct deliver d;
	int64_t seconds = 300, version = 0;
	struct unseal_in in = { .record = args_operand(cli->args, "RECORD"), .fields = fields,
		.reason = args_value(cli->args, "reason"), .ticket = args_value(cli->args, "ticket"),
		.task = args_value(cli->args, "task"),
		.candidate = args_flag(cli->args, "candidate"), .requester = &rq };
	int r;

	r = choose_task(in.task, &task, e);
	if (r == ERR_CANCELLED)
		return 0;
	if (r != 0 || (r = choose_fields(fields, names, &in.n, cli->args, e)) != 0 ||
	    (r = args_number(cli->args, "timeout", 1, 3600, &seconds, e)) != 0 ||
	    (r = args_number(cli->args, "version", 1, INT64_C(1) << 52, &version, e)) != 0 ||
	    (r = deliver_choose(&d, cli->args, e)) != 0)
		return r;
	if (in.reason == NULL) {
		err_set(e, ERR_USAGE, "A reason is needed: holders see it and sign it.");
		err_hint(e, "twokey unseal %s --reason \"locked out of IAM Identity Center\"",
		    in.record);
		return ERR_USAGE;
	}
	in.wait_ms = (int)seconds * 1000;
	in.version = version;
	in.pool = cli->pool;
	requester_here(&rq);
	if ((r = open_vault(&v, cli, e)) != 0)
		return r;
	r = ceremony(&v.config, v.session, &in, task, &d, e);
	close_vault(&v);
	return r;
}

const struct command cmd_unseal = {
	.name = "unseal",
	.summary = "open a record with a quorum of holders",
	.text = "Records the request, asks holders for their keys one after the other (or all "
	    "plugged in together), records the release, and only then opens the fields. What "
	    "was shown is due for rotation from then on; a code alone exposes nothing.",
	.opts = opts,
	.operands = operands,
	.flags = COMMAND_REST | COMMAND_KEYS,
	.run = run
};
