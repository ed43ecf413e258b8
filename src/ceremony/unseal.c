/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/unseal.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/entries.h"
#include "ceremony/unseal_local.h"

static int check_fields(struct unseal *u, struct err *e)
{
	const struct unseal_in *in = u->in;
	const struct record *rec = u->record;
	int r;

	u->n = in->n > 0 ? in->n : rec->n;
	u->fields = calloc(u->n, sizeof(*u->fields));
	if (u->fields == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open a record.");
	for (size_t i = 0; i < u->n; i++) {
		struct unseal_field *f = &u->fields[i];

		f->name = in->n > 0 ? in->fields[i].name : rec->fields[i].name;
		f->as = in->n > 0 ? in->fields[i].as : NULL;
		if (f->as == NULL)
			f->as = strcmp(f->name, "totp") == 0 ? "code" : "value";
		if (json_has_str(u->beside, f->name)) {
			err_set(e, ERR_USAGE, "The %s of %s is in an older version than the rest that is "
			    "asked for.", f->name, in->record);
			err_hint(e, "Open it by itself: --field %s", f->name);
			return ERR_USAGE;
		}
		/* Now: nobody is asked for, and no release recorded of, what stays shut. */
		if ((r = record_can_open(rec, f->name, in->witness != NULL, e)) != 0)
			return r;
		if (strcmp(f->as, "value") != 0 && strcmp(f->name, "totp") != 0) {
			err_set(e, ERR_USAGE, "Only the field totp can be opened as a %s; "
			    "%s is a value.", f->as, f->name);
			err_hint(e, "Ask for it with --field %s.", f->name);
			return ERR_USAGE;
		}
	}
	return 0;
}

/* What must come before a release?  This program knows its own log, and people who are told. */
static int check_recorders(const struct session *s, const struct unseal_in *in, struct err *e)
{
	const json *first = policy_rules(s->policy)->record_first;

	for (size_t i = 0; i < json_len(first); i++)
		if (json_str_at(first, i) == NULL || (strcmp(json_str_at(first, i), "local") != 0 &&
		    strcmp(json_str_at(first, i), "told") != 0)) {
			err_set(e, ERR_TOO_OLD, "The policy wants releases recorded first at "
			    "\"%s\", which this program cannot do.", json_str_at(first, i));
			err_hint(e, "Install a newer twokey; `twokey version` says which this is.");
			return ERR_TOO_OLD;
		}
	if (in->teller == NULL && json_has_str(first, "told")) {
		err_set(e, ERR_REFUSED, "The policy wants people told before a release, and no channel of this host can.");
		err_hint(e, "Name a mail server, a webhook, a topic, a bus or a program under \"notify\" in twokey.conf(5).");
		return ERR_REFUSED;
	}
	return 0;
}

int unseal_begin(struct unseal **out, struct session *s, const struct unseal_in *in,
    struct err *e)
{
	struct unseal *u = calloc(1, sizeof(*u));
	int r;

	*out = NULL;
	if (u == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open a record.");
	u->session = s;
	u->in = in;
	u->due = -1;
	if ((r = session_need_host(s, e)) != 0 || (r = check_recorders(s, in, e)) != 0 ||
	    (r = policy_check_words(s->policy, in->reason, in->ticket, e)) != 0 ||
	    (r = session_index(s, e)) != 0 || (r = unseal_find(u, e)) != 0 ||
	    (r = check_fields(u, e)) != 0)
		goto out;
	u->tree = policy_quorum(s->policy, u->record->quorum);
	if (u->tree == NULL) {
		r = err_set(e, ERR_REFUSED, "The policy has no quorum %s any more, which record %s "
		    "names.", u->record->quorum, in->record);
		err_hint(e, "Seal a new version for a quorum of this policy: twokey seal %s "
		    "--next --quorum NAME", in->record);
		goto out;
	}
	*out = u;
	u = NULL;
out:
	unseal_free(&u);
	return r;
}

static int make_statement(struct unseal *u, struct err *e)
{
	const struct unseal_in *in = u->in;
	struct statement_field *fields = calloc(u->n, sizeof(*fields));
	uint8_t key[X25519_LEN], ikm[32];
	struct statement_deliver deliver = { .to = "requester", .key = key, .fields = fields,
		.n = u->n };
	struct statement_in si = { .action = ACTION_UNSEAL, .deliver = &deliver, .n_deliver = 1,
		.reason = in->reason, .ticket = in->ticket, .task = in->task };
	int r;

	if (fields == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open a record.");
	for (size_t i = 0; i < u->n; i++)
		fields[i] = (struct statement_field){ u->fields[i].name, u->fields[i].as };
	r = random_bytes(ikm, sizeof(ikm), e);
	if (r == 0 && (r = hpke_keygen(&u->reply_key, key, ikm, sizeof(ikm), e)) == 0) {
		si.subject = statement_subject_unseal(u->record->name, u->record->version,
		    u->record->digest);
		r = ask_statement(&u->ask, &si, e);
	}
	secret_zero(ikm, sizeof(ikm));
	free(fields);
	return r;
}

/* The tree that the shares were made for; shares_verify has seen that it is there. */
static const struct quorum *shares_tree(const struct unseal *u)
{
	return policy_quorum(session_policy(u->session, u->shares->policy), u->shares->quorum);
}

int unseal_gather(struct unseal *u, struct err *e)
{
	struct gather g = { .tree = u->tree, .record = u->record, .shares = u->shares,
		.pool = u->in->pool, .wait_ms = u->in->wait_ms };
	int r;

	u->ask.s = u->session;
	u->ask.requester = u->in->requester;
	u->ask.ui = u->in->ui;
	if ((r = make_statement(u, e)) == 0)
		r = ask_gather(&u->ask, &g, NULL, e);
	/* Or a release would be recorded that opens nothing. */
	if (r == 0 && !approvals_satisfied(u->ask.set, shares_tree(u))) {
		r = err_set(e, ERR_APPROVALS, "The record is still sealed to the quorum of policy %lld, "
		    "which these approvals do not satisfy.", (long long)u->shares->policy);
		err_hint(e, "Seal a new version (twokey seal %s --next), or run the command again "
		    "with holders of that quorum.", u->record->name);
	}
	return ask_end(&u->ask, r, e);
}

static int open_field(struct unseal *u, struct unseal_field *f, struct err *e)
{
	size_t n = approvals_size(u->ask.set);
	struct share *shares = calloc(n, sizeof(*shares));
	struct secret *s = NULL;
	int r = 0;

	if (shares == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open a record.");
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct approval *a = approvals_at(u->ask.set, i);

		shares[i].holder = a->holder;
		r = approval_open_share(&shares[i].bytes, a, u->ask.st, f->name, u->reply_key,
		    u->shares, u->record, e);
	}
	if (r == 0 && (r = quorum_join(&s, shares_tree(u), shares, n, e)) == 0)
		r = record_open_field(&f->plain, u->record, f->name, s, f->witness, e);
	secret_free(&s);
	quorum_shares_free(shares, n);
	free(shares);
	return r;
}

static int64_t due_from(const struct unseal *u, int64_t now)
{
	int64_t hours = policy_rotation_hours(u->session->policy, u->record->kind);
	int exposed = 0;

	for (size_t i = 0; i < u->n; i++)
		exposed |= strcmp(u->fields[i].as, "code") != 0;
	return exposed && (!u->record->candidate || u->confirmed) && hours >= 0 ? now + hours * 3600 * 1000 : -1;
}

/* What a witness has to say comes before the release: who asks it alone, past this program,
 * is found by it (docs/correlation.md). */
static int ask_witnesses(struct unseal *u, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < u->n; i++)
		r = witness_ask(&u->fields[i].witness, u->record, u->fields[i].name, u->session->vault_hex,
		    u->in->witness, e);
	return r;
}

static int tell_first(struct unseal *u, struct err *e)
{
	const struct teller *t = u->in->teller;
	int r;

	if (!json_has_str(policy_rules(u->session->policy)->record_first, "told"))
		return 0;
	r = t->tell(t->ctx, u->ask.st, u->ask.set, e);
	if (r != 0)
		err_prefix(e, "Nobody could be told, so nothing was released");
	return r;
}

int unseal_release(struct unseal *u, struct err *e)
{
	struct log_receipt receipt;
	int64_t now = clock_now(u->session->clock);
	int r;

	u->due = due_from(u, now);
	if ((r = ask_witnesses(u, e)) == 0 && (r = tell_first(u, e)) == 0 && (r = ask_in_time(&u->ask, e)) == 0 &&
	    (r = ask_record(&u->ask, entry_released(u->ask.st, u->ask.set, u->due),
	    LOG_SPACE_APPROVED, 1, &receipt, e)) != 0)
		err_prefix(e, "The release could not be recorded for sure, so nothing was released");
	if (r != 0)
		return ask_end(&u->ask, r, e);
	u->seq = receipt.seq;
	for (size_t i = 0; r == 0 && i < u->n; i++) {
		r = open_field(u, &u->fields[i], e);
		secret_free(&u->fields[i].witness);
	}
	secret_free(&u->reply_key);
	return r;
}

void unseal_free(struct unseal **up)
{
	struct unseal *u = *up;

	*up = NULL;
	if (u == NULL)
		return;
	for (size_t i = 0; u->fields != NULL && i < u->n; i++) {
		secret_free(&u->fields[i].plain);
		secret_free(&u->fields[i].witness);
	}
	free(u->fields);
	secret_free(&u->reply_key);
	ask_clear(&u->ask);
	shares_free(&u->shares);
	record_free(&u->record);
	json_free(&u->beside);
	free(u);
}
