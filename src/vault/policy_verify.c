/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "vault/approval.h"
#include "vault/doc.h"
#include "vault/policy_local.h"
#include "vault/statement.h"

#define GROUPS_MAX 16

/* Who signed p: by a token of the policy before, by a token of p itself. */
struct signers {
	const struct policy *p, *prev;	/* prev NULL: p is the first */
	const char *before[2 * POLICY_HOLDERS_MAX];
	size_t n;
	unsigned char now[POLICY_HOLDERS_MAX];	/* by index in p */
};

static int same_token(const struct bundle_token *a, const struct bundle_token *b)
{
	return a->alg == b->alg && a->key_len == b->key_len &&
	    memcmp(a->key, b->key, a->key_len) == 0;
}

static void mark_now(struct signers *s, const char *holder)
{
	for (size_t i = 0; i < s->p->n_holders; i++)
		if (strcmp(s->p->holders[i]->name, holder) == 0)
			s->now[i] = 1;
}

static int count_approval(struct signers *s, const struct approval *a, const uint8_t hash[HASH_LEN],
    struct err *e)
{
	const struct bundle_token *old = NULL, *new = policy_token(s->p, a->holder, a->token);
	struct err why = { 0 };
	int r = ERR_REFUSED, counted = 0;

	(void)err_set(&why, ERR_REFUSED, "Policy %lld is signed by %s with token %s, which no "
	    "policy knows.", (long long)s->p->serial, a->holder, a->token);
	if (s->prev != NULL)
		old = policy_token(s->prev, a->holder, a->token);
	if (old != NULL || new != NULL)
		err_clear(&why);
	if (old != NULL) {
		r = approval_check_token(a, old, hash, NULL, &why);
		if (r == 0 && s->n < sizeof(s->before) / sizeof(s->before[0]))
			s->before[s->n++] = old->holder;
		counted = r == 0;
	}
	if (new != NULL && (old == NULL || !same_token(old, new)))
		r = approval_check_token(a, new, hash, NULL, &why);
	if (new != NULL && r == 0) {
		mark_now(s, a->holder);
		counted = 1;
	}
	return counted ? 0 : err_set(e, why.code, "%s", why.text);
}

static int check_statement(const struct signers *s, const struct statement *st, struct err *e)
{
	const struct policy *p = s->p;
	const uint8_t *vault = s->prev != NULL ? s->prev->vault : p->hash;

	if (st->action != ACTION_POLICY || st->serial != p->serial ||
	    memcmp(st->digest, p->hash, HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "Policy %lld carries signatures of something else.",
		    (long long)p->serial);
	if (memcmp(st->vault, vault, HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "Policy %lld carries signatures for another vault.",
		    (long long)p->serial);
	if (st->has_policy != (s->prev != NULL) ||
	    (s->prev != NULL && memcmp(st->policy, s->prev->hash, HASH_LEN) != 0))
		return err_set(e, ERR_TAMPERED, "Policy %lld was not signed under the policy before "
		    "it.", (long long)p->serial);
	return statement_check_life(st, s->prev != NULL ? s->prev : p, e);
}

/* One {statement, approvals}; each holder once in it. */
static int count_group(struct signers *s, const json *group, struct err *e)
{
	const char *where = "a policy's signatures";
	const json *list;
	struct statement *st = NULL;
	struct approval *a = NULL;
	int r;

	r = json_shape(group, where, e, "statement=o", "approvals=a", NULL);
	if (r == 0)
		r = statement_from_json(&st, json_get(group, "statement"), where, e);
	if (r == 0)
		r = check_statement(s, st, e);
	list = json_get(group, "approvals");
	if (r == 0 && (json_len(list) == 0 || json_len(list) > POLICY_HOLDERS_MAX))
		r = err_set(e, ERR_INPUT, "A policy's signatures have 1 to %d approvals.",
		    POLICY_HOLDERS_MAX);
	for (size_t i = 0; i < json_len(list) && r == 0; i++) {
		r = approval_from_json(&a, json_at(list, i), 1, where, e);
		for (size_t k = 0; k < i && r == 0; k++)
			if (strcmp(json_str(json_at(list, k), "holder"), a->holder) == 0)
				r = err_set(e, ERR_REFUSED, "Policy %lld is signed by %s twice.",
				    (long long)s->p->serial, a->holder);
		if (r == 0)
			r = count_approval(s, a, st->hash, e);
		approval_free(&a);
	}
	statement_free(&st);
	return r;
}

static int count_all(struct signers *s, struct err *e)
{
	const json *groups = json_get(s->p->doc, "signatures");
	int r = 0;

	if (json_len(groups) == 0 || json_len(groups) > GROUPS_MAX)
		return err_set(e, ERR_REFUSED, "Policy %lld is not signed.",
		    (long long)s->p->serial);
	for (size_t i = 0; i < json_len(groups) && r == 0; i++)
		r = count_group(s, json_at(groups, i), e);
	return r;
}

/* A bundle that the policy before has, byte for byte, was checked there. */
static int unchanged(const struct bundle *b, const struct policy *prev)
{
	const struct bundle *old = prev != NULL ? policy_holder(prev, b->name) : NULL;

	return old != NULL && memcmp(old->hash, b->hash, HASH_LEN) == 0 &&
	    json_equal(old->doc, b->doc);
}

static int check_holders(const struct signers *s, struct err *e)
{
	const json *aaguids = s->p->rules.aaguids, *roots = s->p->rules.roots;
	int r = 0;

	for (size_t i = 0; i < s->p->n_holders && r == 0; i++) {
		const struct bundle *b = s->p->holders[i];
		const int same = unchanged(b, s->prev);

		if (!same)
			r = bundle_check(b, e);
		if (r == 0 && (json_len(aaguids) > 0 || json_len(roots) > 0))
			r = bundle_check_models(b, aaguids, roots, e);
		if (r == 0 && !same && !s->now[i])
			r = err_set(e, ERR_REFUSED, "Policy %lld names %s, whose own token did not "
			    "sign it.", (long long)s->p->serial, b->name);
	}
	return r;
}

static int verify(struct signers *s, struct err *e)
{
	int r;

	r = count_all(s, e);
	if (r == 0)
		r = check_holders(s, e);
	if (r == 0)
		r = policy_check_patterns(s->p, e);
	return r;
}

int policy_verify_first(struct policy *p, struct err *e)
{
	struct signers *s;
	int r;

	if (p->serial != 1)
		return err_set(e, ERR_TAMPERED, "Policy %lld is not the first.",
		    (long long)p->serial);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return doc_memory(e);
	s->p = p;
	r = verify(s, e);
	free(s);
	if (r == 0)
		policy_set_vault(p, p->hash);
	return r;
}

/* A host stays listed for good, so that what it sealed can be verified; what
 * has ended stays ended. */
static int check_hosts(const struct policy *p, const struct policy *prev, struct err *e)
{
	for (size_t i = 0; i < prev->n_hosts; i++) {
		const struct policy_host *old = &prev->hosts[i], *h = policy_host(p, old->name);

		if (h == NULL || memcmp(h->key, old->key, sizeof(h->key)) != 0)
			return err_set(e, ERR_REFUSED, "Policy %lld drops or changes host %s.",
			    (long long)p->serial, old->name);
		if (old->ended && (!h->ended || h->size != old->size ||
		    memcmp(h->root, old->root, sizeof(h->root)) != 0))
			return err_set(e, ERR_REFUSED, "Policy %lld changes where the log of host "
			    "%s ended.", (long long)p->serial, old->name);
	}
	return 0;
}

int policy_verify_next(struct policy *p, const struct policy *prev, struct err *e)
{
	const struct quorum *q = policy_quorum(prev, prev->rules.policy);
	struct signers *s;
	int r;

	if (!prev->has_vault)
		return err_set(e, ERR_INTERNAL, "A policy is verified by one that is not.");
	if (p->serial != prev->serial + 1 || !p->has_previous ||
	    memcmp(p->previous, prev->hash, HASH_LEN) != 0)
		return err_set(e, ERR_TAMPERED, "Policy %lld does not follow policy %lld.",
		    (long long)p->serial, (long long)prev->serial);
	r = check_hosts(p, prev, e);
	if (r != 0)
		return r;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return doc_memory(e);
	s->p = p;
	s->prev = prev;
	r = verify(s, e);
	if (r == 0 && !quorum_satisfied(q, s->before, s->n)) {
		(void)err_set(e, ERR_REFUSED, "Policy %lld is not signed by quorum %s of policy "
		    "%lld.", (long long)p->serial, prev->rules.policy, (long long)prev->serial);
		r = ERR_REFUSED;
	}
	free(s);
	if (r == 0)
		policy_set_vault(p, prev->vault);
	return r;
}
