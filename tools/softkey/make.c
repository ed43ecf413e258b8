/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticatorMakeCredential, CTAP 2.1 section 6.1. */
#include <string.h>

#include "engine.h"

struct make_request {
	struct span client_hash, rp_id, user, user_id, name, display, exclude, extensions;
	uint8_t rp_hash[32];
	struct auth auth;
	struct cred cred;
	bool hmac, protect;	/* extensions asked for and known */
	uint64_t protect_said;
};

static int
entities_parse(struct engine *e, struct make_request *m, struct span req)
{
	size_t max = (size_t)e->key->q.v[Q_USER_MAX];
	struct span rp;
	int r;

	if ((r = field_bytes(req, 1, true, &m->client_hash)) != CTAP_OK || (r = field_map(req, 2, true, &rp)) != CTAP_OK ||
	    (r = field_map(req, 3, true, &m->user)) != CTAP_OK)
		return r;
	if (!cbr_text(cbr_named(rp, "id"), &m->rp_id) || !cbr_bytes(cbr_named(m->user, "id"), &m->user_id))
		return CTAP2_MISSING_PARAMETER;
	if (m->client_hash.n != 32 || m->rp_id.n == 0 || m->rp_id.n > 253 || m->user_id.n == 0 || m->user_id.n > 64)
		return CTAP1_INVALID_LENGTH;
	if (max > 0 && m->user.n > max)
		return CTAP2_LIMIT_EXCEEDED;
	cbr_text(cbr_named(m->user, "name"), &m->name);
	cbr_text(cbr_named(m->user, "displayName"), &m->display);
	return crypt_sha256(m->rp_id.p, m->rp_id.n, m->rp_hash) ? CTAP_OK : CTAP1_OTHER;
}

/* The first algorithm in the platform's order that this key has. */
static int
algorithm_choose(struct engine *e, struct make_request *m, struct span req)
{
	struct span list, rest, type;
	int64_t alg;
	int r;

	if ((r = field_array(req, 4, true, &list)) != CTAP_OK)
		return r;
	rest = cbr_inside(list);
	for (size_t i = cbr_count(list); i > 0; i--) {
		struct span param = cbr_next(&rest);

		if (!cbr_text(cbr_named(param, "type"), &type) || !cbr_int(cbr_named(param, "alg"), &alg))
			return CTAP2_MISSING_PARAMETER;
		if (m->cred.alg != 0 || type.n != 10 || memcmp(type.p, "public-key", 10) != 0)
			continue;
		if (alg == COSE_ES256 || (alg == COSE_EDDSA && e->key->q.v[Q_ALGS] == ALGS_BOTH))
			m->cred.alg = (int)alg;
	}
	return m->cred.alg != 0 ? CTAP_OK : CTAP2_UNSUPPORTED_ALGORITHM;
}

static int
extensions_parse(struct engine *e, struct make_request *m, struct span req)
{
	const int *q = e->key->q.v;
	struct span item;
	bool hmac = false;
	int r;

	m->cred.protect = 1;
	if ((r = field_map(req, 6, false, &m->extensions)) != CTAP_OK)
		return r;
	item = cbr_named(m->extensions, "credProtect");
	if (item.p != NULL && q[Q_CRED_PROTECT] != CP_UNLISTED) {
		if (!cbr_uint(item, &m->protect_said))
			return CTAP2_CBOR_UNEXPECTED_TYPE;
		if (m->protect_said < 1 || m->protect_said > 3)
			return CTAP2_INVALID_OPTION;
		m->protect = true;
		if (q[Q_CRED_PROTECT] == CP_ON)
			m->cred.protect = (unsigned)m->protect_said;
	}
	item = cbr_named(m->extensions, "hmac-secret");
	if (item.p != NULL && q[Q_HMAC] != HMAC_OFF) {
		if (!cbr_bool(item, &hmac))
			return CTAP2_CBOR_UNEXPECTED_TYPE;
		m->cred.hmac = m->hmac = hmac;
	}
	return CTAP_OK;
}

static int
request_parse(struct engine *e, struct make_request *m, struct span req)
{
	const int *q = e->key->q.v;
	struct span options;
	int r;

	if ((r = entities_parse(e, m, req)) != CTAP_OK || (r = algorithm_choose(e, m, req)) != CTAP_OK ||
	    (r = field_array(req, 5, false, &m->exclude)) != CTAP_OK || (r = field_map(req, 7, false, &options)) != CTAP_OK ||
	    (r = auth_parse(e, req, options, 8, &m->auth)) != CTAP_OK || (r = extensions_parse(e, m, req)) != CTAP_OK)
		return r;
	if (cbr_at(req, 10).p != NULL)
		return CTAP1_INVALID_PARAMETER;	/* no enterprise attestation here */
	if (m->auth.up_given && !m->auth.up)
		return CTAP2_INVALID_OPTION;
	if (m->auth.rk && !q[Q_RK])
		return CTAP2_UNSUPPORTED_OPTION;
	if (q[Q_MAX_CREDS] > 0 && cbr_count(m->exclude) > (size_t)q[Q_MAX_CREDS])
		return CTAP2_LIMIT_EXCEEDED;
	m->cred.resident = m->auth.rk;
	return CTAP_OK;
}

/* Whether this credential may be made without the user verified (section 6.1.2, steps 6 and 9). */
static bool
uv_missing(const struct engine *e, const struct make_request *m)
{
	const int *q = e->key->q.v;
	bool protected = e->key->s.pin_set || engine_has_finger(e);

	if (m->auth.param.p != NULL || m->auth.uv_asked)
		return false;
	if (q[Q_ALWAYS_UV])
		return !engine_has_finger(e);
	return protected && (q[Q_MAKE_CRED_UV] != MCUV_OPTIONAL || m->cred.resident);
}

static int
excluded_check(struct engine *e, struct make_request *m)
{
	struct span rest = cbr_inside(m->exclude), id;
	struct cred c;
	int r;

	for (size_t i = cbr_count(m->exclude); i > 0; i--) {
		struct span d = cbr_next(&rest);

		if (!cbr_bytes(cbr_named(d, "id"), &id))
			return CTAP2_MISSING_PARAMETER;
		if (!cred_unwrap(e, &c, id, m->rp_hash) || (c.protect == 3 && !m->auth.uv))
			continue;
		if ((r = auth_touch(e, &m->auth)) != CTAP_OK)
			return r;
		return CTAP2_CREDENTIAL_EXCLUDED;
	}
	return CTAP_OK;
}

/* Cuts a name to what a resident credential stores, at a character's border. */
static void
name_store(char out[65], struct span name)
{
	size_t n = name.n < 64 ? name.n : 64;

	if (n < name.n)
		while (n > 0 && (name.p[n] & 0xc0) == 0x80)
			n--;
	if (n > 0)
		memcpy(out, name.p, n);
	out[n] = '\0';
}

/* Stores a resident credential in the place of one of the same RP and user (section 6.1.2, step 17). */
static int
resident_store(struct engine *e, const struct make_request *m)
{
	struct key_state *s = &e->key->s;
	struct resident *to = NULL;

	for (size_t i = 0; i < s->rk_n && to == NULL; i++) {
		struct resident *have = &s->rk[i];

		if (strlen(have->rp_id) == m->rp_id.n && memcmp(have->rp_id, m->rp_id.p, m->rp_id.n) == 0 &&
		    have->user_id_len == m->user_id.n && memcmp(have->user_id, m->user_id.p, m->user_id.n) == 0)
			to = have;
	}
	if (to == NULL) {
		if (s->rk_n >= (size_t)e->key->q.v[Q_RK_MAX])
			return CTAP2_KEY_STORE_FULL;
		to = &s->rk[s->rk_n++];
	}
	memset(to, 0, sizeof *to);
	memcpy(to->id, m->cred.id, m->cred.id_len);
	to->id_len = m->cred.id_len;
	memcpy(to->rp_id, m->rp_id.p, m->rp_id.n);
	memcpy(to->user_id, m->user_id.p, m->user_id.n);
	to->user_id_len = m->user_id.n;
	name_store(to->name, m->name);
	name_store(to->display, m->display);
	return store_save(e->key) ? CTAP_OK : CTAP1_OTHER;
}

static bool
authdata_write(struct engine *e, struct make_request *m, struct cbw *w, EVP_PKEY *key)
{
	bool ext = m->hmac || m->protect;
	unsigned flags = FLAG_UP | FLAG_AT | (m->auth.uv ? FLAG_UV : 0U) | (ext ? FLAG_ED : 0U);

	if (!authdata_begin(e, w, m->rp_hash, flags, &m->cred))
		return false;
	cbw_raw(w, quirk_aaguid(&e->key->q), 16);
	cbw_byte(w, (uint8_t)(m->cred.id_len >> 8));
	cbw_byte(w, (uint8_t)m->cred.id_len);
	cbw_raw(w, m->cred.id, m->cred.id_len);
	if (!crypt_cose(w, key, m->cred.alg))
		return false;
	if (ext)
		cbw_map(w, (size_t)m->hmac + m->protect);
	if (m->protect) {
		cbw_text(w, "credProtect");
		cbw_int(w, (int64_t)m->protect_said);
	}
	if (m->hmac) {
		cbw_text(w, "hmac-secret");
		cbw_bool(w, true);
	}
	return !w->bad;
}

/* Attestation: packed with a certificate, packed self, or none (WebAuthn sections 8.2 and 8.7). */
static bool
reply_write(struct engine *e, const struct make_request *m, const struct cbw *authdata, EVP_PKEY *key)
{
	int kind = e->key->q.v[Q_ATTESTATION];
	struct cbw *w = &e->out;
	uint8_t sig[SIG_MAX];
	size_t n;

	cbw_map(w, 3);
	cbw_int(w, 1);
	cbw_text(w, kind == ATT_NONE ? "none" : "packed");
	cbw_int(w, 2);
	cbw_bytes(w, authdata->p, authdata->n);
	cbw_int(w, 3);
	if (kind == ATT_NONE) {
		cbw_map(w, 0);
		return !w->bad;
	}
	if (!authdata_sign(e, kind == ATT_SELF ? key : e->key->att, authdata, m->client_hash.p, sig, &n))
		return false;
	cbw_map(w, kind == ATT_SELF ? 2 : 3);
	cbw_text(w, "alg");
	cbw_int(w, kind == ATT_SELF ? m->cred.alg : COSE_ES256);
	cbw_text(w, "sig");
	cbw_bytes(w, sig, n);
	if (kind != ATT_SELF) {
		cbw_text(w, "x5c");
		cbw_array(w, 1);
		cbw_bytes(w, e->key->cert, e->key->cert_len);
	}
	return !w->bad;
}

static int
credential_make(struct engine *e, struct make_request *m)
{
	uint8_t buf[512];
	struct cbw authdata = { buf, 0, sizeof buf, false };
	EVP_PKEY *key = NULL;
	int r = CTAP1_OTHER;

	do {	/* all but one seed in 2^32 are P-256 scalars */
		if (!crypt_random(m->cred.seed, sizeof m->cred.seed))
			goto out;
	} while ((key = crypt_key(m->cred.alg, m->cred.seed)) == NULL);
	if (!cred_wrap(e, &m->cred, m->rp_hash))
		goto out;
	if (m->cred.resident && (r = resident_store(e, m)) != CTAP_OK)
		goto out;
	r = authdata_write(e, m, &authdata, key) && reply_write(e, m, &authdata, key) ? CTAP_OK : CTAP1_OTHER;
out:
	EVP_PKEY_free(key);
	return r;
}

int
engine_make(struct engine *e, struct span req)
{
	struct make_request m = { 0 };
	int r;

	if ((r = request_parse(e, &m, req)) != CTAP_OK)
		return r;
	if (uv_missing(e, &m))
		return CTAP2_PUAT_REQUIRED;
	if ((r = auth_verify(e, &m.auth, PERM_MC, m.rp_hash, m.client_hash)) != CTAP_OK ||
	    (r = excluded_check(e, &m)) != CTAP_OK || (r = auth_touch(e, &m.auth)) != CTAP_OK ||
	    (r = credential_make(e, &m)) != CTAP_OK)
		return r;
	token_spend(e, m.auth.protocol);
	return CTAP_OK;
}
