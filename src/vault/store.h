/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_STORE_H
#define TWOKEY_VAULT_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/text.h"

/*
 * The store: documents and logs of a vault, all public (docs/formats.md
 * section 2).  An interface, so that another place than a folder can hold
 * them; what is read is bytes from outside, to be verified by the caller.
 *
 * New documents are staged (durable, not yet in their place), and get their
 * final names only after the log entry that names them is durable (section 9).
 */
#define STORE_DOC_MAX (8u << 20)	/* bytes in a document, at most */
#define STORE_PATH_MAX 192

enum store_kind {
	STORE_POLICY,	/* policies/<serial>.json */
	STORE_RECORD,	/* records/<name>/<version>.json */
	STORE_SHARES	/* records/<name>/<version>.shares.<serial>.json */
};

/* A document's place.  Made by the functions below only, so that name is a
 * checked name and the numbers are at least 1. */
struct store_doc {
	enum store_kind kind;
	char name[NAME_MAX_LEN + 1];	/* of the record; "" for policies */
	int64_t version;		/* of the record; 0 for policies */
	int64_t serial;			/* policy serial; 0 for records */
};

/* ERR_INPUT for what is no name, or numbers out of 1..2^53-1. */
int store_doc_policy(struct store_doc *d, int64_t serial, struct err *e);
int store_doc_record(struct store_doc *d, const char *name, int64_t version, struct err *e);
int store_doc_shares(struct store_doc *d, const char *name, int64_t version, int64_t serial,
    struct err *e);
/* The path below the store's top. */
void store_doc_path(char out[STORE_PATH_MAX], const struct store_doc *d);
/* Reads such a path back: 0, or -1 when it is no document's. */
int store_doc_parse(struct store_doc *d, const char *path);
int store_doc_cmp(const struct store_doc *a, const struct store_doc *b);

/* A new document: its place and its canonical bytes, lent. */
struct store_new {
	struct store_doc doc;
	const void *data;
	size_t len;
};

/* A part of an open file that holds a log. */
struct store_span {
	int fd;		/* the holder closes it; -1 when closed */
	int64_t start;	/* first byte of the log in the file */
	int64_t len;	/* bytes when it was opened */
};
#define STORE_SPAN_INIT { -1, 0, 0 }
void store_span_close(struct store_span *s);

/* Callbacks stop the walk with non-zero, which the walk returns. */
typedef int store_doc_fn(void *arg, const struct store_doc *d, struct err *e);
typedef int store_name_fn(void *arg, const char *name, struct err *e);

/* What a kind of store has to offer; the functions below say what each does.
 * A read-only store (an archive) leaves everything after `hosts` but close NULL. */
struct store_ops {
	int (*read)(void *ctx, const struct store_doc *d, struct buf *out, struct err *e);
	int (*policies)(void *ctx, store_doc_fn *fn, void *arg, struct err *e);
	int (*records)(void *ctx, store_name_fn *fn, void *arg, struct err *e);
	int (*versions)(void *ctx, const char *record, store_doc_fn *fn, void *arg, struct err *e);
	int (*log)(void *ctx, const char *host, struct store_span *out, struct err *e);
	int (*checkpoint)(void *ctx, const char *host, struct buf *out, struct err *e);
	int (*hosts)(void *ctx, store_name_fn *fn, void *arg, struct err *e);
	int (*stage)(void *ctx, const char *host, const struct store_new *docs, size_t n,
	    struct err *e);
	int (*commit)(void *ctx, const char *host, const struct store_doc *docs, size_t n,
	    struct err *e);
	int (*discard)(void *ctx, const char *host, const struct store_doc *docs, size_t n,
	    struct err *e);
	int (*staged)(void *ctx, const char *host, store_doc_fn *fn, void *arg, struct err *e);
	int (*read_staged)(void *ctx, const char *host, const struct store_doc *d, struct buf *out,
	    struct err *e);
	int (*lock)(void *ctx, int *fd, int wait_ms, struct err *e);
	const struct dir *(*logs)(void *ctx);
	void (*close)(void *ctx);
};

struct store {
	const struct store_ops *ops;
	void *ctx;
};

/* Makes an empty store at path (missing parents too): folders 0755, owned by
 * the caller.  ERR_EXISTS when policies are there already. */
int store_make(const char *path, struct err *e);
/* Opens the folder store at path.  The folder and each one below must be owned
 * by root or the effective user and not be writable by others (ERR_CONFIG with
 * the command that mends it), unless trust is FILE_ANY (verifying a copy). */
int store_open(struct store **out, const char *path, enum file_trust trust, struct err *e);
/* Closes and frees (NULL allowed), and sets *s to NULL. */
void store_close(struct store **s);

/* Appends a document's bytes to out.  ERR_MISSING when it is not there. */
int store_read(const struct store *s, const struct store_doc *d, struct buf *out, struct err *e);
/* Each policy, by ascending serial. */
int store_policies(const struct store *s, store_doc_fn *fn, void *arg, struct err *e);
/* The highest policy serial, 0 when there is none. */
int store_last_policy(const struct store *s, int64_t *serial, struct err *e);
/* Each record's name, in byte order.  O(records). */
int store_records(const struct store *s, store_name_fn *fn, void *arg, struct err *e);
/* Each record and shares document of a record, by version, the record first,
 * then its shares by serial.  Nothing when the record is not there. */
int store_versions(const struct store *s, const char *record, store_doc_fn *fn, void *arg,
    struct err *e);
/* Opens a host's log for reading.  ERR_MISSING when there is none. */
int store_log(const struct store *s, const char *host, struct store_span *out, struct err *e);
/* Appends a host's checkpoint to out (at most 64 KiB).  ERR_MISSING. */
int store_checkpoint(const struct store *s, const char *host, struct buf *out, struct err *e);
/* Each host that has a log or a checkpoint here, in byte order. */
int store_hosts(const struct store *s, store_name_fn *fn, void *arg, struct err *e);

/* The functions below write: with the store's lock held, by the log's writer
 * (src/log); callers of the log hand their documents to log_append.  `host`
 * is whose log names them: hosts that share a store keep apart. */

/* Writes n documents beside their places and makes them all durable, folders
 * too.  After a failure none of them is left. */
int store_stage(const struct store *s, const char *host, const struct store_new *docs, size_t n,
    struct err *e);
/* Gives staged documents their final names; never replaces one.  A power cut
 * may take many of them back to where they were staged, none is ever lost.
 * Equal content in place is fine.  ERR_EXISTS when other content is there
 * (that staged document is left; the others are done). */
int store_commit(const struct store *s, const char *host, const struct store_doc *docs, size_t n,
    struct err *e);
/* Removes staged documents (missing is fine). */
int store_discard(const struct store *s, const char *host, const struct store_doc *docs, size_t n,
    struct err *e);
/* Each document this host has staged and not committed. */
int store_staged(const struct store *s, const char *host, store_doc_fn *fn, void *arg,
    struct err *e);
int store_read_staged(const struct store *s, const char *host, const struct store_doc *d,
    struct buf *out, struct err *e);
/* The store's writer lock; closing *fd unlocks.  ERR_BUSY after wait_ms. */
int store_lock(const struct store *s, int *fd, int wait_ms, struct err *e);
/* The folder of the logs, for the writer; NULL for a read-only store. */
const struct dir *store_logs(const struct store *s);
/* 1 when it can be written to. */
int store_writable(const struct store *s);

#endif
