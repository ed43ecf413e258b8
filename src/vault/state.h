/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_STATE_H
#define TWOKEY_VAULT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/crypto.h"

/*
 * The private state of a machine (docs/formats.md section 9): folder 0700,
 * files 0600, owned by root or the user, no symbolic links.  What is laxer
 * is refused (ERR_CONFIG) with the command that mends it.
 */
struct state;

/* The newest policy this machine accepted. */
struct state_pin {
	uint8_t vault[HASH_LEN];
	int64_t serial;
	uint8_t hash[HASH_LEN];
};

/* Opens the state folder; with create, makes it (missing parents 0755).
 * ERR_MISSING when it is not there. */
int state_open(struct state **out, const char *path, int create, struct err *e);
void state_close(struct state **s);
/* The folder, for the log's own files (head.json, seen.json, index/). */
const struct dir *state_dir(const struct state *s);
const char *state_path(const struct state *s);

/* Takes the writer lock, waiting at most wait_ms: ERR_BUSY names the folder
 * and how to find who holds it.  Closing *fd unlocks.  Whoever writes here
 * holds it (log_begin takes it): left-over temporary files are swept by the
 * next holder. */
int state_lock(const struct state *s, int *fd, int wait_ms, struct err *e);

/* Makes the host key (random) and gives its public half; ERR_EXISTS when there
 * is one, which stays. */
int state_make_host_key(const struct state *s, uint8_t pub[ED25519_KEY_LEN], struct err *e);
/* Loads the 32-byte seed.  ERR_MISSING when this machine is no host. */
int state_host_key(const struct state *s, struct secret **seed, struct err *e);
/* 1 when there is a host key, 0 when not, -1 when that can't be told. */
int state_is_host(const struct state *s);

/* ERR_MISSING when nothing is pinned. */
int state_read_pin(const struct state *s, struct state_pin *pin, struct err *e);
/* Replaces the pin durably.  ERR_ROLLBACK when serial is below the pinned one,
 * ERR_REFUSED when another vault is pinned or the same serial has another hash. */
int state_write_pin(const struct state *s, const struct state_pin *pin, struct err *e);

/* Reads a private JSON document; ERR_MISSING when it is not there. */
int state_read_json(const struct state *s, const char *name, json **out, struct err *e);
/* Replaces it durably (canonical bytes, mode 0600). */
int state_write_json(const struct state *s, const char *name, const json *j, struct err *e);
/* The same for what may be lost in a power cut (file_replace_soft): its reader
 * takes a damaged one for none. */
int state_note_json(const struct state *s, const char *name, const json *j, struct err *e);
/* Gives a file that cannot be read another name, NAME.1 or the next one that is free; durable.  The caller
 * holds the lock. */
int state_set_aside(const struct state *s, const char *name, struct err *e);

#endif
