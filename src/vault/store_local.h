/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_STORE_LOCAL_H
#define TWOKEY_VAULT_STORE_LOCAL_H

#include "vault/store.h"

/* Shared by the files of the store only. */

/* The last part of the path. */
void store_doc_file(char out[STORE_PATH_MAX], const struct store_doc *d);
/* Reads it back; record NULL: a policy.  0 or -1. */
int store_doc_parse_file(struct store_doc *d, const char *record, const char *file);

/* The folder store. */
struct folder {
	struct dir top, policies, records, logs, staging;
	enum file_trust trust;
};
#define FOLDER_STAGING ".new"
#define FOLDER_MODE 0755
#define FOLDER_FILE_MODE 0644

/* Opens records/<name>.  With made (not NULL) a missing one is made, not
 * synced, and *made set to 1; without, ERR_MISSING. */
int folder_record(struct dir *out, const struct folder *f, const char *name, int *made,
    struct err *e);

/* store_dir_write.c */
int folder_stage(void *ctx, const char *host, const struct store_new *docs, size_t n,
    struct err *e);
int folder_commit(void *ctx, const char *host, const struct store_doc *docs, size_t n,
    struct err *e);
int folder_discard(void *ctx, const char *host, const struct store_doc *docs, size_t n,
    struct err *e);
int folder_staged(void *ctx, const char *host, store_doc_fn *fn, void *arg, struct err *e);
int folder_read_staged(void *ctx, const char *host, const struct store_doc *d, struct buf *out,
    struct err *e);

#endif
