/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "vault/quorum_local.h"

struct quorum_node *quorum_leaf(const char *name, size_t len)
{
	struct quorum_node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->holder = strndup(name, len);
	if (node->holder == NULL)
		quorum_node_free(&node);
	return node;
}

struct quorum_node *quorum_node(size_t threshold)
{
	struct quorum_node *node = calloc(1, sizeof(*node));

	if (node != NULL)
		node->threshold = threshold;
	return node;
}

void quorum_node_free(struct quorum_node **node)
{
	struct quorum_node *gone = *node;

	*node = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->n; i++)
		quorum_node_free(&gone->of[i]);
	free(gone->of);
	free(gone->holder);
	free(gone);
}

int quorum_hang(struct quorum_node *node, struct quorum_node *child, struct err *e)
{
	struct quorum_node **of;

	if (child == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
	of = reallocarray(node->of, node->n + 1, sizeof(*of));
	if (of == NULL) {
		quorum_node_free(&child);
		return err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
	}
	node->of = of;
	node->of[node->n++] = child;
	return 0;
}

static int check_leaf(struct quorum *q, struct quorum_node *leaf, enum err_code code,
    const char *where, struct err *e)
{
	char shown[96];

	if (!text_is_name(leaf->holder)) {
		text_escape(shown, sizeof(shown), leaf->holder, strlen(leaf->holder));
		return err_set(e, code, "%s: \"%s\" is no name of a holder.", where, shown);
	}
	if (q->n == QUORUM_HOLDERS_MAX)
		return err_set(e, code, "%s: a tree has at most %d holders.", where,
		    QUORUM_HOLDERS_MAX);
	if (quorum_has(q, leaf->holder))
		return err_set(e, code, "%s: %s stands in the tree twice.", where, leaf->holder);
	leaf->leaf = q->n;
	q->leaves[q->n++] = leaf;
	return 0;
}

static int check_node(struct quorum *q, struct quorum_node *node, int depth, enum err_code code,
    const char *where, struct err *e)
{
	int r = 0;

	if (node->holder != NULL)
		return check_leaf(q, node, code, where, e);
	if (depth > QUORUM_DEPTH)
		return err_set(e, code, "%s: the tree is more than %d groups deep.", where,
		    QUORUM_DEPTH);
	if (node->n == 0 || node->n > QUORUM_HOLDERS_MAX)
		return err_set(e, code, "%s: a group has 1 to %d members.", where,
		    QUORUM_HOLDERS_MAX);
	if (node->threshold < 1 || node->threshold > node->n)
		return err_set(e, code, "%s: a group of %zu cannot need %zu of them.", where,
		    node->n, node->threshold);
	for (size_t i = 0; i < node->n && r == 0; i++)
		r = check_node(q, node->of[i], depth + 1, code, where, e);
	return r;
}

int quorum_finish(struct quorum **out, struct quorum_node *top, enum err_code code,
    const char *where, struct err *e)
{
	struct quorum *q = calloc(1, sizeof(*q));
	int r;

	*out = NULL;
	if (q == NULL) {
		quorum_node_free(&top);
		return err_set(e, ERR_MEMORY, "No memory is left for a quorum.");
	}
	q->top = top;
	if (top->holder != NULL)
		r = err_set(e, code, "%s: a single name is no quorum.", where);
	else
		r = check_node(q, top, 1, code, where, e);
	if (r == 0 && quorum_least(q) < 2) {
		r = err_set(e, code == ERR_USAGE ? ERR_REFUSED : code,
		    "%s: one holder alone would satisfy this quorum.", where);
		(void)err_hint(e, "Give a tree that takes two people or more, such as "
		    "2 of (alice, bob, carol).");
	}
	if (r == 0) {
		*out = q;
		q = NULL;
	}
	quorum_free(&q);
	return r;
}

void quorum_free(struct quorum **q)
{
	if (*q != NULL)
		quorum_node_free(&(*q)->top);
	free(*q);
	*q = NULL;
}

size_t quorum_size(const struct quorum *q)
{
	return q->n;
}

const char *quorum_holder(const struct quorum *q, size_t i)
{
	return i < q->n ? q->leaves[i]->holder : NULL;
}

int quorum_has(const struct quorum *q, const char *holder)
{
	for (size_t i = 0; i < q->n; i++)
		if (strcmp(q->leaves[i]->holder, holder) == 0)
			return 1;
	return 0;
}

void quorum_mark(unsigned have[QUORUM_HOLDERS_MAX], const struct quorum *q,
    const char *const *holders, size_t n)
{
	for (size_t i = 0; i < QUORUM_HOLDERS_MAX; i++)
		have[i] = 0;
	for (size_t i = 0; i < q->n; i++)
		for (size_t k = 0; k < n && !have[i]; k++)
			have[i] = strcmp(q->leaves[i]->holder, holders[k]) == 0;
}

/* The sum of the k smallest of n numbers, which it sorts. */
static unsigned sum_smallest(unsigned *v, size_t n, size_t k)
{
	unsigned sum = 0;

	for (size_t i = 1; i < n; i++) {
		const unsigned x = v[i];
		size_t j = i;

		for (; j > 0 && v[j - 1] > x; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
	for (size_t i = 0; i < k; i++)
		sum += v[i];
	return sum;
}

/* block: the cheapest way to keep a node from being satisfied instead. */
static unsigned cost_of(const struct quorum_node *node, const unsigned *cost, int block)
{
	unsigned v[QUORUM_HOLDERS_MAX];

	if (node->holder != NULL)
		return cost[node->leaf];
	for (size_t i = 0; i < node->n; i++)
		v[i] = cost_of(node->of[i], cost, block);
	return sum_smallest(v, node->n, block ? node->n - node->threshold + 1 : node->threshold);
}

unsigned quorum_cost(const struct quorum_node *node, const unsigned *cost)
{
	return cost_of(node, cost, 0);
}

size_t quorum_missing(const struct quorum *q, const char *const *holders, size_t n)
{
	unsigned have[QUORUM_HOLDERS_MAX];

	quorum_mark(have, q, holders, n);
	for (size_t i = 0; i < q->n; i++)
		have[i] = !have[i];
	return quorum_cost(q->top, have);
}

int quorum_satisfied(const struct quorum *q, const char *const *holders, size_t n)
{
	return quorum_missing(q, holders, n) == 0;
}

size_t quorum_least(const struct quorum *q)
{
	return quorum_missing(q, NULL, 0);
}

unsigned quorum_cut(const struct quorum *q, const unsigned *cost)
{
	return cost_of(q->top, cost, 1);
}
