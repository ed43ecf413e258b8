/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/confirm.h"
#include "ceremony/exposure.h"
#include "ceremony/unseal.h"
#include "cli/deliver.h"
#include "cli/people.h"
#include "cli/rotate_local.h"
#include "cli/rotate_show.h"
#include "cli/release_teller.h"
#include "cli/witness_kms.h"

static const struct opt opts[] = {
	{ "confirm", NULL, "holders confirm that the candidate is what its service takes now", 0 },
	{ "mfa", NULL, "aws-root: the MFA seed instead of the password; it is asked for, holders attending", 0 },
	{ "codes", "@FILE", "with --mfa: two codes of the MFA device, one after the other", 0 },
	{ "no-code-check", NULL, "with --mfa: seal the seed without comparing codes", 0 },
	{ "field", "NAME", "which field, where it is no aws-root and has more than one", 0 },
	{ "length", "N", "characters of the new password (default 32; 34 for linux-root)", 0 },
	{ "anew", NULL, "another candidate, though one waits for its confirmation", 0 },
	{ "reason", "TEXT", "why; holders see and sign it (default: rotation of RECORD)", 0 },
	{ "ticket", "TEXT", "the ticket this belongs to", 0 },
	{ "show", NULL, "show on the alternate screen (the default)", 0 },
	{ "two-halves", NULL, "show it in two halves, so that nobody sees all of it", 0 },
	{ "clip", NULL, "put it on the clipboard", 0 },
	{ "exec", NULL, "give it to the program behind --, which sets it", 0 },
	{ "force-stdout", NULL, "with --show: write the secret to standard output", 0 },
	{ "json", NULL, "with --show --force-stdout: as one JSON object", 0 },
	{ "seconds", "N", "how long screen and clipboard keep it (default 60)", 0 },
	{ "timeout", "SECONDS", "how long to wait for approvals (default 300)", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand operands[] = {
	{ "RECORD", "the record's name", 0 },
	{ NULL, NULL, 0 }
};

static int choose_field(struct rotation *t, const struct rotate_record *rec, struct err *e)
{
	const char *given = args_value(t->cli->args, "field");
	const char *owner = record_owner(t->name);
	size_t i = 0;
	const int mfa = args_flag(t->cli->args, "mfa"), aws = strcmp(rec->kind, "aws-root") == 0;

	if (owner != NULL && record_standing(policy_host(t->v.session->policy, owner)) == OWNER_IN_CHARGE) {
		err_set(e, ERR_REFUSED, "Record %s is root's password on %s, which that host alone replaces.",
		    t->name, owner);
		err_hint(e, "By passwd there, or by itself where pam_twokey(8) is set up.");
		return ERR_REFUSED;
	}
	if (mfa && !aws)
		return err_set(e, ERR_USAGE, "--mfa is for records of kind aws-root; this one is of kind "
		    "%s.", rec->kind);
	if (given != NULL && aws)
		return err_set(e, ERR_USAGE, "Of a record of kind aws-root the password is replaced, or with "
		    "--mfa the MFA seed; --field is for others.");
	if (aws)
		given = mfa ? "totp" : "password";
	else if (given == NULL && rec->n_fields == 1)
		given = rec->fields[0].name;
	if (given == NULL)
		return err_set(e, ERR_USAGE, "Record %s has %zu fields: say which one with --field.",
		    t->name, rec->n_fields);
	for (; i < rec->n_fields && strcmp(rec->fields[i].name, given) != 0; i++)
		;
	/* An account may get its first MFA device this way. */
	if (i == rec->n_fields && !aws)
		return err_set(e, ERR_MISSING, "Record %s has no %s.", t->name, given);
	t->candidate = i < rec->n_fields ? rec->fields[i].rotating : 0;
	memcpy(t->field, given, strlen(given) + 1);
	return 0;
}

/* What is to be rotated, and where that stands, by all hosts' logs. */
static int look(struct rotation *t, struct err *e)
{
	struct exposure x = { NULL, NULL };
	const struct rotate_record *rec = NULL;
	int r = exposure_judge(&x, t->v.session, clock_now(t->cli->clock), e);

	for (size_t i = 0; r == 0 && i < x.report->n_records; i++)
		if (strcmp(x.report->records[i].name, t->name) == 0)
			rec = &x.report->records[i];
	if (r == 0 && rec == NULL) {
		err_set(e, ERR_MISSING, "There is no record %s in this vault.", t->name);
		err_hint(e, "`twokey status` lists all records.");
		r = ERR_MISSING;
	}
	if (r == 0)
		r = choose_field(t, rec, e);
	exposure_free(&x);
	return r;
}

/* A ceremony that opens the candidate, with its words. */
static int open_candidate(struct rotation *t, struct unseal_in *in, struct deliver *d, struct err *e)
{
	struct unseal *u = NULL;
	struct people people;
	int status = 0, r = unseal_begin(&u, t->v.session, in, e);

	if (r != 0 || (r = deliver_possible(d, u, e)) != 0)
		goto out;
	if (d->way != DELIVER_EXEC)
		rotate_steps(u->record, t->field);
	if ((r = people_begin(&people, e)) != 0)
		goto out;
	in->ui = &people.ui;
	if ((r = unseal_gather(u, e)) == 0)
		r = unseal_release(u, e);
	people_end(&people);
	if (r != 0)
		goto out;
	say("      recorded as entry %lld of %s's log", (long long)u->seq, t->v.session->host);
	r = deliver_fields(d, u, &status, e);
	if (r == 0 && status != 0) {
		r = err_set(e, ERR_IO, "The program ended with status %d, so nothing is confirmed.", status);
		err_hint(e, "Run it again: the same candidate is given to it. Old and new both still open.");
	}
	if (r == 0 && d->way != DELIVER_EXEC)
		rotate_next(u->record, t->field);
out:
	unseal_free(&u);
	return r;
}

static int show_candidate(struct rotation *t, struct deliver *d, struct err *e)
{
	const struct statement_field field = { t->field, strcmp(t->field, "totp") == 0 ? "code" : "value" };
	struct release_teller teller;
	struct witness_kms kms;
	struct unseal_in in = { .record = t->name, .version = t->candidate, .fields = &field, .n = 1,
		.reason = t->why, .ticket = t->ticket, .requester = &t->rq, .pool = t->cli->pool,
		.wait_ms = t->wait_ms };
	int r;

	d->code_ms = policy_rules(t->v.session->policy)->code_minutes * 60 * 1000;
	in.witness = witness_kms(&kms, &t->v.config);
	in.teller = release_teller(&teller, &t->v.config, t->v.session);
	r = open_candidate(t, &in, d, e);
	witness_kms_end(&kms);
	return r;
}

static int see_release(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct rotation *t = arg;
	const char *type = json_str(entry, "type"), *record = json_str(entry, "record");

	(void)seq, (void)offset, (void)e;
	t->shown |= type != NULL && record != NULL && strcmp(type, "released") == 0 &&
	    strcmp(record, t->name) == 0 && json_int(entry, "version") == t->candidate;
	return 0;
}

/* A password that nobody has opened is set nowhere; of an MFA seed the page may have seen codes. */
static int check_shown(struct rotation *t, struct err *e)
{
	int r = strcmp(t->field, "totp") == 0 ? 0 : session_each(t->v.session, see_release, t, e);

	if (r != 0 || t->shown || strcmp(t->field, "totp") == 0)
		return r;
	err_set(e, ERR_REFUSED, "Version %lld of %s was never opened, so it can be set nowhere.",
	    (long long)t->candidate, t->name);
	err_hint(e, "`twokey rotate %s` goes on from there: it shows the candidate.", t->name);
	return ERR_REFUSED;
}

static int confirm(struct rotation *t, struct err *e)
{
	struct confirm_in in = { .record = t->name, .version = t->candidate, .field = t->field,
		.reason = t->why, .ticket = t->ticket, .requester = &t->rq, .pool = t->cli->pool,
		.wait_ms = t->wait_ms };
	struct record *rec = NULL;
	struct people people;
	int64_t seq;
	int r = check_shown(t, e);

	if (r == 0)
		r = seal_version(&rec, t->v.session, t->name, t->candidate, e);
	if (r == 0)
		r = people_begin(&people, e);
	if (r == 0) {
		in.quorum = rec->quorum;
		in.ui = &people.ui;
		say("%s: holders confirm that version %lld, sealed %s, has the %s that is set now.", t->name,
		    (long long)t->candidate, json_str(rec->doc, "sealed"), t->field);
		r = confirm_rotation(&seq, t->v.session, &in, e);
		people_end(&people);
	}
	if (r == 0)
		say("Confirmed, recorded as entry %lld of %s's log: %s opens version %lld for the %s from now "
		    "on.", (long long)seq, t->v.session->host, t->name, (long long)t->candidate, t->field);
	record_free(&rec);
	return r;
}

static int rotate(struct rotation *t, struct deliver *d, struct err *e)
{
	const struct args *a = t->cli->args;
	int r;

	if ((r = session_need_host(t->v.session, e)) != 0 ||
	    (r = policy_check_words(t->v.session->policy, t->why, t->ticket, e)) != 0 ||
	    (r = look(t, e)) != 0)
		return r;
	if (args_flag(a, "confirm") && t->candidate == 0) {
		err_set(e, ERR_MISSING, "No candidate for the %s of %s waits for a confirmation.", t->field,
		    t->name);
		err_hint(e, "`twokey rotate %s%s` begins a rotation; `twokey status` tells what is due.", t->name,
		    args_flag(a, "mfa") ? " --mfa" : "");
		return ERR_MISSING;
	}
	if (args_flag(a, "confirm"))
		return confirm(t, e);
	if (t->candidate > 0 && args_flag(a, "anew"))
		say_note("Version %lld, which was never confirmed, stays openable with --version.",
		    (long long)t->candidate);
	else if (t->candidate > 0)
		say("Going on with candidate version %lld, which waits for its confirmation (--anew makes "
		    "another).", (long long)t->candidate);
	if (t->candidate == 0 || args_flag(a, "anew"))
		r = rotate_seal(t, e);
	if (r == 0)
		r = show_candidate(t, d, e);
	return r == 0 && d->way == DELIVER_EXEC ? confirm(t, e) : r;
}

/* What --confirm has no use for, and what goes with --mfa alone. */
static int check_words(const struct args *a, struct err *e)
{
	static const char *const no[] = { "codes", "no-code-check", "length", "anew", "show",
		"two-halves", "clip", "exec", "force-stdout", "json", "seconds" };

	for (size_t i = 0; args_flag(a, "confirm") && i < sizeof(no) / sizeof(no[0]); i++)
		if (args_flag(a, no[i]))
			return err_set(e, ERR_USAGE, "--%s does not go with --confirm.", no[i]);
	if (!args_flag(a, "mfa") && (args_flag(a, "codes") || args_flag(a, "no-code-check")))
		return err_set(e, ERR_USAGE, "--codes and --no-code-check go with --mfa.");
	if (args_flag(a, "mfa") && args_flag(a, "length"))
		return err_set(e, ERR_USAGE, "--length is for a password, not for --mfa.");
	if (args_flag(a, "mfa") && args_flag(a, "two-halves"))
		return err_set(e, ERR_USAGE, "--two-halves is for a password: of an MFA seed, codes are shown.");
	return 0;
}

static int run(const struct cli *cli, struct err *e)
{
	struct rotation t = { .cli = cli, .name = args_operand(cli->args, "RECORD"),
		.why = args_value(cli->args, "reason"), .ticket = args_value(cli->args, "ticket") };
	struct deliver d = { .way = DELIVER_SCREEN };
	int64_t seconds = 300;
	int r;

	if ((r = check_words(cli->args, e)) != 0 ||
	    (r = args_number(cli->args, "timeout", 1, 3600, &seconds, e)) != 0 ||
	    (!args_flag(cli->args, "confirm") && (r = deliver_choose(&d, cli->args, e)) != 0))
		return r;
	d.halves = args_flag(cli->args, "two-halves");
	if (d.halves && d.way != DELIVER_SCREEN)
		return err_set(e, ERR_USAGE, "--two-halves is for the screen: it goes with --show alone.");
	t.wait_ms = (int)seconds * 1000;
	(void)snprintf(t.reason, sizeof(t.reason), "rotation of %.*s", NAME_MAX_LEN, t.name);
	if (t.why == NULL)
		t.why = t.reason;
	requester_here(&t.rq);
	if ((r = open_vault(&t.v, cli, e)) != 0)
		return r;
	r = rotate(&t, &d, e);
	close_vault(&t.v);
	return r;
}

const struct command cmd_rotate = {
	.name = "rotate",
	.summary = "a new secret: sealed first, then set, then confirmed",
	.text = "Makes a new password, seals it as a candidate, and only then shows it in a ceremony, "
	    "with the steps to set it at its service. Old and candidate both stay openable until a "
	    "quorum confirms with --confirm, or CloudTrail does. Interrupted anywhere, the same command "
	    "goes on with the candidate that is there.",
	.opts = opts,
	.operands = operands,
	.flags = COMMAND_REST | COMMAND_KEYS,
	.run = run
};
