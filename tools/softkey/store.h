/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_STORE_H
#define SOFTKEY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "quirk.h"

#define CRED_ID_MAX 255
#define RK_MAX 50
#define CRED_COUNTERS_MAX 256
#define PIN_RETRIES 8
#define UV_RETRIES 3
#define CERT_MAX 1024

/* A resident credential: what its id alone does not carry. Names are cut to 64 bytes (WebAuthn
 * section 5.4.3 lets an authenticator do so). */
struct resident {
	uint8_t id[CRED_ID_MAX];
	size_t id_len;
	char rp_id[254];
	uint8_t user_id[64];
	size_t user_id_len;
	char name[65], display[65];
};

/* What survives a power cycle. */
struct key_state {
	uint8_t master[32];	/* wraps credential ids; a reset replaces it */
	bool pin_set;
	uint8_t pin_hash[16];	/* LEFT(SHA-256(pin), 16), CTAP 2.1 section 6.5.5.5 */
	unsigned pin_retries, uv_retries;
	unsigned block_replugs;	/* power cycles until PIN_AUTH_BLOCKED ends */
	bool finger;
	uint32_t counter;
	struct resident rk[RK_MAX];
	size_t rk_n;
	struct {
		uint8_t tag[8];
		uint32_t n;
	} counters[CRED_COUNTERS_MAX];	/* of the quirk counter=credential */
	size_t counters_n;
};

struct key {
	int dir;	/* -1: nothing is ever written (fuzzing) */
	uint32_t counter_on_disk;
	struct quirks q;
	struct key_state s;
	EVP_PKEY *att;	/* attestation key and its certificate, DER */
	uint8_t cert[CERT_MAX];
	size_t cert_len;
};

/* A new key in memory: fresh secrets, certificate, no PIN. */
bool store_fresh(struct key *k, const struct quirks *q);

/* Creates folder path with k in it. False with errno set: nothing is left behind. */
bool store_create(const struct key *k, const char *path);

/* Opens a key folder and locks it against a second softkey. On failure says why in err and returns
 * NULL; else the caller owns the key. */
struct key *store_open(const char *path, const char **err);

/* Writes the state durably (temp, fsync, rename). */
bool store_save(struct key *k);

/* Adds one to the key's counter; writes only now and then, so that a crash skips numbers and
 * never repeats one. */
bool store_count(struct key *k, uint32_t *value);

/* Writes what store_count held back, and frees. NULL is fine. */
void store_close(struct key *k);

#endif
