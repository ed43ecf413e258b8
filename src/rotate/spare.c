/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <stdlib.h>
#include <string.h>

#define TREE_DEPTH 8	/* more than a policy's 4 */
#define CHILDREN_MAX 255

struct cost {
	const struct policy *made;	/* whose identities the shares were sealed to */
	const struct policy *newest;
	int by_tokens;			/* a leaf costs its tokens; else 1 */
};

/* 1 when the holder still has the identity that `made` sealed to. */
static int still_holder(const struct policy *made, const struct policy *newest, const char *name)
{
	const json *was = rotate_policy_holder(made, name), *is = rotate_policy_holder(newest, name);
	const char *a = json_str(was, "identity"), *b = json_str(is, "identity");

	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static int leaf_cost(const struct cost *c, const char *name)
{
	if (!still_holder(c->made, c->newest, name))
		return 0;
	return c->by_tokens ? (int)json_len(json_get(rotate_policy_holder(c->newest, name), "tokens")) : 1;
}

static int compare_cost(const void *a, const void *b)
{
	const int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/*
 * The least that must be lost so that the tree cannot be satisfied: of a node
 * with threshold t and n children, the n - t + 1 cheapest.  A holder stands in
 * a tree once, so costs add up.
 */
static int tree_cut(const struct cost *c, const json *tree, int depth)
{
	const json *of = json_get(tree, "of");
	const int64_t t = json_int(tree, "threshold");
	size_t n = json_len(of), i;
	int cut[CHILDREN_MAX], sum = 0;

	if (json_is_string(tree))
		return leaf_cost(c, json_text(tree));
	if (!json_is_array(of) || n > CHILDREN_MAX || t < 1 || (size_t)t > n || depth == TREE_DEPTH)
		return 0;
	for (i = 0; i < n; i++)
		cut[i] = tree_cut(c, json_at(of, i), depth + 1);
	qsort(cut, n, sizeof(*cut), compare_cost);
	for (i = 0; i < n - (size_t)t + 1; i++)
		sum += cut[i];
	return sum;
}

/* 1 when p drops or re-keys a holder of the tree, made by `made`. */
static int gives_up(const struct policy *made, const struct policy *p, const json *tree, int depth)
{
	const json *of = json_get(tree, "of");
	size_t i, n = json_len(of);

	if (json_is_string(tree))
		return !still_holder(made, p, json_text(tree));
	for (i = 0; i < n && depth < TREE_DEPTH; i++)
		if (gives_up(made, p, json_at(of, i), depth + 1))
			return 1;
	return 0;
}

static void worth_compute(const struct rotate *r, struct worth *w)
{
	const struct policy *made = &r->policies[w->policy];
	struct cost c = { made, rotate_policy_newest(r), 0 };
	const json *tree = rotate_policy_tree(made, w->quorum);
	size_t i;

	w->cut_holders = tree_cut(&c, tree, 0);
	c.by_tokens = 1;
	w->cut_tokens = tree_cut(&c, tree, 0);
	w->given_up = -1;
	/* Policies are sorted: the first that does it has the earliest serial;
	 * clocks may differ, so the earliest time counts. */
	for (i = w->policy + 1; i < r->n_policies; i++) {
		const int64_t t = r->policies[i].created;

		if ((w->given_up < 0 || t < w->given_up) && gives_up(made, &r->policies[i], tree, 0))
			w->given_up = t;
	}
}

int worth_get(struct rotate *r, size_t at, const char *quorum, const struct worth **out,
    struct err *e)
{
	struct worth *list;
	size_t i;

	*out = NULL;
	for (i = r->n_worth; i-- > 0;)
		if (r->worth[i].policy == at && strcmp(r->worth[i].quorum, quorum) == 0) {
			*out = &r->worth[i];
			return 0;
		}
	list = rotate_grow(r->worth, r->n_worth, &r->cap_worth, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	r->worth = list;
	list[r->n_worth].policy = at;
	list[r->n_worth].quorum = quorum;
	worth_compute(r, &list[r->n_worth]);
	*out = &list[r->n_worth++];
	return 0;
}
