/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "vault/approval_local.h"
#include "vault/doc.h"

#define APPROVALS_MAX 510	/* each holder under two policies */

struct one {
	struct approval *a;
	int newest;	/* by a token of the newest policy */
	int draft;	/* by a token of the draft */
};

struct approvals {
	const struct statement *st;
	const struct policy *p, *also;
	struct one *list;
	size_t n;
};

int approvals_new(struct approvals **set, const struct statement *st, const struct policy *p,
    const struct policy *also, struct err *e)
{
	struct approvals *s = calloc(1, sizeof(*s));

	*set = NULL;
	if (s == NULL)
		return doc_memory(e);
	s->st = st;
	s->p = p;
	s->also = st->action == ACTION_POLICY ? also : NULL;
	*set = s;
	return 0;
}

void approvals_free(struct approvals **set)
{
	struct approvals *gone = *set;

	*set = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->n; i++)
		approval_free(&gone->list[i].a);
	free(gone->list);
	free(gone);
}

static int already(const struct approval *a, struct err *e)
{
	(void)err_set(e, ERR_EXISTS, "%s has approved this request already.", a->holder);
	(void)err_hint(e, "Approvals are counted by person: somebody else has to approve too.");
	return ERR_EXISTS;
}

/* Under which policies does this signature hold? */
static int judge(const struct approvals *set, struct one *o, uint32_t *counter, struct err *e)
{
	const struct bundle_token *t = NULL;
	struct err why = { 0 };
	int r = ERR_REFUSED;

	if (set->p != NULL)
		r = approval_check(o->a, set->st, set->p, counter, &why);
	else
		(void)err_set(&why, ERR_REFUSED, "There is no policy that %s could approve by.",
		    o->a->holder);
	o->newest = r == 0;
	if (set->also != NULL)
		t = policy_token(set->also, o->a->holder, o->a->token);
	if (t != NULL)
		o->draft = approval_check_token(o->a, t, set->st->hash, counter,
		    r == 0 ? NULL : e) == 0;
	if (o->newest || o->draft)
		return 0;
	if (t != NULL && e != NULL && e->code != ERR_NONE)
		return (int)e->code;
	return err_set(e, why.code, "%s", why.text);
}

static int take(struct approvals *set, struct one *o, struct err *e)
{
	struct one *list;

	for (size_t i = 0; i < set->n; i++) {
		const struct one *have = &set->list[i];

		/* Only what adds a policy that the earlier one lacked. */
		if (strcmp(have->a->holder, o->a->holder) == 0 &&
		    ((have->newest && o->newest) || (have->draft && o->draft)))
			return already(o->a, e);
	}
	if (set->n == APPROVALS_MAX)
		return err_set(e, ERR_REFUSED, "There are too many approvals.");
	list = reallocarray(set->list, set->n + 1, sizeof(*list));
	if (list == NULL)
		return doc_memory(e);
	set->list = list;
	set->list[set->n++] = *o;
	return 0;
}

int approvals_add(struct approvals *set, struct approval **a, int64_t now, uint32_t *counter,
    struct err *e)
{
	struct one o = { *a, 0, 0 };
	int r;

	*a = NULL;
	if (set->also == NULL && approvals_has(set, o.a->holder)) {
		r = already(o.a, e);
		goto out;
	}
	r = statement_check_time(set->st, now, e);
	if (r == 0)
		r = judge(set, &o, counter, e);
	if (r == 0 && o.a->shares != NULL)
		r = approval_check_shares(o.a, set->st, e);
	if (r == 0)
		r = take(set, &o, e);
	if (r == 0)
		o.a = NULL;
out:
	approval_free(&o.a);
	return r;
}

size_t approvals_size(const struct approvals *set)
{
	return set->n;
}

const struct approval *approvals_at(const struct approvals *set, size_t i)
{
	return i < set->n ? set->list[i].a : NULL;
}

int approvals_has(const struct approvals *set, const char *holder)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->list[i].a->holder, holder) == 0)
			return 1;
	return 0;
}

int approvals_signed_draft(const struct approvals *set, const char *holder)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].draft && strcmp(set->list[i].a->holder, holder) == 0)
			return 1;
	return 0;
}

size_t approvals_missing(const struct approvals *set, const struct quorum *q)
{
	const char **names = calloc(set->n + 1, sizeof(*names));
	size_t n = 0;

	if (names == NULL)
		return SIZE_MAX; /* nothing can be shown to be satisfied */
	for (size_t i = 0; i < set->n; i++)
		if (set->list[i].newest)
			names[n++] = set->list[i].a->holder;
	n = quorum_missing(q, names, n);
	free(names);
	return n;
}

int approvals_satisfied(const struct approvals *set, const struct quorum *q)
{
	return approvals_missing(set, q) == 0;
}

json *approvals_bare(const struct approvals *set, int draft)
{
	json *list = json_new_array();

	for (size_t i = 0; i < set->n && list != NULL; i++)
		if (set->list[i].newest != draft &&
		    json_add(list, approval_bare(set->list[i].a)) != 0)
			json_free(&list);
	return list;
}
