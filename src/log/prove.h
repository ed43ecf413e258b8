/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_LOG_PROVE_H
#define TWOKEY_LOG_PROVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "log/head.h"
#include "vault/store.h"

/* Proofs that an entry is in a log (docs/formats.md section 11). */

/* Makes the proof of entry seq against the host's checkpoint, as a document;
 * owned.  The log is read and checked against the checkpoint.  ERR_MISSING
 * when the checkpoint does not cover seq. */
int prove_entry(json **out, const struct store *s, const uint8_t vault[HASH_LEN],
    const struct log_host *host, int64_t seq, struct err *e);

/* What a verified proof says. */
struct proof {
	char host[NAME_MAX_LEN + 1];
	int64_t seq;
	int64_t size;			/* of the checkpoint */
	uint8_t root[HASH_LEN];
	json *entry;			/* owned */
};
/* Checks a proof offline: its shape, that the host is in w, the checkpoint's
 * signature - of a removed host, that it is its end - and the inclusion.
 * ERR_TAMPERED, ERR_INPUT, ERR_REFUSED. */
int proof_check(struct proof *out, const void *data, size_t len, const struct log_world *w,
    struct err *e);
/* Holds it against the log as this machine knows it (NULL: not at all); only a
 * head of the same size can tell.  ERR_TAMPERED: the host signed two logs. */
int proof_check_known(const struct proof *p, const struct log_head *known, struct err *e);
void proof_free(struct proof *p);

#endif
