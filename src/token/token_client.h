/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_CLIENT_H
#define TWOKEY_TOKEN_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

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

/* A process that twokey-token has forked for one listing or one device. */
struct helper {
	int fd;		/* our end of its stream; -1: there is none */
	int pidfd;	/* -1: not told yet, or this kernel has none */
};
#define HELPER_NONE ((struct helper){ -1, -1 })

struct token {
	struct token_device dev;
	struct token_info info;
	struct helper helper;	/* none after a failure or a cancel */
	struct token_pool *pool;	/* borrowed */
	int timeout_ms;		/* of opening */
	struct client_node node;
	struct frame sought;	/* a pre-flight that was sent with the opening, or none; owned */
};

/* What to call a device in a sentence. */
const char *client_name(const struct token_device *d);

/* token_server.c.  Starts twokey-token itself, and does not wait for it. */
struct child;
int server_start(struct child *server, struct err *e);
/* Asks it, which is started where none runs, for a helper of this kind (PROTO_LIST
 * or PROTO_OPEN), and sends that one rq; does not wait.  *h is none after a failure. */
int server_ask(struct child *server, int kind, const struct frame *rq, struct helper *h,
    struct err *e);
/* Waits until the helper has begun; *h is none after a failure.  Its answer is due. */
int server_await(struct helper *h, struct err *e);
/* Both; when that fails, once more with a server started anew. */
int server_begin(struct child *server, int kind, const struct frame *rq, struct helper *h,
    struct err *e);
/* Tells it to end: from now on it only says what it still has to. */
void helper_end(struct helper *h);
/* The same, and forgets it. */
void helper_close(struct helper *h);
/* Tells it to end, waits at most grace_ms until it has, and then kills it: with its
 * server where there are no pidfds.  *h is none then. */
void helper_stop(struct helper *h, struct child *server, int grace_ms);

/* token_pool.c.  Opens t's device in a new helper, or takes the one that
 * token_pool_ahead has asked to, and then node and sought of that time; its answer is due. */
int pool_open(struct token_pool *p, struct token *t, struct err *e);
/* Stops *h as helper_stop does. */
void pool_stop(struct token_pool *p, struct helper *h, int grace_ms);
/* *h, which has the device at path (short enough for a token_device) open, is not needed any
 * more: it is told to end, and waited for, no sooner than need be. */
void pool_leave(struct token_pool *p, struct helper *h, const char *path);
/* Waits until no helper that was left has this device open. */
void pool_await(struct token_pool *p, const char *path);

/* The node at path; all zero when there is none. */
void client_look(struct client_node *node, const char *path);
/* A limit of time that the messages can carry. */
int client_limit(int ms);

/* Opens t's device in a helper of its own and reads its info, once.  0, or ERR_TOKEN
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

/* Takes the answer to what was sought.  1 and *answer, a PROTO_FOUND (caller frees), where that
 * was rq; else 0 (with rq NULL, always): it has to be asked for. */
int client_sought(struct token *t, const struct frame *rq, int limit_ms, struct frame *answer);

/* Puts into out (PROTO_IDS_MAX) as many of ids[from..n) as fit into one message
 * to this token, and their indexes into at; unusable ones are left out.
 * *next is where to go on.  Returns how many there are. */
size_t client_cut(const struct token_info *info, const struct token_id *ids, size_t n,
    size_t from, struct token_id *out, size_t *at, size_t *next);

#endif
