/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_INDEX_LOCAL_H
#define TWOKEY_LOG_INDEX_LOCAL_H

#include "base/buf.h"
#include "base/view.h"
#include "log/index.h"

/* Shared by the files of the index only. */

#define INDEX_SHARDS 4096	/* by the first 12 bits of SHA-256(name) */
#define INDEX_SHARD_MAX (8u << 20)

/* Records whose names hash alike. */
struct shard {
	struct index_record **recs;
	size_t n, cap;
	int loaded, dirty;
};

struct index {
	struct index_config cfg;
	struct dir dir;		/* fd -1: no cache on disk */
	struct seen at;		/* per log, how far the shards fit */
	int64_t lag;		/* lines followed since the stamp was written */
	struct shard shards[INDEX_SHARDS];
	struct view view;
	const char *host;	/* whose lines are followed */
	char boot[37];
};

int index_memory(struct err *e);

/* index_cache.c */
int index_load(struct index *ix, size_t i, struct err *e);
/* Writes what changed; gives the disk up when it can't. */
void index_save(struct index *ix);
/* Does the cache on disk fit this boot, this policy and hosts? Reads ix->at. */
int index_stamp_fits(struct index *ix);
/* All shards empty and loaded; nothing on disk. */
void index_reset(struct index *ix);

/* index_shard.c: a shard in memory, and as the text of its file. */
struct index_record *shard_find(const struct shard *s, const char *name);
/* The record of that name, added empty when it is not there. */
int shard_need(struct index_record **out, struct shard *s, const char *name, struct err *e);
void shard_clear(struct shard *s);
/* The version, added (named by nobody: seq -1) when it is not there; early: what of it
 * is early (index.h). */
int record_need_version(struct index_version **out, struct index_record *r, int64_t version,
    int early, struct err *e);
int version_add_shares(struct index_version *v, const struct index_shares *sh, struct err *e);
/* As if no record.sealed entry had named it. */
void version_forget(struct index_version *v);
/* owner: the host whose own record it is, or NULL. */
int record_copy(struct index_record **out, const struct index_record *r, const char *owner,
    struct err *e);
int shard_write(struct buf *out, const struct shard *s, struct err *e);
/* ERR_INPUT for anything else than shard_write made. */
int shard_read(struct shard *s, const struct buf *text, struct err *e);

#endif
