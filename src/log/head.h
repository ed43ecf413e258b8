/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_HEAD_H
#define TWOKEY_LOG_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "log/merkle.h"
#include "vault/record.h"
#include "vault/state.h"

/* How far a log is known: what head.json and seen.json hold of it. */
struct log_head {
	int64_t bytes;			/* length of the file up to here */
	uint8_t last[HASH_LEN];		/* leaf hash of the last line; zeros when empty */
	struct merkle tree;		/* size and frontier */
};

/* Another host's log, as far as this machine has verified it. */
struct seen_log {
	char host[NAME_MAX_LEN + 1];
	struct log_head head;
};

/* seen.json: sorted by host. */
struct seen {
	struct seen_log *logs;
	size_t n;
};

/* The hosts and policies a log is judged by, taken from the policy chain. */
struct log_host {
	char name[NAME_MAX_LEN + 1];
	uint8_t key[ED25519_KEY_LEN];
	int64_t since;			/* serial of the first policy that names it */
	int64_t until;			/* and of the first that ends it; 0: none */
	int ended;			/* the host was removed: */
	int64_t end_size;		/* its log counts up to here */
	uint8_t end_root[HASH_LEN];
};
struct log_world {
	uint8_t vault[HASH_LEN];
	const struct log_host *hosts;	/* of the newest policy */
	size_t nhosts;
	const uint8_t (*policies)[HASH_LEN];	/* policy hashes, serial 1 first */
	size_t npolicies;
};
/* NULL when there is none of that name. */
const struct log_host *log_world_host(const struct log_world *w, const char *name);
/* How the policy of that serial stands to a host. */
enum record_standing log_host_standing(const struct log_host *h, int64_t serial);
/* The serial of a policy hash, 0 when unknown. */
int64_t log_world_serial(const struct log_world *w, const uint8_t hash[HASH_LEN]);

void log_head_init(struct log_head *h);
/* The members size, bytes, last and frontier of an object, both ways. */
int log_head_to_json(json *obj, const struct log_head *h, struct err *e);
int log_head_from_json(struct log_head *h, const json *obj, const char *where, struct err *e);

/* head.json.  ERR_MISSING when there is none.  *pending (npending hashes) is
 * owned by the caller (free). */
int head_read(const struct state *s, struct log_head *h, uint8_t (**pending)[HASH_LEN],
    size_t *npending, struct err *e);
int head_write(const struct state *s, const struct log_head *h,
    const uint8_t (*pending)[HASH_LEN], size_t npending, struct err *e);

/* written.json: the size up to which lines are known to be on disk, 0 when there
 * is no such note or it is damaged: it may be lost in a power cut, and a crash
 * leaves an older one.  What head.json announces is not there yet, or it is and
 * was taken away: only this tells. */
int64_t head_written(const struct state *s);
/* Call it when they are; failing is harmless. */
void head_note_written(const struct state *s, int64_t size);

/* How far this machine knows its own log: head.json, and the announced lines
 * that were on disk.  Of *h only the tree is meant.  ERR_MISSING: no log. */
int head_known(const struct state *s, struct log_head *h, struct err *e);

/* seen.json; an empty set when there is none.  End with seen_free. */
int seen_read(struct seen *out, const struct state *s, struct err *e);
int seen_write(const struct seen *seen, const struct state *s, struct err *e);
const struct log_head *seen_find(const struct seen *seen, const char *host);
/* Sets what is known of a host's log (a new entry or a replacement). */
int seen_set(struct seen *seen, const char *host, const struct log_head *h, struct err *e);
void seen_free(struct seen *seen);

#endif
