/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CEREMONY_SESSION_H
#define TWOKEY_CEREMONY_SESSION_H

#include "base/clock.h"
#include "log/index.h"
#include "log/log.h"
#include "log/reader.h"
#include "vault/policy.h"

/*
 * One vault, opened and verified, as every command but enroll and init starts:
 * the chain of policies from the pinned one on, this machine's memory, and,
 * on a host, its log.
 */
struct session_config {
	const char *store, *state;	/* absolute paths */
	const char *host;		/* this machine's name in the policy, "" if none */
	const struct clock *clock;
	int quiet;			/* 1: opening takes no lock and writes nothing (logins) */
};

struct session {
	struct store *store;
	struct state *state;
	const struct clock *clock;
	char boot[37];
	uint8_t vault[HASH_LEN];
	char vault_hex[2 * HASH_LEN + 1];
	struct policy **policies;	/* serial 1 first; the last is in force */
	size_t npolicies;
	const struct policy *policy;	/* the newest, borrowed from policies */
	struct log_host *hosts;		/* world's, of the newest policy */
	uint8_t (*hashes)[HASH_LEN];	/* policy hashes, serial 1 first */
	struct log_world world;
	char host[NAME_MAX_LEN + 1];	/* "" on a machine that keeps no log */
	struct secret *key;		/* host key; NULL there */
	struct log *log;		/* NULL there */
	struct seen seen;
	struct index *index;		/* NULL before session_index */
};

/*
 * Opens and verifies.  The pinned policy must be there with the pinned hash,
 * each later one must be a valid successor; the pin moves forward (durably;
 * when the disk is full, or with cfg->quiet, the next time).
 * ERR_ROLLBACK: the store is older than what was seen; ERR_TAMPERED: a document
 * does not hold; ERR_MISSING with a hint when nothing is set up here.
 * *out is NULL after a failure.
 */
int session_open(struct session **out, const struct session_config *cfg, struct err *e);
void session_close(struct session **s);

/* ERR_REFUSED with a sentence when this machine is no host of the vault.  Writes
 * the first entry of its log where there is none yet. */
int session_need_host(struct session *s, struct err *e);

/* Behind the writer locks: ERR_REFUSED when there is a newer policy by now than
 * the one this session began under; what is under way must not go on then. */
int session_in_force(const struct session *s, struct err *e);

/* Brings s->index up to all hosts' logs; takes and gives back the writer locks. */
int session_index(struct session *s, struct err *e);
/* The same between log_begin and log_end. */
int session_index_held(struct session *s, struct err *e);

/* Heads of logs ([{host, size, root}]) that a verified document names: a machine
 * that remembers less has to find them in the store.  ERR_ROLLBACK: a log is
 * shorter, ERR_TAMPERED: it is another; `what` begins the sentence. */
int session_see_heads(struct session *s, const json *logs, const char *what, struct err *e);

/* How far host's log counts here: the own one up to the private head, that of a
 * removed host up to its end, another up to its checkpoint, which must extend
 * what was seen.  ERR_MISSING: the policy names no such host; ERR_ROLLBACK and
 * ERR_TAMPERED as log_follow. */
int session_log_extent(const struct session *s, const char *host, int64_t *size,
    uint8_t root[HASH_LEN], struct err *e);

/* Each entry of each host's log as far as it counts, this machine's first: the index
 * is brought up to date, and all lines are hashed once more.  What fn did counts only
 * after success.  ERR_TAMPERED, ERR_ROLLBACK. */
int session_each(struct session *s, log_entry_fn *fn, void *arg, struct err *e);

/* Hashes all of each host's log, as far as it counts: it must lead to its head. */
int session_check_logs(const struct session *s, struct err *e);

/* A document of the store that a strict parser refuses was changed, since what
 * is stored was verified before: ERR_INPUT becomes ERR_TAMPERED, which gets a
 * next step where it has none.  Returns the code; other codes are left alone. */
int session_changed(int r, struct err *e);

/* Options for an append under the policy in force. */
struct log_options session_options(const struct session *s, enum log_space space, int durable);

/* The policy with this serial, NULL if there is none. */
const struct policy *session_policy(const struct session *s, int64_t serial);

#endif
