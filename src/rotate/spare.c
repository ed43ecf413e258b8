/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <string.h>

#include "vault/quorum.h"

/* 1 when the holder still has the identity that `made` sealed to. */
static int still_holder(const struct policy *made, const struct policy *newest, const char *name)
{
	const json *was = rotate_policy_holder(made, name), *is = rotate_policy_holder(newest, name);
	const char *a = json_str(was, "identity"), *b = json_str(is, "identity");

	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The least that must be lost under the newest policy so that the tree cannot
 * be satisfied: of holders, or of their tokens. */
static int tree_cut(const struct quorum *q, const struct policy *made,
    const struct policy *newest, int by_tokens)
{
	unsigned cost[QUORUM_HOLDERS_MAX];
	const char *name;
	size_t i;

	for (i = 0; (name = quorum_holder(q, i)) != NULL; i++)
		cost[i] = !still_holder(made, newest, name) ? 0 : !by_tokens ? 1
		    : (unsigned)json_len(json_get(rotate_policy_holder(newest, name), "tokens"));
	return (int)quorum_cut(q, cost);
}

/* 1 when p drops or re-keys a holder of the tree, made by `made`. */
static int gives_up(const struct quorum *q, const struct policy *made, const struct policy *p)
{
	const char *name;
	size_t i;

	for (i = 0; (name = quorum_holder(q, i)) != NULL; i++)
		if (!still_holder(made, p, name))
			return 1;
	return 0;
}

static int worth_compute(const struct rotate *r, struct worth *w, struct err *e)
{
	const struct policy *made = &r->policies[w->policy], *newest = rotate_policy_newest(r);
	const json *tree = rotate_policy_tree(made, w->quorum);
	struct quorum *q = NULL;
	size_t i;
	int rc;

	w->cut_holders = w->cut_tokens = 0;
	w->given_up = -1;
	if (tree == NULL)
		return 0;
	rc = quorum_from_json(&q, tree, w->quorum, e);
	if (rc != 0)
		return rc;
	w->cut_holders = tree_cut(q, made, newest, 0);
	w->cut_tokens = tree_cut(q, made, newest, 1);
	/* Policies are sorted: the first that does it has the earliest serial;
	 * clocks may differ, so the earliest time counts. */
	for (i = w->policy + 1; i < r->n_policies; i++) {
		const int64_t t = r->policies[i].created;

		if ((w->given_up < 0 || t < w->given_up) && gives_up(q, made, &r->policies[i]))
			w->given_up = t;
	}
	quorum_free(&q);
	return 0;
}

int worth_get(struct rotate *r, size_t at, const char *quorum, const struct worth **out,
    struct err *e)
{
	struct worth *list;
	size_t i;
	int rc;

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
	rc = worth_compute(r, &list[r->n_worth], e);
	if (rc != 0)
		return rc;
	*out = &list[r->n_worth++];
	return 0;
}
