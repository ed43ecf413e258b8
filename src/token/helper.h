/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_HELPER_H
#define TWOKEY_TOKEN_HELPER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/token.h"
#include "token/token_proto.h"

/* The parts of twokey-token.  Functions that answer `int why` return 0, a
 * FIDO_ERR_* number or an enum proto_why. */

#define HELPER_FD 3		/* the client; in the server, what it is asked by */
#define HELPER_DEVICE_FD 4	/* the device: the final filter knows both numbers */

/* helper_device.c: opens the device node at path as HELPER_DEVICE_FD, for this
 * process alone, and reads nothing from it.  0 or an enum proto_why; *errnum is
 * what WHY_NO_OPEN is about, else 0. */
int device_open(const char *path, int *errnum);
/* device_open leaves it locked.  Between requests, while a person is asked for a
 * PIN, it is not: whoever merely asks must not keep others from their keys.
 * 0, or WHY_BUSY when another program held it for ms. */
int device_lock(int ms);
void device_unlock(void);

/* helper_key.c, helper_make.c, helper_assert.c: all that knows libfido2. */
struct key;
void key_library_init(void);
/* The one key of this process, never freed; NULL without memory. */
struct key *key_new(void);
/* Begins the conversation with the device that device_open has opened, and
 * fills in key_info(). */
int key_open(struct key *k, int limit_ms);
const struct token_info *key_info(const struct key *k);
/* Reads the PIN tries left into key_info()->pin_tries. */
void key_read_tries(struct key *k, int limit_ms);
int key_preflight(struct key *k, const struct token_id *ids, size_t n, enum token_has *has,
    size_t *which);
int key_touch(struct key *k, int limit_ms);
int key_make(struct key *k, const struct token_make_request *rq, struct token_credential *out);
int key_assert(struct key *k, const struct token_assert_request *rq,
    struct token_assertion *out);
/* Sends CTAPHID_CANCEL; the one function another thread may call meanwhile. */
void key_cancel(struct key *k);
/* Devices that libfido2 sees. */
int key_list(struct token_device *list, size_t cap, size_t *n);

/* helper_check.c: what an answer says against what was asked. */
int check_assertion(const struct token_assertion *a, const struct token_assert_request *rq);
int check_credential(struct token_credential *c, const struct token_make_request *rq, int uv);
/* The index of id in ids, or n. */
size_t check_find(const struct token_id *ids, size_t n, const uint8_t *id, size_t len);

/* helper_list.c: appends security keys that are plugged in but may not be
 * opened, which libfido2 leaves out. */
void list_locked_out(struct token_device *list, size_t cap, size_t *n);
/* Gives those that libfido2 knows no product of the kernel's name for them: a key
 * without USB strings, or one behind uhid. */
void list_unnamed(struct token_device *list, size_t n);

/* helper_watch.c: a thread that waits for the client to shut down or vanish,
 * and then cancels what `k` is doing until the process ends. */
int watch_start(struct key *k);
/* Marks the time in which a cancel has something to cancel. 0, or -1 when the
 * client is gone already: begin nothing. */
int watch_begin(void);
void watch_end(void);

/* helper_sandbox.c: three filters, one on top of the other, see there. 0 or -1.
 * sandbox_prepare, once and before it, spares sandbox_final the work of making its own. */
int sandbox_server(void);
int sandbox_early(void);
int sandbox_prepare(void);
int sandbox_final(void);

/*
 * helper_fork.c: forks processes for what the client will ask for (token_proto.h), ahead
 * of it, and returns in each of them: PROTO_LIST or PROTO_OPEN, what it is for, with its
 * own client as HELPER_FD and nothing else open but 0 to 2; -1 when it is to end.  Returns
 * 0 in the server when no process waits any more - the client has ended or asked for what
 * there is not - and all others have ended; -1 when none can be made.  ready is called once, as soon as no
 * listing is waited for; unless it returns 0, so does the server, -1.  begin is called in
 * each process before it takes a request, and is told whether ready has been.
 */
int fork_server(int (*ready)(void), int (*begin)(int is_ready));

/* helper_serve.c: one listing (PROTO_LIST), or opening one key and answering
 * requests until the client ends (PROTO_OPEN); the exit status. */
int serve_as(int type);

#endif
