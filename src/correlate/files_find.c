/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "correlate/files.h"

static int add(struct files *f, const char *path, struct err *e)
{
	if (f->len == f->cap) {
		const size_t cap = f->cap ? f->cap * 2 : 64;
		char **more = reallocarray(f->path, cap, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for names of files.");
		f->path = more;
		f->cap = cap;
	}
	f->path[f->len] = strdup(path);
	if (f->path[f->len] == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for names of files.");
	f->len++;
	return 0;
}

static int is_trail(const char *name)
{
	static const char *const ends[] = { ".json.gz", ".json", ".jsonl", ".jsonl.gz" };
	const size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (n > strlen(ends[i]) && strcmp(name + n - strlen(ends[i]), ends[i]) == 0)
			return name[0] != '.';
	return 0;
}

/* Is it in, or not in, one of CloudTrail's folders beside that of the events? */
static int in_digests(const char *path)
{
	return strstr(path, "/CloudTrail-Digest/") != NULL;
}

static int walk(struct files *f, FTS *fts, int digests, struct err *e)
{
	FTSENT *at;

	while (errno = 0, (at = fts_read(fts)) != NULL) {
		switch (at->fts_info) {
		case FTS_D:
			if (at->fts_level > 0 && (strcmp(at->fts_name, "CloudTrail-Insight") == 0 ||
			    (!digests && strcmp(at->fts_name, "CloudTrail-Digest") == 0)))
				(void)fts_set(fts, at, FTS_SKIP);
			break;
		case FTS_F:
			if (is_trail(at->fts_name) && in_digests(at->fts_path) == digests &&
			    add(f, at->fts_path, e) != 0)
				return (int)e->code;
			break;
		case FTS_SLNONE:
			if (is_trail(at->fts_name) && in_digests(at->fts_path) == digests)
				return err_set(e, ERR_IO, "%s cannot be read: it is a link that leads nowhere.", at->fts_path);
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			return err_set(e, ERR_IO, "%s cannot be read: %s.", at->fts_path,
			    strerror(at->fts_errno));
		default:
			break;
		}
	}
	return errno == 0 ? 0 : err_set(e, ERR_IO, "A folder cannot be read: %s.", strerror(errno));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct files *f)
{
	size_t kept = 0;

	if (f->len > 1)
		qsort(f->path, f->len, sizeof(*f->path), by_name);
	for (size_t i = 0; i < f->len; i++) {
		if (kept > 0 && strcmp(f->path[i], f->path[kept - 1]) == 0)
			free(f->path[i]);
		else
			f->path[kept++] = f->path[i];
	}
	f->len = kept;
}

static int find(struct files *f, const char *path, int digests, struct err *e)
{
	char *const roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	int r;

	if (fts == NULL)
		return err_set(e, ERR_IO, "%s cannot be read: %s.", path, strerror(errno));
	r = walk(f, fts, digests, e);
	(void)fts_close(fts);
	sort(f);
	return r;
}

static int no_path(const char *path, int why, struct err *e)
{
	err_set(e, ERR_MISSING, "%s cannot be read: %s.", path, strerror(why));
	err_hint(e, "Name a trail's file, or a folder that is a copy of the trail's bucket.");
	return ERR_MISSING;
}

int files_find(struct files *f, const char *path, struct err *e)
{
	struct stat st;
	int r;

	if (strcmp(path, "-") != 0 && stat(path, &st) != 0)
		return no_path(path, errno, e);
	if (strcmp(path, "-") != 0 && S_ISDIR(st.st_mode))
		return find(f, path, 0, e);
	r = add(f, path, e);
	sort(f);
	return r;
}

int files_find_digests(struct files *f, const char *path, struct err *e)
{
	struct stat st;

	return strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode) ? 0 :
	    find(f, path, 1, e);
}

void files_free(struct files *f)
{
	for (size_t i = 0; i < f->len; i++)
		free(f->path[i]);
	free(f->path);
	*f = (struct files)FILES_INIT;
}
