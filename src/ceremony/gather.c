/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/seeker.h"
#include "ceremony/use_token.h"

/* One gathering under way. */
struct run {
	const struct gather *g;
	struct seeker *seeker;
	struct token_id *ids;			/* every token of the policy ... */
	const struct bundle_token **tokens;	/* ... and what is known of it */
	struct want *wants;
	size_t n;
	int64_t end;				/* of the gathering, monotonic ms */
	char who[256];
};

#define TOUCH_LEAST_MS 3000	/* for a key that was found just before the end */

/* How long may one touch take? */
static int touch_ms(const struct run *run)
{
	int64_t left = run->end - clock_monotonic();

	return left > TOUCH_MS ? TOUCH_MS : left < TOUCH_LEAST_MS ? TOUCH_LEAST_MS : (int)left;
}

static size_t missing(const struct gather *g)
{
	size_t n = 0;

	if (g->tree != NULL) {
		for (size_t i = 0; i < json_len(g->must); i++)
			n += !approvals_has(g->set, json_str_at(g->must, i));
		return approvals_missing(g->set, g->tree) > n ? approvals_missing(g->set, g->tree) : n;
	}
	for (size_t i = 0; i < policy_holders(g->people); i++)
		n += !approvals_has(g->set, policy_holder_at(g->people, i)->name);
	return n;
}

/* 1: an approval of this holder's brings nearer what is missing. */
static int helps(const struct gather *g, const char *holder)
{
	return g->tree == NULL || json_has_str(g->must, holder) ||
	    (quorum_has(g->tree, holder) && approvals_missing(g->set, g->tree) > 0);
}

/* "alice, bob or carol": who can still bring the quorum nearer. */
static void write_who(struct run *run)
{
	const struct gather *g = run->g;
	size_t left = 0, done = 0, len = 0;

	for (size_t i = 0; i < policy_holders(g->people); i++) {
		const char *name = policy_holder_at(g->people, i)->name;
		left += helps(g, name) && !approvals_has(g->set, name);
	}
	run->who[0] = '\0';
	for (size_t i = 0; i < policy_holders(g->people) && len < sizeof(run->who) - 1; i++) {
		const char *name = policy_holder_at(g->people, i)->name;

		if (!helps(g, name) || approvals_has(g->set, name))
			continue;
		done++;
		len += (size_t)snprintf(run->who + len, sizeof(run->who) - len, "%s%s",
		    done == 1 ? "" : done == left ? " or " : ", ", name);
	}
}

static void refresh(struct run *run)
{
	const struct gather *g = run->g;

	for (size_t i = 0; i < run->n; i++) {
		const struct bundle_token *t = run->tokens[i];

		run->wants[i] = (struct want){ .id = run->ids[i], .holder = t->holder,
			.label = t->label, .quiet = t->protection <= 2 };
		if (approvals_has(g->set, t->holder))
			run->wants[i].state = WANT_USED;
		else
			run->wants[i].state = helps(g, t->holder) ? WANT_YES : WANT_NO;
	}
	write_who(run);
}

static void free_opened(struct approval_share *shares, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct secret *s = (struct secret *)(uintptr_t)shares[i].share;
		secret_free(&s);
	}
	free(shares);
}

/* The holder's part of an unseal: identity, then their share of each field. */
static int open_shares(const struct gather *g, const struct bundle_token *t,
    const struct secret *hmac, struct approval_share **out, size_t *n, struct err *e)
{
	const json *fields = json_get(json_at(g->st->deliver, 0), "fields");
	const struct bundle *b = policy_holder(g->people, t->holder);
	struct approval_share *shares = NULL;
	struct secret *seed = NULL;
	size_t done = 0;
	int r;

	*out = NULL;
	*n = 0;
	if (hmac == NULL) {
		err_set(e, ERR_TOKEN, "The key gave no hmac-secret output.");
		err_hint(e, "Use another of %s's keys; `twokey doctor` tells what is wrong with one.",
		    t->holder);
		return ERR_TOKEN;
	}
	if ((r = bundle_unwrap(&seed, b, t, hmac, e)) != 0)
		return r;
	shares = calloc(json_len(fields) + 1, sizeof(*shares));
	if (shares == NULL)
		r = err_set(e, ERR_MEMORY, "There is not enough memory for the shares.");
	while (r == 0 && done < json_len(fields)) {
		struct secret *share = NULL;
		const char *name = json_str(json_at(fields, done), "name");

		r = shares_open(&share, g->shares, g->record, name, t->holder, seed, e);
		if (r == 0)
			shares[done++] = (struct approval_share){ name, share };
	}
	secret_free(&seed);
	if (r != 0) {
		free_opened(shares, done);
		return r;
	}
	*out = shares;
	*n = done;
	return 0;
}

static void announce(const struct gather *g, const struct approval *a)
{
	char when[CLOCK_TEXT_LEN + 1], text[64];
	const int have = (int)approvals_size(g->set);
	struct ui_event ev = { .kind = UI_APPROVED, .holder = a->holder, .label = a->token,
		.text = text, .have = have, .need = have + (int)missing(g), .ms_left = -1 };

	clock_format(when, clock_now(g->clock));
	snprintf(text, sizeof(text), " at %.8sZ", when + 11);
	g->ui->event(g->ui->ctx, &ev);
}

/* Turns what the key gave into an approval that holds, and has it recorded. */
static int take(struct run *run, const struct bundle_token *t, const struct token_assertion *as,
    int *unrecorded, struct err *e)
{
	const struct gather *g = run->g;
	struct approval_share *shares = NULL;
	struct approval *a = NULL;
	uint32_t counter = 0;
	size_t n = 0;
	int r = 0;

	if (g->record != NULL)
		r = open_shares(g, t, as->hmac1, &shares, &n, e);
	if (r == 0)
		r = approval_new(&a, g->st, t, as, shares, n, e);
	free_opened(shares, n);
	if (r == 0)
		r = approvals_add(g->set, &a, clock_now(g->clock), &counter, e);
	if (r != 0)
		return r;
	if (g->approved != NULL)
		r = g->approved(g->ctx, approvals_at(g->set, approvals_size(g->set) - 1), counter, e);
	if (r == 0)
		announce(g, approvals_at(g->set, approvals_size(g->set) - 1));
	else
		*unrecorded = 1;
	return r;
}

/* The allow list: the one credential that answered, or all that may. */
static struct token_id *allow(const struct run *run, size_t which, size_t *n)
{
	struct token_id *ids = calloc(run->n, sizeof(*ids));

	*n = 0;
	for (size_t i = 0; ids != NULL && i < run->n; i++)
		if (which == SIZE_MAX ? run->wants[i].state == WANT_YES : i == which)
			ids[(*n)++] = run->wants[i].id;
	return ids;
}

static int ask_key(struct run *run, struct token *t, size_t which, struct token_assertion *as,
    struct err *e)
{
	struct token_person person = { .ui = run->g->ui, .until = run->end };
	struct token_assert_request rq = { .uv = 1, .touch_ms = touch_ms(run) };
	uint8_t salt[32];
	struct token_id *ids;
	int r;

	if (which != SIZE_MAX) {
		person.holder = run->wants[which].holder;
		person.label = run->wants[which].label;
	}
	ids = allow(run, which, &rq.n_allow);
	if (ids == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to ask a key.");
	rq.allow = ids;
	memcpy(rq.cdh, run->g->st->hash, sizeof(rq.cdh));
	r = bundle_salt(salt, e);
	if (run->g->record != NULL)
		rq.salt1 = salt;
	if (r == 0 && (r = person_begin(&person, t, e)) == 0)
		r = person_assert(&person, t, &rq, as, e);
	person_end(&person);
	free(ids);
	return r;
}

static const struct bundle_token *token_of(const struct run *run, const struct token_assertion *as)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->ids[i].len == as->id_len &&
		    memcmp(run->ids[i].data, as->id, as->id_len) == 0)
			return run->tokens[i];
	return NULL;
}

/* The first policy counts people by their keys: one key that stands for two of
 * them is refused while it can be asked (silently; the documents cannot show it). */
static int check_one_person(const struct run *run, struct token *t, size_t which, struct err *e)
{
	struct token_id *ids = calloc(run->n, sizeof(*ids));
	size_t *at = calloc(run->n, sizeof(*at)), n = 0, hit = 0;
	enum token_has has = TOKEN_UNSURE;
	struct err why = { 0 };
	int r = 0;

	if (ids == NULL || at == NULL)
		r = err_set(e, ERR_MEMORY, "There is not enough memory to ask a key.");
	for (size_t i = 0; r == 0 && i < run->n; i++)
		if (strcmp(run->wants[i].holder, run->wants[which].holder) != 0) {
			ids[n] = run->ids[i];
			at[n++] = i;
		}
	if (r == 0 && token_preflight(t, ids, n, &has, &hit, &why) == 0 && has == TOKEN_HAS) {
		r = err_set(e, ERR_REFUSED, "One security key (%s) is enrolled for %s and for %s: it "
		    "would let one person count as two.", token_device(t)->product,
		    run->wants[which].holder, run->wants[at[hit]].holder);
		err_hint(e, "Each holder enrols a key of their own: twokey enroll %s",
		    run->wants[at[hit]].holder);
	}
	free(ids);
	free(at);
	return r;
}

/* 1 when no other key helps: the person gave up, there is no terminal, and of
 * what comes after the touch (`asked`), the request or the record failed. */
static int ends_all(int r, int asked)
{
	return r == ERR_CANCELLED || r == ERR_USAGE || (asked && (r == ERR_TIMEOUT ||
	    r == ERR_IO || r == ERR_SPACE || r == ERR_BUSY || r == ERR_STORE || r == ERR_MEMORY ||
	    r == ERR_INTERNAL || r == ERR_ROLLBACK));
}

/* One key's turn.  A key or PIN that fails is told and passed by; what comes
 * back is what ends the ceremony. */
static int turn(struct run *run, struct token *t, size_t which, struct err *e)
{
	const struct gather *g = run->g;
	struct token_assertion *as = calloc(1, sizeof(*as));
	const struct bundle_token *bt;
	struct err why = { 0 };
	int r, asked = 0, unrecorded = 0;

	if (as == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to ask a key.");
	if (g->tree == NULL && which != SIZE_MAX &&
	    (r = check_one_person(run, t, which, e)) != 0) {
		free(as);
		return r;
	}
	r = ask_key(run, t, which, as, &why);
	if (r == 0) {
		asked = 1;
		bt = token_of(run, as);
		r = bt == NULL ? err_set(&why, ERR_TOKEN, "The key answered for a credential that "
		    "was not asked for.") : take(run, bt, as, &unrecorded, &why);
	}
	token_assertion_free(as);
	free(as);
	if (r == 0)
		return 0;
	/* An approval that no log holds must never count. */
	if (unrecorded || ends_all(r, asked)) {
		err_give(e, &why);
		return r;
	}
	{
		char text[ERR_TEXT_MAX + ERR_HINT_MAX + 2];
		struct ui_event ev = { .kind = UI_KEY_TROUBLE, .text = text, .ms_left = -1,
			.device = token_device(t)->product };

		snprintf(text, sizeof(text), "%s %s", why.text, why.hint);
		g->ui->event(g->ui->ctx, &ev);
		if (r == ERR_TIMEOUT)
			seeker_again(run->seeker, token_device(t));
	}
	return 0;
}

const char *gather_undone(enum statement_action action)
{
	return action == ACTION_CONFIRM ? "confirmed" : action == ACTION_ATTEND ? "sealed" : "released";
}

static int too_few(const struct run *run, struct err *e)
{
	const int login = run->g->st->action == ACTION_LOGIN;
	size_t have = approvals_size(run->g->set);

	err_set(e, ERR_APPROVALS, "Not enough approvals: %zu came, and at least %zu more %s needed, "
	    "from %s.%s%s%s", have, missing(run->g), missing(run->g) == 1 ? "is" : "are", run->who,
	    login ? "" : " Nothing was ", login ? "" : gather_undone(run->g->st->action), login ? "" : ".");
	if (login)
		err_hint(e, "Log in again with enough holders present.");
	else
		err_hint(e, "Run the command again with enough holders present; --timeout gives them "
		    "more time.");
	return ERR_APPROVALS;
}

/* When to stop: after the wait, and no later than the request itself. */
static int64_t gather_end(const struct gather *g)
{
	int64_t left = g->st->expires - clock_now(g->clock);

	return clock_monotonic() + (left < g->wait_ms ? left : g->wait_ms);
}

int gather_approvals(const struct gather *g, struct err *e)
{
	struct run run = { .g = g, .end = gather_end(g) };
	int r = policy_allow_list(g->people, NULL, &run.ids, &run.tokens, &run.n, e);

	if (r == 0)
		r = seeker_new(&run.seeker, g->ui, g->pool, e);
	if (r == 0 && (run.wants = calloc(run.n ? run.n : 1, sizeof(*run.wants))) == NULL)
		r = err_set(e, ERR_MEMORY, "There is not enough memory to ask for keys.");
	while (r == 0 && missing(g) > 0) {
		int64_t left = run.end - clock_monotonic();
		size_t have = approvals_size(g->set), which;
		struct token *t = NULL;
		struct err why = { 0 };

		refresh(&run);
		r = left <= 0 ? ERR_TIMEOUT : seeker_next(run.seeker, run.wants, run.n, run.who,
		    (int)have, (int)(have + missing(g)), (int)left, &t, &which, &why);
		if (r == ERR_TIMEOUT)
			r = too_few(&run, e);
		else if (r != 0)
			err_give(e, &why);
		else
			r = turn(&run, t, which, e);
		token_close(&t);
	}
	/* A login ends at once; what else was approved may stand on a screen for long. */
	if (g->pool != NULL && g->st->action != ACTION_LOGIN)
		token_pool_rest(g->pool);
	seeker_free(&run.seeker);
	free(run.wants);
	free(run.ids);
	free(run.tokens);
	return r;
}
