/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper_key.h"

#include <string.h>

#include "base/clock.h"
#include "token/authdata.h"

#define PREFLIGHT_MS 2000	/* a key that does not answer up=false by then wants a touch */

static fido_assert_t *assert_begin(const uint8_t cdh[32], const struct token_id *ids, size_t n)
{
	fido_assert_t *a = fido_assert_new();
	size_t i;

	if (a == NULL || fido_assert_set_rp(a, TOKEN_RP_ID) != FIDO_OK ||
	    fido_assert_set_clientdata_hash(a, cdh, 32) != FIDO_OK)
		goto fail;
	for (i = 0; i < n; i++)
		if (fido_assert_allow_cred(a, ids[i].data, ids[i].len) != FIDO_OK)
			goto fail;
	return a;
fail:
	fido_assert_free(&a);
	return NULL;
}

int key_preflight(struct key *k, const struct token_id *ids, size_t n, enum token_has *has,
    size_t *which)
{
	static const uint8_t no_hash[32];
	const int64_t began = clock_monotonic();
	fido_assert_t *a = assert_begin(no_hash, ids, n);
	int r = FIDO_ERR_INTERNAL;

	*has = TOKEN_UNSURE;
	*which = 0;
	if (a == NULL || fido_assert_set_up(a, FIDO_OPT_FALSE) != FIDO_OK)
		goto out;
	(void)fido_dev_set_timeout(k->dev, PREFLIGHT_MS);
	r = key_after(k, fido_dev_get_assert(k->dev, a, NULL), began, PREFLIGHT_MS);
	if (r == FIDO_OK && fido_assert_count(a) > 0) {
		*which = fido_assert_id_len(a, 0) == 0 && n == 1 ? 0 :
		    check_find(ids, n, fido_assert_id_ptr(a, 0), fido_assert_id_len(a, 0));
		if (*which == n) {
			*which = 0;
			r = WHY_FOREIGN_ID;
			goto out;
		}
		*has = TOKEN_HAS;
	} else if (r == FIDO_ERR_NO_CREDENTIALS && !k->info.always_uv) {
		*has = TOKEN_HAS_NOT;
	}
	/* Any other answer of the key is one of those that mean "try it". */
	if (r > 0)
		r = FIDO_OK;
out:
	fido_assert_free(&a);
	return r;
}

static int assert_copy(struct token_assertion *out, const fido_assert_t *a,
    const struct token_assert_request *rq)
{
	const unsigned char *raw, *secret = fido_assert_hmac_secret_ptr(a, 0);
	const size_t secrets = rq->salt1 == NULL ? 0 : rq->salt2 == NULL ? 32 : 64;
	size_t len = 0;

	/* With one id allowed a key may leave the id out (CTAP 2.1 section 6.2.2). */
	if (fido_assert_id_len(a, 0) == 0 && rq->n_allow == 1)
		(void)key_copy(out->id, sizeof(out->id), &out->id_len, rq->allow[0].data,
		    rq->allow[0].len);
	else if (key_copy(out->id, sizeof(out->id), &out->id_len, fido_assert_id_ptr(a, 0),
	    fido_assert_id_len(a, 0)) != 0)
		return WHY_MALFORMED;
	raw = authdata_unwrap(fido_assert_authdata_ptr(a, 0), fido_assert_authdata_len(a, 0), &len);
	if (raw == NULL ||
	    key_copy(out->authdata, sizeof(out->authdata), &out->authdata_len, raw, len) != 0 ||
	    key_copy(out->sig, sizeof(out->sig), &out->sig_len, fido_assert_sig_ptr(a, 0),
	    fido_assert_sig_len(a, 0)) != 0)
		return WHY_MALFORMED;
	if (secrets == 0)
		return FIDO_OK;
	if (secret == NULL || fido_assert_hmac_secret_len(a, 0) != secrets)
		return WHY_NO_SECRET;
	if (secret_from(&out->hmac1, secret, 32, NULL) != 0 ||
	    (secrets == 64 && secret_from(&out->hmac2, secret + 32, 32, NULL) != 0))
		return FIDO_ERR_INTERNAL;
	return FIDO_OK;
}

static int assert_salts(fido_assert_t *a, const struct token_assert_request *rq)
{
	uint8_t salts[64];

	if (rq->salt1 == NULL)
		return FIDO_OK;
	memcpy(salts, rq->salt1, 32);
	if (rq->salt2 != NULL)
		memcpy(salts + 32, rq->salt2, 32);
	if (fido_assert_set_extensions(a, FIDO_EXT_HMAC_SECRET) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	return fido_assert_set_hmac_salt(a, salts, rq->salt2 != NULL ? 64 : 32);
}

int key_assert(struct key *k, const struct token_assert_request *rq, struct token_assertion *out)
{
	const int64_t began = clock_monotonic();
	fido_assert_t *a;
	int r = FIDO_ERR_INTERNAL;

	if (rq->pin != NULL && k->info.pin_tries == 0)
		return FIDO_ERR_PIN_BLOCKED;
	if (rq->salt1 != NULL && !k->info.hmac_secret)
		return WHY_NO_SECRET;
	if (rq->uv && rq->pin == NULL && k->info.uv != 1)
		return FIDO_ERR_PIN_REQUIRED;
	a = assert_begin(rq->cdh, rq->allow, rq->n_allow);
	if (a == NULL || assert_salts(a, rq) != FIDO_OK)
		goto out;
	/* Never uv=true beside a PIN. */
	if (rq->pin == NULL && rq->uv && fido_assert_set_uv(a, FIDO_OPT_TRUE) != FIDO_OK)
		goto out;
	(void)fido_dev_set_timeout(k->dev, rq->touch_ms + BACKSTOP_MS);
	r = fido_dev_get_assert(k->dev, a, rq->pin == NULL ? NULL : (const char *)rq->pin->data);
	r = key_after(k, r, began, rq->touch_ms + BACKSTOP_MS);
	if (r == FIDO_OK && fido_assert_count(a) == 0)
		r = WHY_MALFORMED;
	if (r == FIDO_OK)
		r = assert_copy(out, a, rq);
	if (r == FIDO_OK)
		r = check_assertion(out, rq);
out:
	fido_assert_free(&a);
	return r;
}
