/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_QUORUM_H
#define TWOKEY_VAULT_QUORUM_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"

/*
 * A quorum: a threshold tree over holders (docs/formats.md section 4).  Every
 * tree that these functions hand out is sound: depth at most QUORUM_DEPTH
 * nodes, 1 <= threshold <= children, each holder in it once, and never
 * satisfied by one holder alone.  People are counted, not tokens: a holder has
 * one leaf, so one share, however many tokens open it.
 */
#define QUORUM_DEPTH 4
#define QUORUM_HOLDERS_MAX 255	/* leaves in a whole tree */
#define QUORUM_SECRET_LEN 32

struct quorum;

/* One holder's part of a secret that went down a tree. */
struct share {
	const char *holder;	/* borrowed */
	struct secret *bytes;	/* QUORUM_SECRET_LEN bytes, or NULL */
};

/* Parses `2 of (alice, bob, 1 of (carol, dave))`; white space is free.  *q is
 * owned by the caller, NULL after a failure.  ERR_USAGE says where the text is
 * off, ERR_REFUSED that one holder alone would satisfy it. */
int quorum_from_text(struct quorum **q, const char *text, struct err *e);
/* Parses the tree of a policy; ERR_INPUT names `where`. */
int quorum_from_json(struct quorum **q, const json *tree, const char *where, struct err *e);
/* An owned value, NULL for lack of memory. */
json *quorum_to_json(const struct quorum *q);
/* Appends the text form; ERR_MEMORY. */
int quorum_to_text(struct buf *out, const struct quorum *q, struct err *e);
void quorum_free(struct quorum **q);

/* Holders of the tree, left to right. */
size_t quorum_size(const struct quorum *q);
const char *quorum_holder(const struct quorum *q, size_t i);	/* NULL past the end */
int quorum_has(const struct quorum *q, const char *holder);

/* 1 when these holders satisfy q. A name that comes twice counts once; names
 * that q does not know count nothing. */
int quorum_satisfied(const struct quorum *q, const char *const *holders, size_t n);
/* The smallest number of people that can satisfy q (2 or more). */
size_t quorum_least(const struct quorum *q);
/* The smallest number of people who, joining these, satisfy q; 0: satisfied. */
size_t quorum_missing(const struct quorum *q, const char *const *holders, size_t n);
/* The least that must be lost so that q cannot be satisfied any more, when
 * losing quorum_holder(q, i) counts cost[i]; of those with 0 nobody is needed. */
unsigned quorum_cut(const struct quorum *q, const unsigned *cost);

/* Sends QUORUM_SECRET_LEN bytes down the tree with fresh coefficients for each
 * node.  shares has room for quorum_size(q); shares[i] is for
 * quorum_holder(q, i), whose name it borrows.  After a failure all bytes are
 * NULL.  Free with quorum_shares_free. */
int quorum_split(const struct quorum *q, const struct secret *s, struct share *shares,
    struct err *e);
/* Joins up the tree from any satisfied set; at each node the first t children
 * that can be had count, the others are ignored.  A name that comes twice: the
 * first counts.  ERR_APPROVALS when the set does not satisfy q; *s is NULL
 * then.  Whether the result is right only a commitment tells. */
int quorum_join(struct secret **s, const struct quorum *q, const struct share *shares, size_t n,
    struct err *e);
/* Wipes and frees the bytes of n shares. */
void quorum_shares_free(struct share *shares, size_t n);

#endif
