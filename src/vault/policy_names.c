/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "vault/policy_local.h"

/* One key under two names would be one person counted twice. */
static int check_pair(const struct bundle_token *a, const struct bundle_token *b,
    const char *where, struct err *e)
{
	const char *what = NULL;

	if (a->id_len == b->id_len && memcmp(a->id, b->id, a->id_len) == 0)
		what = "credential";
	else if (a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0)
		what = "key";
	if (what == NULL)
		return 0;
	(void)err_set(e, ERR_REFUSED, "%s: %s's token %s and %s's token %s have the same %s.", where,
	    a->holder, a->label, b->holder, b->label, what);
	(void)err_hint(e, "One security key can stand for one person only.");
	return ERR_REFUSED;
}

static int check_bundles(const struct bundle *a, const struct bundle *b, const char *where,
    struct err *e)
{
	int r = 0;

	if (memcmp(a->identity, b->identity, sizeof(a->identity)) == 0) {
		(void)err_set(e, ERR_REFUSED, "%s: %s and %s have the same identity.", where,
		    a->name, b->name);
		(void)err_hint(e, "Each holder makes a bundle of their own: twokey enroll HOLDER");
		return ERR_REFUSED;
	}
	for (size_t i = 0; i < a->n && r == 0; i++)
		for (size_t k = 0; k < b->n && r == 0; k++)
			r = check_pair(&a->tokens[i], &b->tokens[k], where, e);
	return r;
}

static int check_hosts(const struct policy *p, const char *where, struct err *e)
{
	for (size_t i = 0; i < p->n_hosts; i++)
		for (size_t k = 0; k < i; k++)
			if (memcmp(p->hosts[i].key, p->hosts[k].key, ED25519_KEY_LEN) == 0) {
				(void)err_set(e, ERR_REFUSED, "%s: the hosts %s and %s have the "
				    "same key.", where, p->hosts[k].name, p->hosts[i].name);
				(void)err_hint(e, "A machine is one host under one name: give each "
				    "machine a state of its own.");
				return ERR_REFUSED;
			}
	return 0;
}

static int check_quorums(const struct policy *p, const char *where, struct err *e)
{
	for (size_t i = 0; i < p->n_quorums; i++) {
		const struct quorum *q = p->quorums[i];

		for (size_t k = 0; k < quorum_size(q); k++)
			if (policy_holder(p, quorum_holder(q, k)) == NULL)
				return err_set(e, ERR_INPUT, "%s: quorum %s names %s, who is no "
				    "holder.", where, p->quorum_names[i], quorum_holder(q, k));
	}
	if (policy_quorum(p, "default") == NULL)
		return err_set(e, ERR_INPUT, "%s: the quorum named default is missing.", where);
	if (policy_quorum(p, p->rules.policy) == NULL || policy_quorum(p, p->rules.login) == NULL)
		return err_set(e, ERR_INPUT, "%s: a rule names a quorum that is not there.", where);
	for (size_t i = 0; i < json_len(p->rules.confirm); i++)
		if (policy_holder(p, json_str_at(p->rules.confirm, i)) == NULL)
			return err_set(e, ERR_INPUT, "%s: the rule confirm names %s, who is no "
			    "holder.", where, json_str_at(p->rules.confirm, i));
	return 0;
}

int policy_check_names(const struct policy *p, const char *where, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->n_holders && r == 0; i++)
		for (size_t k = 0; k < i && r == 0; k++)
			r = check_bundles(p->holders[k], p->holders[i], where, e);
	if (r == 0)
		r = check_hosts(p, where, e);
	if (r == 0)
		r = check_quorums(p, where, e);
	return r;
}
