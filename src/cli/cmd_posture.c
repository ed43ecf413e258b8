/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/posture_run.h"
#include "cli/posture_show.h"
#include "cli/say.h"

static const struct opt opts[] = {
	{ "account", "ID", "this account instead of the credentials' own", 0 },
	{ "org", NULL, "all accounts of the organization", 0 },
	{ "role", "NAME", "a role to assume in other accounts", 0 },
	{ "json", NULL, "as JSON", 0 },
	{ NULL, NULL, NULL, 0 }
};

/* What came of all accounts together. */
struct total {
	size_t accounts, attention, unknown;
	size_t read;		/* calls of AWS that were answered */
	json *list;		/* --json: of the accounts */
};

static int check_words(const struct posture_run *p, struct err *e)
{
	const char *role = p->role;

	if (p->account != NULL && p->org)
		return err_set(e, ERR_USAGE, "--account and --org do not go together.");
	if (p->account != NULL && (strlen(p->account) != 12 || strspn(p->account, "0123456789") != 12))
		return err_set(e, ERR_USAGE, "--account takes the 12 digits of an account.");
	if (role != NULL && (role[0] == '\0' || role[0] == '/' || strlen(role) > 128 || strspn(role,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@/-") != strlen(role)))
		return err_set(e, ERR_USAGE, "--role takes the name of an IAM role, not its ARN.");
	return 0;
}

static int tell(struct total *t, const struct posture_facts *f, const struct posture_findings *o,
    struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	if (t->list != NULL)
		return json_add(t->list, posture_json(f, o)) == 0 ? 0 :
		    err_set(e, ERR_MEMORY, "Out of memory.");
	posture_show(&b, f, o);
	r = say_out(&b, e);
	buf_free(&b);
	return r;
}

static int look(struct total *t, struct posture_run *p, struct err *e)
{
	struct posture_facts *f = malloc(sizeof(*f));
	struct posture_findings *o = calloc(1, sizeof(*o));
	struct say_wait w = SAY_WAIT_INIT;
	int r = f == NULL || o == NULL ? err_set(e, ERR_MEMORY, "Out of memory.") : 0;

	for (size_t i = 0; r == 0 && i < p->n; i++) {
		if (p->n > 1)
			say_progress(&w, "asking AWS about account", i + 1, p->n);
		posture_run_facts(f, p, i);
		say_waited(&w, NULL);
		for (int c = 0; c < POSTURE_CALLS; c++)
			t->read += f->call[c].how == POSTURE_READ;
		if ((r = posture_judge(o, f, e)) == 0)
			r = tell(t, f, o, e);
		t->accounts++;
		t->attention += o->count[POSTURE_ATTENTION];
		t->unknown += o->count[POSTURE_UNKNOWN];
	}
	if (o != NULL)
		posture_findings_free(o);
	free(o);
	free(f);
	return r;
}

static int was_looked_at(const struct posture_run *p, const char *account)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].id, account) == 0)
			return 1;
	return 0;
}

/* Accounts that only the vault knows of. */
static int tell_others(json *list, const struct posture_run *p, struct err *e)
{
	const struct posture_vault *v = posture_known_vault(p->known);
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->n_records; i++) {
		json *j;

		if (was_looked_at(p, v->records[i].account))
			continue;
		if (list == NULL) {
			r = say_outf(e, "%s  not looked at; the vault has record %s of it\n",
			    v->records[i].account, v->records[i].name);
			continue;
		}
		j = json_new_object();
		if ((json_set_str(j, "account", v->records[i].account) |
		    json_set_str(j, "record", v->records[i].name)) != 0)
			json_free(&j);
		if (json_add(list, j) != 0)
			r = err_set(e, ERR_MEMORY, "Out of memory.");
	}
	return r;
}

static int tell_json(struct total *t, const struct posture_run *p, struct err *e)
{
	json *all = json_new_object(), *others = json_new_array();
	int bad, r = tell_others(others, p, e);

	bad = json_set(all, "not_looked_at", others) | json_set(all, "accounts", json_share(t->list)) |
	    json_set_str(all, "cis", POSTURE_CIS) | json_set_int(all, "attention", (int64_t)t->attention) |
	    json_set_int(all, "unknown", (int64_t)t->unknown);
	if (r == 0)
		r = bad ? err_set(e, ERR_MEMORY, "Out of memory.") : say_json(all, e);
	json_free(&all);
	return r;
}

static int verdict(const struct total *t, struct err *e)
{
	if (t->read == 0) {
		(void)err_set(e, ERR_STORE, "Nothing could be read of %zu account%s.", t->accounts,
		    t->accounts == 1 ? "" : "s");
		(void)err_hint(e, "twokey-posture(1) lists the permissions that it needs.");
		return ERR_STORE;
	}
	if (t->attention == 0 && t->unknown == 0)
		return 0;
	(void)err_set(e, ERR_ATTENTION, "%zu finding%s of %zu account%s need%s attention, and %zu thing%s "
	    "could not be told.", t->attention, t->attention == 1 ? "" : "s", t->accounts,
	    t->accounts == 1 ? "" : "s", t->attention == 1 ? "s" : "", t->unknown,
	    t->unknown == 1 ? "" : "s");
	(void)err_hint(e, "The line below each finding says what to do.");
	return ERR_ATTENTION;
}

static int run(const struct cli *cli, struct err *e)
{
	const int as_json = args_flag(cli->args, "json");
	struct posture_run p = { .account = args_value(cli->args, "account"),
		.role = args_value(cli->args, "role"), .org = args_flag(cli->args, "org") };
	struct total t = { 0 };
	int r = check_words(&p, e);

	if (r != 0)
		return r;
	if (as_json && (t.list = json_new_array()) == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	if ((r = posture_run_begin(&p, cli, e)) == 0 && (r = look(&t, &p, e)) == 0)
		r = as_json ? tell_json(&t, &p, e) : tell_others(NULL, &p, e);
	if (r == 0 && !as_json)
		r = say_outf(e, "numbers: CIS AWS Foundations Benchmark %s\n", POSTURE_CIS);
	if (r == 0)
		r = verdict(&t, e);
	json_free(&t.list);
	posture_run_end(&p);
	return r;
}

const struct command cmd_posture = {
	.name = "posture",
	.summary = "how well the root users of AWS accounts are kept",
	.text = "Root's MFA, access keys, certificates and last sign-in against the vault's log, contacts, "
	    "centralized root access, and whether the vault has a record of the account. Each finding is "
	    "good, needs attention, or is unknown since it was not read. Exit code 7: not all is good; "
	    "8: nothing could be read.",
	.opts = opts,
	.run = run
};
