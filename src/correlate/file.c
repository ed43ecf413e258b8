/* SPDX-License-Identifier: BSD-2-Clause */
/* One trail file: packed or not, whole where it is small, bit by bit where it is not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "correlate/file_local.h"
#include "correlate/trail.h"

#define MIB (1024u * 1024u)
#define IN_CAP (2 * MIB)		/* of packed bytes at a time */
#define IN_ALIGN 64			/* the kernel copies three times as fast to such a place as to malloc's */
#define SMALL_OUT (8 * MIB)		/* what a file that is taken whole may unpack to */
#define LARGE_OUT (TRAIL_WHOLE_MAX + 2 * MIB)
#define UNPACKED_MAX (INT64_C(64) << 30)	/* a file that unpacks to more is a bomb */

int file_reader_new(struct file_reader **out, struct err *e)
{
	struct file_reader *fr = calloc(1, sizeof(*fr));

	*out = fr;
	if (fr == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading trails.");
	fr->in_cap = IN_CAP;
	fr->out_cap = SMALL_OUT;
	fr->in = aligned_alloc(IN_ALIGN, fr->in_cap);
	fr->out = malloc(fr->out_cap + TRAIL_SLACK);
	if (fr->in == NULL || fr->out == NULL || gunzip_new(&fr->gunzip, e) != 0 ||
	    hasher_new(&fr->hasher, e) != 0) {
		file_reader_free(out);
		return err_set(e, ERR_MEMORY, "No memory is left for reading trails.");
	}
	return 0;
}

void file_reader_free(struct file_reader **p)
{
	struct file_reader *fr = *p;

	*p = NULL;
	if (fr == NULL)
		return;
	gunzip_free(&fr->gunzip);
	hasher_free(&fr->hasher);
	free(fr->in);
	free(fr->out);
	free(fr);
}

static int add_unit(void *ctx, const char *unit, size_t len, struct err *e)
{
	struct file_reader *fr = ctx;
	const int r = events_add(fr->events, unit, len, e);

	fr->keep_failed |= r != 0;
	return r;
}

/* As many bytes as there are, at most cap; -1. */
static ssize_t read_full(int fd, char *p, size_t cap)
{
	size_t n = 0;
	ssize_t r;

	while (n < cap) {
		r = read(fd, p + n, cap - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

/* Where the unpacked bytes come from. */
struct source {
	struct file_reader *fr;
	int fd, packed, ended;
	size_t at, len;		/* of fr->in */
};

/* More bytes into p: *n of them, 0 only at the end. */
static int source_more(struct source *s, char *p, size_t cap, size_t *n, struct err *e)
{
	ssize_t got;
	size_t in;

	for (*n = 0; *n == 0 && !s->ended;) {
		if (s->at == s->len) {
			got = read_full(s->fd, s->fr->in, s->fr->in_cap);
			if (got < 0)
				return err_set(e, ERR_IO, "it cannot be read: %s", strerror(errno));
			s->at = 0;
			s->len = (size_t)got;
			s->ended = got == 0;
			if (s->ended && s->packed && !gunzip_ended(s->fr->gunzip))
				return err_set(e, ERR_INPUT, "it is no whole gzip file");
		}
		in = s->len - s->at;
		*n = cap;
		if (s->packed) {
			if (gunzip_some(s->fr->gunzip, s->fr->in + s->at, &in, p, n, e) != 0)
				return (int)e->code;
		} else {
			*n = in = in < cap ? in : cap;
			memcpy(p, s->fr->in + s->at, in);
		}
		s->at += in;
	}
	return *n > 0 && s->fr->hashing ? hasher_add(s->fr->hasher, p, *n, e) : 0;
}

static int out_large(struct file_reader *fr, struct err *e)
{
	char *more;

	if (fr->out_cap >= LARGE_OUT)
		return err_set(e, ERR_INPUT, "a record is too long");
	more = realloc(fr->out, LARGE_OUT + TRAIL_SLACK);
	if (more == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for reading trails.");
	fr->out = more;
	fr->out_cap = LARGE_OUT;
	return 0;
}

/* Bit by bit: what trail_scan is not done with stays, and more comes behind it. */
static int stream(struct source *s, struct trail *t, int64_t *bytes, struct err *e)
{
	struct file_reader *fr = s->fr;
	struct err ignored = { 0 };
	size_t have = 0, n, used;
	int last, r;

	do {
		if (have == fr->out_cap && (r = out_large(fr, e)) != 0)
			return r;
		r = 0;
		for (n = 1; have < fr->out_cap && n > 0 && r == 0; have += n, *bytes += (int64_t)n)
			r = source_more(s, fr->out + have, fr->out_cap - have, &n, e);
		if (r == 0 && *bytes > UNPACKED_MAX)
			r = err_set(e, ERR_INPUT, "it unpacks to more than 64 GiB");
		last = s->ended;
		/* What could be read before a fault counts. */
		if (trail_scan(t, fr->out, have, last && r == 0, &used, r == 0 ? e : &ignored) != 0 && r == 0)
			return (int)e->code;
		if (r != 0)
			return r;
		memmove(fr->out, fr->out + used, have - used);
		have -= used;
	} while (!last);
	return 0;
}

static int read_open(struct file_reader *fr, int fd, struct trail *t, int64_t *bytes, struct err *e)
{
	struct source s = { .fr = fr, .fd = fd };
	const ssize_t got = read_full(fd, fr->in, fr->in_cap);
	size_t n, used;

	if (got < 0)
		return err_set(e, ERR_IO, "it cannot be read: %s", strerror(errno));
	s.len = (size_t)got;
	s.packed = gunzip_is(fr->in, s.len);
	if (s.packed && s.len < fr->in_cap) {
		const int r = gunzip_whole(fr->gunzip, fr->in, s.len, fr->out, fr->out_cap, &n, NULL);

		if (r == 0) {
			*bytes += (int64_t)n;
			if (fr->hashing && hasher_add(fr->hasher, fr->out, n, e) != 0)
				return (int)e->code;
			return trail_scan(t, fr->out, n, 1, &used, e);
		}
	}
	if (s.packed && gunzip_begin(fr->gunzip, e) != 0)
		return (int)e->code;
	return stream(&s, t, bytes, e);
}

static int open_file(const char *path, struct err *e)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		err_set(e, ERR_IO, "it cannot be opened: %s", strerror(errno));
	return fd;
}

int file_each(struct file_reader *fr, const char *path, file_bytes_fn *fn, void *ctx, struct err *e)
{
	const int fd = open_file(path, e);
	struct source s = { .fr = fr, .fd = fd };
	int64_t bytes = 0;
	ssize_t got;
	size_t n = 1;
	int r = 0;

	fr->hashing = 0;
	if (fd < 0)
		return ERR_IO;
	got = read_full(fd, fr->in, fr->in_cap);
	if (got < 0)
		r = err_set(e, ERR_IO, "it cannot be read: %s", strerror(errno));
	s.len = got < 0 ? 0 : (size_t)got;
	s.packed = gunzip_is(fr->in, s.len);
	if (r == 0 && s.packed)
		r = gunzip_begin(fr->gunzip, e);
	while (r == 0 && n > 0 && (r = source_more(&s, fr->out, fr->out_cap, &n, e)) == 0) {
		bytes += (int64_t)n;
		r = bytes > UNPACKED_MAX ? err_set(e, ERR_INPUT, "it unpacks to more than 64 GiB") :
		    fn(ctx, fr->out, n, e);
	}
	(void)close(fd);
	return r;
}

int file_read_trail(struct file_reader *fr, const char *path, struct events *into,
    struct files_stats *stats, uint8_t hash[HASH_LEN], struct err *e)
{
	struct trail t = { .fn = add_unit, .ctx = fr };
	const int input = strcmp(path, "-") == 0;
	const int fd = input ? STDIN_FILENO : open_file(path, e);
	struct stat st;
	int r;

	fr->events = into;
	fr->keep_failed = 0;
	fr->hashing = hash != NULL;
	if (fd < 0)
		return ERR_IO;
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		r = err_set(e, ERR_INPUT, "it is a folder");
	else if (hash == NULL || (r = hasher_begin(fr->hasher, e)) == 0)
		r = read_open(fr, fd, &t, &stats->bytes, e);
	if (r == 0 && hash != NULL)
		r = hasher_end(fr->hasher, hash, e);
	if (r == 0 && t.units == 0 && t.place == TRAIL_OBJECTS && t.level == 0)
		r = err_set(e, ERR_INPUT, "it is empty");
	stats->records += t.units;
	if (!input)
		(void)close(fd);
	return r;
}
