/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_FILES_H
#define TWOKEY_CORRELATE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "correlate/event.h"

/*
 * Trail files: .json.gz, .json and .jsonl, alone or in folders, "-" for the standard
 * input.  A file that is broken is reported and passed by, from where it is broken: what
 * stands before counts.  Memory stays within 48 MiB however large a file is, and
 * however much it unpacks to.
 */
struct files {
	char **path;	/* sorted, each once; owned */
	size_t len, cap;
};
#define FILES_INIT { NULL, 0, 0 }

/* Adds a file, or the trail files in a folder and all below it, links followed: digests and insights
 * are none.  ERR_MISSING, ERR_IO. */
int files_find(struct files *f, const char *path, struct err *e);
/* The same for digest files: those in folders named CloudTrail-Digest alone. */
int files_find_digests(struct files *f, const char *path, struct err *e);
void files_free(struct files *f);

struct digests;	/* correlate/digest.h */
struct files_options {
	unsigned threads;	/* 0: as many as the process may use, at most 4 */
	/* What is wrong with a file: words for a sentence.  From any thread, one at a time. */
	void (*say)(void *ctx, const char *path, const char *why);
	/* As events_new has it; one at a time. */
	events_keep *keep;
	void *ctx;		/* for both */
	struct digests *digests;	/* that are verified, or NULL: what has the hash they name is vouched for */
	int vouched;		/* AWS vouches for all of it */
};

struct files_stats {
	int64_t files, broken;		/* read, and those of them that are not whole */
	int64_t records, passed;	/* seen in them, and those that were no record */
	int64_t bytes;			/* unpacked */
};

/* Reads all into the set.  Broken files are no failure: ERR_MEMORY, ERR_IO of keep. */
int files_read(struct events *into, const struct files *f, const struct files_options *o,
    struct files_stats *stats, struct err *e);

#endif
