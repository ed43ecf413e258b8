/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_LOG_TWO_H
#define TESTS_UNIT_LOG_TWO_H

/* Two hosts that write into one store, and the first one's index of it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "log_lib.h"


#define BOOT2 "22222222-2222-3333-4444-555555555555"
#define STAMP "state/index/stamp.json"

/* A second host that writes into the same store, and what our host knows. */
struct two {
	struct lib l;
	struct log_host hosts[2];
	struct secret *seed;
	struct state *state;
	struct log *log;
	struct seen seen;
	struct index *ix;
	char path[96];
};

static inline void two_new(struct two *t)
{
	struct err e = { 0 };

	memset(t, 0, sizeof(*t));
	lib_new(&t->l, NULL);
	t->hosts[0] = t->l.host;
	strcpy(t->hosts[1].name, "bastion2");
	assert_int_equal(random_secret(&t->seed, 32, &e), 0);
	assert_int_equal(ed25519_public(t->hosts[1].key, t->seed, &e), 0);
	t->l.world.hosts = t->hosts;
	t->l.world.nhosts = 2;
	(void)snprintf(t->path, sizeof(t->path), "%s/state2", t->l.top);
	assert_int_equal(state_open(&t->state, t->path, 1, &e), 0);
	struct log_config cfg = { .store = t->l.store, .state = t->state, .host = "bastion2",
		.key = t->seed, .clock = &t->l.clock, .boot = LIB_BOOT };
	memcpy(cfg.vault, t->l.world.vault, HASH_LEN);
	assert_int_equal(log_open(&t->log, &cfg, &e), 0);
}

static inline void two_free(struct two *t)
{
	index_close(&t->ix);
	log_close(&t->log);
	state_close(&t->state);
	secret_free(&t->seed);
	seen_free(&t->seen);
	lib_free(&t->l);
}

static inline int open_index(struct two *t, const char *boot, struct err *e)
{
	struct index_config cfg = { .store = t->l.store, .state = t->l.state,
		.world = &t->l.world, .own_host = FAKE_HOST, .own_head = log_head(t->l.log),
		.seen = &t->seen, .boot = boot };
	int r;

	index_close(&t->ix);
	seen_free(&t->seen);
	err_clear(e);
	r = seen_read(&t->seen, t->l.state, e);
	return r != 0 ? r : index_open(&t->ix, &cfg, e);
}

/* The other host says it sealed (a candidate, too), resealed, released or
 * confirmed (by its shadow file, too) something. */
static inline void other_says(struct two *t, const char *type, const char *record, int64_t version,
    int64_t serial, char digit)
{
	const int candidate = strcmp(type, "candidate") == 0, shadow = strcmp(type, "shadow") == 0;
	char hash[2 * HASH_LEN + 1];
	struct err e = { 0 };
	json *j;

	memset(hash, digit, 2 * HASH_LEN);
	hash[2 * HASH_LEN] = '\0';
	j = lib_entry(candidate ? "record.sealed" : shadow ? "rotation.confirmed" : type, "record", record,
	    "digest", hash, "shares", hash, shadow ? "by" : NULL, "shadow", NULL);
	assert_int_equal(json_set_int(j, "version", version), 0);
	assert_int_equal(json_set_bool(j, "candidate", candidate), 0);
	assert_int_equal(json_set_null(j, "attended"), 0);
	if (serial > 0)
		assert_int_equal(json_set_int(j, "serial", serial), 0);
	assert_int_equal(log_append_one(t->log, j, &t->l.opts, NULL, &e), 0);
	json_free(&j);
}

static inline struct index_record *need(struct two *t, const char *name)
{
	struct index_record *r = NULL;
	struct err e = { 0 };
	const int rc = index_find(&r, t->ix, name, &e);

	if (rc != 0)
		print_error("%s\n", e.text);
	assert_int_equal(rc, 0);
	return r;
}

#endif
