/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_FILE_LOCAL_H
#define TWOKEY_CORRELATE_FILE_LOCAL_H

#include <stdio.h>

#include "correlate/files.h"
#include "correlate/gunzip.h"
#include "crypto/crypto.h"

/* What one thread reads files with. */
struct file_reader {
	struct gunzip *gunzip;
	char *in, *out;			/* packed and unpacked bytes */
	size_t in_cap, out_cap;
	struct hasher *hasher;
	int hashing;			/* what is unpacked */
	struct events *events;		/* where records go now */
	int keep_failed;		/* the error is of the caller's, not of the file */
};

int file_reader_new(struct file_reader **out, struct err *e);
void file_reader_free(struct file_reader **fr);

/* Reads one file, "-" for the standard input; adds records and bytes to stats.  hash, unless it is NULL: of
 * its unpacked bytes, when 0 came back.  e->text is words for a sentence: what is wrong with the file. */
int file_read_trail(struct file_reader *fr, const char *path, struct events *into,
    struct files_stats *stats, uint8_t hash[HASH_LEN], struct err *e);

/* file_take.c: the same for a file called name, against o->digests; what is wrong with it is told and counted.  Errors are
 * those that end it all. */
int file_take(struct file_reader *fr, struct events *into, const char *path, const char *name,
    const struct files_options *o, struct files_stats *stats, struct err *e);

/* Hands a file's bytes on, unpacked if it is packed, piece by piece. */
typedef int file_bytes_fn(void *ctx, const char *bytes, size_t len, struct err *e);
int file_each(struct file_reader *fr, const char *path, file_bytes_fn *fn, void *ctx, struct err *e);

#endif
