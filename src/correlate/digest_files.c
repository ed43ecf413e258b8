/* SPDX-License-Identifier: BSD-2-Clause */
/* The trail files that a digest names, against those that are here. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "correlate/digest_local.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The file whose path ends as the object's does: names of trail files are unique, and a copy
 * may stand anywhere.  trails->len: none. */
static size_t find(const struct files *trails, const char *object)
{
	const char *name = last_part(object);
	size_t i;

	for (i = 0; i < trails->len; i++)
		if (strcmp(last_part(trails->path[i]), name) == 0)
			break;
	return i;
}

static int add(void *ctx, const char *bytes, size_t len, struct err *e)
{
	return hasher_add(ctx, bytes, len, e);
}

/* 1 when the file's unpacked bytes have this hash, 0, or -1 with e. */
static int has_hash(struct file_reader *fr, struct hasher *h, const char *path, const char *want,
    struct err *e)
{
	uint8_t hash[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	struct err why = { 0 };
	int r = hasher_begin(h, e);

	if (r == 0 && (r = file_each(fr, path, add, h, &why)) != 0)
		return r == ERR_MEMORY || r == ERR_INTERNAL ? (err_give(e, &why), -1) : 0;
	if (r == 0)
		r = hasher_end(h, hash, e);
	hex_encode(hex, hash, HASH_LEN);
	return r != 0 ? -1 : strcmp(hex, want) == 0;
}

static int check_file(struct digest_stats *out, const struct digest *d, uint32_t node,
    struct file_reader *fr, struct hasher *h, const struct files *trails, unsigned char *covered,
    const struct files_options *o, struct err *e)
{
	char *object = digest_text(d, node, "s3Object"), *hash = digest_text(d, node, "hashValue");
	const size_t at = object != NULL ? find(trails, object) : trails->len;
	int same = 0;

	if (at < trails->len)
		same = has_hash(fr, h, trails->path[at], hash != NULL ? hash : "", e);
	if (at == trails->len || same == 0) {
		out->missing += at == trails->len;
		out->changed += at < trails->len;
		if (o->say != NULL)
			o->say(o->ctx, at < trails->len ? trails->path[at] : object != NULL ? object : d->path,
			    at < trails->len ? "a digest names another hash: it was changed" :
			    "a digest names it, but it is not here");
	} else if (same == 1) {
		covered[at] = 1;
		out->files++;
	}
	free(object);
	free(hash);
	return same < 0 ? (int)e->code : 0;
}

int digest_check_files(struct digest_stats *out, const struct digest *d, struct file_reader *fr,
    const struct files *trails, unsigned char *covered, const struct files_options *o, struct err *e)
{
	const struct view *v = &d->view;
	const uint32_t list = view_get(v, 0, "logFiles");
	struct hasher *h = NULL;
	int r = hasher_new(&h, e);

	if (r == 0 && view_is(v, list, VIEW_ARRAY))
		for (uint32_t i = view_first(v, list); i < v->nodes[list].next && r == 0; i = v->nodes[i].next)
			r = check_file(out, d, i, fr, h, trails, covered, o, e);
	hasher_free(&h);
	return r;
}
