/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_AUTHDATA_H
#define TWOKEY_TOKEN_AUTHDATA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Authenticator data (WebAuthn section 6.1), read from the raw bytes: what a
 * token really said, not what libfido2 was told to ask for.
 */
#define AUTHDATA_UP 0x01
#define AUTHDATA_UV 0x04
#define AUTHDATA_AT 0x40	/* attested credential data follow */
#define AUTHDATA_ED 0x80	/* extensions follow */

struct authdata {
	const uint8_t *rp_hash;	/* 32 bytes, points into the data */
	uint8_t flags;
	uint32_t counter;
	const uint8_t *aaguid;	/* 16 bytes, NULL without AT */
	const uint8_t *id;	/* NULL without AT */
	size_t id_len;
	int hmac_secret;	/* 1: "hmac-secret" is true, or bytes in an assertion */
	int protection;		/* "credProtect", 0 when absent */
};

/* Parses exactly len bytes. 0, or -1 when they break the standard. */
int authdata_parse(struct authdata *a, const uint8_t *data, size_t len);
/* The bytes inside a CBOR byte string that fills data exactly (libfido2 wraps
 * authenticator data so); NULL otherwise. */
const uint8_t *authdata_unwrap(const uint8_t *data, size_t len, size_t *inner);

#endif
