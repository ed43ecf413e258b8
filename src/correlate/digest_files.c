/* SPDX-License-Identifier: BSD-2-Clause */
/* The trail files that verified digests name, against those that are here. */
#include <stdlib.h>
#include <string.h>

#include "correlate/digest_local.h"

const char *digest_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Names of trail files are unique, and a copy may stand anywhere. */
static int by_name(const void *pa, const void *pb)
{
	const struct digest_file *a = pa, *b = pb;

	return strcmp(a->name, b->name);
}

/* "..._20261123T0935Z_<random>.json.gz", or "..._20261123T093500Z.json.gz" of a digest. */
int digest_is_before(const struct digests *b, const char *path)
{
	const char *name = digest_last_part(path);
	const size_t n = strlen(name);
	const char *z = n > 40 ? strchr(name + n - 40, 'Z') : NULL;

	if (b->since[0] == '\0' || z == NULL || z - name < 16)
		return 0;
	z -= z[-7] == 'T' ? 15 : 13;
	return strncmp(z, b->since, 13) < 0;
}

int digest_files_gather(struct digests *b, struct err *e)
{
	size_t all = 0;

	for (size_t i = 0; i < b->n; i++)
		all += b->d[i]->good ? b->d[i]->n : 0;
	b->file = calloc(all + 1, sizeof(*b->file));
	if (b->file == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for digests.");
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; b->d[i]->good && k < b->d[i]->n; k++)
			if (digest_is_before(b, b->d[i]->file[k].name))
				b->d[i]->partial = 1;
			else
				b->file[b->n_files++] = b->d[i]->file[k];
	if (b->n_files > 1)
		qsort(b->file, b->n_files, sizeof(*b->file), by_name);
	return 0;
}

/* The first of that name, or n_files. */
static size_t find(const struct digests *b, const char *path)
{
	const char *name = digest_last_part(path);
	size_t lo = 0, hi = b->n_files;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (strcmp(b->file[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->n_files && strcmp(b->file[lo].name, name) == 0 ? lo : b->n_files;
}

int digests_name(const struct digests *b, const char *path)
{
	return find(b, path) < b->n_files;
}

int digests_check(struct digests *b, const char *path, const uint8_t hash[HASH_LEN])
{
	const char *name = digest_last_part(path);
	int same = 0;

	(void)pthread_mutex_lock(&b->lock);
	for (size_t i = find(b, path); i < b->n_files && strcmp(b->file[i].name, name) == 0; i++) {
		b->file[i].seen = 1;
		if (memcmp(b->file[i].hash, hash, HASH_LEN) == 0)
			same = b->file[i].here = 1;
	}
	b->stats.files += same;
	b->stats.changed += !same;
	b->stats.uncovered += !same;
	(void)pthread_mutex_unlock(&b->lock);
	if (!same)
		digest_tell(b, path, "a digest names another hash: it was changed");
	return same;
}

int digests_unread(struct digests *b, const char *path, struct err *e)
{
	const char *name = digest_last_part(path);
	char **more = reallocarray(b->unread, b->n_unread + 1, sizeof(*more));

	if (more != NULL)
		b->unread = more;
	if (more == NULL || (more[b->n_unread] = strdup(name)) == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for digests.");
	b->n_unread++;
	for (size_t i = find(b, path); i < b->n_files && strcmp(b->file[i].name, name) == 0; i++)
		b->file[i].seen = 1;
	return 0;
}

int digest_is_unread(const struct digests *b, const char *path)
{
	const char *name = digest_last_part(path);

	for (size_t i = 0; i < b->n_unread; i++)
		if (strcmp(b->unread[i], name) == 0)
			return 1;
	return 0;
}

void digests_uncovered(struct digests *b)
{
	(void)pthread_mutex_lock(&b->lock);
	b->stats.uncovered++;
	(void)pthread_mutex_unlock(&b->lock);
}

int digests_end(struct digests *b, struct digest_stats *out, struct digest_cover *cover, struct err *e)
{
	const struct digest_stats *s = &b->stats;
	int r = 0;

	for (size_t i = 0; i < b->n_files; i++) {
		if (b->file[i].here)
			continue;
		b->file[i].in->partial = 1;
		/* What is here with another hash, or not to be read, was told already. */
		if (b->file[i].seen)
			continue;
		b->stats.missing++;
		digest_tell(b, b->file[i].object, "a digest names it, but it is not here");
	}
	/* A digest covers its hour when all that it names is here. */
	for (size_t i = 0; i < b->n && r == 0; i++)
		if (b->d[i]->good && !b->d[i]->partial)
			r = digest_cover_add(cover, b->d[i], e);
	digest_cover_sort(cover);
	*out = (struct digest_stats){ out->digests + s->digests, out->unsigned_yet + s->unsigned_yet,
		out->bad + s->bad, out->gaps + s->gaps, out->files + s->files, out->changed + s->changed,
		out->missing + s->missing, out->uncovered + s->uncovered };
	return r;
}
