/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A credential id is the credential itself, sealed for this key and the RP: nonce, then flags,
 * algorithm, seed and padding under AES-256-GCM with the RP id's hash as associated data.
 */
#include <string.h>

#include "engine.h"

#define NONCE 12
#define TAG 16
#define PLAIN_MAX (CRED_ID_MAX - NONCE - TAG)

enum { F_PROTECT = 3, F_HMAC = 4, F_RESIDENT = 8 };

bool
cred_wrap(struct engine *e, struct cred *c, const uint8_t rp_hash[32])
{
	size_t n = (size_t)e->key->q.v[Q_ID_LEN];
	uint8_t plain[PLAIN_MAX] = { 0 };

	c->id_len = n;
	plain[0] = (uint8_t)(c->protect | (c->hmac ? F_HMAC : 0) | (c->resident ? F_RESIDENT : 0));
	plain[1] = c->alg == COSE_EDDSA;
	memcpy(plain + 2, c->seed, sizeof c->seed);
	return crypt_random(c->id, NONCE) && crypt_seal(e->key->s.master, c->id, (struct span){ rp_hash, 32 }, plain,
	    n - NONCE - TAG, c->id + NONCE);
}

bool
cred_unwrap(const struct engine *e, struct cred *c, struct span id, const uint8_t rp_hash[32])
{
	uint8_t plain[PLAIN_MAX];

	if (id.n != (size_t)e->key->q.v[Q_ID_LEN] || !crypt_open(e->key->s.master, id.p,
	    (struct span){ rp_hash, 32 }, id.p + NONCE, id.n - NONCE, plain))
		return false;
	memcpy(c->id, id.p, id.n);
	c->id_len = id.n;
	c->protect = plain[0] & F_PROTECT;
	c->hmac = plain[0] & F_HMAC;
	c->resident = plain[0] & F_RESIDENT;
	c->alg = plain[1] ? COSE_EDDSA : COSE_ES256;
	memcpy(c->seed, plain + 2, sizeof c->seed);
	/* a resident credential which was deleted is gone, though its id still opens */
	return !c->resident || cred_resident(e, id) != NULL;
}

struct resident *
cred_resident(const struct engine *e, struct span id)
{
	struct key_state *s = &e->key->s;

	for (size_t i = 0; i < s->rk_n; i++)
		if (s->rk[i].id_len == id.n && memcmp(s->rk[i].id, id.p, id.n) == 0)
			return &s->rk[i];
	return NULL;
}

/* CredRandomWithUV and CredRandomWithoutUV (section 12.5) are derived from the seed. */
bool
cred_hmac(struct engine *e, const struct cred *c, bool uv, struct span salt, uint8_t out[32])
{
	const char *label = uv && e->key->q.v[Q_HMAC] == HMAC_TWO ? "CredRandomWithUV" : "CredRandomWithoutUV";
	uint8_t seed[32], random[32];

	memcpy(seed, c->seed, sizeof seed);
	if (engine_faulty(e, FAULT_OTHER_SECRET))
		seed[0] ^= 1;
	return crypt_hmac(seed, sizeof seed, (struct span){ (const uint8_t *)label, strlen(label) },
	    (struct span){ NULL, 0 }, random) && crypt_hmac(random, sizeof random, salt, (struct span){ NULL, 0 }, out);
}
