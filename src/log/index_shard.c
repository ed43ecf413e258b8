/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "log/index_local.h"

int index_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "No memory is left for the index of records.");
}

struct index_record *shard_find(const struct shard *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->recs[i]->name, name) == 0)
			return s->recs[i];
	return NULL;
}

int shard_need(struct index_record **out, struct shard *s, const char *name, struct err *e)
{
	struct index_record *r = shard_find(s, name), **more;

	*out = r;
	if (r != NULL)
		return 0;
	if (s->n == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 8;

		more = reallocarray(s->recs, cap, sizeof(struct index_record *));
		if (more == NULL)
			return index_memory(e);
		s->recs = more;
		s->cap = cap;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return index_memory(e);
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	r->released = -1;
	r->released_seq = -1;
	s->recs[s->n++] = r;
	*out = r;
	return 0;
}

void index_record_free(struct index_record **r)
{
	size_t i;

	if (*r != NULL) {
		for (i = 0; i < (*r)->nversions; i++)
			free((*r)->versions[i].shares);
		free((*r)->versions);
	}
	free(*r);
	*r = NULL;
}

void shard_clear(struct shard *s)
{
	while (s->n > 0)
		index_record_free(&s->recs[--s->n]);
	free(s->recs);
	*s = (struct shard) { NULL, 0, 0, 0, 0 };
}

/* By version, the early one of two first. */
static int is_behind(const struct index_version *v, int64_t version, int early)
{
	return v->version != version ? v->version > version : v->early < early;
}

int record_need_version(struct index_version **out, struct index_record *r, int64_t version,
    int early, struct err *e)
{
	struct index_version *more;
	size_t i = r->nversions;

	*out = NULL;
	while (i > 0 && is_behind(&r->versions[i - 1], version, early))
		i--;
	if (i > 0 && r->versions[i - 1].version == version && r->versions[i - 1].early == early) {
		*out = &r->versions[i - 1];
		return 0;
	}
	more = reallocarray(r->versions, r->nversions + 1, sizeof(*more));
	if (more == NULL)
		return index_memory(e);
	r->versions = more;
	memmove(&more[i + 1], &more[i], (r->nversions - i) * sizeof(*more));
	r->nversions++;
	memset(&more[i], 0, sizeof(more[i]));
	more[i].version = version;
	more[i].early = early;
	more[i].seq = -1;
	*out = &more[i];
	return 0;
}

int version_add_shares(struct index_version *v, const struct index_shares *sh, struct err *e)
{
	struct index_shares *more;
	size_t i = v->nshares;

	more = reallocarray(v->shares, v->nshares + 1, sizeof(*more));
	if (more == NULL)
		return index_memory(e);
	v->shares = more;
	while (i > 0 && more[i - 1].serial > sh->serial)
		i--;
	memmove(&more[i + 1], &more[i], (v->nshares - i) * sizeof(*more));
	more[i] = *sh;
	v->nshares++;
	return 0;
}

void version_forget(struct index_version *v)
{
	free(v->shares);
	v->shares = NULL;
	v->nshares = 0;
	v->seq = -1;
	v->host[0] = v->other[0] = '\0';
	v->candidate = 0;
}

/* What is known of the version at *i, which moves behind it; *v borrows its shares.  What
 * was said before the owner was a host counts below the owner's own versions alone.
 * 1, or 0 when nothing of it counts. */
static int record_next(struct index_version *v, const struct index_record *r, size_t *i,
    const char *owner, int *owned)
{
	const struct index_version *early = NULL, *other = &r->versions[(*i)++];

	if (other->early) {
		early = other;
		other = *i < r->nversions && early[1].version == early->version ? &r->versions[(*i)++]
										: NULL;
	}
	*owned |= other != NULL && owner != NULL && strcmp(other->host, owner) == 0;
	if (*owned || early == NULL) {
		if (other != NULL)
			*v = *other;
		return other != NULL;
	}
	*v = other != NULL && early->seq < 0 ? *other : *early;
	if (other != NULL && other->seq >= 0 && early->seq >= 0 &&
	    memcmp(other->digest, early->digest, HASH_LEN) != 0)
		memcpy(v->other, other->host, sizeof(v->other));
	v->claimed = early->claimed || (other != NULL && other->claimed);
	v->early = 0;
	return 1;
}

/* What callers get: versions up to the first that no log names.  One host could
 * name any number, and nobody seal a higher one. */
int record_copy(struct index_record **out, const struct index_record *r, const char *owner,
    struct err *e)
{
	struct index_record *c = calloc(1, sizeof(*c));
	struct index_version *v, next;
	int owned = 0;
	size_t i, k;

	*out = NULL;
	if (c == NULL)
		return index_memory(e);
	*c = *r;
	c->nversions = 0;
	c->versions = calloc(r->nversions + 1, sizeof(*c->versions));
	for (i = 0; c->versions != NULL && i < r->nversions;) {
		if (!record_next(&next, r, &i, owner, &owned))
			continue;
		if (next.version != (int64_t)c->nversions + 1 || next.seq < 0) {
			c->beyond = next.version;
			break;
		}
		v = &c->versions[c->nversions++];
		*v = next;
		v->confirmed |= v->claimed && owner != NULL && strcmp(v->host, owner) != 0;
		v->shares = calloc(v->nshares + 1, sizeof(*v->shares));
		if (v->shares == NULL) {
			index_record_free(&c);
			return index_memory(e);
		}
		for (k = 0; k < v->nshares; k++)
			v->shares[k] = next.shares[k];
	}
	if (c->versions == NULL) {
		free(c);
		return index_memory(e);
	}
	*out = c;
	return 0;
}

static void write_hash(struct buf *out, const uint8_t hash[HASH_LEN])
{
	char hex[2 * HASH_LEN + 1];

	hex_encode(hex, hash, HASH_LEN);
	buf_printf(out, "\"digest\":\"%s\"", hex);
}

static void write_name(struct buf *out, const char *member, const char *name)
{
	if (name[0] != '\0')
		buf_printf(out, ",\"%s\":\"%s\"", member, name);
	else
		buf_printf(out, ",\"%s\":null", member);
}

static void write_version(struct buf *out, const struct index_version *v)
{
	size_t i;

	buf_printf(out, "{\"candidate\":%s,\"claimed\":%s,\"confirmed\":%s,",
	    v->candidate ? "true" : "false", v->claimed ? "true" : "false",
	    v->confirmed ? "true" : "false");
	write_hash(out, v->digest);
	buf_printf(out, ",\"early\":%s", v->early ? "true" : "false");
	/* A null host: confirmed only; a null seq: no record.sealed entry names it yet. */
	write_name(out, "host", v->host);
	write_name(out, "other", v->other);
	if (v->seq >= 0)
		buf_printf(out, ",\"seq\":%" PRId64, v->seq);
	else
		buf_puts(out, ",\"seq\":null");
	buf_puts(out, ",\"shares\":[");
	for (i = 0; i < v->nshares; i++) {
		buf_puts(out, i > 0 ? ",{" : "{");
		write_hash(out, v->shares[i].digest);
		buf_printf(out, ",\"host\":\"%s\",\"seq\":%" PRId64 ",\"serial\":%" PRId64 "}",
		    v->shares[i].host, v->shares[i].seq, v->shares[i].serial);
	}
	buf_printf(out, "],\"version\":%" PRId64 "}", v->version);
}

int shard_write(struct buf *out, const struct shard *s, struct err *e)
{
	const struct index_record *r;
	size_t i, k;

	buf_puts(out, "[");
	for (i = 0; i < s->n; i++) {
		r = s->recs[i];
		buf_printf(out, "%s{\"name\":\"%s\"", i > 0 ? "," : "", r->name);
		if (r->released >= 0)
			buf_printf(out, ",\"released\":%" PRId64 ",\"released_host\":\"%s\""
			    ",\"released_seq\":%" PRId64, r->released, r->released_host,
			    r->released_seq);
		else
			buf_puts(out, ",\"released\":null,\"released_host\":null"
			    ",\"released_seq\":0");
		buf_puts(out, ",\"versions\":[");
		for (k = 0; k < r->nversions; k++) {
			buf_puts(out, k > 0 ? "," : "");
			write_version(out, &r->versions[k]);
		}
		buf_puts(out, "]}");
	}
	buf_puts(out, "]");
	return buf_ok(out) ? 0 : index_memory(e);
}

static int read_shares(struct index_version *ver, struct view *v, uint32_t node, struct err *e)
{
	static const struct view_slot slots[] = { { "digest", 'h', 0, 0 }, { "host", 'n', 0, 0 },
		{ "seq", 'u', 0, 0 }, { "serial", 'u', 0, 0 } };
	struct index_shares sh;
	uint32_t m[4], i;
	int r = 0;

	for (i = view_first(v, node); r == 0 && i < v->nodes[node].next; i = v->nodes[i].next) {
		memset(&sh, 0, sizeof(sh));
		if (view_shape(v, i, slots, 4, m) != 0)
			return ERR_INPUT;
		(void)view_hex(v, m[0], sh.digest, HASH_LEN);
		(void)view_text(v, m[1], sh.host, sizeof(sh.host));
		sh.seq = view_int(v, m[2]);
		sh.serial = view_int(v, m[3]);
		r = version_add_shares(ver, &sh, e);
	}
	return r;
}

static int read_versions(struct index_record *rec, struct view *v, uint32_t node, struct err *e)
{
	static const struct view_slot slots[] = { { "candidate", 'f', 0, 0 },
		{ "claimed", 'f', 0, 0 }, { "confirmed", 'f', 0, 0 }, { "digest", 'h', 0, 0 },
		{ "early", 'f', 0, 0 }, { "host", 'n', 1, 0 }, { "other", 'n', 1, 0 },
		{ "seq", 'u', 1, 0 }, { "shares", 'a', 0, 0 }, { "version", 'u', 0, 0 } };
	struct index_version *ver;
	uint32_t m[10], i;
	int r = 0;

	for (i = view_first(v, node); r == 0 && i < v->nodes[node].next; i = v->nodes[i].next) {
		if (view_shape(v, i, slots, 10, m) != 0)
			return ERR_INPUT;
		r = record_need_version(&ver, rec, view_int(v, m[9]), view_is(v, m[4], VIEW_TRUE), e);
		if (r != 0)
			return r;
		ver->candidate = view_is(v, m[0], VIEW_TRUE);
		ver->claimed = view_is(v, m[1], VIEW_TRUE);
		ver->confirmed = view_is(v, m[2], VIEW_TRUE);
		(void)view_hex(v, m[3], ver->digest, HASH_LEN);
		(void)view_text(v, m[5], ver->host, sizeof(ver->host));
		(void)view_text(v, m[6], ver->other, sizeof(ver->other));
		ver->seq = view_int(v, m[7]);
		r = read_shares(ver, v, m[8], e);
	}
	return r;
}

int shard_read(struct shard *s, const struct buf *text, struct err *e)
{
	static const struct view_slot slots[] = { { "name", 'n', 0, 0 }, { "released", 'u', 1, 0 },
		{ "released_host", 'n', 1, 0 }, { "released_seq", 'u', 0, 0 },
		{ "versions", 'a', 0, 0 } };
	struct view v = VIEW_INIT;
	struct index_record *rec;
	char name[NAME_MAX_LEN + 1];
	uint32_t m[5], i;
	int r = 0;

	if (view_parse(&v, buf_str(text), text->len) != 0 || !view_is(&v, 0, VIEW_ARRAY))
		r = ERR_INPUT;
	for (i = 1; r == 0 && i < v.n; i = v.nodes[i].next) {
		if (view_shape(&v, i, slots, 5, m) != 0) {
			r = ERR_INPUT;
			break;
		}
		(void)view_text(&v, m[0], name, sizeof(name));
		r = shard_need(&rec, s, name, e);
		if (r != 0)
			break;
		if (view_text(&v, m[2], rec->released_host, sizeof(rec->released_host)) == 0) {
			rec->released = view_int(&v, m[1]);
			rec->released_seq = view_int(&v, m[3]);
		}
		r = read_versions(rec, &v, m[4], e);
	}
	view_free(&v);
	if (r == ERR_INPUT)
		(void)err_set(e, ERR_INPUT, "A file of the index of records is damaged.");
	return r;
}
