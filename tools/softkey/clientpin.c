/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticatorClientPIN, CTAP 2.1 section 6.5.5. */
#include <string.h>

#include <openssl/crypto.h>

#include "engine.h"

#define PIN_MIN 4	/* code points */
#define WRONG_MAX 3	/* in one power cycle */

enum { GET_RETRIES = 1, GET_AGREEMENT, SET_PIN, CHANGE_PIN, GET_TOKEN, GET_TOKEN_UV, GET_UV_RETRIES, GET_TOKEN_PERM = 9 };

struct pin_request {
	uint64_t protocol, sub, perms;
	struct span agreement, param, new_pin, pin_hash, rp_id;
	uint8_t shared[64];
};

static int
request_parse(struct pin_request *p, struct span req)
{
	int r;

	if ((r = field_uint(req, 2, true, &p->sub)) != CTAP_OK || (r = field_uint(req, 1, false, &p->protocol)) != CTAP_OK ||
	    (r = field_map(req, 3, false, &p->agreement)) != CTAP_OK || (r = field_bytes(req, 4, false, &p->param)) != CTAP_OK ||
	    (r = field_bytes(req, 5, false, &p->new_pin)) != CTAP_OK ||
	    (r = field_bytes(req, 6, false, &p->pin_hash)) != CTAP_OK || (r = field_uint(req, 9, false, &p->perms)) != CTAP_OK ||
	    (r = field_text(req, 10, false, &p->rp_id)) != CTAP_OK)
		return r;
	return CTAP_OK;
}

static int
retries_write(struct engine *e)
{
	cbw_map(&e->out, 2);
	cbw_int(&e->out, 3);
	cbw_int(&e->out, e->key->s.pin_retries);
	cbw_int(&e->out, 4);	/* powerCycleState */
	cbw_bool(&e->out, e->key->s.block_replugs > 0);
	return CTAP_OK;
}

static int
agreement_write(struct engine *e, const struct pin_request *p)
{
	if (!pin_protocol_ok(e, p->protocol))
		return p->protocol == 0 ? CTAP2_MISSING_PARAMETER : CTAP1_INVALID_PARAMETER;
	cbw_map(&e->out, 1);
	cbw_int(&e->out, 1);
	return crypt_cose(&e->out, e->agree, COSE_ECDH) ? CTAP_OK : CTAP1_OTHER;
}

/* Decrypts newPinEnc and stores the PIN's hash. */
static int
new_pin_store(struct engine *e, const struct pin_request *p)
{
	struct key_state *s = &e->key->s;
	uint8_t pin[64], hash[32];
	size_t n, points = 0;
	int r;

	if ((r = pin_decrypt(p->protocol, p->shared, p->new_pin, pin, sizeof pin, &n)) != CTAP_OK)
		return r;
	if (n != sizeof pin)
		return CTAP1_INVALID_PARAMETER;
	while (n > 0 && pin[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		points += (pin[i] & 0xc0) != 0x80;
	if (points < PIN_MIN || n > 63)
		return CTAP2_PIN_POLICY_VIOLATION;
	if (!crypt_sha256(pin, n, hash))
		return CTAP1_OTHER;
	memcpy(s->pin_hash, hash, sizeof s->pin_hash);
	s->pin_set = true;
	s->pin_retries = PIN_RETRIES;
	OPENSSL_cleanse(pin, sizeof pin);
	return store_save(e->key) ? CTAP_OK : CTAP1_OTHER;
}

static int
pin_blocked(const struct engine *e)
{
	if (e->key->s.pin_retries == 0)
		return CTAP2_PIN_BLOCKED;
	return e->key->s.block_replugs > 0 ? CTAP2_PIN_AUTH_BLOCKED : CTAP_OK;
}

/* A wrong PIN: the code, after the count went down durably and the agreement key was replaced. */
static int
pin_wrong(struct engine *e)
{
	struct key_state *s = &e->key->s;

	e->stats.wrong_pins++;
	s->pin_retries--;
	if (++e->wrong_in_row >= WRONG_MAX && s->pin_retries > 0)
		s->block_replugs = e->key->q.v[Q_PIN_BLOCK_REPLUGS] > 0 ? (unsigned)e->key->q.v[Q_PIN_BLOCK_REPLUGS] : 1;
	EVP_PKEY_free(e->agree);
	if ((e->agree = EVP_EC_gen("P-256")) == NULL || !store_save(e->key))
		return CTAP1_OTHER;
	if (s->pin_retries == 0)
		return CTAP2_PIN_BLOCKED;
	return s->block_replugs > 0 ? CTAP2_PIN_AUTH_BLOCKED : CTAP2_PIN_INVALID;
}

/* The comparison comes first and the count after it, where section 6.5.5.7 counts down first: nobody can
 * cut the power of one process between the two, and a right PIN then costs no write. */
static int
pin_hash_check(struct engine *e, const struct pin_request *p)
{
	struct key_state *s = &e->key->s;
	uint8_t hash[64];
	size_t n;
	int r;

	if ((r = pin_decrypt(p->protocol, p->shared, p->pin_hash, hash, sizeof hash, &n)) != CTAP_OK)
		return r;
	if (n != 16 || CRYPTO_memcmp(hash, s->pin_hash, 16) != 0)
		return pin_wrong(e);
	e->wrong_in_row = 0;
	if (s->pin_retries == PIN_RETRIES)
		return CTAP_OK;
	s->pin_retries = PIN_RETRIES;
	return store_save(e->key) ? CTAP_OK : CTAP1_OTHER;
}

static int
shared_make(struct engine *e, struct pin_request *p)
{
	if (p->protocol == 0 || p->agreement.p == NULL)
		return CTAP2_MISSING_PARAMETER;
	return pin_shared(e, p->protocol, p->agreement, p->shared);
}

static int
pin_set(struct engine *e, struct pin_request *p)
{
	int r;

	if (p->new_pin.p == NULL || p->param.p == NULL)
		return CTAP2_MISSING_PARAMETER;
	if ((r = shared_make(e, p)) != CTAP_OK)
		return r;
	if (e->key->s.pin_set)
		return CTAP2_PIN_AUTH_INVALID;
	if (!pin_authentic(p->protocol, p->shared, p->new_pin, p->param))
		return CTAP2_PIN_AUTH_INVALID;
	return new_pin_store(e, p);
}

static int
pin_change(struct engine *e, struct pin_request *p)
{
	uint8_t both[256];
	size_t n = p->new_pin.n + p->pin_hash.n;
	int r;

	if (p->new_pin.p == NULL || p->param.p == NULL || p->pin_hash.p == NULL)
		return CTAP2_MISSING_PARAMETER;
	if (!e->key->s.pin_set)
		return CTAP2_PIN_NOT_SET;
	if ((r = pin_blocked(e)) != CTAP_OK || (r = shared_make(e, p)) != CTAP_OK)
		return r;
	if (n > sizeof both)
		return CTAP1_INVALID_PARAMETER;
	memcpy(both, p->new_pin.p, p->new_pin.n);
	memcpy(both + p->new_pin.n, p->pin_hash.p, p->pin_hash.n);
	if (!pin_authentic(p->protocol, p->shared, (struct span){ both, n }, p->param))
		return CTAP2_PIN_AUTH_INVALID;
	if ((r = pin_hash_check(e, p)) != CTAP_OK || (r = new_pin_store(e, p)) != CTAP_OK)
		return r;
	for (int i = 0; i < 2; i++) {
		e->token[i].in_use = false;
		if (!crypt_random(e->token[i].bytes, 32))
			return CTAP1_OTHER;
	}
	return CTAP_OK;
}

/* A fresh token with these permissions, encrypted to the platform. */
static int
token_write(struct engine *e, const struct pin_request *p, unsigned perms, bool touched)
{
	struct token *t = token_of(e, p->protocol);

	memset(t, 0, sizeof *t);
	if (!crypt_random(t->bytes, sizeof t->bytes))
		return CTAP1_OTHER;
	t->in_use = t->uv = true;
	t->touched = touched;
	t->perms = perms;
	t->born_ms = e->io->now_ms(e->ctx);
	if (p->rp_id.p != NULL) {
		if (!crypt_sha256(p->rp_id.p, p->rp_id.n, t->rp_hash))
			return CTAP1_OTHER;
		t->rp_bound = true;
	}
	cbw_map(&e->out, 1);
	cbw_int(&e->out, 2);
	return pin_encrypt(&e->out, p->protocol, p->shared, t->bytes, sizeof t->bytes) ? CTAP_OK : CTAP1_OTHER;
}

static int
perms_check(const struct engine *e, const struct pin_request *p)
{
	if (p->perms == 0)
		return CTAP2_MISSING_PARAMETER;
	if ((p->perms & ~(uint64_t)PERM_ALL) != 0 || ((p->perms & PERM_CM) != 0 && !e->key->q.v[Q_RK]))
		return CTAP2_UNAUTHORIZED_PERMISSION;
	if ((p->perms & (PERM_MC | PERM_GA)) != 0 && p->rp_id.p == NULL)
		return CTAP2_MISSING_PARAMETER;
	return CTAP_OK;
}

static int
token_by_pin(struct engine *e, struct pin_request *p)
{
	bool with_perms = p->sub == GET_TOKEN_PERM;
	unsigned perms = e->key->q.v[Q_CTAP] == CTAP_21 ? PERM_MC | PERM_GA : PERM_ALL;
	int r;

	if (p->pin_hash.p == NULL)
		return CTAP2_MISSING_PARAMETER;
	if (!with_perms && (p->perms != 0 || p->rp_id.p != NULL))
		return CTAP1_INVALID_PARAMETER;
	if (with_perms && (r = perms_check(e, p)) != CTAP_OK)
		return r;
	if (!e->key->s.pin_set)
		return CTAP2_PIN_NOT_SET;
	if ((r = pin_blocked(e)) != CTAP_OK || (r = shared_make(e, p)) != CTAP_OK || (r = pin_hash_check(e, p)) != CTAP_OK)
		return r;
	return token_write(e, p, with_perms ? (unsigned)p->perms : perms, false);
}

static int
token_by_finger(struct engine *e, struct pin_request *p)
{
	int r;

	if (!engine_has_finger(e))
		return CTAP2_NOT_ALLOWED;
	if ((r = perms_check(e, p)) != CTAP_OK || (r = shared_make(e, p)) != CTAP_OK || (r = engine_finger(e)) != CTAP_OK)
		return r;
	return token_write(e, p, (unsigned)p->perms, true);
}

int
engine_pin(struct engine *e, struct span req)
{
	struct pin_request p = { 0 };
	bool v21 = e->key->q.v[Q_CTAP] == CTAP_21;
	int r;

	if ((r = request_parse(&p, req)) != CTAP_OK)
		return r;
	switch (p.sub) {
	case GET_RETRIES:
		return retries_write(e);
	case GET_AGREEMENT:
		return agreement_write(e, &p);
	case SET_PIN:
		return pin_set(e, &p);
	case CHANGE_PIN:
		return pin_change(e, &p);
	case GET_TOKEN:
		return token_by_pin(e, &p);
	case GET_TOKEN_PERM:
		return v21 ? token_by_pin(e, &p) : CTAP1_INVALID_PARAMETER;
	case GET_TOKEN_UV:
		return v21 ? token_by_finger(e, &p) : CTAP1_INVALID_PARAMETER;
	case GET_UV_RETRIES:
		cbw_map(&e->out, 1);
		cbw_int(&e->out, 5);
		cbw_int(&e->out, e->key->s.uv_retries);
		return CTAP_OK;
	default:
		return CTAP1_INVALID_PARAMETER;	/* section 6.5.5: unknown subCommand */
	}
}
