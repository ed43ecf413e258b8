/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of the index.  They are written in place and not synced: the
 * stamp, which says which logs they fit, is marked unclean before any change,
 * and counts within one boot only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log/index_local.h"

#define STAMP_FILE "stamp.json"
/* Lines that are followed again rather than written for: without news for the
 * index, and with news. */
#define STAMP_LAG 256
#define DIRTY_LAG 32

int index_load(struct index *ix, size_t i, struct err *e)
{
	struct shard *s = &ix->shards[i];
	struct buf b = BUF_INIT;
	char file[16];
	int r;

	if (s->loaded)
		return 0;
	(void)snprintf(file, sizeof(file), "%03zx.json", i);
	s->loaded = 1;
	if (ix->dir.fd < 0 || file_exists(&ix->dir, file) == 0)
		return 0;
	r = file_read(&b, &ix->dir, file, INDEX_SHARD_MAX, FILE_PRIVATE, e);
	if (r == 0)
		r = shard_read(s, &b, e);
	buf_free(&b);
	if (r != 0)
		shard_clear(s);
	return r;
}

/* In place, without fsync. */
static int index_put(const struct index *ix, const char *file, const struct buf *b)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	const int fd = openat(ix->dir.fd, file, flags, 0600);
	int r;

	if (fd < 0)
		return -1;
	r = file_write_all(fd, b->data, b->len, file, NULL);
	return close(fd) != 0 || r != 0 ? -1 : 0;
}

static const uint8_t *index_policy(const struct index *ix)
{
	return ix->cfg.world->policies[ix->cfg.world->npolicies - 1];
}

static int index_put_stamp(const struct index *ix, int clean)
{
	json *j = json_new_object(), *logs = json_new_array(), *one;
	struct buf b = BUF_INIT;
	size_t i;
	int bad = 0;

	for (i = 0; i < ix->at.n && !bad; i++) {
		one = json_new_object();
		bad = json_set_str(one, "host", ix->at.logs[i].host) != 0 ||
		    log_head_to_json(one, &ix->at.logs[i].head, NULL) != 0;
		if (bad)
			json_free(&one);
		else
			bad = json_add(logs, one) != 0;
	}
	if (json_set(j, "logs", logs) != 0 || json_set_str(j, "type", "twokey-index-v3") != 0 ||
	    json_set_str(j, "boot", ix->boot) != 0 || json_set_bool(j, "clean", clean) != 0 ||
	    json_set_hex(j, "policy", index_policy(ix), HASH_LEN) != 0 ||
	    json_canonical(&b, j, NULL) != 0)
		bad = 1;
	if (!bad)
		bad = index_put(ix, STAMP_FILE, &b) != 0;
	buf_free(&b);
	json_free(&j);
	return bad ? -1 : 0;
}

static int index_put_shards(struct index *ix)
{
	struct buf b = BUF_INIT;
	char file[16];
	size_t i;
	int r = 0;

	for (i = 0; i < INDEX_SHARDS && r == 0; i++) {
		if (!ix->shards[i].dirty)
			continue;
		(void)snprintf(file, sizeof(file), "%03zx.json", i);
		buf_reset(&b);
		r = shard_write(&b, &ix->shards[i], NULL) != 0 || index_put(ix, file, &b) != 0;
		ix->shards[i].dirty = r;
	}
	buf_free(&b);
	return r ? -1 : 0;
}

/* Gives the disk up: memory serves, and the next process rebuilds. */
static void index_drop_disk(struct index *ix)
{
	if (ix->dir.fd >= 0)
		(void)unlinkat(ix->dir.fd, STAMP_FILE, 0);
	dir_close(&ix->dir);
}

void index_save(struct index *ix)
{
	size_t i;
	int dirty = 0;

	for (i = 0; i < INDEX_SHARDS && !dirty; i++)
		dirty = ix->shards[i].dirty;
	if (ix->dir.fd < 0 || ix->lag < (dirty ? DIRTY_LAG : STAMP_LAG))
		return;
	if ((dirty && (index_put_stamp(ix, 0) != 0 || index_put_shards(ix) != 0)) ||
	    index_put_stamp(ix, 1) != 0)
		index_drop_disk(ix);
	ix->lag = 0;
}

static int stamp_logs(struct index *ix, const json *logs)
{
	const struct log_host *host;
	struct log_head h;
	const json *one;
	size_t i;

	for (i = 0; i < json_len(logs); i++) {
		one = json_at(logs, i);
		if (json_shape(one, STAMP_FILE, NULL, "bytes=u", "frontier=a", "host=n", "last=h?",
			"size=u", NULL) != 0)
			return -1;
		host = log_world_host(ix->cfg.world, json_str(one, "host"));
		if (host == NULL || log_head_from_json(&h, one, STAMP_FILE, NULL) != 0 ||
		    seen_set(&ix->at, host->name, &h, NULL) != 0)
			return -1;
	}
	return 0;
}

/* Does the cache on disk fit this boot, policy and these logs? */
int index_stamp_fits(struct index *ix)
{
	uint8_t policy[HASH_LEN];
	struct buf b = BUF_INIT;
	json *j = NULL;
	int fits;

	fits = file_read(&b, &ix->dir, STAMP_FILE, INDEX_SHARD_MAX, FILE_PRIVATE, NULL) == 0 &&
	    json_parse(&j, b.data, b.len, JSON_CANONICAL, STAMP_FILE, NULL) == 0 &&
	    json_shape(j, STAMP_FILE, NULL, "boot=s", "clean=f", "logs=a", "policy=h", "type=s",
		NULL) == 0 &&
	    strcmp(json_str(j, "type"), "twokey-index-v3") == 0 && json_bool(j, "clean") &&
	    strcmp(json_str(j, "boot"), ix->boot) == 0 &&
	    json_hex(j, "policy", policy, HASH_LEN) == 0 &&
	    memcmp(policy, index_policy(ix), HASH_LEN) == 0 && stamp_logs(ix, json_get(j, "logs")) == 0;
	json_free(&j);
	buf_free(&b);
	return fits;
}

/* All shards empty and loaded; what is on disk is overwritten by index_save. */
void index_reset(struct index *ix)
{
	char file[16];
	size_t i;

	seen_free(&ix->at);
	if (ix->dir.fd >= 0)
		(void)unlinkat(ix->dir.fd, STAMP_FILE, 0);
	for (i = 0; i < INDEX_SHARDS; i++) {
		shard_clear(&ix->shards[i]);
		ix->shards[i].loaded = 1;
		(void)snprintf(file, sizeof(file), "%03zx.json", i);
		if (ix->dir.fd >= 0)
			(void)unlinkat(ix->dir.fd, file, 0);
	}
	ix->lag = STAMP_LAG;
}
