/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_DIGEST_H
#define TWOKEY_CORRELATE_DIGEST_H

#include <stdint.h>

#include "base/err.h"
#include "correlate/files.h"

/*
 * CloudTrail's digest files (CloudTrail user guide, "CloudTrail digest file structure" and
 * "Custom implementations of file integrity validation"): each names the files of an hour with
 * their hashes, and the digest before it with its hash and signature.  So all digests but
 * the newest one can be verified from a copy of the bucket alone, with AWS's public keys.
 */
struct digest_keys;

/* Reads AWS's public keys, as ListPublicKeys answers them: {"PublicKeyList": [{"Fingerprint",
 * "Value", ...}]}.  ERR_INPUT names the file. */
int digest_keys_read(struct digest_keys **out, const char *path, struct err *e);
void digest_keys_free(struct digest_keys **k);

struct digest_stats {
	int64_t digests;	/* verified */
	int64_t unsigned_yet;	/* whose signature stands in no digest that is here: the newest ones */
	int64_t bad;		/* changed, or signed by none of the keys */
	int64_t gaps;		/* digests before one that is here, but missing */
	int64_t files;		/* trail files with the hash that a verified digest names */
	int64_t changed;	/* with another one */
	int64_t missing;	/* named by a verified digest, and not here */
	int64_t uncovered;	/* here, and named by no verified digest */
};

/* Times of which all of an account's trail in one region was here, as AWS has signed it. */
struct digest_cover {
	struct digest_hour {
		char account[13], region[32];
		int64_t from, to;	/* ms */
	} *hour;		/* by account, region, time */
	size_t n;
};
#define DIGEST_COVER_INIT { NULL, 0 }
/* 1 when all of [from, to] is covered, without a gap. */
int digest_covers(const struct digest_cover *c, const char *account, const char *region, int64_t from,
    int64_t to);
void digest_cover_free(struct digest_cover *c);

/* Verifies the digests and the trail files that they name.  say: as files_options has it, called
 * for each that is bad, changed or missing.  cover: empty before, what is covered after. */
int digest_verify(struct digest_stats *out, struct digest_cover *cover, const struct files *digests, const struct files *trails,
    const struct digest_keys *keys, const struct files_options *o, struct err *e);

#endif
