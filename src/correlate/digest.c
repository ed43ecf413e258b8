/* SPDX-License-Identifier: BSD-2-Clause */
/* The chain of digests: which of them AWS has signed. */
#include "correlate/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "correlate/digest_local.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for digests.");
}

int digests_new(struct digests **out, const char *since, const struct files_options *o, struct err *e)
{
	struct digests *b = calloc(1, sizeof(*b));

	*out = b;
	if (b == NULL)
		return no_memory(e);
	(void)snprintf(b->since, sizeof(b->since), "%s", since);
	b->o = o;
	(void)pthread_mutex_init(&b->lock, NULL);
	return 0;
}

void digests_free(struct digests **p)
{
	struct digests *b = *p;

	*p = NULL;
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++)
		digest_free(b->d[i]);
	free(b->d);
	free(b->file);
	for (size_t i = 0; i < b->n_unread; i++)
		free(b->unread[i]);
	free(b->unread);
	(void)pthread_mutex_destroy(&b->lock);
	free(b);
}

void digest_tell(struct digests *b, const char *path, const char *why)
{
	(void)pthread_mutex_lock(&b->lock);
	if (b->o->say != NULL)
		b->o->say(b->o->ctx, path, why);
	(void)pthread_mutex_unlock(&b->lock);
}

int digests_add(struct digests *b, struct file_reader *fr, const char *path, const char *name,
    const char *signature, struct err *e)
{
	struct digest *d = calloc(1, sizeof(*d)), **more;
	struct err why = { 0 };
	size_t bytes = 0;
	int r;

	if (d == NULL)
		return no_memory(e);
	if ((r = digest_read(d, fr, path, &bytes, &why)) != 0) {
		digest_free(d);
		if (r == ERR_MEMORY || r == ERR_INTERNAL)
			return err_give(e, &why);
		b->stats.bad++;
		digest_tell(b, name, why.text);
		return 0;
	}
	d->path = strdup(name);
	if (*signature != '\0')
		d->signature = strdup(signature);
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		if ((more = reallocarray(b->d, b->cap, sizeof(*more))) != NULL)
			b->d = more;
		else
			b->cap = b->n;
	}
	if (b->n == b->cap || d->path == NULL || (*signature != '\0' && d->signature == NULL)) {
		digest_free(d);
		return no_memory(e);
	}
	b->d[b->n++] = d;
	b->bytes += bytes;
	if (b->bytes <= DIGESTS_MAX)
		return 0;
	err_set(e, ERR_INPUT, "The digests name more files than fit into memory.");
	err_hint(e, "Read a shorter time (--since), or part of the trail.");
	return ERR_INPUT;
}

int digests_add_files(struct digests *b, const struct files *f, struct err *e)
{
	struct file_reader *fr = NULL;
	int r = file_reader_new(&fr, e);

	for (size_t i = 0; i < f->len && r == 0; i++)
		r = digests_add(b, fr, f->path[i], f->path[i], "", e);
	file_reader_free(&fr);
	return r;
}

int digests_regions(const struct digests *b, int (*fn)(void *ctx, const char *region, struct err *e), void *ctx,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < b->n && r == 0; i++) {
		size_t k = 0;

		while (k < i && strcmp(b->d[k]->region, b->d[i]->region) != 0)
			k++;
		if (k == i && b->d[i]->region[0] != '\0')
			r = fn(ctx, b->d[i]->region, e);
	}
	return r;
}

void digests_keyless(struct digests *b, const char *region)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->d[i]->region, region) == 0)
			b->d[i]->keyless = 1;
}

/* AWS signs: end, object, hash, and the signature before it. */
static int check_signature(const struct digest *d, const struct digest_keys *keys, const char *hex,
    struct err *e)
{
	uint8_t sig[DIGEST_SIG_MAX];
	char hash[2 * HASH_LEN + 1];
	const size_t n = strlen(hex) / 2;
	struct buf b = BUF_INIT;
	const uint8_t *key = NULL;
	size_t len = 0;
	int r;

	hex_encode(hash, d->hash, HASH_LEN);
	buf_printf(&b, "%s\n%s\n%s\n%s", d->end, d->object, hash,
	    d->previous_signature != NULL ? d->previous_signature : "null");
	if (d->finger != NULL)
		key = digest_key(keys, d->finger, &len);
	if (!buf_ok(&b))
		r = no_memory(e);
	else if (key == NULL)
		r = err_set(e, ERR_TAMPERED, "it is signed with a key that is not among AWS's public keys");
	else if (n > sizeof(sig) || hex_decode(sig, n, hex, strlen(hex)) != 0)
		r = err_set(e, ERR_TAMPERED, "its signature is none");
	else if ((r = rsa_verify(sig, n, key, len, b.data, b.len, e)) == ERR_TAMPERED && e != NULL)
		(void)snprintf(e->text, sizeof(e->text), "its signature does not hold");
	buf_free(&b);
	return r;
}

static int by_object(const void *pa, const void *pb)
{
	const struct digest *const *a = pa, *const *b = pb;

	return strcmp((*a)->object, (*b)->object);
}

/* Each digest learns which one names it as the one before. */
static void link_all(struct digests *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct digest want = { .object = b->d[i]->previous }, *const at = &want, **before;
		char hex[2 * HASH_LEN + 1];

		if (b->d[i]->previous == NULL)
			continue;
		before = bsearch(&at, b->d, b->n, sizeof(*b->d), by_object);
		if (before == NULL) {
			/* Of a bucket all is here that is not before. */
			const int bucket = b->since[0] != '\0';
			const int gone = bucket && !digest_is_before(b, b->d[i]->previous) &&
			    !digest_is_unread(b, b->d[i]->previous);

			b->stats.gaps += !bucket;
			b->stats.missing += gone;
			if (gone)
				digest_tell(b, b->d[i]->previous, "a digest names it as the one before it, but it is not here");
			continue;
		}
		hex_encode(hex, (*before)->hash, HASH_LEN);
		if (b->d[i]->previous_hash != NULL && strcmp(b->d[i]->previous_hash, hex) == 0)
			(*before)->next = b->d[i];
		else
			(*before)->renounced = 1;
	}
}

static int check_one(struct digests *b, struct digest *d, const struct digest_keys *keys, struct err *e)
{
	const char *sig = d->signature != NULL ? d->signature : d->next != NULL ? d->next->previous_signature : NULL;
	struct err why = { 0 };
	int r = ERR_TAMPERED;

	if (d->keyless || (sig == NULL && d->next == NULL && !d->renounced)) {
		b->stats.unsigned_yet++;
		return 0;
	}
	if (d->renounced && d->next == NULL && d->signature == NULL)
		err_set(&why, ERR_TAMPERED, "the digest behind it names another hash: it was changed");
	else
		r = check_signature(d, keys, sig != NULL ? sig : "", &why);
	if (r == ERR_MEMORY || r == ERR_INTERNAL)
		return err_give(e, &why);
	d->good = r == 0;
	b->stats.digests += r == 0;
	b->stats.bad += r != 0;
	if (r != 0)
		digest_tell(b, d->path, why.text);
	return 0;
}

int digests_verify(struct digests *b, const struct digest_keys *keys, struct err *e)
{
	int r = 0;

	if (b->n > 1)
		qsort(b->d, b->n, sizeof(*b->d), by_object);
	link_all(b);
	for (size_t i = 0; i < b->n && r == 0; i++)
		r = check_one(b, b->d[i], keys, e);
	return r == 0 ? digest_files_gather(b, e) : r;
}
