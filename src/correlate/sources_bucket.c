/* SPDX-License-Identifier: BSD-2-Clause */
/* A trail's bucket: what was delivered since, without a look at each key that was there before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aws/cloudtrail.h"
#include "aws/s3.h"
#include "base/clock.h"
#include "correlate/sources.h"
#include "correlate/file_local.h"

#define OBJECT_MAX (64u << 20)	/* AWS writes 50 MB at most */
#define KEY_MAX 1024		/* of S3 */
#define REGIONS_MAX 64		/* AWS has some forty */
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define AGAIN (-1)		/* a listing is begun anew elsewhere */
#define DENIED_MOST 20		/* objects, and none that could be read: then all are */

struct walk {
	struct sources *c;
	struct s3_bucket bucket;
	const char *url;
	struct file_reader *fr;
	int fd;			/* where objects go to */
	struct digests *digests;	/* being read, or then verified */
	int reads_digests;
	char day[12], minute[16];	/* the first that count: "2026/11/23", "20261123T0930Z" */
	char after[KEY_MAX + 16];	/* where the listing goes on */
	int64_t named, due;	/* keys of a trail's, and those of them of the time that is read */
	int64_t got, denied;	/* objects */
};

/* Behind all keys in the folder of n bytes that this one is in: '0' comes after '/'. */
static int pass(struct walk *w, const char *key, size_t n)
{
	(void)snprintf(w->after, sizeof(w->after), "%.*s0", (int)n, key);
	return AGAIN;
}

/* "/CloudTrail..." behind an account's number; NULL: it is none of a trail's.  The prefix may hold such words, too. */
static const char *kind_of(const char *key)
{
	const char *at = key;

	while ((at = strstr(at, "/CloudTrail")) != NULL) {
		const char *account = at - key >= 12 ? at - 12 : NULL;

		if (account != NULL && strspn(account, "0123456789") == 12 && (account == key || account[-1] == '/'))
			return at;
		at++;
	}
	return NULL;
}

/* An object into w->fd; *path is where it can be opened.  *passed: S3 does not give this one, which is told. */
static int fetch(struct walk *w, const char *key, char path[64], struct s3_meta *meta, int *passed, struct err *e)
{
	enum s3_fault fault;
	struct err why = { 0 };
	int r;

	(void)snprintf(path, 64, "/proc/self/fd/%d", w->fd);
	*passed = 0;
	/* It was listed a moment ago: whoever removes files of a trail is to be told of. */
	if ((r = s3_get(w->c->aws, &w->bucket, key, w->fd, OBJECT_MAX, meta, &fault, &why)) == 0) {
		w->got++;
		return 0;
	}
	w->denied += fault == S3_FAULT_DENIED;
	if (fault == S3_FAULT_ALL || (w->got == 0 && w->denied == DENIED_MOST))
		return err_give(e, &why);
	*passed = 1;
	w->c->stats.files++;
	w->c->stats.broken++;
	if (w->c->o->say != NULL)
		w->c->o->say(w->c->o->ctx, key, why.text);
	return digests_unread(w->digests, key, e);
}

static int get(struct walk *w, const char *key, struct err *e)
{
	struct files_options o = *w->c->o;
	char path[64];
	int passed, r = fetch(w, key, path, NULL, &passed, e);

	if (r != 0 || passed)
		return r;
	r = spans_add(w->c->spans, w->url, key, e);
	o.digests = w->digests;
	return r != 0 ? r : file_take(w->fr, w->c->into, path, key, &o, &w->c->stats, e);
}

static int get_digest(struct walk *w, const char *key, struct err *e)
{
	struct s3_meta meta;
	char path[64];
	int passed;
	const int r = fetch(w, key, path, &meta, &passed, e);

	return r != 0 || passed ? r : digests_add(w->digests, w->fr, path, key, meta.signature, e);
}

/* ".../AWSLogs/[o-ID/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE": by its parts. */
static int take(void *ctx, const struct s3_object *o, struct err *e)
{
	struct walk *w = ctx;
	const char *kind = kind_of(o->key), *region, *day;
	const char *want = w->reads_digests ? "/CloudTrail-Digest/" : "/CloudTrail/";
	const size_t n = strlen(o->key);

	(void)snprintf(w->after, sizeof(w->after), "%s", o->key);
	if (kind == NULL || n > KEY_MAX)
		return 0;
	w->named++;
	if (strncmp(kind, want, strlen(want)) != 0) {
		const char *end = strchr(kind + 1, '/');

		return end != NULL ? pass(w, o->key, (size_t)(end - o->key)) : 0;
	}
	region = kind + strlen(want);
	day = strchr(region, '/');
	if (day == NULL || strlen(day) < 12)
		return 0;
	if (strncmp(day + 1, w->day, 10) < 0) {
		(void)snprintf(w->after, sizeof(w->after), "%.*s%s", (int)(day + 1 - o->key), o->key, w->day);
		return AGAIN;
	}
	if (n < 8 || strcmp(o->key + n - 8, ".json.gz") != 0 || digest_is_before(w->digests, o->key))
		return 0;
	w->due++;
	return w->reads_digests ? get_digest(w, o->key, e) : get(w, o->key, e);
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

/* Once over the keys: of digests, or of the trail's files. */
static int list(struct walk *w, const char *prefix, int reads_digests, struct err *e)
{
	struct err why = { 0 };
	int r = AGAIN;

	w->reads_digests = reads_digests;
	w->after[0] = '\0';
	while (r == AGAIN) {
		err_clear(&why);
		r = s3_list(w->c->aws, &w->bucket, prefix, w->after[0] != '\0' ? w->after : NULL, take, w, &why);
	}
	return r == 0 ? 0 : err_give(e, &why);
}

struct asking {
	struct walk *w;
	struct digest_keys *keys;
	int64_t from, to;
	int regions;
};

static int take_key(void *ctx, const struct cloudtrail_key *k, struct err *e)
{
	const struct asking *a = ctx;

	return digest_keys_add(a->keys, k->fingerprint, k->value, e);
}

/* The keys of a region's digests.  Without them its digests are not verified. */
static int ask_keys(void *ctx, const char *region, struct err *e)
{
	struct asking *a = ctx;
	struct err why = { 0 };
	const int r = a->regions++ < REGIONS_MAX ? cloudtrail_keys(a->w->c->aws, region, a->from - DAY_MS,
	    a->to, take_key, a, &why) : err_set(&why, ERR_INPUT, "There are digests of too many regions.");

	if (r == ERR_MEMORY || r == ERR_CANCELLED)
		return err_give(e, &why);
	if (r != 0)
		digests_keyless(a->w->digests, region);
	if (r != 0 && a->w->c->o->say != NULL)
		a->w->c->o->say(a->w->c->o->ctx, region, why.text);
	return 0;
}

/* Which files AWS has signed. */
static int read_digests(struct walk *w, const char *prefix, int64_t from, int64_t to, struct err *e)
{
	struct asking a = { .w = w, .from = from, .to = to };
	int r = list(w, prefix, 1, e);

	if (r == 0 && w->c->keys == NULL && (r = digest_keys_new(&a.keys, e)) == 0)
		r = digests_regions(w->digests, ask_keys, &a, e);
	if (r == 0)
		r = digests_verify(w->digests, w->c->keys != NULL ? w->c->keys : a.keys, e);
	digest_keys_free(&a.keys);
	return r;
}

/* A wrong prefix, or a trail that somebody has stopped or deleted, is no quiet one. */
static int need_some(const struct walk *w, int64_t from, struct err *e)
{
	char text[CLOCK_TEXT_LEN + 1];

	if (w->due > 0)
		return 0;
	clock_format(text, from < 0 ? 0 : from);
	if (w->named == 0) {
		err_set(e, ERR_INPUT, "There are no trail files in %s.", w->url);
		err_hint(e, "Their keys are PREFIX/AWSLogs/ACCOUNT/CloudTrail/...: name what they begin with.");
		return ERR_INPUT;
	}
	err_set(e, ERR_INPUT, "In %s no trail file was delivered since %.10s %.5sZ, and no digest.", w->url, text, text + 11);
	err_hint(e, "Look whether the trail still logs: aws cloudtrail get-trail-status. With digests one comes every "
	    "hour even where nothing is done.");
	return ERR_INPUT;
}

int sources_bucket(struct sources *c, const char *url, int64_t from, int64_t to, struct err *e)
{
	char *own = strdup(url), *prefix = own != NULL ? split(own) : NULL;
	struct walk w = { .c = c, .url = url, .fd = -1 };
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
	if (r == 0 && (r = digests_new(&w.digests, w.minute, c->o, e)) == 0 &&
	    (r = read_digests(&w, prefix, from, to, e)) == 0 && (r = list(&w, prefix, 0, e)) == 0 &&
	    (r = digests_end(w.digests, &c->digest, c->cover, e)) == 0)
		r = need_some(&w, from, e);
	digests_free(&w.digests);
	file_reader_free(&w.fr);
	if (w.fd >= 0)
		(void)close(w.fd);
	free(own);
	return r;
}
