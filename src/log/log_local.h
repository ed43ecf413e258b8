/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_LOG_LOCAL_H
#define TWOKEY_LOG_LOG_LOCAL_H

#include "log/checkpoint.h"
#include "log/log.h"

/* Shared by the files of the writer only: log.c, recover.c, append.c, space.c. */

struct log {
	struct log_config cfg;
	char host[NAME_MAX_LEN + 1];
	char file[NAME_MAX_LEN + 16];		/* <host>.jsonl */
	char origin[CHECKPOINT_ORIGIN_MAX];
	uint8_t pub[ED25519_KEY_LEN];
	struct log_head head;
	struct log_head from;	/* as head.json has it: before what is pending */
	int fd;			/* the log file, between begin and end; -1: none yet */
	int state_lock, store_lock;	/* -1: not held */
	int broken;		/* what is on disk is not known: begin again */
};

int log_memory(struct err *e);
int log_begun(const struct log *l);

/* recover.c: what begin does behind the locks. */
/* Reads head.json into l->from, and moves l->head over the pending lines that
 * are in the log.  *tail: bytes behind them.  Changes nothing on disk. */
int recover_head(struct log *l, int64_t *tail, struct err *e);
/* Puts staged documents that the adopted lines name into place; drops others. */
int recover_staged(struct log *l, struct err *e);
/* Reports `tail` bytes behind the head in log.recovered, and cuts them off. */
int recover_tail(struct log *l, int64_t tail, const struct log_options *opts, struct err *e);

/* append.c */
/* The lines, with log.started before them in an empty log; cut: bytes behind
 * are overwritten and cut off. */
int append_entries(struct log *l, json *const entries[], size_t n, const struct store_new docs[],
    size_t ndocs, const struct log_options *opts, int cut, struct log_receipt *receipt,
    struct err *e);
/* Replaces the checkpoint by one of the head; durable: fsynced. */
int append_checkpoint(struct log *l, int durable, enum log_space space, struct err *e);

/* space.c */
enum space_place { SPACE_STORE, SPACE_STATE };
/* Runs step, and while it says ERR_SPACE frees a slice of the reserve at
 * `place`, as far as `space` allows, and runs it again. */
int space_run(const struct log *l, enum log_space space, enum space_place place,
    int (*step)(void *ctx, struct err *e), void *ctx, struct err *e);
/* Fills both reserves where there is room; failing to is no error. */
void space_fill(const struct log *l);

#endif
