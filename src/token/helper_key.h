/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TOKEN_HELPER_KEY_H
#define TWOKEY_TOKEN_HELPER_KEY_H

/* libfido2, wrapped: nothing else includes <fido.h>, and nothing but
 * helper_key.c, helper_device.c, helper_make.c and helper_assert.c includes this. */
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include "token/helper.h"

struct key {
	fido_dev_t *dev;
	struct token_info info;
};

/* What libfido2 talks to the device through, in place of its own: the device
 * that device_open has opened, whatever path is given. */
extern const fido_dev_io_t device_io;

/* libfido2's own limit lies behind the client's, which cancels in time. */
#define BACKSTOP_MS 3000

/* After a call that began then and had limit_ms: cancels what libfido2 gave
 * up waiting for.  Returns r. */
int key_after(struct key *k, int r, int64_t began, int limit_ms);
/* Copies what libfido2 lends; 0, or -1 when it is longer than cap. */
int key_copy(uint8_t *out, size_t cap, size_t *outlen, const unsigned char *p, size_t len);

#endif
