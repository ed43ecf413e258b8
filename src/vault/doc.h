/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_VAULT_DOC_H
#define TWOKEY_VAULT_DOC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/secret.h"
#include "crypto/crypto.h"

/* What the vault's documents have in common; for src/vault only. */
#define DOC_LIST_MAX 255	/* elements of a list of strings */
#define DOC_HOSTS_MAX 1024	/* hosts, and logs, that a document names */

/* Parses a stored document of at most max bytes; *doc is owned. */
int doc_parse(json **doc, const void *data, size_t len, size_t max, const char *where,
    struct err *e);
/* ERR_INPUT unless the document's `type` (checked to be there) is this one. */
int doc_check_type(const json *doc, const char *type, const char *where, struct err *e);
/* H(label, canonical(doc - skip)); skip may be NULL. */
int doc_hash(uint8_t hash[HASH_LEN], const char *label, const json *doc, const char *skip,
    struct err *e);
/* Signs label || 0x00 || digest and sets the member `signature`. */
int doc_sign(json *doc, const char *label, const uint8_t digest[HASH_LEN],
    const struct secret *seed, struct err *e);
/* Verifies that signature under pub; ERR_TAMPERED names what and host. */
int doc_check_signature(const json *doc, const char *label, const uint8_t digest[HASH_LEN],
    const uint8_t pub[ED25519_KEY_LEN], const char *what, const char *host, struct err *e);
/* Decodes a base64 member of min to max bytes into malloc'ed memory. */
int doc_bytes(uint8_t **out, size_t *len, const json *obj, const char *name, size_t min,
    size_t max, const char *where, struct err *e);
/* The same for the i-th element of an array. */
int doc_bytes_at(uint8_t **out, size_t *len, const json *arr, size_t i, size_t min, size_t max,
    const char *where, struct err *e);
/* Checks a member that json_shape has found to be base64 of the right length,
 * and decodes exactly len bytes; ERR_INPUT. */
int doc_exact(void *out, size_t len, const json *obj, const char *name, const char *where,
    struct err *e);
/* Checks an array of {host, size, root}: sorted by host, each host once. */
int doc_check_logs(const json *logs, const char *where, struct err *e);
/* Checks an array of strings ('s') or names ('n'), each once. */
int doc_check_list(const json *list, char kind, const char *where, struct err *e);
/* ERR_MEMORY. */
int doc_memory(struct err *e);

#endif
