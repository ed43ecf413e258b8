/* SPDX-License-Identifier: BSD-2-Clause */
/* A trail's bucket: what was delivered since, without a look at each key that was there before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aws/s3.h"
#include "base/clock.h"
#include "correlate/sources.h"
#include "correlate/file_local.h"

#define OBJECT_MAX (64u << 20)	/* AWS writes 50 MB at most */
#define KEY_MAX 1024		/* of S3 */
#define AGAIN (-1)		/* a listing is begun anew elsewhere */

struct walk {
	struct sources *c;
	struct s3_bucket bucket;
	struct file_reader *fr;
	int fd;			/* where objects go to */
	char day[12], minute[16];	/* the first that count: "2026/11/23", "20261123T0930Z" */
	char after[KEY_MAX + 16];	/* where the listing goes on */
};

/* Behind all keys that begin with the first n bytes of this one. */
static int pass(struct walk *w, const char *key, size_t n)
{
	(void)snprintf(w->after, sizeof(w->after), "%.*s\x7f", (int)n, key);
	return AGAIN;
}

static int get(struct walk *w, const char *key, struct err *e)
{
	struct err why = { 0 };
	char path[64];
	int r;

	w->c->stats.files++;
	r = s3_get(w->c->aws, &w->bucket, key, w->fd, OBJECT_MAX, NULL, e);
	/* It was listed a moment ago: whoever removes files of a trail is to be told of. */
	if (r != 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", w->fd);
	r = file_read_trail(w->fr, path, w->c->into, &w->c->stats, &why);
	if (r == ERR_MEMORY || r == ERR_INTERNAL || w->fr->keep_failed)
		return err_give(e, &why);
	if (r != 0) {
		w->c->stats.broken++;
		if (w->c->o->say != NULL)
			w->c->o->say(w->c->o->ctx, key, why.text);
	}
	return 0;
}

/* ".../AWSLogs/[o-ID/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE": by its parts. */
static int take(void *ctx, const struct s3_object *o, struct err *e)
{
	struct walk *w = ctx;
	const char *kind = strstr(o->key, "/CloudTrail"), *region, *day, *stamp;
	const size_t n = strlen(o->key);

	(void)snprintf(w->after, sizeof(w->after), "%s", o->key);
	if (kind == NULL || n > KEY_MAX)
		return 0;
	if (strncmp(kind, "/CloudTrail/", 12) != 0) {
		const char *end = strchr(kind + 1, '/');

		return end != NULL ? pass(w, o->key, (size_t)(end - o->key) + 1) : 0;
	}
	region = kind + 12;
	day = strchr(region, '/');
	if (day == NULL || strlen(day) < 12)
		return 0;
	if (strncmp(day + 1, w->day, 10) < 0) {
		(void)snprintf(w->after, sizeof(w->after), "%.*s%s", (int)(day + 1 - o->key), o->key, w->day);
		return AGAIN;
	}
	/* "..._20261123T0935Z_<random>.json.gz": when it was delivered. */
	stamp = n > 40 ? strchr(o->key + n - 40, 'Z') : NULL;
	if (n < 8 || strcmp(o->key + n - 8, ".json.gz") != 0 || (stamp != NULL && stamp - o->key > 14 &&
	    strncmp(stamp - 13, w->minute, 14) < 0))
		return 0;
	return get(w, o->key, e);
}

static void begin_at(struct walk *b, int64_t t)
{
	char text[CLOCK_TEXT_LEN + 1];

	clock_format(text, t < 0 ? 0 : t);
	(void)snprintf(b->day, sizeof(b->day), "%.4s/%.2s/%.2s", text, text + 5, text + 8);
	(void)snprintf(b->minute, sizeof(b->minute), "%.4s%.2s%.2sT%.2s%.2sZ", text, text + 5, text + 8, text + 11,
	    text + 14);
}

/* "s3://BUCKET/PREFIX" in place: the prefix, or NULL. */
static char *split(char *url)
{
	char *slash;

	if (strncmp(url, "s3://", 5) != 0 || url[5] == '\0' || url[5] == '/')
		return NULL;
	slash = strchr(url + 5, '/');
	if (slash == NULL)
		return url + strlen(url);
	*slash = '\0';
	return slash + 1;
}

static int list(struct walk *w, const char *prefix, struct err *e)
{
	struct err why = { 0 };
	int r = AGAIN;

	while (r == AGAIN) {
		err_clear(&why);
		r = s3_list(w->c->aws, &w->bucket, prefix, w->after[0] != '\0' ? w->after : NULL, take, w, &why);
	}
	return r == 0 ? 0 : err_give(e, &why);
}

int sources_bucket(struct sources *c, const char *url, int64_t from, struct err *e)
{
	char *own = strdup(url), *prefix = own != NULL ? split(own) : NULL;
	struct walk w = { .c = c, .fd = -1 };
	int r;

	if (own == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading a bucket.");
	if (prefix == NULL) {
		free(own);
		return err_set(e, ERR_USAGE, "\"%s\" is no bucket: s3://BUCKET/PREFIX.", url);
	}
	w.bucket.name = own + 5;
	begin_at(&w, from);
	w.fd = memfd_create("twokey-trail", MFD_CLOEXEC);
	r = w.fd < 0 ? err_errno(e, ERR_IO, errno, "No file in memory can be made") : file_reader_new(&w.fr, e);
	if (r == 0)
		r = list(&w, prefix, e);
	file_reader_free(&w.fr);
	if (w.fd >= 0)
		(void)close(w.fd);
	free(own);
	return r;
}
