/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "engine.h"

#define AUTHDATA_MAX 640

static int
option_parse(struct span options, const char *name, bool *value, bool *given)
{
	struct span item = cbr_named(options, name);

	if (given != NULL)
		*given = item.p != NULL;
	if (item.p == NULL || cbr_bool(item, value))
		return CTAP_OK;
	return CTAP2_CBOR_UNEXPECTED_TYPE;
}

int
auth_parse(struct engine *e, struct span req, struct span options, int param_key, struct auth *a)
{
	bool v20 = e->key->q.v[Q_CTAP] == CTAP_20;
	int r;

	*a = (struct auth){ .up = true };
	if ((r = field_bytes(req, param_key, false, &a->param)) != CTAP_OK ||
	    (r = field_uint(req, param_key + 1, false, &a->protocol)) != CTAP_OK)
		return r;
	/* sections 6.1.2 and 6.2.2, step 1: an empty param asks for a touch and whether there is a PIN */
	if (a->param.p != NULL && a->param.n == 0) {
		if ((r = engine_touch(e)) != CTAP_OK)
			return r;
		return e->key->s.pin_set ? CTAP2_PIN_INVALID : CTAP2_PIN_NOT_SET;
	}
	if (a->param.p == NULL)
		a->protocol = 0;
	else if (!pin_protocol_ok(e, a->protocol))
		return a->protocol == 0 ? CTAP2_MISSING_PARAMETER : CTAP1_INVALID_PARAMETER;
	if ((r = option_parse(options, "rk", &a->rk, NULL)) != CTAP_OK ||
	    (r = option_parse(options, "up", &a->up, &a->up_given)) != CTAP_OK ||
	    (r = option_parse(options, "uv", &a->uv_asked, NULL)) != CTAP_OK)
		return r;
	if (a->param.p != NULL && !v20)
		a->uv_asked = false;
	if (a->uv_asked && !engine_has_finger(e))
		return v20 ? CTAP2_UNSUPPORTED_OPTION : CTAP2_INVALID_OPTION;
	return CTAP_OK;
}

int
auth_verify(struct engine *e, struct auth *a, unsigned perm, const uint8_t rp_hash[32], struct span client_hash)
{
	bool always = e->key->q.v[Q_ALWAYS_UV] && a->up && engine_has_finger(e);
	int r;

	if (a->param.p != NULL) {
		if ((r = token_check(e, a->protocol, a->param, client_hash, perm, rp_hash)) != CTAP_OK)
			return r;
		a->uv = token_of(e, a->protocol)->uv;
		a->touched = token_of(e, a->protocol)->touched;
	} else if (a->uv_asked || always) {
		if ((r = engine_finger(e)) != CTAP_OK)
			return r == CTAP2_UV_INVALID || r == CTAP2_UV_BLOCKED ? CTAP2_PUAT_REQUIRED : r;
		a->uv = a->touched = true;
	}
	return CTAP_OK;
}

int
auth_touch(struct engine *e, struct auth *a)
{
	int r;

	if (!a->touched && (r = engine_touch(e)) != CTAP_OK)
		return r;
	a->touched = true;
	if (e->key->q.v[Q_UV_AUTO] && engine_has_finger(e) && !e->finger_fails)
		a->uv = true;
	return CTAP_OK;
}

bool
authdata_begin(struct engine *e, struct cbw *w, const uint8_t rp_hash[32], unsigned flags, const struct cred *c)
{
	uint32_t n;

	if (!engine_counter(e, c, &n))
		return false;
	if (engine_faulty(e, FAULT_NO_UV))
		flags &= ~(unsigned)FLAG_UV;
	if (engine_faulty(e, FAULT_NO_UP))
		flags &= ~(unsigned)FLAG_UP;
	cbw_raw(w, rp_hash, 32);
	cbw_byte(w, (uint8_t)flags);
	for (int shift = 24; shift >= 0; shift -= 8)
		cbw_byte(w, (uint8_t)(n >> shift));
	return !w->bad;
}

bool
authdata_sign(struct engine *e, EVP_PKEY *key, const struct cbw *authdata, const uint8_t client_hash[32],
    uint8_t *sig, size_t *n)
{
	uint8_t msg[AUTHDATA_MAX + 32];

	if (authdata->bad || authdata->n > AUTHDATA_MAX)
		return false;
	memcpy(msg, authdata->p, authdata->n);
	memcpy(msg + authdata->n, client_hash, 32);
	if (!crypt_sign(key, (struct span){ msg, authdata->n + 32 }, sig, n))
		return false;
	if (engine_faulty(e, FAULT_BAD_SIG))
		sig[*n - 1] ^= 1;
	return true;
}
