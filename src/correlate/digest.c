/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "correlate/digest_local.h"

/* What AWS signs: end, object, hash, and the signature before it. */
static int signed_text(struct buf *b, const struct digest *d)
{
	char *end = digest_text(d, 0, "digestEndTime"), *before = digest_text(d, 0, "previousDigestSignature");
	char hex[2 * HASH_LEN + 1];

	hex_encode(hex, d->hash, HASH_LEN);
	if (end != NULL)
		buf_printf(b, "%s\n%s\n%s\n%s", end, d->object, hex, before != NULL ? before : "null");
	free(end);
	free(before);
	return b->len > 0 && buf_ok(b) ? 0 : -1;
}

static int check_signature(const struct digest *d, const struct digest_keys *keys, const char *hex,
    struct err *e)
{
	uint8_t sig[DIGEST_SIG_MAX];
	const size_t n = strlen(hex) / 2;
	char *finger = digest_text(d, 0, "digestPublicKeyFingerprint");
	struct buf b = BUF_INIT;
	const uint8_t *key = NULL;
	size_t len = 0;
	int r;

	if (finger != NULL)
		key = digest_key(keys, finger, &len);
	if (key == NULL)
		r = err_set(e, ERR_TAMPERED, "it is signed with a key that is not among AWS's public keys");
	else if (n > sizeof(sig) || hex_decode(sig, n, hex, strlen(hex)) != 0 || signed_text(&b, d) != 0)
		r = err_set(e, ERR_TAMPERED, "its signature is none");
	else if ((r = rsa_verify(sig, n, key, len, b.data, b.len, e)) == ERR_TAMPERED && e != NULL)
		(void)snprintf(e->text, sizeof(e->text), "its signature does not hold");
	buf_free(&b);
	free(finger);
	return r;
}

static int by_object(const void *pa, const void *pb)
{
	const struct digest *a = pa, *b = pb;

	return strcmp(a->object, b->object);
}

/* Each digest learns which one names it as the one before. */
static void link_all(struct digest *d, size_t n, struct digest_stats *out)
{
	for (size_t i = 0; i < n; i++) {
		struct digest want = { .object = d[i].previous }, *before;
		char *hash, hex[2 * HASH_LEN + 1];

		if (d[i].previous == NULL)
			continue;
		before = bsearch(&want, d, n, sizeof(*d), by_object);
		if (before == NULL) {
			out->gaps++;
			continue;
		}
		hash = digest_text(&d[i], 0, "previousDigestHashValue");
		hex_encode(hex, before->hash, HASH_LEN);
		if (hash != NULL && strcmp(hash, hex) == 0)
			before->next = &d[i];
		else
			before->renounced = 1;
		free(hash);
	}
}

static void tell(const struct files_options *o, const char *path, const char *why)
{
	if (o->say != NULL)
		o->say(o->ctx, path, why);
}

static int check_one(struct digest *d, const struct digest_keys *keys, struct digest_stats *out,
    const struct files_options *o, struct err *e)
{
	struct err why = { 0 };
	char *sig = NULL;
	int r;

	if (d->next == NULL && !d->renounced) {
		out->unsigned_yet++;
		return 0;
	}
	if (d->next == NULL) {
		out->bad++;
		tell(o, d->path, "the digest behind it names another hash: it was changed");
		return 0;
	}
	sig = digest_text(d->next, 0, "previousDigestSignature");
	r = check_signature(d, keys, sig != NULL ? sig : "", &why);
	free(sig);
	if (r == ERR_MEMORY || r == ERR_INTERNAL)
		return err_give(e, &why);
	d->good = r == 0;
	out->digests += r == 0;
	out->bad += r != 0;
	if (r != 0)
		tell(o, d->path, why.text);
	return 0;
}

/* Those that can be read, sorted by object. */
static int read_all(struct digest *d, size_t *n, struct file_reader *fr, const struct files *digests,
    struct digest_stats *out, const struct files_options *o, struct err *e)
{
	for (size_t i = 0; i < digests->len; i++) {
		struct err why = { 0 };
		const int r = digest_read(&d[*n], fr, digests->path[i], &why);

		if (r == 0) {
			(*n)++;
			continue;
		}
		digest_free(&d[*n]);
		if (r == ERR_MEMORY || r == ERR_INTERNAL)
			return err_give(e, &why);
		out->bad++;
		tell(o, digests->path[i], why.text);
	}
	if (*n > 1)
		qsort(d, *n, sizeof(*d), by_object);
	return 0;
}

/* A digest covers its hour when all that it names is here. */
static int check_files(struct digest_stats *out, struct digest_cover *cover, const struct digest *d,
    struct file_reader *fr, const struct files *trails, unsigned char *covered,
    const struct files_options *o, struct err *e)
{
	const int64_t before = out->changed + out->missing;
	const int r = digest_check_files(out, d, fr, trails, covered, o, e);

	return r != 0 || out->changed + out->missing > before ? r : digest_cover_add(cover, d, e);
}

int digest_verify(struct digest_stats *out, struct digest_cover *cover, const struct files *digests, const struct files *trails,
    const struct digest_keys *keys, const struct files_options *o, struct err *e)
{
	struct digest *d = calloc(digests->len + 1, sizeof(*d));
	unsigned char *covered = calloc(trails->len + 1, 1);
	struct file_reader *fr = NULL;
	size_t n = 0;
	int r;

	memset(out, 0, sizeof(*out));
	r = d == NULL || covered == NULL ? err_set(e, ERR_MEMORY, "No memory is left for digests.") :
	    file_reader_new(&fr, e);
	if (r == 0 && (r = read_all(d, &n, fr, digests, out, o, e)) == 0)
		link_all(d, n, out);
	for (size_t i = 0; i < n && r == 0; i++)
		r = check_one(&d[i], keys, out, o, e);
	for (size_t i = 0; i < n && r == 0; i++)
		if (d[i].good)
			r = check_files(out, cover, &d[i], fr, trails, covered, o, e);
	digest_cover_sort(cover);
	for (size_t i = 0; i < trails->len && r == 0; i++)
		out->uncovered += !covered[i];
	for (size_t i = 0; i < n; i++)
		digest_free(&d[i]);
	free(d);
	free(covered);
	file_reader_free(&fr);
	return r;
}
