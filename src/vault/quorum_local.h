/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_QUORUM_LOCAL_H
#define TWOKEY_VAULT_QUORUM_LOCAL_H

#include "vault/quorum.h"

/* Shared by quorum*.c only. */

struct quorum_node {
	char *holder;			/* of a leaf; NULL: a node */
	size_t leaf;			/* index in quorum.leaves */
	size_t threshold;
	size_t n;
	struct quorum_node **of;	/* n children, owned */
};

struct quorum {
	struct quorum_node *top;
	struct quorum_node *leaves[QUORUM_HOLDERS_MAX];
	size_t n;
};

/* A leaf for a holder (len bytes of name), or an empty node; NULL: no memory. */
struct quorum_node *quorum_leaf(const char *name, size_t len);
struct quorum_node *quorum_node(size_t threshold);
void quorum_node_free(struct quorum_node **node);
/* Hangs child under node and takes it over, always. ERR_MEMORY. */
int quorum_hang(struct quorum_node *node, struct quorum_node *child, struct err *e);
/* Makes a quorum of a whole tree, taking it over, always; checks all that
 * quorum.h promises, refusing with `code`. `where` starts the sentence. */
int quorum_finish(struct quorum **q, struct quorum_node *top, enum err_code code,
    const char *where, struct err *e);
/* have[i] is 1 where quorum_holder(q, i) is among the holders. */
void quorum_mark(unsigned have[QUORUM_HOLDERS_MAX], const struct quorum *q,
    const char *const *holders, size_t n);
/* The cheapest way to satisfy a node, a leaf costing cost[leaf]; 0 for free. */
unsigned quorum_cost(const struct quorum_node *node, const unsigned *cost);

#endif
