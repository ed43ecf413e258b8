/* SPDX-License-Identifier: BSD-2-Clause */
/* One trail file, against the digests. */
#include <stdio.h>

#include "correlate/digest.h"
#include "correlate/file_local.h"

static int is_fatal(const struct file_reader *fr, int r)
{
	return r == ERR_MEMORY || r == ERR_INTERNAL || fr->keep_failed;
}

static int add(void *ctx, const char *bytes, size_t len, struct err *e)
{
	return hasher_add(ctx, bytes, len, e);
}

/* Of a file that is no trail: what stays 0 is no hash of anything. */
static int hash_of(uint8_t hash[HASH_LEN], struct file_reader *fr, const char *path, struct err *e)
{
	struct err why = { 0 };
	int r = hasher_begin(fr->hasher, e);

	if (r == 0 && (r = file_each(fr, path, add, fr->hasher, &why)) == ERR_MEMORY)
		return err_give(e, &why);
	return r == 0 ? hasher_end(fr->hasher, hash, e) : 0;
}

/* One that a digest names: the bytes that were read are those that count. */
static int take_named(struct file_reader *fr, struct events *into, const char *path, const char *name,
    const struct files_options *o, struct files_stats *stats, struct events_faults *faults, struct err *why,
    struct err *e)
{
	uint8_t hash[HASH_LEN] = { 0 };
	struct events *own = NULL;
	int r = events_new(&own, o->keep, o->ctx, e), same;

	if (r != 0)
		return r;
	r = file_read_trail(fr, path, own, stats, hash, why);
	events_faults(own, faults);
	if (r != 0 && (is_fatal(fr, r) || (r = hash_of(hash, fr, path, why)) != 0)) {
		events_free(&own);
		return err_give(e, why);
	}
	same = digests_check(o->digests, name, hash);
	if (same && why->code == ERR_NONE)
		events_vouch_all(own);
	r = events_merge(into, own, e);
	events_free(&own);
	return r;
}

int file_take(struct file_reader *fr, struct events *into, const char *path, const char *name,
    const struct files_options *o, struct files_stats *stats, struct err *e)
{
	struct events_faults faults;
	struct err why = { 0 };
	char text[sizeof(faults.first) + 80];
	int r;

	stats->files++;
	if (o->digests != NULL && digests_name(o->digests, name)) {
		if ((r = take_named(fr, into, path, name, o, stats, &faults, &why, e)) != 0)
			return r;
	} else {
		r = file_read_trail(fr, path, into, stats, NULL, &why);
		events_faults(into, &faults);
		if (o->digests != NULL)
			digests_uncovered(o->digests);
		if (r != 0 && is_fatal(fr, r))
			return err_give(e, &why);
	}
	stats->passed += faults.count;
	stats->broken += why.code != ERR_NONE;
	if (why.code != ERR_NONE && o->say != NULL)
		o->say(o->ctx, name, why.text);
	if (faults.count > 0 && o->say != NULL) {
		(void)snprintf(text, sizeof(text), "%lld of its records %s not read: %s",
		    (long long)faults.count, faults.count == 1 ? "was" : "were", faults.first);
		o->say(o->ctx, name, text);
	}
	return 0;
}
