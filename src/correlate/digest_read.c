/* SPDX-License-Identifier: BSD-2-Clause */
/* What a digest file says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/view.h"
#include "correlate/digest_local.h"
#include "correlate/event_local.h"

static int gather(void *ctx, const char *bytes, size_t len, struct err *e)
{
	struct buf *b = ctx;

	if (b->len + len > DIGEST_MAX)
		return err_set(e, ERR_INPUT, "it is too long");
	buf_put(b, bytes, len);
	return buf_ok(b) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for digests.");
}

/* The text of a member, owned; NULL. */
static char *text_of(const struct view *v, uint32_t obj, const char *name)
{
	const uint32_t node = view_get(v, obj, name);
	char *out;

	if (!view_is(v, node, VIEW_STRING))
		return NULL;
	out = malloc((size_t)v->nodes[node].len + 1);
	if (out != NULL && view_text(v, node, out, (size_t)v->nodes[node].len + 1) != 0) {
		free(out);
		out = NULL;
	}
	return out;
}

/* "bucket/key", or NULL. */
static char *object(const struct view *v, const char *bucket, const char *key)
{
	char *b = text_of(v, 0, bucket), *k = text_of(v, 0, key), *out = NULL;

	if (b != NULL && k != NULL && asprintf(&out, "%s/%s", b, k) < 0)
		out = NULL;
	free(b);
	free(k);
	return out;
}

static int read_file(struct digest *d, const struct view *v, uint32_t node, size_t *bytes)
{
	struct digest_file *f = &d->file[d->n];
	char hex[2 * HASH_LEN + 1];

	if (view_text(v, view_get(v, node, "hashValue"), hex, sizeof(hex)) != 0 ||
	    hex_decode(f->hash, HASH_LEN, hex, strlen(hex)) != 0 ||
	    (f->object = text_of(v, node, "s3Object")) == NULL)
		return -1;
	f->name = digest_last_part(f->object);
	f->in = d;
	f->here = 0;
	d->n++;
	*bytes += strlen(f->object) + sizeof(*f);
	return 0;
}

static int read_files(struct digest *d, const struct view *v, size_t *bytes, struct err *e)
{
	const uint32_t list = view_get(v, 0, "logFiles");
	int r = 0;

	if (!view_is(v, list, VIEW_ARRAY))
		return err_set(e, ERR_INPUT, "it is no digest");
	d->file = calloc(v->nodes[list].count + 1, sizeof(*d->file));
	if (d->file == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for digests.");
	for (uint32_t i = view_first(v, list); r == 0 && i < v->nodes[list].next; i = v->nodes[i].next)
		r = read_file(d, v, i, bytes);
	return r == 0 ? 0 : err_set(e, ERR_INPUT, "it names a file without its hash");
}

static int read_view(struct digest *d, const struct view *v, size_t *bytes, struct err *e)
{
	char **const all[] = { &d->object, &d->end, &d->finger, &d->previous, &d->previous_hash,
		&d->previous_signature };

	d->object = object(v, "digestS3Bucket", "digestS3Object");
	d->end = text_of(v, 0, "digestEndTime");
	d->finger = text_of(v, 0, "digestPublicKeyFingerprint");
	d->previous = object(v, "previousDigestS3Bucket", "previousDigestS3Object");
	d->previous_hash = text_of(v, 0, "previousDigestHashValue");
	d->previous_signature = text_of(v, 0, "previousDigestSignature");
	if (d->object == NULL || d->end == NULL)
		return err_set(e, ERR_INPUT, "it is no digest");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*bytes += *all[i] != NULL ? strlen(*all[i]) : 0;
	digest_region(d->region, d->object);
	if (view_text(v, view_get(v, 0, "awsAccountId"), d->account, sizeof(d->account)) != 0)
		d->account[0] = '\0';
	d->from = event_time(v, view_get(v, 0, "digestStartTime"));
	d->to = event_time(v, view_get(v, 0, "digestEndTime"));
	return read_files(d, v, bytes, e);
}

int digest_read(struct digest *d, struct file_reader *fr, const char *path, size_t *bytes, struct err *e)
{
	struct view v = VIEW_INIT;
	struct buf b = BUF_INIT;
	int r = file_each(fr, path, gather, &b, e);

	*bytes = sizeof(*d);
	if (r == 0)
		r = hash_sha256(d->hash, b.data, b.len, e);
	if (r == 0 && view_parse_loose(&v, buf_str(&b), b.len) != 0)
		r = err_set(e, ERR_INPUT, "it is no digest: %s", v.why);
	if (r == 0)
		r = read_view(d, &v, bytes, e);
	view_free(&v);
	buf_free(&b);
	return r;
}

void digest_free(struct digest *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++)
		free(d->file[i].object);
	free(d->file);
	free(d->path);
	free(d->object);
	free(d->end);
	free(d->finger);
	free(d->signature);
	free(d->previous);
	free(d->previous_hash);
	free(d->previous_signature);
	free(d);
}
