/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_ROTATE_ROTATE_LOCAL_H
#define TWOKEY_ROTATE_ROTATE_LOCAL_H

#include "crypto/crypto.h"
#include "rotate/rotate.h"
#include "vault/record.h"

enum fact_kind { FACT_SEALED, FACT_SHARES, FACT_RELEASED, FACT_CONFIRMED, FACT_PROVEN, FACT_KINDS };

/* A log entry that says something about a record's version.  The texts belong
 * to the entry. */
struct fact {
	const char *record;
	int64_t version;
	int64_t time;
	const char *host;
	int64_t seq;
	json *entry;	/* one reference of ours */
	int ignored;	/* not the owner's (owner.c); sorted behind the others */
};

struct facts {
	struct fact *list;
	size_t n, cap;
	size_t counted;	/* those that are not ignored, once sorted */
};

/* Facts of one record, or of one version of it. */
struct span {
	const struct fact *list;
	size_t n;
};

struct policy {
	int64_t serial;
	int64_t created;
	char hash[2 * HASH_LEN + 1];
	json *doc;	/* one reference of ours */
};

/* When a token last answered. */
struct proof {
	const char *holder, *label;
	int64_t time;
	json *keep;	/* the entry or value the texts belong to */
};

/* What shares sealed under one policy's quorum are worth now; a cache. */
struct worth {
	size_t policy;		/* index */
	const char *quorum;
	int64_t given_up;	/* first policy that drops or re-keys one of its holders, ms, or -1 */
	int cut_tokens;		/* smallest losses after which they cannot be opened */
	int cut_holders;
};

struct rotate {
	struct facts facts[FACT_KINDS];
	struct policy *policies;
	size_t n_policies, cap_policies;
	struct proof *proofs;
	size_t n_proofs, cap_proofs;
	struct worth *worth;
	size_t n_worth, cap_worth;
	int sorted;
};

/* Room for one more element of a growing array; NULL without memory. */
void *rotate_grow(void *list, size_t n, size_t *cap, size_t size);

/* rotate.c: orders everything, so that the order of feeding is forgotten. */
void rotate_sort(struct rotate *r);
struct span rotate_record_facts(const struct rotate *r, enum fact_kind k, const char *record);
struct span rotate_version_facts(struct span of_record, int64_t version);

/* owner.c: marks the facts about a host's own root password that are not its own
 * and do not count (docs/formats.md section 8).  1 when there are any.  Call it
 * with all facts in order. */
int owner_ignore(struct rotate *r);

/* policy.c: the index of the policy with this hash or serial; n_policies if none. */
size_t rotate_policy_by_hash(const struct rotate *r, const char *hash);
size_t rotate_policy_by_serial(const struct rotate *r, int64_t serial);
const struct policy *rotate_policy_newest(const struct rotate *r);
/* How the policy of this hash stands to a host; one that is not there gives it
 * charge. */
enum record_standing rotate_policy_standing(const struct rotate *r, const char *hash,
    const char *host);
/* The holder's bundle in a policy, or NULL. */
const json *rotate_policy_holder(const struct policy *p, const char *name);
const json *rotate_policy_tree(const struct policy *p, const char *quorum);
/* The rule's hours for a kind in ms. */
int64_t rotate_policy_deadline(const struct policy *p, const char *kind);
/* Hosts that may still seal and log. */
int rotate_policy_hosts(const struct policy *p);

/* spare.c: what shares of policy `at` and this quorum are worth under the newest one. */
int worth_get(struct rotate *r, size_t at, const char *quorum, const struct worth **out,
    struct err *e);

/* judge.c: a record's fields; *fields is owned by the caller. */
struct judge {
	struct rotate *r;
	int64_t now;
	struct span sealed, shares, released, confirmed, proven;	/* of the record */
};
int judge_record(struct judge *j, struct rotate_record *rec, struct rotate_field **fields,
    struct err *e);
/* The entry of a version (the first, if it was sealed twice), or NULL. */
const struct fact *judge_version(const struct judge *j, int64_t version);

#endif
