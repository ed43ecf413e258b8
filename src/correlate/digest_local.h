/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_DIGEST_LOCAL_H
#define TWOKEY_CORRELATE_DIGEST_LOCAL_H

#include <stddef.h>

#include "base/view.h"
#include "correlate/digest.h"
#include "correlate/file_local.h"
#include "crypto/crypto.h"

#define DIGEST_MAX (8u * 1024u * 1024u)	/* bytes of a digest, unpacked */
#define DIGEST_SIG_MAX 1024		/* bytes of a signature */

/* A digest file, read. */
struct digest {
	const char *path;		/* lent */
	char *text;			/* of the file; owned */
	struct view view;		/* of text */
	uint8_t hash[HASH_LEN];
	char *object;			/* "bucket/key"; owned */
	char *previous;			/* the same of the one before; NULL: it is the first */
	const struct digest *next;	/* that names it as the one before, with its hash */
	int renounced;			/* one names it, with another hash */
	int good;
};

/* digest_read.c: ERR_INPUT, words for a sentence. */
int digest_read(struct digest *d, struct file_reader *fr, const char *path, struct err *e);
void digest_free(struct digest *d);
/* The text of a member, owned; NULL. */
char *digest_text(const struct digest *d, uint32_t obj, const char *name);

/* The key's DER and *len, lent; NULL when there is none of that fingerprint. */
const uint8_t *digest_key(const struct digest_keys *k, const char *fingerprint, size_t *len);

/* digest_cover.c: one more hour, of a digest all of whose files are here. */
int digest_cover_add(struct digest_cover *c, const struct digest *d, struct err *e);
void digest_cover_sort(struct digest_cover *c);

/* digest_files.c: the trail files that verified digests name.  covered: by trail, set where one
 * has the right hash. */
int digest_check_files(struct digest_stats *out, const struct digest *d, struct file_reader *fr,
    const struct files *trails, unsigned char *covered, const struct files_options *o, struct err *e);

#endif
