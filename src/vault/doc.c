/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/text.h"

int doc_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for a document.");
}

int doc_parse(json **doc, const void *data, size_t len, size_t max, const char *where,
    struct err *e)
{
	*doc = NULL;
	if (len > max)
		return err_set(e, ERR_INPUT, "%s has %zu bytes, more than %zu.", where, len, max);
	return json_parse(doc, data, len, JSON_CANONICAL, where, e);
}

int doc_check_type(const json *doc, const char *type, const char *where, struct err *e)
{
	const char *have = json_str(doc, "type");

	if (have == NULL)
		return err_set(e, ERR_INPUT, "%s is no document of type %s.", where, type);
	if (strcmp(have, type) != 0)
		return err_set(e, ERR_INPUT, "%s is of type %.40s where %s is wanted.", where, have,
		    type);
	return 0;
}

int doc_hash(uint8_t hash[HASH_LEN], const char *label, const json *doc, const char *skip,
    struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	r = skip != NULL ? json_canonical_without(&b, doc, skip, e) : json_canonical(&b, doc, e);
	if (r == 0)
		r = hash_label(hash, label, b.data, b.len, e);
	buf_free(&b);
	return r;
}

/* label || 0x00 || digest (docs/formats.md section 1). */
static size_t signed_bytes(uint8_t out[64 + HASH_LEN], const char *label,
    const uint8_t digest[HASH_LEN])
{
	size_t n = strlen(label) + 1;

	memcpy(out, label, n);
	memcpy(out + n, digest, HASH_LEN);
	return n + HASH_LEN;
}

int doc_sign(json *doc, const char *label, const uint8_t digest[HASH_LEN],
    const struct secret *seed, struct err *e)
{
	uint8_t msg[64 + HASH_LEN], sig[ED25519_SIG_LEN];
	int r;

	r = ed25519_sign(sig, seed, msg, signed_bytes(msg, label, digest), e);
	if (r == 0 && json_set_bytes(doc, "signature", sig, sizeof(sig)) != 0)
		r = doc_memory(e);
	return r;
}

int doc_check_signature(const json *doc, const char *label, const uint8_t digest[HASH_LEN],
    const uint8_t pub[ED25519_KEY_LEN], const char *what, const char *host, struct err *e)
{
	uint8_t msg[64 + HASH_LEN], sig[ED25519_SIG_LEN];
	int r;

	r = doc_exact(sig, sizeof(sig), doc, "signature", what, e);
	if (r != 0)
		return r;
	r = ed25519_verify(sig, pub, msg, signed_bytes(msg, label, digest), NULL);
	if (r == ERR_TAMPERED || r == ERR_INPUT)
		return err_set(e, ERR_TAMPERED, "%s: the signature of host %s does not hold.", what,
		    host);
	return r == 0 ? 0 : err_set(e, ERR_INTERNAL, "%s: its signature cannot be checked.", what);
}

/* text may be NULL. */
static int decode_text(uint8_t **out, size_t *len, const char *text, const char *name, size_t min,
    size_t max, const char *where, struct err *e)
{
	const size_t n = text != NULL ? strlen(text) : 0;

	*out = NULL;
	*len = 0;
	if (text == NULL || n > BASE64_LEN(max))
		return err_set(e, ERR_INPUT, "%s: the member \"%s\" is %s.", where, name,
		    text == NULL ? "no string" : "too long");
	*out = malloc(n / 4 * 3 + 1);
	if (*out == NULL)
		return doc_memory(e);
	if (base64_decode(*out, n / 4 * 3, len, text, n) == 0 && *len >= min && *len <= max)
		return 0;
	free(*out);
	*out = NULL;
	*len = 0;
	return err_set(e, ERR_INPUT, "%s: the member \"%s\" must be base64 of %zu to %zu bytes.",
	    where, name, min, max);
}

int doc_bytes(uint8_t **out, size_t *len, const json *obj, const char *name, size_t min,
    size_t max, const char *where, struct err *e)
{
	return decode_text(out, len, json_str(obj, name), name, min, max, where, e);
}

int doc_bytes_at(uint8_t **out, size_t *len, const json *arr, size_t i, size_t min, size_t max,
    const char *where, struct err *e)
{
	return decode_text(out, len, json_str_at(arr, i), "(element)", min, max, where, e);
}

int doc_exact(void *out, size_t len, const json *obj, const char *name, const char *where,
    struct err *e)
{
	size_t n;

	if (json_bytes(obj, name, out, len, &n) == 0 && n == len)
		return 0;
	return err_set(e, ERR_INPUT, "%s: the member \"%s\" must be base64 of %zu bytes.", where,
	    name, len);
}

int doc_check_logs(const json *logs, const char *where, struct err *e)
{
	const char *last = NULL;
	int r = 0;

	if (json_len(logs) > DOC_HOSTS_MAX)
		return err_set(e, ERR_INPUT, "%s: it names more than %d logs.", where,
		    DOC_HOSTS_MAX);
	for (size_t i = 0; i < json_len(logs) && r == 0; i++) {
		const json *log = json_at(logs, i);

		r = json_shape(log, where, e, "host=n", "size=u", "root=h", NULL);
		if (r == 0 && last != NULL && strcmp(last, json_str(log, "host")) >= 0)
			r = err_set(e, ERR_INPUT, "%s: its logs are not sorted by host.", where);
		last = json_str(log, "host");
	}
	return r;
}

int doc_check_list(const json *list, char kind, const char *where, struct err *e)
{
	if (json_len(list) > DOC_LIST_MAX)
		return err_set(e, ERR_INPUT, "%s has more than %d elements.", where, DOC_LIST_MAX);
	for (size_t i = 0; i < json_len(list); i++) {
		const char *s = json_str_at(list, i);

		if (s == NULL || strlen(s) > TEXT_MAX || (kind == 'n' && !text_is_name(s)))
			return err_set(e, ERR_INPUT, "%s: an element is no %s.", where,
			    kind == 'n' ? "name" : "string");
		for (size_t k = 0; k < i; k++)
			if (strcmp(json_str_at(list, k), s) == 0)
				return err_set(e, ERR_INPUT, "%s: an element comes twice.", where);
	}
	return 0;
}
