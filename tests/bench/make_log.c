/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a store with a long log for `twokey log verify` to be timed on: a first
 * policy signed by two holders, one record, and COUNT ceremonies, each with two
 * ES256 approvals and a release.  With "denied" the ceremonies end without any
 * approval.  All of it goes through the code that the vault itself uses; the
 * keys are in this program's memory and gone at its end.
 *
 *   make_log FOLDER COUNT [denied]     writes FOLDER/store and FOLDER/state
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../unit/fake_vault.h"
#include "log/checkpoint.h"
#include "log/log.h"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define RECORD "prod-main"
#define STEP_MS 5
#define BATCH 512		/* ceremonies in one append */

struct maker {
	struct fake_vault v;
	struct store *store;
	struct state *state;
	struct log *log;
	struct clock clock;
	int64_t now;
	uint8_t digest[HASH_LEN];	/* of the record */
	struct log_options opts;
	char origin[CHECKPOINT_ORIGIN_MAX];
	json *entries[4 * BATCH];
	size_t n;
	int denied;
};

static void must(int r, const struct err *e)
{
	fake_must(r == 0, e->text);
}

static int64_t tick(void *ctx)
{
	struct maker *m = ctx;

	return m->now += STEP_MS;
}

static json *entry(const char *type)
{
	json *j = json_new_object();

	fake_must(json_set_str(j, "type", type) == 0, "memory");
	return j;
}

static void add(struct maker *m, json *j)
{
	m->entries[m->n++] = j;
}

static void flush(struct maker *m, const struct store_new *docs, size_t ndocs, int durable)
{
	struct log_options o = m->opts;
	struct err e = { 0 };

	o.durable_checkpoint = durable;
	must(log_append(m->log, m->entries, m->n, docs, ndocs, &o, NULL, &e), &e);
	while (m->n > 0)
		json_free(&m->entries[--m->n]);
}

static void begin(struct maker *m, const char *folder)
{
	struct store_new first = { .len = 0 };
	char store[512], state[512];
	struct err e = { 0 };

	(void)snprintf(store, sizeof(store), "%s/store", folder);
	(void)snprintf(state, sizeof(state), "%s/state", folder);
	fake_must(mkdir(folder, 0700) == 0, "the folder is there already, or cannot be made");
	m->now = FAKE_NOW;
	m->clock = (struct clock){ tick, m };
	fake_vault_new(&m->v, 2, 1, "2 of (alice, bob)", NULL);
	must(store_make(store, &e), &e);
	must(store_open(&m->store, store, FILE_OURS, &e), &e);
	must(state_open(&m->state, state, 1, &e), &e);
	must(store_doc_policy(&first.doc, 1, &e), &e);
	first.data = m->v.policy_bytes.data;
	first.len = m->v.policy_bytes.len;
	must(store_stage(m->store, FAKE_HOST, &first, 1, &e), &e);
	must(store_commit(m->store, FAKE_HOST, &first.doc, 1, &e), &e);
	struct log_config cfg = { .store = m->store, .state = m->state, .host = FAKE_HOST,
		.key = m->v.host_seed, .clock = &m->clock, .boot = BOOT };
	memcpy(cfg.vault, policy_vault(m->v.policy), HASH_LEN);
	memcpy(m->opts.policy, policy_hash(m->v.policy), HASH_LEN);
	checkpoint_origin(m->origin, cfg.vault, FAKE_HOST);
	must(log_open(&m->log, &cfg, &e), &e);
}

static void end(struct maker *m)
{
	log_close(&m->log);
	state_close(&m->state);
	store_close(&m->store);
	fake_vault_free(&m->v);
}

static json *sealed_fields(void)
{
	static const char *const names[] = { "password", "totp" };
	json *fields = json_new_array();

	for (size_t i = 0; i < 2; i++) {
		json *f = json_new_object(), *known = json_new_array();

		fake_must((i > 0 || json_add_str(known, "alice") == 0) &&
		    json_set_str(f, "name", names[i]) == 0 && json_set(f, "known_to", known) == 0 &&
		    json_add(fields, f) == 0, "memory");
	}
	return fields;
}

static void seal(struct maker *m)
{
	json *j = entry("policy.accepted"), *who = json_new_object();
	struct record_sealed s;
	struct store_new docs[2];
	struct err e = { 0 };

	fake_must(json_set_int(j, "serial", 1) == 0 &&
	    json_set_hex(j, "hash", policy_hash(m->v.policy), HASH_LEN) == 0, "memory");
	add(m, j);
	fake_seal(&m->v, RECORD, &s);
	must(store_doc_record(&docs[0].doc, RECORD, 1, &e), &e);
	must(store_doc_shares(&docs[1].doc, RECORD, 1, 1, &e), &e);
	docs[0].data = s.record.data;
	docs[0].len = s.record.len;
	docs[1].data = s.shares.data;
	docs[1].len = s.shares.len;
	memcpy(m->digest, s.digest, HASH_LEN);
	j = entry("record.sealed");
	fake_must(json_set_str(who, "user", "op") == 0 && json_set_str(who, "host", FAKE_HOST) == 0 &&
	    json_set_str(who, "tty", "pts/0") == 0 && json_set_str(who, "via", "") == 0 &&
	    json_set_int(who, "uid", 1000) == 0 && json_set(j, "requester", who) == 0 &&
	    json_set_str(j, "record", RECORD) == 0 && json_set_int(j, "version", 1) == 0 &&
	    json_set_hex(j, "digest", s.digest, HASH_LEN) == 0 &&
	    json_set_hex(j, "shares", s.shares_digest, HASH_LEN) == 0 &&
	    json_set_str(j, "kind", "aws-root") == 0 && json_set_str(j, "quorum", "default") == 0 &&
	    json_set_bool(j, "candidate", 0) == 0 && json_set_null(j, "attended") == 0 &&
	    json_set(j, "fields", sealed_fields()) == 0,
	    "memory");
	add(m, j);
	flush(m, docs, 2, 1);
	record_sealed_free(&s);
}

static struct statement *request(struct maker *m, const uint8_t root[HASH_LEN], int64_t size)
{
	static const struct statement_field field = { "password", "value" };
	static const uint8_t key[X25519_LEN] = { 9 };
	const struct statement_deliver deliver = { .to = "requester", .key = key,
		.fields = &field, .n = 1 };
	struct statement_in in = { .vault = policy_vault(m->v.policy), .policy = m->opts.policy,
		.action = ACTION_UNSEAL, .subject = statement_subject_unseal(RECORD, 1, m->digest),
		.deliver = &deliver, .n_deliver = 1, .reason = "locked out of IAM Identity Center",
		.ticket = "INC-4711", .user = "op", .host = FAKE_HOST, .tty = "pts/0", .via = "",
		.uid = 1000, .now = m->now, .minutes = 60, .log_origin = m->origin,
		.log_size = size, .log_root = root };
	struct statement *st = NULL;
	struct err e = { 0 };
	json *j = entry("ceremony.requested");

	must(statement_new(&st, &in, &e), &e);
	fake_must(json_set(j, "statement", json_copy(st->doc)) == 0, "memory");
	add(m, j);
	return st;
}

static void approve(struct maker *m, const struct statement *st, size_t holder)
{
	static const uint8_t bytes[32] = { 1 };
	struct approval_share share = { "password", NULL };
	struct secret *secret = NULL;
	json *j = entry("ceremony.approved");
	struct approval *a;
	struct err e = { 0 };

	must(secret_from(&secret, bytes, sizeof(bytes), &e), &e);
	share.share = secret;
	a = fake_approve(&m->v, st, holder, 0, &share, 1);
	secret_free(&secret);
	fake_must(json_set_hex(j, "statement", st->hash, HASH_LEN) == 0 &&
	    json_set(j, "approval", approval_bare(a)) == 0 &&
	    json_set(j, "warnings", json_new_array()) == 0, "memory");
	approval_free(&a);
	add(m, j);
}

static void release(struct maker *m, const struct statement *st)
{
	json *j = entry("released"), *holders = json_new_array();

	fake_must(json_add_str(holders, "alice") == 0 && json_add_str(holders, "bob") == 0 &&
	    json_set(j, "holders", holders) == 0 &&
	    json_set_hex(j, "statement", st->hash, HASH_LEN) == 0 &&
	    json_set_str(j, "record", RECORD) == 0 && json_set_int(j, "version", 1) == 0 &&
	    json_set_hex(j, "digest", m->digest, HASH_LEN) == 0 && json_set_null(j, "due") == 0 &&
	    json_set(j, "fields", json_copy(json_get(json_at(st->deliver, 0), "fields"))) == 0,
	    "memory");
	add(m, j);
}

static void deny(struct maker *m, const struct statement *st)
{
	json *j = entry("ceremony.denied");

	fake_must(json_set_hex(j, "statement", st->hash, HASH_LEN) == 0 &&
	    json_set_str(j, "code", "approvals") == 0 &&
	    json_set_str(j, "text", "Not enough approvals came in time.") == 0, "memory");
	add(m, j);
}

static void ceremonies(struct maker *m, long count)
{
	uint8_t root[HASH_LEN];
	struct err e = { 0 };

	while (count > 0) {
		const int64_t size = log_head(m->log)->tree.size;
		const long now = count < BATCH ? count : BATCH;

		must(log_root(root, m->log, &e), &e);
		for (long i = 0; i < now; i++) {
			struct statement *st = request(m, root, size);

			if (m->denied) {
				deny(m, st);
			} else {
				approve(m, st, 0);
				approve(m, st, 1);
				release(m, st);
			}
			statement_free(&st);
		}
		count -= now;
		flush(m, NULL, 0, count == 0);
	}
}

int main(int argc, char *argv[])
{
	static struct maker m;
	const long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	struct err e = { 0 };

	if (count < 1 || argc > 4 || (argc == 4 && strcmp(argv[3], "denied") != 0)) {
		(void)fprintf(stderr, "usage: make_log FOLDER COUNT [denied]\n");
		return 2;
	}
	must(crypto_init(&e), &e);
	m.denied = argc == 4;
	begin(&m, argv[1]);
	seal(&m);
	ceremonies(&m, count);
	end(&m);
	return 0;
}
