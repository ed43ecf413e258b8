/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper_key.h"

#include <string.h>

#include "base/clock.h"

static fido_cred_t *cred_begin(const struct key *k, const struct token_make_request *rq, int alg)
{
	fido_cred_t *c = fido_cred_new();
	size_t i;

	if (c == NULL || fido_cred_set_type(c, alg) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(c, rq->cdh, sizeof(rq->cdh)) != FIDO_OK ||
	    fido_cred_set_rp(c, TOKEN_RP_ID, "twokey") != FIDO_OK ||
	    fido_cred_set_user(c, rq->user_id, sizeof(rq->user_id), rq->user_name, NULL, NULL) !=
	    FIDO_OK)
		goto fail;
	if (k->info.hmac_secret && fido_cred_set_extensions(c, FIDO_EXT_HMAC_SECRET) != FIDO_OK)
		goto fail;
	if (k->info.cred_protect && rq->protection > 0 &&
	    fido_cred_set_prot(c, rq->protection) != FIDO_OK)
		goto fail;
	/* Never uv=true beside a PIN; a resident key is not asked for. */
	if (rq->pin == NULL && k->info.uv == 1 && fido_cred_set_uv(c, FIDO_OPT_TRUE) != FIDO_OK)
		goto fail;
	for (i = 0; i < rq->n_exclude; i++)
		if (fido_cred_exclude(c, rq->exclude[i].data, rq->exclude[i].len) != FIDO_OK)
			goto fail;
	return c;
fail:
	fido_cred_free(&c);
	return NULL;
}

/*
 * The attestation's signature, where there is one.  libfido2 compares the
 * extensions returned with those asked for; a key that leaves one out is for
 * the caller to judge, so the check is made on what came back.
 */
static int cred_verify(const fido_cred_t *got, const struct token_make_request *rq,
    const struct token_credential *out)
{
	fido_cred_t *c = fido_cred_new();
	int r = FIDO_ERR_INTERNAL;

	if (strcmp(out->format, "none") == 0) {
		r = FIDO_OK;
		goto out;
	}
	if (c == NULL || fido_cred_set_type(c, fido_cred_type(got)) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(c, rq->cdh, sizeof(rq->cdh)) != FIDO_OK ||
	    fido_cred_set_rp(c, TOKEN_RP_ID, NULL) != FIDO_OK ||
	    (out->hmac_secret && fido_cred_set_extensions(c, FIDO_EXT_HMAC_SECRET) != FIDO_OK) ||
	    (out->protection > 0 && fido_cred_set_prot(c, out->protection) != FIDO_OK) ||
	    fido_cred_set_authdata_raw(c, out->authdata, out->authdata_len) != FIDO_OK ||
	    fido_cred_set_fmt(c, fido_cred_fmt(got)) != FIDO_OK ||
	    fido_cred_set_attstmt(c, fido_cred_attstmt_ptr(got), fido_cred_attstmt_len(got)) !=
	    FIDO_OK)
		goto out;
	r = out->cert_len > 0 ? fido_cred_verify(c) : fido_cred_verify_self(c);
	if (r != FIDO_ERR_INVALID_SIG)
		r = FIDO_OK;	/* a kind of attestation that libfido2 does not know */
out:
	fido_cred_free(&c);
	return r;
}

static int cred_copy(struct token_credential *out, const fido_cred_t *c)
{
	const char *format = fido_cred_fmt(c);

	if (format == NULL || strlen(format) >= sizeof(out->format) ||
	    key_copy(out->id, sizeof(out->id), &out->id_len, fido_cred_id_ptr(c),
	    fido_cred_id_len(c)) != 0 ||
	    key_copy(out->key, sizeof(out->key), &out->key_len, fido_cred_pubkey_ptr(c),
	    fido_cred_pubkey_len(c)) != 0 ||
	    key_copy(out->authdata, sizeof(out->authdata), &out->authdata_len,
	    fido_cred_authdata_raw_ptr(c), fido_cred_authdata_raw_len(c)) != 0 ||
	    key_copy(out->sig, sizeof(out->sig), &out->sig_len, fido_cred_sig_ptr(c),
	    fido_cred_sig_len(c)) != 0 ||
	    key_copy(out->cert, sizeof(out->cert), &out->cert_len, fido_cred_x5c_ptr(c),
	    fido_cred_x5c_len(c)) != 0)
		return WHY_MALFORMED;
	memcpy(out->format, format, strlen(format) + 1);
	out->alg = fido_cred_type(c) == COSE_EDDSA ? TOKEN_EDDSA : TOKEN_ES256;
	return FIDO_OK;
}

static int make_once(struct key *k, const struct token_make_request *rq, int alg,
    struct token_credential *out)
{
	const int64_t began = clock_monotonic();
	fido_cred_t *c = cred_begin(k, rq, alg);
	int r = FIDO_ERR_INTERNAL;

	memset(out, 0, sizeof(*out));
	if (c == NULL)
		return r;
	(void)fido_dev_set_timeout(k->dev, rq->touch_ms + BACKSTOP_MS);
	r = fido_dev_make_cred(k->dev, c, rq->pin == NULL ? NULL : (const char *)rq->pin->data);
	r = key_after(k, r, began, rq->touch_ms + BACKSTOP_MS);
	if (r == FIDO_OK)
		r = cred_copy(out, c);
	if (r == FIDO_OK)
		r = check_credential(out, rq, rq->pin != NULL || k->info.uv == 1);
	if (r == FIDO_OK)
		r = cred_verify(c, rq, out);
	fido_cred_free(&c);
	return r;
}

int key_make(struct key *k, const struct token_make_request *rq, struct token_credential *out)
{
	const int first = rq->try_eddsa ? COSE_EDDSA : COSE_ES256;
	const int second = rq->try_eddsa ? COSE_ES256 : COSE_EDDSA;
	int r;

	if (rq->pin != NULL && k->info.pin_tries == 0)
		return FIDO_ERR_PIN_BLOCKED;
	r = FIDO_ERR_UNSUPPORTED_ALGORITHM;
	if (first == COSE_ES256 || k->info.eddsa != 0)
		r = make_once(k, rq, first, out);
	if (r == FIDO_ERR_UNSUPPORTED_ALGORITHM)
		r = make_once(k, rq, second, out);
	return r;
}
