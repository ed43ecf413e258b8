/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "vault/approval_local.h"
#include "vault/doc.h"

#define INFO "twokey reply v1"
#define SHARES_MAX_COUNT (4096u * RECORD_FIELDS_MAX)

void approval_free(struct approval **a)
{
	if (*a != NULL) {
		json_free(&(*a)->doc);
		free((*a)->authdata);
	}
	free(*a);
	*a = NULL;
}

static int read_shares(const json *shares, const char *where, struct err *e)
{
	uint8_t sealed[SHARES_SEALED_LEN];
	int r = 0;

	if (json_len(shares) > SHARES_MAX_COUNT)
		return err_set(e, ERR_INPUT, "%s has too many shares.", where);
	for (size_t i = 0; i < json_len(shares) && r == 0; i++) {
		const char *name = json_key_at(shares, i);

		if (name == NULL)
			return doc_memory(e);
		if (strlen(name) >= APPROVAL_SHARE_NAME)
			return err_set(e, ERR_INPUT, "%s has a share of no field.", where);
		r = doc_exact(sealed, sizeof(sealed), shares, name, where, e);
	}
	return r;
}

int approval_from_json(struct approval **out, const json *doc, int bare, const char *where,
    struct err *e)
{
	struct approval *a;
	int r;

	*out = NULL;
	r = bare ? json_shape(doc, where, e, "holder=n", "token=n", "authenticator_data=b",
	    "signature=b", NULL) :
	    json_shape(doc, where, e, "holder=n", "token=n", "authenticator_data=b", "signature=b",
	    "shares=o", NULL);
	if (r != 0)
		return r;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return doc_memory(e);
	a->doc = json_share(doc);
	a->holder = json_str(doc, "holder");
	a->token = json_str(doc, "token");
	a->shares = json_get(doc, "shares");
	r = doc_bytes(&a->authdata, &a->authdata_len, doc, "authenticator_data", ASSERTION_HEAD,
	    ASSERTION_DATA_MAX, where, e);
	if (r == 0 && json_bytes(doc, "signature", a->sig, sizeof(a->sig), &a->sig_len) != 0)
		r = err_set(e, ERR_INPUT, "%s: the signature is too long.", where);
	if (r == 0)
		r = read_shares(a->shares, where, e);
	if (r != 0)
		approval_free(&a);
	*out = a;
	return r;
}

json *approval_bare(const struct approval *a)
{
	json *j = json_new_object();

	if (j == NULL || json_set_str(j, "holder", a->holder) != 0 ||
	    json_set_str(j, "token", a->token) != 0 ||
	    json_set_bytes(j, "authenticator_data", a->authdata, a->authdata_len) != 0 ||
	    json_set_bytes(j, "signature", a->sig, a->sig_len) != 0)
		json_free(&j);
	return j;
}

int approval_check_token(const struct approval *a, const struct bundle_token *t,
    const uint8_t hash[HASH_LEN], uint32_t *counter, struct err *e)
{
	struct assertion_key key;
	int r;

	bundle_token_key(&key, t);
	r = assertion_verify(&key, hash, a->authdata, a->authdata_len, a->sig, a->sig_len, counter,
	    e);
	if (r != 0)
		(void)err_prefix(e, "The approval of %s by token %s", a->holder, a->token);
	return r;
}

int approval_check(const struct approval *a, const struct statement *st, const struct policy *p,
    uint32_t *counter, struct err *e)
{
	const struct bundle_token *t = policy_token(p, a->holder, a->token);

	if (t == NULL && policy_holder(p, a->holder) == NULL)
		return err_set(e, ERR_REFUSED, "%s, who approved, is no holder of policy %lld.",
		    a->holder, (long long)policy_serial(p));
	if (t == NULL)
		return err_set(e, ERR_REFUSED, "%s approved with token %s, which is not in policy "
		    "%lld.", a->holder, a->token, (long long)policy_serial(p));
	return approval_check_token(a, t, st->hash, counter, e);
}

void approval_share_name(char out[APPROVAL_SHARE_NAME], const struct statement *st,
    const struct record *r, const char *field)
{
	if (st->action == ACTION_RESEAL)
		(void)snprintf(out, APPROVAL_SHARE_NAME, "%s/%s", r->name, field);
	else
		(void)snprintf(out, APPROVAL_SHARE_NAME, "%s", field);
}

int approval_aad(struct buf *out, const struct statement *st, const char *field,
    const char *holder, const char *token, struct err *e)
{
	json *j = json_new_object();
	int r;

	if (j == NULL || json_set_str(j, "field", field) != 0 ||
	    json_set_str(j, "holder", holder) != 0 ||
	    json_set_hex(j, "statement", st->hash, HASH_LEN) != 0 ||
	    json_set_str(j, "token", token) != 0)
		r = doc_memory(e);
	else
		r = json_canonical(out, j, e);
	json_free(&j);
	return r;
}

/* Is what stands before the "/" a record of this reseal? */
static int in_reseal(const struct statement *st, const char *name)
{
	const char *slash = strchr(name, '/');

	for (size_t i = 0; slash != NULL && i < json_len(st->records); i++) {
		const char *record = json_str(json_at(st->records, i), "record");
		const size_t n = strlen(record);

		if (n == (size_t)(slash - name) && memcmp(record, name, n) == 0)
			return 1;
	}
	return 0;
}

int approval_check_shares(const struct approval *a, const struct statement *st, struct err *e)
{
	const size_t wanted = json_len(json_get(json_at(st->deliver, 0), "fields"));

	if (st->action != ACTION_RESEAL && json_len(a->shares) != wanted)
		return err_set(e, ERR_INPUT, "%s approved with %zu shares where %zu are asked for.",
		    a->holder, json_len(a->shares), wanted);
	for (size_t i = 0; i < json_len(a->shares); i++) {
		const char *name = json_key_at(a->shares, i);
		uint8_t key[X25519_LEN];

		if (name == NULL)
			return doc_memory(e);
		if (statement_field(st, name, key, NULL, NULL) != 0 ||
		    (st->action == ACTION_RESEAL && !in_reseal(st, name)))
			return err_set(e, ERR_INPUT, "%s approved with a share that is not asked "
			    "for.", a->holder);
	}
	return 0;
}

static int find_sealed(uint8_t sealed[SHARES_SEALED_LEN], const struct approval *a,
    const char *name, struct err *e)
{
	if (a->shares == NULL || json_get(a->shares, name) == NULL)
		return err_set(e, ERR_MISSING, "The approval of %s has no share of %s.", a->holder,
		    name);
	return doc_exact(sealed, SHARES_SEALED_LEN, a->shares, name, "the approval", e);
}

int approval_open_share(struct secret **share, const struct approval *a,
    const struct statement *st, const char *field, const struct secret *deliver_key,
    const struct shares *sh, const struct record *rec, struct err *e)
{
	uint8_t sealed[SHARES_SEALED_LEN];
	char name[APPROVAL_SHARE_NAME];
	struct secret *s = NULL;
	struct buf aad = BUF_INIT;
	int r;

	*share = NULL;
	approval_share_name(name, st, rec, field);
	r = find_sealed(sealed, a, name, e);
	if (r == 0)
		r = approval_aad(&aad, st, name, a->holder, a->token, e);
	if (r == 0)
		r = hpke_open(&s, deliver_key, INFO, strlen(INFO), aad.data, aad.len, sealed,
		    sizeof(sealed), e);
	if (r == ERR_TAMPERED)
		(void)err_prefix(e, "The share of %s for %s is damaged or false, ask again",
		    a->holder, field);
	if (r == 0)
		r = shares_check(sh, rec, field, a->holder, s, e);
	if (r == 0) {
		*share = s;
		s = NULL;
	}
	secret_free(&s);
	buf_free(&aad);
	return r;
}
