/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define ID_LEN 70

struct fake_token {
	EVP_PKEY *key;
	enum token_alg alg;
	uint8_t id[ID_LEN];
	uint8_t pub[64];
	uint8_t cred_random[32];
	uint8_t flags;
	char rp_id[32];
	uint32_t counter;
};

void fake_must(int ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "fake: %s\n", what);
	abort();
}

static void read_public(struct fake_token *t)
{
	uint8_t point[65];
	size_t n = sizeof(point);

	if (t->alg == TOKEN_EDDSA) {
		n = 32;
		fake_must(EVP_PKEY_get_raw_public_key(t->key, t->pub, &n) == 1 && n == 32, "key");
		return;
	}
	fake_must(EVP_PKEY_get_octet_string_param(t->key, OSSL_PKEY_PARAM_PUB_KEY, point, n, &n) ==
	    1 && n == 65 && point[0] == 4, "key");
	memcpy(t->pub, point + 1, 64);
}

struct fake_token *fake_token_new(enum token_alg alg)
{
	struct fake_token *t = calloc(1, sizeof(*t));

	fake_must(t != NULL, "memory");
	t->alg = alg;
	t->key = alg == TOKEN_EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
	    EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	fake_must(t->key != NULL, "key");
	fake_must(RAND_bytes(t->id, ID_LEN) == 1 && RAND_bytes(t->cred_random, 32) == 1, "random");
	fake_token_behave(t, 0x05, TOKEN_RP_ID);
	read_public(t);
	return t;
}

void fake_token_free(struct fake_token **t)
{
	if (*t != NULL)
		EVP_PKEY_free((*t)->key);
	free(*t);
	*t = NULL;
}

void fake_token_behave(struct fake_token *t, uint8_t flags, const char *rp_id)
{
	t->flags = flags;
	(void)snprintf(t->rp_id, sizeof(t->rp_id), "%s", rp_id);
}

void fake_token_sign(struct fake_token *t, const void *msg, size_t len, uint8_t *sig,
    size_t *sig_len)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	*sig_len = TOKEN_SIG_MAX;
	fake_must(c != NULL && EVP_DigestSignInit(c, NULL, t->alg == TOKEN_EDDSA ? NULL :
	    EVP_sha256(), NULL, t->key) == 1 && EVP_DigestSign(c, sig, sig_len, msg, len) == 1,
	    "signature");
	EVP_MD_CTX_free(c);
}

/* authenticator data || client data hash */
static void sign_both(struct fake_token *t, const uint8_t *data, size_t len,
    const uint8_t cdh[32], uint8_t *sig, size_t *sig_len)
{
	uint8_t msg[1024];

	fake_must(len + 32 <= sizeof(msg), "length");
	memcpy(msg, data, len);
	memcpy(msg + len, cdh, 32);
	fake_token_sign(t, msg, len + 32, sig, sig_len);
}

/* rp id hash, flags, counter (WebAuthn level 2 section 6.1). */
static size_t put_head(struct fake_token *t, uint8_t *out, uint8_t flags)
{
	t->counter++;
	(void)SHA256((const unsigned char *)t->rp_id, strlen(t->rp_id), out);
	out[32] = flags;
	out[33] = (uint8_t)(t->counter >> 24);
	out[34] = (uint8_t)(t->counter >> 16);
	out[35] = (uint8_t)(t->counter >> 8);
	out[36] = (uint8_t)t->counter;
	return 37;
}

static size_t put_cose(const struct fake_token *t, uint8_t *out)
{
	static const uint8_t ec[] = { 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20 };
	static const uint8_t ed[] = { 0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 0x20 };
	const int eddsa = t->alg == TOKEN_EDDSA;

	memcpy(out, eddsa ? ed : ec, sizeof(ec));
	memcpy(out + sizeof(ec), t->pub, 32);
	if (eddsa)
		return sizeof(ec) + 32;
	memcpy(out + sizeof(ec) + 32, "\x22\x58\x20", 3);
	memcpy(out + sizeof(ec) + 35, t->pub + 32, 32);
	return sizeof(ec) + 67;
}

void fake_token_make(struct fake_token *t, const uint8_t cdh[32], struct token_credential *out)
{
	/* {"credProtect": 2, "hmac-secret": true} */
	static const uint8_t ext[] = "\xa2\x6b" "credProtect" "\x02\x6b" "hmac-secret" "\xf5";
	size_t n;

	memset(out, 0, sizeof(*out));
	n = put_head(t, out->authdata, 0xc5);
	memset(out->authdata + n, 0xaa, 16);
	n += 16;
	out->authdata[n++] = 0;
	out->authdata[n++] = ID_LEN;
	memcpy(out->authdata + n, t->id, ID_LEN);
	n += ID_LEN;
	n += put_cose(t, out->authdata + n);
	memcpy(out->authdata + n, ext, sizeof(ext) - 1);
	out->authdata_len = n + sizeof(ext) - 1;
	memcpy(out->id, t->id, ID_LEN);
	out->id_len = ID_LEN;
	out->alg = t->alg;
	out->key_len = t->alg == TOKEN_EDDSA ? 32 : 64;
	memcpy(out->key, t->pub, out->key_len);
	memcpy(out->cdh, cdh, 32);
	memcpy(out->format, "packed", 7);
	sign_both(t, out->authdata, out->authdata_len, cdh, out->sig, &out->sig_len);
	out->protection = 2;
	out->hmac_secret = 1;
}

/* CTAP 2.1 section 12.5; the secret without UV is another one. */
static struct secret *hmac_output(const struct fake_token *t, const uint8_t *salt)
{
	struct secret *s = NULL;
	uint8_t key[33], out[32];
	unsigned n = sizeof(out);

	memcpy(key, t->cred_random, 32);
	key[32] = t->flags & 0x04;
	fake_must(HMAC(EVP_sha256(), key, sizeof(key), salt, 32, out, &n) != NULL, "hmac");
	fake_must(secret_from(&s, out, 32, NULL) == 0, "secret");
	return s;
}

void fake_token_assert(struct fake_token *t, const uint8_t cdh[32], const uint8_t *salt1,
    const uint8_t *salt2, struct token_assertion *out)
{
	size_t n;

	memset(out, 0, sizeof(*out));
	n = put_head(t, out->authdata, (uint8_t)(t->flags | (salt1 != NULL ? 0x80 : 0)));
	if (salt1 != NULL) {
		/* {"hmac-secret": bytes}, encrypted to the platform: random here */
		const uint8_t len = salt2 != NULL ? 64 : 32;

		memcpy(out->authdata + n, "\xa1\x6bhmac-secret\x58", 14);
		out->authdata[n + 14] = len;
		fake_must(RAND_bytes(out->authdata + n + 15, len) == 1, "random");
		n += 15u + len;
		out->hmac1 = hmac_output(t, salt1);
		out->hmac2 = salt2 != NULL ? hmac_output(t, salt2) : NULL;
	}
	out->authdata_len = n;
	sign_both(t, out->authdata, n, cdh, out->sig, &out->sig_len);
	memcpy(out->id, t->id, ID_LEN);
	out->id_len = ID_LEN;
}

void fake_assertion_free(struct token_assertion *a)
{
	secret_free(&a->hmac1);
	secret_free(&a->hmac2);
	memset(a, 0, sizeof(*a));
}
