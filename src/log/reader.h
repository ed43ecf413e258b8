/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_READER_H
#define TWOKEY_LOG_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "log/head.h"
#include "vault/store.h"

/* Reading a log: streamed, lines bounded. */

/* A line without its newline; lent for the call.  offset is its place in the
 * log.  Stops the walk with non-zero. */
typedef int log_line_fn(void *arg, int64_t seq, int64_t offset, const char *line, size_t len,
    struct err *e);
/* Each line from `offset` (the first byte of line `seq`) on, up to limit lines
 * (-1: all).  ERR_INPUT for a line that is too long or not ended; *next is the
 * offset behind the last whole line (NULL allowed). */
int log_lines(const struct store_span *span, int64_t seq, int64_t offset, int64_t limit,
    log_line_fn *fn, void *arg, int64_t *next, struct err *e);

/* As log_lines, with each line parsed strictly (JSON_CANONICAL) and its seq
 * member compared. */
typedef int log_entry_fn(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e);
int log_each(const struct store_span *span, int64_t seq, int64_t offset, int64_t limit,
    log_entry_fn *fn, void *arg, int64_t *next, struct err *e);

/* ERR_ROLLBACK when the log is shorter than the head's bytes, ERR_TAMPERED
 * when its last line is another one.  O(1): reads that line alone. */
int log_check_head(const struct store_span *span, const char *host, const struct log_head *h,
    struct err *e);

/* What log_follow hands out: as log_line_fn. */

/* Reads host's log from where `h` stands, verifies it against its checkpoint
 * and key, and moves h to the checkpoint's size (to its end, when the host
 * was removed).  fn (NULL allowed) is called for each new line *before* the
 * root is known to hold: what it did counts only after success.  A log
 * without a checkpoint, or none at all, is fine when h is empty: it counts
 * nothing yet.  ERR_ROLLBACK, ERR_TAMPERED; h is as it was then. */
int log_follow(struct log_head *h, const struct store *s, const struct log_world *w,
    const struct log_host *host, log_line_fn *fn, void *arg, struct err *e);

/* The same up to a size and root that are known otherwise (the own head). */
int log_follow_to(struct log_head *h, const struct store *s, const char *host, int64_t size,
    const uint8_t root[HASH_LEN], log_line_fn *fn, void *arg, struct err *e);

/* Each entry of host's log from the first one up to a size and root that are
 * known, read and hashed in one pass (fn NULL: hashed alone).  fn is called
 * *before* the root is known to hold: what it did counts only after success,
 * and *next (NULL allowed) is the offset behind the last entry then.
 * ERR_TAMPERED, ERR_ROLLBACK. */
int log_each_to(const struct store *s, const char *host, int64_t size,
    const uint8_t root[HASH_LEN], log_entry_fn *fn, void *arg, int64_t *next, struct err *e);

/* Moves `seen` forward over the logs of all hosts but `own` (NULL: all).
 * ERR_ROLLBACK or ERR_TAMPERED name the log; seen keeps what was verified
 * before.  *changed is 1 when seen should be written. */
int seen_update(struct seen *seen, const struct store *s, const struct log_world *w,
    const char *own, int *changed, struct err *e);

#endif
