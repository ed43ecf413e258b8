/* SPDX-License-Identifier: BSD-2-Clause */
/* AWS's public keys of digests. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/view.h"
#include "correlate/digest_local.h"

#define KEYS_MAX 4096		/* a key or two a region and year */
#define LIST_MAX (8u * 1024u * 1024u)

struct digest_keys {
	struct digest_key {
		char fingerprint[64];
		uint8_t der[1024];
		size_t len;
	} *key;
	size_t n, cap;
};

int digest_keys_new(struct digest_keys **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? 0 : err_set(e, ERR_MEMORY, "No memory is left for keys.");
}

int digest_keys_add(struct digest_keys *k, const char *fingerprint, const char *base64, struct err *e)
{
	struct digest_key *to;

	if (k->n == KEYS_MAX)
		return err_set(e, ERR_INPUT, "there are too many keys");
	if (k->n == k->cap) {
		const size_t cap = k->cap ? k->cap * 2 : 16;
		struct digest_key *more = reallocarray(k->key, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for keys.");
		k->key = more;
		k->cap = cap;
	}
	to = &k->key[k->n];
	if (strlen(fingerprint) >= sizeof(to->fingerprint) ||
	    base64_decode(to->der, sizeof(to->der), &to->len, base64, strlen(base64)) != 0)
		return err_set(e, ERR_INPUT, "a key has no Fingerprint or no Value");
	memcpy(to->fingerprint, fingerprint, strlen(fingerprint) + 1);
	k->n++;
	return 0;
}

static int take_key(struct digest_keys *k, const struct view *v, uint32_t node, struct err *e)
{
	char finger[64], value[1400];

	if (view_text(v, view_get(v, node, "Fingerprint"), finger, sizeof(finger)) != 0 ||
	    view_text(v, view_get(v, node, "Value"), value, sizeof(value)) != 0)
		return err_set(e, ERR_INPUT, "a key has no Fingerprint or no Value");
	return digest_keys_add(k, finger, value, e);
}

static int take_keys(struct digest_keys *k, const struct view *v, const char *path, struct err *e)
{
	const uint32_t list = view_get(v, 0, "PublicKeyList");
	struct err why = { 0 };
	int r = 0;

	if (!view_is(v, list, VIEW_ARRAY))
		return err_set(e, ERR_INPUT, "%s holds no PublicKeyList.", path);
	for (uint32_t i = view_first(v, list); r == 0 && i < v->nodes[list].next; i = v->nodes[i].next)
		r = take_key(k, v, i, &why);
	return r == 0 ? 0 : err_set(e, (enum err_code)r, "%s: %s.", path, why.text);
}

static int gather(void *ctx, const char *bytes, size_t len, struct err *e)
{
	struct buf *b = ctx;

	if (b->len + len > LIST_MAX)
		return err_set(e, ERR_INPUT, "it is too long");
	buf_put(b, bytes, len);
	return buf_ok(b) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for keys.");
}

int digest_keys_read(struct digest_keys **out, const char *path, struct err *e)
{
	struct file_reader *fr = NULL;
	struct view v = VIEW_INIT;
	struct buf b = BUF_INIT;
	struct err why = { 0 };
	int r;

	if ((r = digest_keys_new(out, e)) != 0 || (r = file_reader_new(&fr, e)) != 0)
		;
	else if ((r = file_each(fr, path, gather, &b, &why)) != 0)
		r = err_set(e, (enum err_code)r, "%s: %s", path, why.text);
	else if (view_parse_loose(&v, buf_str(&b), b.len) != 0)
		r = err_set(e, ERR_INPUT, "%s is no list of keys: %s.", path, v.why);
	else
		r = take_keys(*out, &v, path, e);
	if (r != 0) {
		digest_keys_free(out);
		err_hint(e, "`aws cloudtrail list-public-keys` prints such a list.");
	}
	view_free(&v);
	buf_free(&b);
	file_reader_free(&fr);
	return r;
}

void digest_keys_free(struct digest_keys **k)
{
	if (*k != NULL)
		free((*k)->key);
	free(*k);
	*k = NULL;
}

const uint8_t *digest_key(const struct digest_keys *k, const char *fingerprint, size_t *len)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->key[i].fingerprint, fingerprint) == 0) {
			*len = k->key[i].len;
			return k->key[i].der;
		}
	return NULL;
}
