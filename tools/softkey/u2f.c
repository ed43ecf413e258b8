/* SPDX-License-Identifier: BSD-2-Clause */
/* CTAP1: FIDO U2F Raw Message Formats 1.2, for clients which know no CTAP2. */
#include <string.h>

#include "engine.h"

enum { REGISTER = 1, AUTHENTICATE = 2, VERSION = 3 };
enum { CHECK_ONLY = 7, ENFORCE = 3, DONT_ENFORCE = 8 };

enum {
	SW_OK = 0x9000,
	SW_CONDITIONS = 0x6985,
	SW_WRONG_DATA = 0x6a80,
	SW_WRONG_LENGTH = 0x6700,
	SW_NO_INS = 0x6d00,
	SW_NO_CLA = 0x6e00,
	SW_MEMORY = 0x6f00,
};

struct apdu {
	uint8_t ins, p1;
	struct span data;
};

/* ISO 7816-4 command, short or extended; Le is of no interest. */
static int
apdu_parse(struct apdu *a, const uint8_t *p, size_t n)
{
	size_t lc = 0, at = 4;

	if (n < 4)
		return SW_WRONG_LENGTH;
	if (p[0] != 0)
		return SW_NO_CLA;
	a->ins = p[1];
	a->p1 = p[2];
	if (n >= 7 && p[4] == 0) {
		lc = (size_t)p[5] << 8 | p[6];
		at = 7;
		if (lc > n - at)	/* no data: these two bytes were Le */
			lc = n == at ? 0 : lc;
	} else if (n > 5) {
		lc = p[4];
		at = 5;
	}
	if (lc > 0 && lc > n - at)
		return SW_WRONG_LENGTH;
	a->data = (struct span){ lc > 0 ? p + at : NULL, lc };
	return SW_OK;
}

static int
register_run(struct engine *e, const struct apdu *a)
{
	struct cred c = { .alg = COSE_ES256, .protect = 1 };
	const uint8_t *challenge = a->data.p, *app;
	uint8_t pub[65], msg[1 + 64 + CRED_ID_MAX + 65], sig[SIG_MAX];
	struct cbw m = { msg, 0, sizeof msg, false };
	EVP_PKEY *key = NULL;
	size_t n;
	int sw = SW_MEMORY;

	if (a->data.n != 64)
		return SW_WRONG_LENGTH;
	app = challenge + 32;
	if (!e->io->touch_poll(e->ctx))
		return SW_CONDITIONS;
	do {
		if (!crypt_random(c.seed, sizeof c.seed))
			goto out;
	} while ((key = crypt_key(c.alg, c.seed)) == NULL);
	if (!cred_wrap(e, &c, app) || !crypt_public(key, pub, sizeof pub, &n) || n != sizeof pub)
		goto out;
	cbw_byte(&m, 0);
	cbw_raw(&m, app, 32);
	cbw_raw(&m, challenge, 32);
	cbw_raw(&m, c.id, c.id_len);
	cbw_raw(&m, pub, sizeof pub);
	if (m.bad || !crypt_sign(e->key->att, (struct span){ msg, m.n }, sig, &n))
		goto out;
	if (engine_faulty(e, FAULT_BAD_SIG))
		sig[n - 1] ^= 1;
	cbw_byte(&e->out, 5);
	cbw_raw(&e->out, pub, sizeof pub);
	cbw_byte(&e->out, (uint8_t)c.id_len);
	cbw_raw(&e->out, c.id, c.id_len);
	cbw_raw(&e->out, e->key->cert, e->key->cert_len);
	cbw_raw(&e->out, sig, n);
	sw = SW_OK;
out:
	EVP_PKEY_free(key);
	return sw;
}

static int
authenticate_sign(struct engine *e, const struct cred *c, const uint8_t *challenge, const uint8_t *app, bool up)
{
	uint8_t msg[37 + 32], sig[SIG_MAX];
	struct cbw m = { msg, 0, sizeof msg, false };
	EVP_PKEY *key = crypt_key(c->alg, c->seed);
	size_t n;
	int sw = SW_MEMORY;

	if (key == NULL || !authdata_begin(e, &m, app, up ? FLAG_UP : 0U, c) ||
	    !authdata_sign(e, key, &m, challenge, sig, &n))
		goto out;
	cbw_raw(&e->out, msg + 32, 5);	/* flags and counter */
	cbw_raw(&e->out, sig, n);
	sw = SW_OK;
out:
	EVP_PKEY_free(key);
	return sw;
}

static int
authenticate_run(struct engine *e, const struct apdu *a)
{
	const uint8_t *challenge = a->data.p, *app;
	struct cred c;

	if (a->data.n < 65 || a->data.n != (size_t)65 + a->data.p[64])
		return SW_WRONG_LENGTH;
	app = challenge + 32;
	if (!cred_unwrap(e, &c, (struct span){ a->data.p + 65, a->data.p[64] }, app) || c.alg != COSE_ES256 ||
	    c.protect == 3)
		return SW_WRONG_DATA;
	if (a->p1 == CHECK_ONLY)
		return SW_CONDITIONS;	/* U2F's way of saying that it knows the handle */
	if (a->p1 != ENFORCE && a->p1 != DONT_ENFORCE)
		return SW_WRONG_DATA;
	if (a->p1 == ENFORCE && !e->io->touch_poll(e->ctx))
		return SW_CONDITIONS;
	return authenticate_sign(e, &c, challenge, app, a->p1 == ENFORCE);
}

bool
engine_u2f(struct engine *e, const uint8_t *req, size_t n)
{
	struct fault_set armed = e->faults;
	struct apdu a = { 0 };
	int sw = apdu_parse(&a, req, n);

	e->out = (struct cbw){ e->buf, 0, sizeof e->buf, false };
	e->stats.u2f++;
	e->fault = a.ins != VERSION ? fault_take(&e->faults, OP_U2F) : 0;
	if (engine_faulty(e, FAULT_HANG))
		return false;
	if (sw == SW_OK && a.ins == VERSION)
		cbw_raw(&e->out, "U2F_V2", 6);
	else if (sw == SW_OK)
		sw = a.ins == REGISTER ? register_run(e, &a) : a.ins == AUTHENTICATE ? authenticate_run(e, &a) : SW_NO_INS;
	if (sw == SW_CONDITIONS)	/* hosts ask until there is a touch: all that is one operation */
		e->faults = armed;
	else if (engine_faulty(e, FAULT_UNPLUG)) {
		e->io->unplug(e->ctx);
		return false;
	}
	if (sw != SW_OK || e->out.bad)
		e->out.n = 0;
	e->out.bad = false;
	cbw_byte(&e->out, (uint8_t)(sw >> 8));
	cbw_byte(&e->out, (uint8_t)sw);
	return true;
}
