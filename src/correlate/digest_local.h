/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_DIGEST_LOCAL_H
#define TWOKEY_CORRELATE_DIGEST_LOCAL_H

#include <pthread.h>
#include <stddef.h>

#include "correlate/digest.h"
#include "correlate/file_local.h"

#define DIGEST_MAX (8u * 1024u * 1024u)		/* bytes of a digest, unpacked */
#define DIGESTS_MAX (384u * 1024u * 1024u)	/* bytes of all that is kept of digests at a time */
#define DIGEST_SIG_MAX 1024			/* bytes of a signature */

/* A trail file that a digest names. */
struct digest_file {
	char *object;		/* its key; owned */
	const char *name;	/* the last part of it */
	uint8_t hash[HASH_LEN];
	int here, seen;		/* with this hash; at all */
	struct digest *in;
};

/* What is kept of a digest file.  Strings are owned; NULL where it has none. */
struct digest {
	char *path;			/* what it is called */
	uint8_t hash[HASH_LEN];
	char *object;			/* "bucket/key" */
	char *end, *finger, *signature;	/* digestEndTime; of the key; its own, hex, when that is known */
	char *previous, *previous_hash, *previous_signature;	/* of the one before; NULL: it is the first */
	char account[13], region[32];	/* "": none */
	int64_t from, to;		/* ms, -1: none */
	struct digest_file *file;	/* owned until digests_verify gathers them */
	size_t n;
	const struct digest *next;	/* that names it as the one before, with its hash */
	int renounced;			/* one names it, with another hash */
	int keyless;			/* no key of its region is known */
	int good, partial;		/* partial: not all that it names is expected, or it is not whole */
};

struct digests {
	struct digest **d;		/* by object, after digests_verify */
	size_t n, cap;
	size_t bytes;			/* kept */
	struct digest_file *file;	/* that good ones name, by name */
	size_t n_files;
	char **unread;			/* names of what is here, and cannot be read */
	size_t n_unread;
	struct digest_stats stats;
	char since[16];
	const struct files_options *o;
	pthread_mutex_t lock;		/* of stats and of the files' here, and of say */
};

const char *digest_last_part(const char *path);

/* digest_read.c: ERR_INPUT, words for a sentence.  *bytes: how much of memory it takes. */
int digest_read(struct digest *d, struct file_reader *fr, const char *path, size_t *bytes, struct err *e);
void digest_free(struct digest *d);

/* digest_keys.c: the key's DER and *len, lent; NULL when there is none of that fingerprint. */
const uint8_t *digest_key(const struct digest_keys *k, const char *fingerprint, size_t *len);

/* digest_cover.c: one more hour, of a digest all of whose files are here. */
int digest_cover_add(struct digest_cover *c, const struct digest *d, struct err *e);
void digest_cover_sort(struct digest_cover *c);
/* The region in a digest's key; "". */
void digest_region(char out[32], const char *object);

/* digest_files.c: is it one of those? */
int digest_is_unread(const struct digests *b, const char *path);
/* digest_files.c: puts together what good digests name. */
int digest_files_gather(struct digests *b, struct err *e);

/* "b: why", from any thread. */
void digest_tell(struct digests *b, const char *path, const char *why);

#endif
