/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_LOG_LIB_H
#define TWOKEY_TESTS_LOG_LIB_H

#include "fake_vault.h"
#include "log/index.h"
#include "log/log.h"
#include "log/verify.h"
#include "vault/approval.h"
#include "vault/state.h"
#include "vault/store.h"

/*
 * A vault on disk, in a folder of its own, for tests alone: a store with the
 * first policy, a private state, and the log of host bastion1.  What fails in
 * here ends the test program.
 */
#define LIB_BOOT "11111111-2222-3333-4444-555555555555"

struct lib {
	struct fake_vault v;
	char top[64];		/* the folder */
	char store_path[96], state_path[96];
	struct store *store;
	struct state *state;
	struct log *log;
	struct log_host host;
	struct log_world world;
	uint8_t policies[4][HASH_LEN];
	int64_t now;
	struct clock clock;
	struct log_options opts;
	void (*bend)(json *sealed);	/* what a host that lies makes of its record.sealed, or NULL */
};

/* base: where to make the folder, NULL for /tmp. */
void lib_new(struct lib *l, const char *base);
/* The same with the vault's documents in place of a fresh one. */
void lib_free(struct lib *l);
/* Ends and opens the log again, as the next process does. */
void lib_reopen(struct lib *l);

/* An entry with these string members, NULL-ended pairs; owned. */
json *lib_entry(const char *type, ...) __attribute__((sentinel));
/* Appends a ceremony.denied-like entry of some unknown type. */
void lib_note(struct lib *l, const char *text);
/* Appends policy.accepted for policy 1. */
void lib_accept(struct lib *l);
/* Seals a record and appends its entry; digest may be NULL. */
void lib_seal(struct lib *l, const char *name, uint8_t digest[HASH_LEN]);
/* The same of kind linux-root: a password alone, which nobody knows. */
void lib_seal_linux(struct lib *l, const char *name);
/* Requests what the subject says (taken over); the statement is owned. */
struct statement *lib_request(struct lib *l, enum statement_action action, json *subject);
/* Holder i approves; the approval is owned. */
struct approval *lib_approve(struct lib *l, const struct statement *st, size_t i);
/* Appends an approval of this request by each of `approvers` (bits). */
void lib_approved(struct lib *l, const struct statement *st, unsigned approvers);
/* As lib_unseal for a reseal of these records' shares to policy 1: the subject
 * names `name` and digest; shares.sealed is appended as `entry` has record,
 * version, digest, shares and serial (taken over). */
void lib_reseal(struct lib *l, const char *name, const uint8_t digest[HASH_LEN],
    const uint8_t policy[HASH_LEN], unsigned approvers, json *entry);
/* Requests, lets the holders of `approvers` (bits) approve, and, with release,
 * appends the release that names them. */
void lib_unseal(struct lib *l, const char *name, const uint8_t digest[HASH_LEN],
    unsigned approvers, int release);

/* Whole files below the top, by path from there. */
void lib_read(const struct lib *l, const char *path, struct buf *out);
void lib_write(const struct lib *l, const char *path, const void *data, size_t len);
int lib_exists(const struct lib *l, const char *path);
/* Files in a folder whose names begin so. */
size_t lib_count(const struct lib *l, const char *folder, const char *prefix);

/* Verifies the store as it stands, from public data alone; owned. */
struct verify_report *lib_verify(const struct lib *l);
/* 1 when a fault or note (level) of this entry, or of a range with it, is in r. */
int lib_found(const struct verify_report *r, enum verify_level level, int64_t seq);
/* Prints the findings, for a test that is about to fail. */
void lib_print(const struct verify_report *r);

#endif
