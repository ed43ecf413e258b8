/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_BUNDLE_LOCAL_H
#define TWOKEY_VAULT_BUNDLE_LOCAL_H

#include "vault/bundle.h"

/* Shared by bundle*.c only. */
#define BUNDLE_AUTHDATA_MAX 4096	/* of an attestation */
#define BUNDLE_SIG_MAX 1024		/* of an attestation */
#define BUNDLE_CERTS_MAX 8
#define BUNDLE_CERT_MAX 4096

/* Reads doc (shared) without judging signatures; a draft may have no tokens
 * and lack signatures. */
int bundle_load(struct bundle **b, const json *doc, int draft, const char *where,
    struct err *e);
/* Does the attested authenticator data name this very credential, key and
 * model?  ERR_INPUT. */
int bundle_check_attested(const struct bundle_token *t, const uint8_t *authdata, size_t len,
    const char *where, struct err *e);
/* The token's member in the document. */
const json *bundle_token_doc(const struct bundle *b, const struct bundle_token *t);
/* The wrap's key, and its additional data. */
int bundle_kek(struct secret **kek, const struct secret *hmac, const uint8_t *id, size_t id_len,
    struct err *e);
int bundle_aad(struct buf *out, const char *holder, const uint8_t identity[X25519_LEN],
    const uint8_t *id, size_t id_len, struct err *e);
/* "es256" or "eddsa". */
const char *bundle_alg_name(enum token_alg alg);

#endif
