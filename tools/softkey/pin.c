/* SPDX-License-Identifier: BSD-2-Clause */
/* PIN/UV auth protocols one and two, CTAP 2.1 sections 6.5.6 and 6.5.7, and their tokens. */
#include <string.h>

#include <openssl/crypto.h>

#include "engine.h"

#define TOKEN_LIFE_MS 600000	/* section 6.5.2.1: at most ten minutes */

bool
pin_protocol_ok(const struct engine *e, uint64_t protocol)
{
	int have = e->key->q.v[Q_PIN_PROTOCOLS];

	return (protocol == 1 && have != PROTO_2) || (protocol == 2 && have != PROTO_1);
}

/* shared: protocol 1 fills 32 bytes for both uses; protocol 2 the HMAC key and then the AES key. */
int
pin_shared(struct engine *e, uint64_t protocol, struct span cose, uint8_t shared[64])
{
	uint8_t x[32];

	if (!pin_protocol_ok(e, protocol) || !crypt_ecdh(e->agree, cose, x))
		return CTAP1_INVALID_PARAMETER;
	if (protocol == 1) {
		if (!crypt_sha256(x, sizeof x, shared))
			return CTAP1_OTHER;
		memcpy(shared + 32, shared, 32);
		return CTAP_OK;
	}
	if (!crypt_hkdf(x, sizeof x, "CTAP2 HMAC key", shared) || !crypt_hkdf(x, sizeof x, "CTAP2 AES key", shared + 32))
		return CTAP1_OTHER;
	return CTAP_OK;
}

bool
pin_authentic(uint64_t protocol, const uint8_t *key, struct span msg, struct span mac)
{
	uint8_t want[32];

	return mac.n == (protocol == 1 ? 16 : 32) && crypt_hmac(key, 32, msg, (struct span){ NULL, 0 }, want) &&
	    CRYPTO_memcmp(want, mac.p, mac.n) == 0;
}

int
pin_decrypt(uint64_t protocol, const uint8_t shared[64], struct span in, uint8_t *out, size_t max, size_t *n)
{
	static const uint8_t zero[16];
	const uint8_t *iv = zero;

	if (protocol == 2) {
		if (in.n < 16)
			return CTAP1_INVALID_PARAMETER;
		iv = in.p;
		in = (struct span){ in.p + 16, in.n - 16 };
	}
	if (in.n == 0 || in.n % 16 != 0 || in.n > max || !crypt_cbc(false, shared + 32, iv, in.p, in.n, out))
		return CTAP1_INVALID_PARAMETER;
	*n = in.n;
	return CTAP_OK;
}

bool
pin_encrypt(struct cbw *w, uint64_t protocol, const uint8_t shared[64], const uint8_t *in, size_t n)
{
	uint8_t buf[16 + 64] = { 0 };
	size_t at = protocol == 2 ? 16 : 0;

	if (n > sizeof buf - 16 || (at > 0 && !crypt_random(buf, at)) ||
	    !crypt_cbc(true, shared + 32, buf, in, n, buf + 16))
		return false;
	cbw_bytes(w, buf + 16 - at, at + n);
	return !w->bad;
}

struct token *
token_of(struct engine *e, uint64_t protocol)
{
	return &e->token[protocol == 2];
}

int
token_check(struct engine *e, uint64_t protocol, struct span param, struct span msg, unsigned perm,
    const uint8_t *rp_hash)
{
	struct token *t = token_of(e, protocol);

	if (t->in_use && e->io->now_ms(e->ctx) - t->born_ms > TOKEN_LIFE_MS)
		t->in_use = false;
	if (!t->in_use || !pin_authentic(protocol, t->bytes, msg, param) || (t->perms & perm) != perm)
		return CTAP2_PIN_AUTH_INVALID;
	if (rp_hash != NULL && t->rp_bound && memcmp(t->rp_hash, rp_hash, 32) != 0)
		return CTAP2_PIN_AUTH_INVALID;
	if (rp_hash != NULL && !t->rp_bound && e->key->q.v[Q_CTAP] == CTAP_21) {
		memcpy(t->rp_hash, rp_hash, 32);
		t->rp_bound = true;
	}
	return CTAP_OK;
}

void
token_spend(struct engine *e, uint64_t protocol)
{
	if (protocol == 0 || e->key->q.v[Q_CTAP] != CTAP_21)
		return;	/* CTAP 2.0: a token lasts until the power goes */
	token_of(e, protocol)->perms = 0;
	token_of(e, protocol)->uv = false;
	token_of(e, protocol)->touched = false;
}
