/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_CLIENT_H
#define TWOKEY_TOKEN_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/child.h"
#include "token/token.h"
#include "token/token_proto.h"
#include "token/token_why.h"

/* Inside of token.h's functions. */

/* Which device node it was: a key plugged in later may get the same path. */
struct client_node {
	uint64_t ino;
	uint64_t born;		/* ns, 0 where the file system does not tell */
	dev_t dev;
};

struct token {
	struct token_device dev;
	struct token_info info;
	struct child child;	/* not running after a failure or a cancel */
	struct token_pool *pool;	/* or NULL */
	int timeout_ms;		/* of opening */
	struct client_node node;
};

/* What to call a device in a sentence. */
const char *client_name(const struct token_device *d);

/* Takes a helper from the pool (NULL: none there) or starts one; it ends at
 * the latest with client_stop. */
int client_start(struct token_pool *p, struct child *c, struct err *e);
void client_stop(struct child *c, int grace_ms);

/* Starts a helper that lists devices, and asks it to. */
int client_start_list(struct child *c, struct err *e);

/* token_pool.c; p may be NULL.  1: *c is a helper that nobody has used. */
int pool_take(struct token_pool *p, struct child *c);
/* 1: *c is a helper that was asked for a list, which nobody has read. */
int pool_take_list(struct token_pool *p, struct child *c);
/* 1: *c was asked to open the device at path, then *node; its answer is due. */
int pool_take_ahead(struct token_pool *p, const char *path, struct child *c,
    struct client_node *node);
/* Ends *c, which had the device at path (short enough for a token_device) open;
 * without a pool it has ended on return. */
void pool_leave(struct token_pool *p, struct child *c, const char *path);
/* Waits until no helper that was left has this device open. */
void pool_await(struct token_pool *p, const char *path);

/* The node at path; all zero when there is none. */
void client_look(struct client_node *node, const char *path);
/* A limit of time that the messages can carry. */
int client_limit(int ms);

/* Opens t's device in a new helper and reads its info, once.  0, or ERR_TOKEN
 * with *why filled in (WHY_GONE when another device has taken its place), or
 * another code with e filled in. */
int client_open(struct token *t, struct proto_failure *why, struct err *e);

/* 1 for codes that mean that the conversation broke down: a stray reply to
 * something cancelled before, a hiccup, or the plug was pulled. */
int client_broken(int code);

/* One request and its answer.  0 and *answer (caller frees), or ERR_TOKEN with
 * *why filled in and e untouched, or any other code with e filled in.  Starts
 * the helper if none runs; reopens the device once when the conversation
 * broke down before anybody could have acted. */
int client_call(struct token *t, const struct frame *rq, int limit_ms,
    const struct token_watch *w, struct frame *answer, struct proto_failure *why, struct err *e);

/* Puts into out (PROTO_IDS_MAX) as many of ids[from..n) as fit into one message
 * to this token, and their indexes into at; unusable ones are left out.
 * *next is where to go on.  Returns how many there are. */
size_t client_cut(const struct token_info *info, const struct token_id *ids, size_t n,
    size_t from, struct token_id *out, size_t *at, size_t *next);

#endif
