/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "ceremony/ask.h"
#include "ceremony/entries.h"
#include "ceremony/session_chain.h"

/* A policy change under way. */
struct run {
	const struct host_in *in;
	struct ask ask;
	json *doc;		/* the draft */
	struct policy *draft;
	uint8_t hash[HASH_LEN];
};

/* The chain of a store that this machine has not seen before, and its pin. */
static int read_chain(struct session *s, struct state_pin *pin, struct err *e)
{
	int64_t last = 0;
	int r = session_load_chain(s, pin, "", e);

	if (r == ERR_MISSING)
		err_hint(e, "Copy the whole store of another host to where `store` in the "
		    "configuration says, then run `twokey host add --vault` again.");
	if (r != 0 || (r = store_last_policy(s->store, &last, e)) != 0)
		return r;
	if (last != policy_serial(s->policy)) {
		err_set(e, ERR_MISSING, "The store holds policy %lld, but not policy %lld, which "
		    "leads to it.", (long long)last, (long long)policy_serial(s->policy) + 1);
		err_hint(e, "Copy the whole store of another host, then run `twokey host add "
		    "--vault` again.");
		return ERR_MISSING;
	}
	memcpy(pin->vault, s->vault, HASH_LEN);
	memcpy(pin->hash, policy_hash(s->policy), HASH_LEN);
	pin->serial = last;
	return 0;
}

/* Pins the vault s->vault, unless it is pinned already. */
static int join(struct session *s, const char *store, const char *state, struct err *e)
{
	struct state_pin pin = { .serial = 0 };
	struct err why = { 0 };
	int r;

	if ((r = state_open(&s->state, state, 1, e)) != 0)
		return r;
	r = state_read_pin(s->state, &pin, &why);
	if (r == 0 && memcmp(pin.vault, s->vault, HASH_LEN) != 0) {
		err_set(e, ERR_EXISTS, "This machine is pinned to another vault (%s).", state);
		err_hint(e, "`twokey log verify` shows it; another vault needs a configuration of its own.");
		return ERR_EXISTS;
	}
	if (r != ERR_MISSING)
		return r != 0 ? err_give(e, &why) : 0;
	if ((r = store_open(&s->store, store, FILE_OURS, e)) != 0 ||
	    (r = read_chain(s, &pin, e)) != 0)
		return r;
	return state_write_pin(s->state, &pin, e);
}

int host_join(const char *store, const char *state, const char *vault_hex, struct err *e)
{
	struct session *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to open the vault.");
	if (hex_decode(s->vault, HASH_LEN, vault_hex, strlen(vault_hex)) != 0) {
		r = err_set(e, ERR_USAGE, "\"%s\" is no vault id: 64 lower-case hexadecimal "
		    "digits.", vault_hex);
		err_hint(e, "`twokey init` printed it, and `twokey log verify` on a host does.");
	} else {
		hex_encode(s->vault_hex, s->vault, HASH_LEN);
		r = join(s, store, state, e);
	}
	session_close(&s);
	return r;
}

static int own_key(struct run *run, uint8_t pub[ED25519_KEY_LEN], struct err *e)
{
	struct session *s = run->ask.s;
	const struct policy_host *known = policy_host(s->policy, run->in->host);
	int r = 0;

	if (s->log != NULL) {
		err_set(e, ERR_EXISTS, "This machine is host %s of the vault already.", s->host);
		err_hint(e, "It can seal and open as it is; `twokey host list` lists all hosts.");
		return ERR_EXISTS;
	}
	if (state_is_host(s->state) == 0 && (r = state_make_host_key(s->state, pub, e)) != 0)
		return r;
	if ((r = state_host_key(s->state, &s->key, e)) != 0 ||
	    (r = ed25519_public(pub, s->key, e)) != 0 || known == NULL)
		return r;
	err_set(e, ERR_EXISTS, "The policy names a host %s already, with another key%s.",
	    run->in->host, known->ended ? " (removed)" : "");
	err_hint(e, "Give this machine a name of its own: `host` in its configuration.");
	return ERR_EXISTS;
}

/* The log in which this ceremony is recorded is the new host's own. */
static int open_log(struct run *run, struct err *e)
{
	struct session *s = run->ask.s;
	struct log_config cfg = { .store = s->store, .state = s->state, .host = s->host,
		.key = s->key, .clock = s->clock, .boot = s->boot };

	snprintf(s->host, sizeof(s->host), "%s", run->in->host);
	memcpy(cfg.vault, s->vault, HASH_LEN);
	return log_open(&s->log, &cfg, e);
}

static int add_heads(struct run *run, struct err *e)
{
	json *heads = NULL;
	int r = log_heads_json(&heads, NULL, &run->ask.s->seen, e);

	for (size_t i = 0; r == 0 && i < json_len(heads); i++) {
		const json *h = json_at(heads, i);
		uint8_t root[HASH_LEN];

		r = json_hex(h, "root", root, sizeof(root)) != 0
		    ? err_set(e, ERR_INTERNAL, "A log's head has no root.")
		    : policy_draft_log(run->doc, json_str(h, "host"), json_int(h, "size"), root, e);
	}
	json_free(&heads);
	return r;
}

static int draft(struct run *run, struct err *e)
{
	struct session *s = run->ask.s;
	uint8_t pub[ED25519_KEY_LEN];
	int r;

	if ((r = session_index(s, e)) != 0 || (r = own_key(run, pub, e)) != 0 ||
	    (r = policy_draft_next(&run->doc, s->policy, clock_now(s->clock), e)) != 0 ||
	    (r = policy_draft_host(run->doc, run->in->host, pub, e)) != 0 ||
	    (r = add_heads(run, e)) != 0 ||
	    (r = policy_draft_hash(run->hash, run->doc, e)) != 0 ||
	    (r = policy_from_json(&run->draft, run->doc, "the new policy", e)) != 0)
		return r;
	return open_log(run, e);
}

/* What is to be signed, the approvals, and the policy signed by them. */
static int gather(struct run *run, struct err *e)
{
	const struct policy *now = run->ask.s->policy;
	struct statement_in si = { .action = ACTION_POLICY,
		.subject = statement_subject_policy(policy_serial(run->draft), run->hash),
		.reason = run->in->reason, .ticket = run->in->ticket };
	struct gather g = { .tree = policy_quorum(now, policy_rules(now)->policy),
		.wait_ms = run->in->wait_ms };
	int r;

	if ((r = ask_statement(&run->ask, &si, e)) != 0 ||
	    (r = ask_gather(&run->ask, &g, run->draft, e)) != 0 ||
	    (r = ask_sign(&run->draft, run->doc, run->ask.st, run->ask.set, 0, e)) != 0)
		return r;
	return policy_verify_next(run->draft, now, e);
}

/* The entry names the policy and brings it into its place (log_append), so a
 * crash leaves both or neither; the pin follows. */
static int write_policy(struct run *run, struct err *e)
{
	struct session *s = run->ask.s;
	const struct log_options began = session_options(s, LOG_SPACE_REQUEST, 1);
	struct log_options o = began;
	struct state_pin pin = { .serial = policy_serial(run->draft) };
	struct store_new doc = { 0 };
	struct log_receipt receipt;
	struct buf b = BUF_INIT;
	json *entry = NULL;
	int r;

	memcpy(o.policy, run->hash, HASH_LEN);
	memcpy(pin.vault, s->vault, HASH_LEN);
	memcpy(pin.hash, run->hash, HASH_LEN);
	if ((r = store_doc_policy(&doc.doc, pin.serial, e)) != 0 ||
	    (r = policy_draft_write(&b, run->doc, e)) != 0)
		goto out;
	doc.data = b.data;
	doc.len = b.len;
	entry = entry_accepted(pin.serial, run->hash);
	r = entry == NULL ? err_set(e, ERR_MEMORY, "There is not enough memory for a log entry.")
			  : log_begin(s->log, LOG_WAIT_MS, &began, e);
	if (r != 0)
		goto out;
	/* The pin moves behind the same locks: no entry of another command under
	 * the policy before gets between. */
	if ((r = session_in_force(s, e)) == 0 &&
	    (r = log_append(s->log, &entry, 1, &doc, 1, &o, &receipt, e)) == 0)
		r = state_write_pin(s->state, &pin, e);
	log_end(s->log);
out:
	json_free(&entry);
	buf_free(&b);
	return r;
}

int host_add(struct session *s, const struct host_in *in, struct err *e)
{
	struct run run = { .in = in,
		.ask = { .s = s, .requester = in->requester, .ui = in->ui } };
	int r;

	if ((r = policy_check_words(s->policy, in->reason, in->ticket, e)) == 0 &&
	    (r = draft(&run, e)) == 0 && (r = gather(&run, e)) == 0)
		r = write_policy(&run, e);
	r = ask_end(&run.ask, r, e);
	ask_clear(&run.ask);
	policy_free(&run.draft);
	json_free(&run.doc);
	return r;
}
