/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "vault/quorum_local.h"

#define LEN QUORUM_SECRET_LEN

void quorum_shares_free(struct share *shares, size_t n)
{
	for (size_t i = 0; i < n; i++)
		secret_free(&shares[i].bytes);
}

static int split_node(const struct quorum_node *node, const struct secret *s,
    struct share *shares, struct err *e)
{
	struct secret **part = calloc(node->n, sizeof(*part));
	uint8_t **to = calloc(node->n, sizeof(*to));
	int r = 0;

	if (part == NULL || to == NULL)
		r = err_set(e, ERR_MEMORY, "No memory is left for shares.");
	for (size_t i = 0; i < node->n && r == 0; i++) {
		r = secret_new(&part[i], LEN, e);
		if (r == 0) {
			part[i]->len = LEN;
			to[i] = part[i]->data;
		}
	}
	if (r == 0)
		r = shamir_split(to, node->n, node->threshold, s->data, LEN, e);
	for (size_t i = 0; i < node->n && r == 0; i++) {
		const struct quorum_node *child = node->of[i];

		if (child->holder == NULL) {
			r = split_node(child, part[i], shares, e);
			continue;
		}
		shares[child->leaf].bytes = part[i];
		part[i] = NULL;
	}
	for (size_t i = 0; part != NULL && i < node->n; i++)
		secret_free(&part[i]);
	free(part);
	free(to);
	return r;
}

int quorum_split(const struct quorum *q, const struct secret *s, struct share *shares,
    struct err *e)
{
	int r;

	for (size_t i = 0; i < q->n; i++)
		shares[i] = (struct share){ q->leaves[i]->holder, NULL };
	if (s->len != LEN)
		return err_set(e, ERR_INTERNAL, "A secret to be shared has %d bytes.", LEN);
	r = split_node(q->top, s, shares, e);
	if (r != 0)
		quorum_shares_free(shares, q->n);
	return r;
}

/* cost[leaf] is 0 where a share is at hand. *out is NULL after a failure. */
static int join_node(struct secret **out, const struct quorum_node *node,
    struct secret *const *have, const unsigned *cost, struct err *e)
{
	struct secret **part = calloc(node->n, sizeof(*part));
	const uint8_t **from = calloc(node->n, sizeof(*from));
	uint8_t x[QUORUM_HOLDERS_MAX];
	struct secret *s = NULL;
	size_t k = 0;
	int r = 0;

	if (part == NULL || from == NULL)
		r = err_set(e, ERR_MEMORY, "No memory is left for shares.");
	for (size_t i = 0; i < node->n && k < node->threshold && r == 0; i++) {
		const struct quorum_node *child = node->of[i];

		if (quorum_cost(child, cost) != 0)
			continue;
		if (child->holder == NULL)
			r = join_node(&part[k], child, have, cost, e);
		else
			r = secret_from(&part[k], have[child->leaf]->data, LEN, e);
		if (r == 0) {
			from[k] = part[k]->data;
			x[k++] = (uint8_t)(i + 1);
		}
	}
	if (r == 0)
		r = secret_new(&s, LEN, e);
	if (r == 0) {
		s->len = LEN;
		r = shamir_join(s->data, LEN, from, x, k, e);
	}
	if (r != 0)
		secret_free(&s);
	for (size_t i = 0; i < k; i++)
		secret_free(&part[i]);
	free(part);
	free(from);
	*out = s;
	return r;
}

int quorum_join(struct secret **s, const struct quorum *q, const struct share *shares, size_t n,
    struct err *e)
{
	struct secret **have = calloc(q->n, sizeof(*have));
	unsigned cost[QUORUM_HOLDERS_MAX];
	int r = 0;

	*s = NULL;
	if (have == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for shares.");
	for (size_t i = 0; i < q->n; i++) {
		cost[i] = 1;
		for (size_t k = 0; k < n && cost[i] != 0; k++) {
			if (shares[k].bytes == NULL ||
			    strcmp(shares[k].holder, q->leaves[i]->holder) != 0)
				continue;
			if (shares[k].bytes->len != LEN)
				r = err_set(e, ERR_INPUT, "The share of %s has not %d bytes.",
				    shares[k].holder, LEN);
			have[i] = shares[k].bytes;
			cost[i] = 0;
		}
	}
	if (r == 0 && quorum_cost(q->top, cost) != 0)
		r = err_set(e, ERR_APPROVALS, "The shares at hand do not satisfy the quorum: at "
		    "least %u more are needed.", quorum_cost(q->top, cost));
	if (r == 0)
		r = join_node(s, q->top, have, cost, e);
	free(have);
	return r;
}
