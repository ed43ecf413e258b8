/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "log/verify_local.h"

size_t verify_serial(const struct verify *v, const uint8_t hash[HASH_LEN])
{
	size_t i;

	/* The newest are asked for most. */
	for (i = v->npolicies; i-- > 0;)
		if (memcmp(v->policies[i].hash, hash, HASH_LEN) == 0)
			return i + 1;
	return 0;
}

const struct vkey *verify_token(const struct verify *v, size_t serial, const char *holder,
    const char *label, size_t *key, const char **holder_out)
{
	const struct vpolicy *p = &v->policies[serial - 1];
	size_t i;

	for (i = 0; i < p->ntokens; i++)
		if (strcmp(p->tokens[i].holder, holder) == 0 &&
		    strcmp(p->tokens[i].label, label) == 0) {
			*key = p->tokens[i].key;
			*holder_out = p->tokens[i].holder;
			return &v->keys[*key];
		}
	return NULL;
}

static int add_key(struct verify *v, const struct bundle_token *t, size_t *key, struct err *e)
{
	struct vkey *more;
	size_t i;

	for (i = 0; i < v->nkeys; i++)
		if (v->keys[i].alg == t->alg && v->keys[i].len == t->key_len &&
		    memcmp(v->keys[i].key, t->key, t->key_len) == 0) {
			*key = i;
			return 0;
		}
	more = reallocarray(v->keys, v->nkeys + 1, sizeof(*more));
	if (more == NULL)
		return verify_memory_out(e);
	v->keys = more;
	memset(&more[v->nkeys], 0, sizeof(more[0]));
	more[v->nkeys].alg = t->alg;
	more[v->nkeys].len = t->key_len;
	memcpy(more[v->nkeys].key, t->key, t->key_len);
	*key = v->nkeys++;
	return 0;
}

static int add_tokens(struct verify *v, struct vpolicy *vp, struct err *e)
{
	size_t i, k, n = 0;
	int r = 0;

	for (i = 0; i < policy_holders(vp->p); i++)
		n += policy_holder_at(vp->p, i)->n;
	vp->tokens = calloc(n + 1, sizeof(*vp->tokens));
	if (vp->tokens == NULL)
		return verify_memory_out(e);
	for (i = 0; i < policy_holders(vp->p) && r == 0; i++) {
		const struct bundle *b = policy_holder_at(vp->p, i);

		for (k = 0; k < b->n && r == 0; k++) {
			struct vtoken *t = &vp->tokens[vp->ntokens++];

			t->holder = b->name;
			t->label = b->tokens[k].label;
			r = add_key(v, &b->tokens[k], &t->key, e);
		}
	}
	return r;
}

/* The heads a policy's signers knew. */
static int add_heads(struct verify *v, const struct policy *p, const char *path, struct err *e)
{
	const json *logs = policy_logs(p), *one;
	struct claim c;
	size_t i;
	int r = 0;

	for (i = 0; i < json_len(logs) && r == 0; i++) {
		one = json_at(logs, i);
		memset(&c, 0, sizeof(c));
		c.vouched = 1;
		(void)snprintf(c.host, sizeof(c.host), "%s", json_str(one, "host"));
		c.size = json_int(one, "size");
		(void)json_hex(one, "root", c.root, HASH_LEN);
		r = verify_claim(v, &c, path, e);
	}
	return r;
}

/* Verifies policy `serial` on top of those before it: 0; 1 when it does not
 * hold (a finding says so); an err_code. */
static int one_policy(struct verify *v, int64_t serial, struct err *e)
{
	struct vpolicy vp = { .doc = BUF_INIT }, *more;
	char path[STORE_PATH_MAX];
	struct store_doc d;
	struct err why;
	int r;

	err_clear(&why);
	r = store_doc_policy(&d, serial, &why);
	store_doc_path(path, &d);
	if (r == 0)
		r = store_read(v->s, &d, &vp.doc, &why);
	if (r == 0)
		r = policy_parse(&vp.p, vp.doc.data, vp.doc.len, path, &why);
	if (r == 0 && policy_serial(vp.p) != serial)
		r = err_set(&why, ERR_TAMPERED, "It calls itself policy %" PRId64 ".",
		    policy_serial(vp.p));
	if (r == 0)
		r = serial == 1
		    ? policy_verify_first(vp.p, &why)
		    : policy_verify_next(vp.p, v->policies[v->npolicies - 1].p, &why);
	if (r == ERR_MEMORY || r == ERR_IO || r == ERR_INTERNAL) {
		if (e != NULL)
			*e = why;
	} else if (r != 0) {
		verify_find(v, VERIFY_FAULT, "", -1, path, "Policy %" PRId64 " does not hold: %s", serial,
		    why.text);
		r = 1;
	}
	if (r == 0) {
		more = reallocarray(v->policies, v->npolicies + 1, sizeof(*more));
		if (more == NULL)
			r = verify_memory_out(e);
		else
			v->policies = more;
	}
	if (r != 0) {
		policy_free(&vp.p);
		buf_free(&vp.doc);
		return r;
	}
	memcpy(vp.hash, policy_hash(vp.p), HASH_LEN);
	v->policies[v->npolicies++] = vp;
	r = add_tokens(v, &v->policies[v->npolicies - 1], e);
	return r != 0 ? r : add_heads(v, vp.p, path, e);
}

static void check_pin(struct verify *v)
{
	const struct state_pin *pin = v->memory->pin;

	v->report->used_pin = 1;
	if (memcmp(pin->vault, v->report->vault, HASH_LEN) != 0)
		verify_find(v, VERIFY_FAULT, "", -1, "policies/1.json",
		    "This is another vault than the one this machine is pinned to.");
	else if (pin->serial > (int64_t)v->npolicies)
		verify_find(v, VERIFY_FAULT, "", -1, "policies", "The newest policy here is %zu, but "
		    "this machine has accepted policy %" PRId64 ".", v->npolicies, pin->serial);
	else if (memcmp(v->policies[pin->serial - 1].hash, pin->hash, HASH_LEN) != 0)
		verify_find(v, VERIFY_FAULT, "", -1, "policies", "Policy %" PRId64
		    " is not the one that this machine has accepted.", pin->serial);
}

int verify_policies(struct verify *v, struct err *e)
{
	int64_t last, serial;
	int r;

	r = store_last_policy(v->s, &last, e);
	if (r == 0 && last == 0)
		verify_find(v, VERIFY_FAULT, "", -1, "policies/1.json",
		    "There is no policy here: this is no vault, or its first policy is gone.");
	for (serial = 1; serial <= last && r == 0; serial++)
		r = one_policy(v, serial, e);
	/* Those behind a broken one hang in the air. */
	if (r == 1)
		r = 0;
	v->report->policies = (int64_t)v->npolicies;
	if (r == 0 && v->npolicies > 0) {
		memcpy(v->report->vault, v->policies[0].hash, HASH_LEN);
		if (v->memory != NULL && v->memory->pin != NULL)
			check_pin(v);
	}
	return r;
}
