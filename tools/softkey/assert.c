/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticatorGetAssertion and authenticatorGetNextAssertion, CTAP 2.1 sections 6.2 and 6.3. */
#include <string.h>

#include "engine.h"

#define NEXT_MS 30000	/* section 6.3: the state lasts so long between two calls */

struct assert_request {
	struct span rp_id, client_hash, allow, extensions;
	struct auth auth;
};

static int
request_parse(struct engine *e, struct assert_request *q, struct span req)
{
	int max = e->key->q.v[Q_MAX_CREDS], r;
	struct span options;

	if ((r = field_text(req, 1, true, &q->rp_id)) != CTAP_OK || (r = field_bytes(req, 2, true, &q->client_hash)) != CTAP_OK ||
	    (r = field_array(req, 3, false, &q->allow)) != CTAP_OK || (r = field_map(req, 4, false, &q->extensions)) != CTAP_OK ||
	    (r = field_map(req, 5, false, &options)) != CTAP_OK || (r = auth_parse(e, req, options, 6, &q->auth)) != CTAP_OK)
		return r;
	if (q->rp_id.n == 0 || q->client_hash.n != 32)
		return CTAP1_INVALID_LENGTH;
	if (q->auth.rk)
		return CTAP2_UNSUPPORTED_OPTION;
	if (max > 0 && cbr_count(q->allow) > (size_t)max)
		return CTAP2_LIMIT_EXCEEDED;
	return CTAP_OK;
}

/* A request without UV, on keys which have something against it. */
static int
unverified_check(struct engine *e, const struct auth *a)
{
	static const int codes[] = {
		[PREFLIGHT_NO_CREDENTIALS] = CTAP2_NO_CREDENTIALS,
		[PREFLIGHT_PIN_REQUIRED] = CTAP2_PUAT_REQUIRED,
		[PREFLIGHT_REFUSED] = CTAP2_UNSUPPORTED_OPTION,
	};
	int preflight = e->key->q.v[Q_PREFLIGHT];
	bool always = e->key->q.v[Q_ALWAYS_UV];

	if (a->uv)
		return CTAP_OK;
	if (!a->up && preflight != PREFLIGHT_WORKS)
		return codes[preflight];
	if (a->up && always)
		return preflight == PREFLIGHT_NO_CREDENTIALS ? CTAP2_NO_CREDENTIALS : CTAP2_PUAT_REQUIRED;
	return CTAP_OK;
}

static int
hmac_check(struct engine *e, const struct assert_request *q, struct hmac_request *h)
{
	static const int codes[] = { [NOUP_UNSUPPORTED] = CTAP2_UNSUPPORTED_OPTION, [NOUP_INVALID] = CTAP2_INVALID_OPTION };
	int noup = e->key->q.v[Q_HMAC_NOUP], r;

	if ((r = hmac_parse(e, q->extensions, h)) != CTAP_OK)
		return r;
	return h->wanted && !q->auth.up && noup != NOUP_ANSWER ? codes[noup] : CTAP_OK;
}

/* credProtect, section 12.1: level 3 needs UV; level 2 needs UV or the id known beforehand. */
static bool
protect_hides(const struct cred *c, const struct assertion *a)
{
	return !a->uv && (c->protect == 3 || (c->protect == 2 && !a->listed));
}

static int
listed_find(struct engine *e, struct assertion *a, struct span allow)
{
	struct span rest = cbr_inside(allow), id, type;
	bool hidden = false, last = e->key->q.v[Q_ALLOW_PICK] == PICK_LAST;
	struct cred c;

	for (size_t i = cbr_count(allow); i > 0; i--) {
		struct span d = cbr_next(&rest);

		if (!cbr_bytes(cbr_named(d, "id"), &id) || !cbr_text(cbr_named(d, "type"), &type))
			return CTAP2_MISSING_PARAMETER;
		if (type.n != 10 || memcmp(type.p, "public-key", 10) != 0 || !cred_unwrap(e, &c, id, a->rp_hash))
			continue;
		if (protect_hides(&c, a)) {
			hidden = true;
			continue;
		}
		if (a->n == 0 || last)
			a->creds[0] = c;
		a->n = 1;	/* section 6.2.2, step 12: one of a list answers */
	}
	if (a->n == 0 && hidden && e->key->q.v[Q_CRED_PROTECT3] == CP3_PIN_REQUIRED)
		return CTAP2_PUAT_REQUIRED;
	return CTAP_OK;
}

/* Resident credentials of the RP, the youngest first (section 6.2.2, step 7). */
static void
resident_find(struct engine *e, struct assertion *a)
{
	const struct key_state *s = &e->key->s;

	for (size_t i = s->rk_n; i > 0; i--) {
		const struct resident *r = &s->rk[i - 1];
		struct cred *c = &a->creds[a->n];

		if (cred_unwrap(e, c, (struct span){ r->id, r->id_len }, a->rp_hash) && !protect_hides(c, a))
			a->n++;
	}
}

static bool
hmac_output(struct engine *e, const struct assertion *a, const struct cred *c, struct cbw *w)
{
	const struct hmac_request *h = &a->hmac;
	uint8_t secrets[64];

	for (size_t at = 0; at < h->salts_len; at += 32)
		if (!cred_hmac(e, c, a->uv, (struct span){ h->salts + at, 32 }, secrets + at))
			return false;
	cbw_map(w, 1);
	cbw_text(w, "hmac-secret");
	return pin_encrypt(w, h->protocol, h->shared, secrets, h->salts_len);
}

static void
pair_text(struct cbw *w, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	cbw_text(w, name);
	cbw_text(w, value);
}

/* Names identify a person: only with the user verified and more than one account (section 6.2.2, step 13). */
static void
user_write(struct cbw *w, const struct assertion *a, const struct resident *r)
{
	bool names = a->uv && a->n > 1;

	cbw_int(w, 4);
	cbw_map(w, 1 + (size_t)(names && *r->name != '\0') + (size_t)(names && *r->display != '\0'));
	cbw_text(w, "id");
	cbw_bytes(w, r->user_id, r->user_id_len);
	if (names) {
		pair_text(w, "name", r->name);
		pair_text(w, "displayName", r->display);
	}
}

static int
reply_write(struct engine *e, const struct assertion *a, bool first)
{
	const struct cred *c = &a->creds[a->at];
	const struct resident *user = cred_resident(e, (struct span){ c->id, c->id_len });
	bool hmac = a->hmac.wanted && (c->hmac || e->key->q.v[Q_HMAC_UNCREATED] == UNCREATED_ANSWER);
	unsigned flags = (a->up ? FLAG_UP : 0U) | (a->uv ? FLAG_UV : 0U) | (hmac ? FLAG_ED : 0U);
	uint8_t buf[256], sig[SIG_MAX];
	struct cbw authdata = { buf, 0, sizeof buf, false }, *w = &e->out;
	EVP_PKEY *key = crypt_key(c->alg, c->seed);
	size_t n;
	int r = CTAP1_OTHER;

	if (key == NULL || !authdata_begin(e, &authdata, a->rp_hash, flags, c) ||
	    (hmac && !hmac_output(e, a, c, &authdata)) || !authdata_sign(e, key, &authdata, a->client_hash, sig, &n))
		goto out;
	cbw_map(w, 3 + (size_t)(user != NULL) + (first && a->n > 1));
	cbw_int(w, 1);
	cbw_map(w, 2);
	cbw_text(w, "id");
	cbw_bytes(w, c->id, c->id_len);
	cbw_text(w, "type");
	cbw_text(w, "public-key");
	cbw_int(w, 2);
	cbw_bytes(w, authdata.p, authdata.n);
	cbw_int(w, 3);
	cbw_bytes(w, sig, n);
	if (user != NULL)
		user_write(w, a, user);
	if (first && a->n > 1) {
		cbw_int(w, 5);
		cbw_int(w, (int64_t)a->n);
	}
	r = CTAP_OK;
out:
	EVP_PKEY_free(key);
	return r;
}

static int
credentials_find(struct engine *e, struct assert_request *q, struct assertion *a)
{
	int r;

	a->listed = cbr_count(q->allow) > 0;
	if (a->listed) {
		if ((r = listed_find(e, a, q->allow)) != CTAP_OK)
			return r;
	} else {
		resident_find(e, a);
	}
	if (a->n > 0)
		return CTAP_OK;
	if (q->auth.up && e->key->q.v[Q_UNKNOWN_CRED] == UNKNOWN_TOUCH_FIRST && (r = auth_touch(e, &q->auth)) != CTAP_OK)
		return r;
	return CTAP2_NO_CREDENTIALS;
}

int
engine_assert(struct engine *e, struct span req)
{
	struct assert_request q;
	struct assertion *a = &e->assertion;
	int r;

	memset(a, 0, sizeof *a);
	if ((r = request_parse(e, &q, req)) != CTAP_OK)
		return r;
	if (!crypt_sha256(q.rp_id.p, q.rp_id.n, a->rp_hash))
		return CTAP1_OTHER;
	memcpy(a->client_hash, q.client_hash.p, 32);
	if ((r = auth_verify(e, &q.auth, PERM_GA, a->rp_hash, q.client_hash)) != CTAP_OK ||
	    (r = unverified_check(e, &q.auth)) != CTAP_OK || (r = hmac_check(e, &q, &a->hmac)) != CTAP_OK)
		return r;
	a->uv = q.auth.uv;
	if ((r = credentials_find(e, &q, a)) != CTAP_OK || (q.auth.up && (r = auth_touch(e, &q.auth)) != CTAP_OK)) {
		a->n = 0;
		return r;
	}
	a->up = q.auth.up;
	a->uv = q.auth.uv;
	if (a->up)
		token_spend(e, q.auth.protocol);
	a->last_ms = e->io->now_ms(e->ctx);
	return reply_write(e, a, true);
}

int
engine_next(struct engine *e)
{
	struct assertion *a = &e->assertion;
	int64_t now = e->io->now_ms(e->ctx);

	if (a->at + 1 >= a->n || now - a->last_ms > NEXT_MS)
		return CTAP2_NOT_ALLOWED;
	a->at++;
	a->last_ms = now;
	return reply_write(e, a, false);
}
