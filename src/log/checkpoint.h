/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_CHECKPOINT_H
#define TWOKEY_LOG_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/crypto.h"

/* Checkpoints: C2SP tlog-checkpoint with one C2SP signed-note line of the
 * host's Ed25519 key.  Origin: "twokey/<vault id in hex>/<host>". */
#define CHECKPOINT_MAX 1024		/* bytes */
#define CHECKPOINT_ORIGIN_MAX 160	/* with NUL */

struct checkpoint {
	char origin[CHECKPOINT_ORIGIN_MAX];
	int64_t size;
	uint8_t root[HASH_LEN];
};

/* host must be a name. */
void checkpoint_origin(char out[CHECKPOINT_ORIGIN_MAX], const uint8_t vault[HASH_LEN],
    const char *host);
/* Appends the signed note to out. */
int checkpoint_write(struct buf *out, const struct checkpoint *c, const struct secret *seed,
    const uint8_t pub[ED25519_KEY_LEN], struct err *e);
/* Reads and verifies: exactly one signature line, of this key, canonical
 * throughout.  ERR_INPUT for what is malformed, ERR_TAMPERED for another
 * origin, another key, or a signature that does not hold. */
int checkpoint_read(struct checkpoint *out, const void *data, size_t len, const char *origin,
    const uint8_t pub[ED25519_KEY_LEN], struct err *e);
/* The strict reading alone (fuzzed): the signature is handed out, not verified. */
int checkpoint_parse(struct checkpoint *out, uint8_t key_id[4], uint8_t sig[ED25519_SIG_LEN],
    size_t *text_len, const void *data, size_t len, struct err *e);
/* The C2SP verifier key text "<origin>+<8 hex>+<base64>", for other tools. */
int checkpoint_vkey(struct buf *out, const char *origin, const uint8_t pub[ED25519_KEY_LEN],
    struct err *e);

#endif
