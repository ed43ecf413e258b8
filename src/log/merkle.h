/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_MERKLE_H
#define TWOKEY_LOG_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/crypto.h"

/*
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1) over leaf
 * hashes.  Pure functions; sizes are counts of leaves.
 */
#define MERKLE_DEPTH 53		/* sizes stay below 2^53 */

/* SHA-256(0x00 || line). */
int merkle_leaf(uint8_t out[HASH_LEN], const void *line, size_t len, struct err *e);
/* SHA-256(0x01 || left || right). */
int merkle_node(uint8_t out[HASH_LEN], const uint8_t left[HASH_LEN], const uint8_t right[HASH_LEN],
    struct err *e);

/* The perfect subtrees of the first `size` leaves, largest first: one for each
 * set bit of size. */
struct merkle {
	int64_t size;
	struct hasher *hasher;		/* lent, for many leaves at once; NULL: none */
	size_t n;			/* set bits of size */
	uint8_t node[MERKLE_DEPTH][HASH_LEN];
};
void merkle_init(struct merkle *m);
/* Adds a leaf hash.  After a failure m is as it was. */
int merkle_add(struct merkle *m, const uint8_t leaf[HASH_LEN], struct err *e);
/* The root; for size 0, SHA-256 of nothing. */
int merkle_root(uint8_t out[HASH_LEN], const struct merkle *m, struct err *e);
/* 1 when n is the number of set bits of size (a frontier read from a file). */
int merkle_fits(int64_t size, size_t n);

/* Where proofs take leaf hashes from: leaf i of the tree, i below its size. */
typedef int merkle_leaf_fn(void *ctx, int64_t i, uint8_t out[HASH_LEN], struct err *e);

struct merkle_proof {
	size_t n;
	uint8_t node[2 * MERKLE_DEPTH][HASH_LEN];
};
/* PATH(index, D[size]): index below size.  O(size) leaf reads. */
int merkle_prove_inclusion(struct merkle_proof *p, int64_t index, int64_t size, merkle_leaf_fn *fn,
    void *ctx, struct err *e);
/* PROOF(old, D[size]): 1 <= old <= size. */
int merkle_prove_consistency(struct merkle_proof *p, int64_t old, int64_t size, merkle_leaf_fn *fn,
    void *ctx, struct err *e);
/* RFC 9162 sections 2.1.3.2 and 2.1.4.2.  ERR_TAMPERED when it does not hold,
 * ERR_INPUT when sizes or length can't be. */
int merkle_check_inclusion(const struct merkle_proof *p, int64_t index, int64_t size,
    const uint8_t leaf[HASH_LEN], const uint8_t root[HASH_LEN], struct err *e);
int merkle_check_consistency(const struct merkle_proof *p, int64_t old, int64_t size,
    const uint8_t old_root[HASH_LEN], const uint8_t root[HASH_LEN], struct err *e);

#endif
