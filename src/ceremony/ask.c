/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/ask.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/counters.h"
#include "ceremony/entries.h"
#include "log/checkpoint.h"
#include "log/reader.h"

static void note(const struct ask *a, const char *text)
{
	struct ui_event ev = { .kind = UI_NOTE, .text = text, .ms_left = -1 };

	a->ui->event(a->ui->ctx, &ev);
}

int ask_statement(struct ask *a, struct statement_in *in, struct err *e)
{
	struct session *s = a->s;
	const struct requester *rq = a->requester;
	char origin[CHECKPOINT_ORIGIN_MAX];
	uint8_t root[HASH_LEN];
	int r;

	a->from = *log_head(s->log);
	if ((r = log_root(root, s->log, e)) != 0) {
		json_free(&in->subject);
		return r;
	}
	checkpoint_origin(origin, s->vault, s->host);
	in->vault = s->vault;
	in->policy = policy_hash(s->policy);
	in->user = rq->user;
	in->uid = rq->uid;
	in->host = s->host;
	in->tty = rq->tty;
	in->via = rq->via;
	in->now = clock_now(s->clock);
	in->minutes = (int)(in->action == ACTION_LOGIN ? policy_rules(s->policy)->login_minutes
						       : policy_rules(s->policy)->request_minutes);
	in->log_origin = origin;
	in->log_size = a->from.tree.size;
	in->log_root = root;
	r = statement_new(&a->st, in, e);
	in->log_origin = NULL;
	in->log_root = NULL;
	return r;
}

static void drop_held(struct ask *a)
{
	while (a->nheld > 0)
		json_free(&a->held[--a->nheld]);
}

/* Entries in one append, taken over, behind those that wait, which it takes along. */
static int append(struct ask *a, json *entries[], size_t n, enum log_space space, int checkpoint,
    struct log_receipt *receipt, struct err *e)
{
	struct session *s = a->s;
	struct log_options o = session_options(s, space, checkpoint);
	json *all[ASK_HELD + 2];
	size_t total = 0;
	int r = 0;

	for (size_t i = 0; i < a->nheld; i++)
		all[total++] = json_share(a->held[i]);
	for (size_t i = 0; i < n; i++) {
		all[total++] = entries[i];
		entries[i] = NULL;
	}
	for (size_t i = 0; i < total && r == 0; i++)
		if (all[i] == NULL)
			r = err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	if (r == 0 && (r = log_begin(s->log, LOG_WAIT_MS, &o, e)) == 0) {
		if ((r = session_in_force(s, e)) == 0) {
			a->begun = 1;
			r = log_append(s->log, all, total, NULL, 0, &o, receipt, e);
		}
		log_end(s->log);
	}
	for (size_t i = 0; i < total; i++)
		json_free(&all[i]);
	if (r != 0)
		return r;
	if (receipt != NULL)
		receipt->seq += (int64_t)a->nheld;
	a->recorded += total;
	drop_held(a);
	return 0;
}

int ask_record(struct ask *a, json *entry, enum log_space space, int checkpoint,
    struct log_receipt *receipt, struct err *e)
{
	return append(a, &entry, 1, space, checkpoint, receipt, e);
}

int ask_in_time(const struct ask *a, struct err *e)
{
	return statement_check_time(a->st, clock_now(a->s->clock) + LOG_WAIT_MS, e);
}

static void hold(struct ask *a, json *const entries[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		a->held[a->nheld++] = json_share(entries[i]);
}

/* The entries of an approval; all of them are taken over.  Those of a login that wait go into the
 * log with the approval that satisfies the quorum, and that one's with the grant. */
static int record_approval(struct ask *a, json *entries[], size_t n, int early, struct err *e)
{
	const int room = a->nheld + n <= ASK_HELD;
	struct err why = { 0 };
	json *own[2] = { json_share(entries[0]), n > 1 ? json_share(entries[1]) : NULL };
	int r = 0;

	a->ready = a->st->action == ACTION_LOGIN && !early;
	if (room && (a->ready || (early && a->hold))) {
		hold(a, own, n);
	} else if (early && a->hold) {
		r = err_set(e, ERR_SPACE, "Too many approvals wait for a quorum.");
	} else {
		r = append(a, entries, n, early ? LOG_SPACE_NONE : LOG_SPACE_APPROVED, 0, NULL, &why);
		if (r == 0)
			a->requested = 1;
		else if (r == ERR_SPACE && early && room)
			r = 0, hold(a, own, n);
		else
			err_give(e, &why);
	}
	for (size_t i = 0; i < n; i++) {
		json_free(&entries[i]);
		json_free(&own[i]);
	}
	return r;
}

static int approved(void *ctx, const struct approval *one, uint32_t counter, struct err *e)
{
	struct ask *a = ctx;
	const int early = a->st->action == ACTION_LOGIN && approvals_missing(a->set, a->tree) > 0;
	json *warnings = json_new_array(), *entries[2];
	size_t n = 0;
	int r;

	counters_compare(a->s->state, one, counter, warnings);
	for (size_t i = 0; i < json_len(warnings); i++)
		note(a, json_str_at(warnings, i));
	if (!a->requested && a->nheld == 0) {
		entries[n++] = entry_requested(a->st);
		a->hold = early && a->may_record != NULL && !a->may_record(a->ctx, one->holder);
	}
	entries[n++] = entry_approved(a->st, one, warnings);
	json_free(&warnings);
	r = record_approval(a, entries, n, early, e);
	if (r != 0)
		err_prefix(e, "The approval of %s could not be recorded, so it does not count",
		    one->holder);
	return r;
}

int ask_gather(struct ask *a, struct gather *g, const struct policy *also, struct err *e)
{
	struct session *s = a->s;
	int r = approvals_new(&a->set, a->st, s->policy, also, e);

	if (r != 0)
		return r;
	a->tree = g->tree;
	g->st = a->st;
	g->set = a->set;
	g->people = s->policy;
	g->ui = a->ui;
	g->clock = s->clock;
	g->approved = approved;
	g->ctx = a;
	if (a->st->action != ACTION_LOGIN) {
		r = ask_record(a, entry_requested(a->st), LOG_SPACE_REQUEST, 0, NULL, e);
		if (r != 0) {
			err_prefix(e, "The request could not be recorded, so nobody was asked");
			return r;
		}
		a->requested = 1;
	}
	r = gather_approvals(g, e);
	/* Also of those that did not suffice. */
	counters_keep(s->state, a->set);
	if (r == 0 && !approvals_satisfied(a->set, g->tree)) {
		r = err_set(e, ERR_APPROVALS, "The approvals do not satisfy the quorum.");
		err_hint(e, "Run the command again with enough holders present.");
	}
	if (r == ERR_CANCELLED && a->st->action != ACTION_LOGIN)
		err_hint(e, "Nothing was %s. Run the command again when the holders are ready.",
		    gather_undone(a->st->action));
	return r;
}

/* What the log tells of one asking. */
struct told {
	const struct statement *st;
	int requested, done;
	size_t approved;	/* entries */
};

static int see(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	struct told *t = arg;
	const char *type = json_str(entry, "type");
	const char *nonce = json_str(json_get(entry, "statement"), "nonce");

	(void)seq, (void)offset, (void)e;
	if (type == NULL)
		return 0;
	if (strcmp(type, "ceremony.requested") == 0)
		t->requested |= nonce != NULL && strcmp(nonce, json_str(t->st->doc, "nonce")) == 0;
	else if (strcmp(type, "ceremony.approved") == 0)
		t->approved += (size_t)json_hex_is(entry, "statement", t->st->hash, HASH_LEN);
	else if (strcmp(type, "released") == 0 || strcmp(type, "login.granted") == 0 ||
	    strcmp(type, "rotation.confirmed") == 0)
		t->done |= json_hex_is(entry, "statement", t->st->hash, HASH_LEN);
	else if (strcmp(type, "record.sealed") == 0)
		t->done |= json_hex_is(entry, "attended", t->st->hash, HASH_LEN);
	else if (strcmp(type, "policy.accepted") == 0 && t->st->action == ACTION_POLICY)
		t->done |= json_hex_is(entry, "hash", t->st->digest, HASH_LEN);
	return 0;
}

/* Behind the locks: log_begin has settled what a failed append has left. */
static int look(const struct ask *a, struct told *t, struct err *e)
{
	struct store_span span = STORE_SPAN_INIT;
	const int64_t more = log_head(a->s->log)->tree.size - a->from.tree.size;
	int r;

	if (more <= 0)
		return 0;
	if ((r = store_log(a->s->store, a->s->host, &span, e)) == 0)
		r = log_each(&span, a->from.tree.size, a->from.bytes, more, see, t, NULL, e);
	store_span_close(&span);
	return r;
}

/* Behind what waited for the grant, of which a failed append may have left the first entries. */
static int append_denied(struct ask *a, const struct told *told, const struct err *why,
    const struct log_options *o, struct err *e)
{
	const size_t in_log = told->approved + (size_t)told->requested;
	json *all[ASK_HELD + 1];
	size_t n = 0;
	int r = 0;

	if (a->ready)
		for (size_t i = in_log > a->recorded ? in_log - a->recorded : 0; i < a->nheld; i++)
			all[n++] = a->held[i];
	all[n++] = entry_denied(a->st, why);
	for (size_t i = 0; i < n && r == 0; i++)
		if (all[i] == NULL)
			r = err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.");
	if (r == 0 && (r = log_append(a->s->log, all, n, NULL, 0, o, NULL, e)) == 0)
		a->requested = 1;
	json_free(&all[n - 1]);
	return r;
}

/* What waits stays out of a log where it would be false: a request under a newer policy than it names,
 * an approval of a request that has expired. */
static int may_follow(const struct ask *a, const struct told *told, const struct state_pin *pin)
{
	return (told->requested || pin->serial <= policy_serial(a->s->policy)) &&
	    statement_check_time(a->st, clock_now(a->s->clock), NULL) == 0;
}

/* The denial, under the newest policy this machine knows: it only tells how it
 * ended. *done: what was asked for is in the log. */
static int deny(struct ask *a, const struct err *why, int *done, struct err *e)
{
	struct session *s = a->s;
	const int have = a->set != NULL && approvals_size(a->set) > 0;
	struct log_options o = session_options(s, a->st->action == ACTION_LOGIN && !a->ready
	    ? LOG_SPACE_NONE : have ? LOG_SPACE_APPROVED : LOG_SPACE_REQUEST, 0);
	struct told told = { .st = a->st };
	struct state_pin pin;
	int r = log_begin(s->log, LOG_WAIT_MS, &o, e);

	if (r != 0)
		return r;
	r = look(a, &told, e);
	a->requested |= told.requested;
	if (r == 0 && (told.requested || a->ready) && !told.done &&
	    (r = state_read_pin(s->state, &pin, e)) == 0) {
		a->ready = a->ready && may_follow(a, &told, &pin);
		/* A full disk may have kept the pin behind: policies never go back. */
		if (pin.serial > policy_serial(s->policy))
			memcpy(o.policy, pin.hash, HASH_LEN);
		if (told.requested || a->ready)
			r = append_denied(a, &told, why, &o, e);
	}
	log_end(s->log);
	*done = told.done;
	return r;
}

/*
 * An append that failed may have left its entry in the log or not (log_append).
 * So neither the step that failed nor its error says whether to deny: the log
 * itself is asked, behind its locks, which the next writer's recovery cannot
 * pass.  A request that is not in it needs no denial; a release that is in it
 * counts, with all that follows for rotation, and must not be denied as well.
 * Where the log cannot be read or written, it is left as it is: a request
 * without an end.
 */
int ask_end(struct ask *a, int r, struct err *e)
{
	struct err second = { 0 };
	int done = 0;

	if (r == 0 || (!a->begun && !a->ready) || e == NULL)
		return r;
	a->begun = 0;
	if (deny(a, e, &done, &second) != 0) {
		char text[ERR_TEXT_MAX + 64];

		snprintf(text, sizeof(text), "How this ended could not be recorded: %s",
		    second.text);
		note(a, text);
	} else if (done) {
		note(a, "The log holds what was approved all the same (`twokey log show`), although "
		    "this command failed.");
	}
	a->ready = 0;
	drop_held(a);
	return r;
}

void ask_clear(struct ask *a)
{
	drop_held(a);
	approvals_free(&a->set);
	statement_free(&a->st);
}

int ask_sign(struct policy **draft, json *doc, const struct statement *st,
    const struct approvals *set, int group, struct err *e)
{
	json *bare = approvals_bare(set, group);
	int r = bare == NULL ? err_set(e, ERR_MEMORY, "There is not enough memory for the policy.")
			     : policy_draft_sign(doc, st, bare, e);

	json_free(&bare);
	policy_free(draft);
	return r != 0 ? r : policy_from_json(draft, doc, "the new policy", e);
}
