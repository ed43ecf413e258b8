/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticatorCredentialManagement, CTAP 2.1 section 6.8. */
#include <string.h>

#include "engine.h"

enum { METADATA = 1, RPS_BEGIN, RPS_NEXT, CREDS_BEGIN, CREDS_NEXT, DELETE, UPDATE };

/* True if an earlier credential has the same RP: enumerations name each RP once. */
static bool
rp_seen(const struct key_state *s, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(s->rk[i].rp_id, s->rk[at].rp_id) == 0)
			return true;
	return false;
}

static bool
rp_matches(const struct resident *r, const uint8_t rp_hash[32])
{
	uint8_t hash[32];

	return crypt_sha256(r->rp_id, strlen(r->rp_id), hash) && memcmp(hash, rp_hash, 32) == 0;
}

static int
metadata_write(struct engine *e)
{
	cbw_map(&e->out, 2);
	cbw_int(&e->out, 1);
	cbw_int(&e->out, (int64_t)e->key->s.rk_n);
	cbw_int(&e->out, 2);
	cbw_int(&e->out, (int64_t)e->key->q.v[Q_RK_MAX] - (int64_t)e->key->s.rk_n);
	return CTAP_OK;
}

static int
rp_write(struct engine *e, bool first)
{
	const struct key_state *s = &e->key->s;
	struct cbw *w = &e->out;
	uint8_t hash[32];
	size_t total = 0;

	for (size_t i = 0; i < s->rk_n; i++)
		total += !rp_seen(s, i);
	while (e->walk.at < s->rk_n && rp_seen(s, e->walk.at))
		e->walk.at++;
	if (e->walk.at >= s->rk_n)
		return first ? CTAP2_NO_CREDENTIALS : CTAP2_NOT_ALLOWED;
	if (!crypt_sha256(s->rk[e->walk.at].rp_id, strlen(s->rk[e->walk.at].rp_id), hash))
		return CTAP1_OTHER;
	cbw_map(w, first ? 3 : 2);
	cbw_int(w, 3);
	cbw_map(w, 1);
	cbw_text(w, "id");
	cbw_text(w, s->rk[e->walk.at].rp_id);
	cbw_int(w, 4);
	cbw_bytes(w, hash, sizeof hash);
	if (first) {
		cbw_int(w, 5);
		cbw_int(w, (int64_t)total);
	}
	e->walk.at++;
	return CTAP_OK;
}

static void
user_write(struct cbw *w, const struct resident *r)
{
	bool name = *r->name != '\0', display = *r->display != '\0';

	cbw_int(w, 6);
	cbw_map(w, 1 + (size_t)name + display);
	cbw_text(w, "id");
	cbw_bytes(w, r->user_id, r->user_id_len);
	if (name) {
		cbw_text(w, "name");
		cbw_text(w, r->name);
	}
	if (display) {
		cbw_text(w, "displayName");
		cbw_text(w, r->display);
	}
}

static int
cred_write(struct engine *e, bool first)
{
	const struct key_state *s = &e->key->s;
	const struct resident *r;
	struct cbw *w = &e->out;
	EVP_PKEY *key = NULL;
	struct cred c;
	size_t total = 0;
	bool ok;

	for (size_t i = 0; i < s->rk_n; i++)
		total += rp_matches(&s->rk[i], e->walk.rp_hash);
	while (e->walk.at < s->rk_n && !rp_matches(&s->rk[e->walk.at], e->walk.rp_hash))
		e->walk.at++;
	if (e->walk.at >= s->rk_n)
		return first ? CTAP2_NO_CREDENTIALS : CTAP2_NOT_ALLOWED;
	r = &s->rk[e->walk.at++];
	if (!cred_unwrap(e, &c, (struct span){ r->id, r->id_len }, e->walk.rp_hash))
		return CTAP1_OTHER;
	cbw_map(w, first ? 5 : 4);
	user_write(w, r);
	cbw_int(w, 7);
	cbw_map(w, 2);
	cbw_text(w, "id");
	cbw_bytes(w, r->id, r->id_len);
	cbw_text(w, "type");
	cbw_text(w, "public-key");
	cbw_int(w, 8);
	key = crypt_key(c.alg, c.seed);
	ok = key != NULL && crypt_cose(w, key, c.alg);
	EVP_PKEY_free(key);
	if (first) {
		cbw_int(w, 9);
		cbw_int(w, (int64_t)total);
	}
	cbw_int(w, 10);
	cbw_int(w, c.protect);
	return ok ? CTAP_OK : CTAP1_OTHER;
}

static struct resident *
named_find(struct engine *e, struct span params)
{
	struct span id;

	if (!cbr_bytes(cbr_named(cbr_at(params, 2), "id"), &id))
		return NULL;
	return cred_resident(e, id);
}

static int
cred_delete(struct engine *e, struct resident *r)
{
	struct key_state *s = &e->key->s;
	size_t at = (size_t)(r - s->rk);

	memmove(r, r + 1, (s->rk_n - at - 1) * sizeof *r);
	s->rk_n--;
	return store_save(e->key) ? CTAP_OK : CTAP1_OTHER;
}

static void
name_update(char out[65], struct span text)
{
	memset(out, 0, 65);
	if (text.n > 0 && text.n <= 64)
		memcpy(out, text.p, text.n);
}

static int
cred_update(struct engine *e, struct resident *r, struct span params)
{
	struct span user = cbr_at(params, 3), id, name = { NULL, 0 }, display = { NULL, 0 };

	if (!cbr_bytes(cbr_named(user, "id"), &id))
		return CTAP2_MISSING_PARAMETER;
	if (id.n != r->user_id_len || memcmp(id.p, r->user_id, id.n) != 0)
		return CTAP1_INVALID_PARAMETER;
	cbr_text(cbr_named(user, "name"), &name);
	cbr_text(cbr_named(user, "displayName"), &display);
	name_update(r->name, name);
	name_update(r->display, display);
	return store_save(e->key) ? CTAP_OK : CTAP1_OTHER;
}

/* pinUvAuthParam covers the subcommand and the bytes of its parameters. */
static int
manage_authorise(struct engine *e, struct span req, uint8_t sub, struct span params, const uint8_t *rp_hash)
{
	uint8_t msg[1 + CTAP_SAID_MAX_MSG] = { sub };
	struct span param;
	uint64_t protocol;
	int r;

	if ((r = field_uint(req, 3, false, &protocol)) != CTAP_OK || (r = field_bytes(req, 4, false, &param)) != CTAP_OK)
		return r;
	if (param.p == NULL)
		return CTAP2_PUAT_REQUIRED;
	if (!pin_protocol_ok(e, protocol))
		return protocol == 0 ? CTAP2_MISSING_PARAMETER : CTAP1_INVALID_PARAMETER;
	if (params.n > CTAP_SAID_MAX_MSG)
		return CTAP1_INVALID_LENGTH;
	if (params.n > 0)
		memcpy(msg + 1, params.p, params.n);
	if ((r = token_check(e, protocol, param, (struct span){ msg, 1 + params.n }, PERM_CM, NULL)) != CTAP_OK)
		return r;
	if (token_of(e, protocol)->rp_bound && e->key->q.v[Q_CTAP] == CTAP_21 &&
	    (rp_hash == NULL || memcmp(token_of(e, protocol)->rp_hash, rp_hash, 32) != 0))
		return CTAP2_PIN_AUTH_INVALID;
	return CTAP_OK;
}

static int
begun_run(struct engine *e, uint8_t sub, struct span params, struct resident *r, struct span rp_hash)
{
	e->walk.command = 0;
	e->walk.at = 0;
	switch (sub) {
	case METADATA:
		return metadata_write(e);
	case RPS_BEGIN:
		e->walk.command = RPS_BEGIN;
		return rp_write(e, true);
	case CREDS_BEGIN:
		if (rp_hash.n != 32)
			return CTAP2_MISSING_PARAMETER;
		e->walk.command = CREDS_BEGIN;
		memcpy(e->walk.rp_hash, rp_hash.p, 32);
		return cred_write(e, true);
	case DELETE:
		return r != NULL ? cred_delete(e, r) : CTAP2_NO_CREDENTIALS;
	default:
		return r != NULL ? cred_update(e, r, params) : CTAP2_NO_CREDENTIALS;
	}
}

int
engine_manage(struct engine *e, struct span req)
{
	struct span params, rp_hash = { NULL, 0 };
	struct resident *named;
	uint8_t own[32];
	uint64_t sub;
	int r;

	if (!e->key->q.v[Q_RK])
		return CTAP1_INVALID_COMMAND;
	if ((r = field_uint(req, 1, true, &sub)) != CTAP_OK || (r = field_map(req, 2, false, &params)) != CTAP_OK)
		return r;
	if (sub == RPS_NEXT)
		return e->walk.command == RPS_BEGIN ? rp_write(e, false) : CTAP2_NOT_ALLOWED;
	if (sub == CREDS_NEXT)
		return e->walk.command == CREDS_BEGIN ? cred_write(e, false) : CTAP2_NOT_ALLOWED;
	if (sub < METADATA || sub > UPDATE)
		return CTAP1_INVALID_PARAMETER;
	named = named_find(e, params);
	cbr_bytes(cbr_at(params, 1), &rp_hash);
	if (named != NULL && sub >= DELETE && crypt_sha256(named->rp_id, strlen(named->rp_id), own))
		rp_hash = (struct span){ own, sizeof own };
	r = manage_authorise(e, req, (uint8_t)sub, params, rp_hash.n == 32 ? rp_hash.p : NULL);
	return r != CTAP_OK ? r : begun_run(e, (uint8_t)sub, params, named, rp_hash);
}
