/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "correlate/digest_local.h"

#define KEYS_MAX 256

struct digest_keys {
	struct digest_key {
		char fingerprint[64];
		uint8_t der[1024];
		size_t len;
	} *key;
	size_t n;
};

static int gather(void *ctx, const char *bytes, size_t len, struct err *e)
{
	struct buf *b = ctx;

	if (b->len + len > DIGEST_MAX)
		return err_set(e, ERR_INPUT, "it is too long");
	buf_put(b, bytes, len);
	return buf_ok(b) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for digests.");
}

char *digest_text(const struct digest *d, uint32_t obj, const char *name)
{
	const uint32_t node = view_get(&d->view, obj, name);
	char *out;

	if (!view_is(&d->view, node, VIEW_STRING))
		return NULL;
	out = malloc((size_t)d->view.nodes[node].len + 1);
	if (out != NULL && view_text(&d->view, node, out, (size_t)d->view.nodes[node].len + 1) != 0) {
		free(out);
		out = NULL;
	}
	return out;
}

/* "bucket/key", or NULL. */
static char *object(const struct digest *d, const char *bucket, const char *key)
{
	char *b = digest_text(d, 0, bucket), *k = digest_text(d, 0, key), *out = NULL;

	if (b != NULL && k != NULL && asprintf(&out, "%s/%s", b, k) < 0)
		out = NULL;
	free(b);
	free(k);
	return out;
}

int digest_read(struct digest *d, struct file_reader *fr, const char *path, struct err *e)
{
	struct buf b = BUF_INIT;
	int r;

	memset(d, 0, sizeof(*d));
	d->path = path;
	d->view = (struct view)VIEW_INIT;
	r = file_each(fr, path, gather, &b, e);
	if (r == 0)
		r = hash_sha256(d->hash, b.data, b.len, e);
	if (r == 0 && view_parse_loose(&d->view, buf_str(&b), b.len) != 0)
		r = err_set(e, ERR_INPUT, "it is no digest: %s", d->view.why);
	d->text = (char *)b.data;
	if (r != 0)
		return r;
	d->object = object(d, "digestS3Bucket", "digestS3Object");
	d->previous = object(d, "previousDigestS3Bucket", "previousDigestS3Object");
	return d->object != NULL ? 0 : err_set(e, ERR_INPUT, "it is no digest");
}

void digest_free(struct digest *d)
{
	view_free(&d->view);
	free(d->text);
	free(d->object);
	free(d->previous);
}

static int take_key(struct digest_keys *k, const struct view *v, uint32_t node)
{
	struct digest_key *to = &k->key[k->n];

	if (view_text(v, view_get(v, node, "Fingerprint"), to->fingerprint, sizeof(to->fingerprint)) != 0 ||
	    view_bytes(v, view_get(v, node, "Value"), to->der, sizeof(to->der), &to->len) != 0)
		return -1;
	k->n++;
	return 0;
}

static int take_keys(struct digest_keys *k, const struct view *v, const char *path, struct err *e)
{
	const uint32_t list = view_get(v, 0, "PublicKeyList");

	if (!view_is(v, list, VIEW_ARRAY) || v->nodes[list].count > KEYS_MAX)
		return err_set(e, ERR_INPUT, "%s holds no PublicKeyList.", path);
	k->key = calloc(v->nodes[list].count + 1, sizeof(*k->key));
	if (k->key == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for keys.");
	for (uint32_t i = view_first(v, list); i < v->nodes[list].next; i = v->nodes[i].next)
		if (take_key(k, v, i) != 0)
			return err_set(e, ERR_INPUT, "%s: a key has no Fingerprint or no Value.", path);
	return 0;
}

int digest_keys_read(struct digest_keys **out, const char *path, struct err *e)
{
	struct file_reader *fr = NULL;
	struct view v = VIEW_INIT;
	struct buf b = BUF_INIT;
	struct err why = { 0 };
	int r;

	*out = calloc(1, sizeof(**out));
	if (*out == NULL || file_reader_new(&fr, e) != 0)
		r = err_set(e, ERR_MEMORY, "No memory is left for keys.");
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
