/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_DIGEST_H
#define TWOKEY_CORRELATE_DIGEST_H

#include <stdint.h>

#include "base/err.h"
#include "correlate/files.h"
#include "crypto/crypto.h"

/*
 * CloudTrail's digest files (CloudTrail user guide, "CloudTrail digest file structure" and
 * "Custom implementations of file integrity validation"): each names the files of an hour with
 * their hashes, and the digest before it with its hash and signature.  S3 keeps a digest's own
 * signature beside it; of a copy of the bucket all digests but the newest one can be verified by the
 * next.  So: add all digests, verify them, then read the trail's files, then end.
 */
struct digest_keys;

int digest_keys_new(struct digest_keys **out, struct err *e);
/* One key of AWS's: its fingerprint, and its DER RSAPublicKey as base64.  ERR_INPUT. */
int digest_keys_add(struct digest_keys *k, const char *fingerprint, const char *base64, struct err *e);
/* Reads AWS's public keys, as ListPublicKeys answers them: {"PublicKeyList": [{"Fingerprint",
 * "Value", ...}]}.  ERR_INPUT names the file. */
int digest_keys_read(struct digest_keys **out, const char *path, struct err *e);
void digest_keys_free(struct digest_keys **k);

struct digest_stats {
	int64_t digests;	/* verified */
	int64_t unsigned_yet;	/* whose signature is not known, as of a copy's newest ones, or no key for it */
	int64_t bad;		/* changed, or signed by none of the keys */
	int64_t gaps;		/* of a copy: digests before one that is here, but missing */
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

/* The digests of one place, and what they name. */
struct digests;
/* say, of o alone, is told what is bad, changed or missing; o is lent.  since: "20261123T0930Z": of files that
 * were delivered before, nothing is expected; "": all are. */
int digests_new(struct digests **out, const char *since, const struct files_options *o, struct err *e);
void digests_free(struct digests **b);

/* Reads one digest file.  name: what it is called; signature: hex, or "" where it is not known.  A broken one is told, and
 * counted as bad: ERR_MEMORY, ERR_INPUT when there are too many. */
struct file_reader;
int digests_add(struct digests *b, struct file_reader *fr, const char *path, const char *name,
    const char *signature, struct err *e);
int digests_add_files(struct digests *b, const struct files *f, struct err *e);
/* Calls fn for each region that digests are of, once. */
int digests_regions(const struct digests *b, int (*fn)(void *ctx, const char *region, struct err *e), void *ctx,
    struct err *e);
/* No keys are known for a region: its digests are not verified. */
void digests_keyless(struct digests *b, const char *region);
int digests_verify(struct digests *b, const struct digest_keys *keys, struct err *e);

/* After that, from any thread: is a trail file of this name (its last part counts) named by a verified
 * digest?  And has it the hash, of its unpacked bytes: 1, or 0, which is told as a change of it. */
int digests_name(const struct digests *b, const char *path);
int digests_check(struct digests *b, const char *path, const uint8_t hash[HASH_LEN]);
/* Was a file or digest of this name delivered before `since`? */
int digest_is_before(const struct digests *b, const char *path);
/* A file or digest of this name is here, but cannot be read: it is not missing.  ERR_MEMORY. */
int digests_unread(struct digests *b, const char *path, struct err *e);
/* One that no digest names. */
void digests_uncovered(struct digests *b);

/* Tells what is missing, and adds all up. */
int digests_end(struct digests *b, struct digest_stats *out, struct digest_cover *cover, struct err *e);

#endif
