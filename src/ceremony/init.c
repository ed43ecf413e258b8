/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/init.h"

#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "ceremony/ask.h"
#include "vault/state.h"
#include "vault/store.h"

struct run {
	const struct init_in *in;
	struct store *store;
	struct state *state;
	json *doc;		/* the draft */
	struct policy *draft;
	struct statement *st;
	struct approvals *set;
	uint8_t hash[HASH_LEN];
};

static int open_places(struct run *run, struct err *e)
{
	struct state_pin pin;
	struct err why = { 0 };
	int r;

	if ((r = state_open(&run->state, run->in->state, 1, e)) != 0)
		return r;
	r = state_read_pin(run->state, &pin, &why);
	if (r == 0) {
		char hex[2 * HASH_LEN + 1];

		hex_encode(hex, pin.vault, HASH_LEN);
		err_set(e, ERR_EXISTS, "This machine is set up for vault %s already (%s).", hex,
		    run->in->state);
		err_hint(e, "`twokey status` shows it; another vault needs a configuration of its own.");
		return ERR_EXISTS;
	}
	if (r != ERR_MISSING)
		return err_give(e, &why);
	if ((r = store_make(run->in->store, e)) != 0)
		return r;
	return store_open(&run->store, run->in->store, FILE_OURS, e);
}

static int add_rules(struct run *run, struct err *e)
{
	const json *rules = run->in->rules;
	int r = 0;

	for (size_t i = 0; r == 0 && rules != NULL && i < json_len(rules); i++) {
		const char *key = json_key_at(rules, i);
		const json *value = json_get(rules, key);

		r = policy_draft_rule(run->doc, key, value != NULL ? json_copy(value) : NULL, e);
	}
	return r;
}

static int draft(struct run *run, struct err *e)
{
	const struct init_in *in = run->in;
	uint8_t pub[ED25519_KEY_LEN];
	struct secret *key = NULL;
	int r = state_is_host(run->state) == 1 ? 0 : state_make_host_key(run->state, pub, e);

	if (r == 0 && (r = state_host_key(run->state, &key, e)) == 0)
		r = ed25519_public(pub, key, e);
	secret_free(&key);
	if (r != 0 || (r = policy_draft_first(&run->doc, in->name, clock_now(in->clock), e)) != 0)
		return r;
	for (size_t i = 0; r == 0 && i < in->n_holders; i++)
		r = policy_draft_holder(run->doc, in->holders[i], e);
	for (size_t i = 0; r == 0 && i < in->n_quorums; i++)
		r = policy_draft_quorum(run->doc, in->quorums[i].name, in->quorums[i].tree, e);
	if (r == 0)
		r = policy_draft_host(run->doc, in->host, pub, e);
	if (r == 0)
		r = add_rules(run, e);
	if (r == 0)
		r = policy_draft_hash(run->hash, run->doc, e);
	if (r == 0)
		r = policy_from_json(&run->draft, run->doc, "the new policy", e);
	for (size_t i = 0; r == 0 && i < in->n_holders; i++)
		r = bundle_check_models(in->holders[i], policy_rules(run->draft)->aaguids,
		    policy_rules(run->draft)->roots, e);
	return r;
}

static int sign(struct run *run, struct err *e)
{
	const struct init_in *in = run->in;
	const struct requester *rq = in->requester;
	struct statement_in si = { .vault = run->hash, .action = ACTION_POLICY,
		.subject = statement_subject_policy(1, run->hash), .reason = "first policy",
		.user = rq->user, .host = in->host, .tty = rq->tty, .via = rq->via, .uid = rq->uid,
		.now = clock_now(in->clock),
		.minutes = (int)policy_rules(run->draft)->request_minutes };
	struct gather g = { .people = run->draft, .ui = in->ui, .clock = in->clock,
		.wait_ms = in->wait_ms };	/* and no log before the first policy */
	int r;

	if ((r = statement_new(&run->st, &si, e)) != 0 ||
	    (r = approvals_new(&run->set, run->st, NULL, run->draft, e)) != 0)
		return r;
	g.st = run->st;
	g.set = run->set;
	if ((r = gather_approvals(&g, e)) != 0 ||
	    (r = ask_sign(&run->draft, run->doc, run->st, run->set, 1, e)) != 0)
		return r;
	return policy_verify_first(run->draft, e);
}

/* Staged, pinned, then in its place: from the pin on, whatever command comes
 * next finishes it (session_open). */
static int write_all(struct run *run, struct err *e)
{
	struct buf b = BUF_INIT;
	struct store_new doc = { 0 };
	struct state_pin pin = { .serial = 1 };
	int fd = -1, r;

	memcpy(pin.vault, run->hash, HASH_LEN);
	memcpy(pin.hash, run->hash, HASH_LEN);
	if ((r = store_doc_policy(&doc.doc, 1, e)) != 0 ||
	    (r = policy_draft_write(&b, run->doc, e)) != 0 ||
	    (r = store_lock(run->store, &fd, LOG_WAIT_MS, e)) != 0)
		goto out;
	doc.data = b.data;
	doc.len = b.len;
	if ((r = store_discard(run->store, run->in->host, &doc.doc, 1, e)) != 0 ||
	    (r = store_stage(run->store, run->in->host, &doc, 1, e)) != 0 ||
	    (r = state_write_pin(run->state, &pin, e)) != 0)
		goto out;
	r = store_commit(run->store, run->in->host, &doc.doc, 1, e);
out:
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return r;
}

static int first_entry(const struct init_in *in, struct err *e)
{
	struct session_config cfg = { .store = in->store, .state = in->state, .host = in->host,
		.clock = in->clock };
	struct session *s = NULL;
	int r = session_open(&s, &cfg, e);

	if (r == 0)
		r = session_need_host(s, e);
	session_close(&s);
	return r;
}

int init_vault(char *vault_hex, const struct init_in *in, struct err *e)
{
	struct run run = { .in = in };
	int r;

	if ((r = open_places(&run, e)) != 0 || (r = draft(&run, e)) != 0)
		goto out;
	hex_encode(vault_hex, run.hash, HASH_LEN);
	if (in->show != NULL && (r = in->show(in->ctx, vault_hex, e)) != 0)
		goto out;
	if ((r = sign(&run, e)) != 0 || (r = write_all(&run, e)) != 0)
		goto out;
	r = first_entry(in, e);
out:
	approvals_free(&run.set);
	statement_free(&run.st);
	policy_free(&run.draft);
	json_free(&run.doc);
	store_close(&run.store);
	state_close(&run.state);
	return r;
}
