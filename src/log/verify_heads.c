/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trees against every head that is named of them: checkpoints, requests,
 * policies, records, and memory from outside.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"

int verify_claim(struct verify *v, const struct claim *c, const char *what, struct err *e)
{
	struct claim *mine;
	int r;

	r = verify_grow(&v->claims, &v->cap_claims, v->nclaims, sizeof(*v->claims), e);
	if (r != 0)
		return r;
	mine = &v->claims[v->nclaims];
	*mine = *c;
	mine->what = NULL;
	if (what != NULL) {
		mine->what = strdup(what);
		if (mine->what == NULL)
			return verify_memory_out(e);
	}
	v->nclaims++;
	return 0;
}

static int claim_head(struct verify *v, const char *host, const struct log_head *h,
    const char *what, struct err *e)
{
	struct claim c = { .memory = 1 };
	int r;

	if (h->tree.size == 0)
		return 0;
	(void)snprintf(c.host, sizeof(c.host), "%s", host);
	c.size = h->tree.size;
	r = merkle_root(c.root, &h->tree, e);
	return r != 0 ? r : verify_claim(v, &c, what, e);
}

static int claim_memory(struct verify *v, struct err *e)
{
	const struct verify_memory *m = v->memory;
	size_t i;
	int r = 0;

	if (m != NULL && m->own != NULL && m->own_host != NULL) {
		v->report->used_own = 1;
		r = claim_head(v, m->own_host, m->own, "this machine's own head", e);
	}
	for (i = 0; m != NULL && m->seen != NULL && i < m->seen->n && r == 0; i++) {
		v->report->used_seen = 1;
		r = claim_head(v, m->seen->logs[i].host, &m->seen->logs[i].head,
		    "the head that this machine has seen", e);
	}
	return r;
}

/* The log's own checkpoint becomes a claim, when its signature holds. */
static int claim_checkpoint(struct verify *v, const struct vlog *l, struct err *e)
{
	char origin[CHECKPOINT_ORIGIN_MAX];
	struct claim c = { .checkpoint = 1 };
	struct checkpoint cp = { .size = 0 };
	struct buf b = BUF_INIT;
	struct err why;
	int r;

	err_clear(&why);
	checkpoint_origin(origin, v->report->vault, l->host);
	r = store_checkpoint(v->s, l->host, &b, &why);
	if (r == ERR_MISSING && l->lines == 0) {
		buf_free(&b);
		return 0;
	}
	if (r == 0)
		r = checkpoint_read(&cp, b.data, b.len, origin, l->ph->key, &why);
	buf_free(&b);
	if (r == ERR_MEMORY || r == ERR_INTERNAL)
		return err_set(e, (enum err_code)r, "%s", why.text);
	if (r != 0) {
		verify_find(v, VERIFY_FAULT, l->host, -1, "checkpoint", "%s", r == ERR_MISSING
			? "The log has no checkpoint: nothing says that it is whole." : why.text);
		return 0;
	}
	(void)snprintf(c.host, sizeof(c.host), "%s", l->host);
	c.size = cp.size;
	memcpy(c.root, cp.root, HASH_LEN);
	return verify_claim(v, &c, "its checkpoint", e);
}

static int claim_end(struct verify *v, const struct vlog *l, struct err *e)
{
	struct claim c = { .vouched = 1, .end = 1 };

	if (!l->ph->ended || l->ph->size == 0)
		return 0;
	(void)snprintf(c.host, sizeof(c.host), "%s", l->host);
	c.size = l->ph->size;
	memcpy(c.root, l->ph->root, HASH_LEN);
	return verify_claim(v, &c, "the policy that removed the host", e);
}

static int claim_compare(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	const int hosts = strcmp(x->host, y->host);

	return hosts != 0 ? hosts : (x->size > y->size) - (x->size < y->size);
}

static int claim_vouches(const struct claim *c)
{
	return c->vouched || (c->ceremony != NULL && c->ceremony->nholders > 0);
}

static void report_claim(struct verify *v, const struct vlog *l, const struct claim *c,
    const char *text)
{
	if (c->ceremony != NULL && c->what == NULL)
		verify_find(v, VERIFY_FAULT, v->logs[c->ceremony->log].host, c->ceremony->seq, "head",
		    "The head of %s's log at %" PRId64 " entries that this request names %s.", l->host,
		    c->size, text);
	else
		verify_find(v, VERIFY_FAULT, l->host, -1, "head", "The head of %s's log at %" PRId64
		    " entries that %s names %s.", l->host, c->size, c->what, text);
}

/* Judges n claims on one log, ascending by size. */
static int judge_claims(struct verify *v, struct vlog *l, struct claim *c, size_t n,
    struct err *e)
{
	uint8_t root[HASH_LEN];
	struct merkle m;
	size_t i;
	int r = 0;

	merkle_init(&m);
	m.hasher = v->th[0].hasher;
	for (i = 0; i < n && r == 0; i++) {
		if (c[i].size > l->lines)
			break;
		while (m.size < c[i].size && r == 0)
			r = merkle_add(&m, l->leaves[m.size], e);
		/* Several name the same size often. */
		if (r == 0 && (i == 0 || c[i].size != c[i - 1].size))
			r = merkle_root(root, &m, e);
		if (r != 0)
			break;
		c[i].good = memcmp(root, c[i].root, HASH_LEN) == 0;
		if (!c[i].good)
			continue;
		if (claim_vouches(&c[i]))
			l->vouched = c[i].size;
		if (c[i].memory)
			l->memory = c[i].size;
		if (c[i].checkpoint) {
			l->covered = c[i].size;
			memcpy(l->root, root, HASH_LEN);
		}
	}
	return r;
}

/* The log has no such entries any more. */
static void report_cut(struct verify *v, const struct vlog *l, const struct claim *c)
{
	verify_find_range(v, VERIFY_FAULT, l->host, l->lines, c->size - 1, "entries", "The log has %"
	    PRId64 " entries, but %s names %" PRId64 ": those from %" PRId64 " on are missing.",
	    l->lines, c->what != NULL ? c->what : "a request", c->size, l->lines);
}

/* The last good head is at `good`.  A request is an entry itself, and may be
 * the one that was changed. */
static void report_change(struct verify *v, const struct vlog *l, const struct claim *c,
    int64_t good)
{
	const int64_t last = c->ceremony != NULL && c->what == NULL ? c->ceremony->seq : c->size - 1;

	verify_find_range(v, VERIFY_FAULT, l->host, good, last, "entries", "The entries %" PRId64
	    " to %" PRId64 " do not lead to the root that %s names: at least one of them was changed, "
	    "removed or added.", good, last,
	    c->what != NULL ? c->what : last > good ? "the last of them" : "it");
}

/* Bad heads: where between good and bad ones the log was changed. */
static void report_claims(struct verify *v, const struct vlog *l, const struct claim *c, size_t n)
{
	int64_t good = 0, last_good = 0;
	int changed = 0, cut = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].good)
			last_good = c[i].size;
	for (i = 0; i < n; i++) {
		if (c[i].good) {
			good = c[i].size;
		} else if (c[i].size > l->lines) {
			/* The furthest one tells of all of them. */
			if (!cut)
				report_cut(v, l, &c[n - 1]);
			cut = 1;
		} else if (c[i].size <= last_good) {
			/* The entries are as a later head has them: this one lies. */
			report_claim(v, l, &c[i], "is not this log's");
		} else if (!changed) {
			changed = 1;
			report_change(v, l, &c[i], good);
		} else if (c[i].checkpoint || c[i].memory) {
			report_claim(v, l, &c[i], "does not hold");
		}
	}
}

static int judge_log(struct verify *v, struct vlog *l, struct err *e)
{
	size_t from = 0, n = 0;
	int r;

	while (from < v->nclaims && strcmp(v->claims[from].host, l->host) < 0)
		from++;
	while (from + n < v->nclaims && strcmp(v->claims[from + n].host, l->host) == 0)
		n++;
	r = judge_claims(v, l, &v->claims[from], n, e);
	if (r != 0)
		return r;
	report_claims(v, l, &v->claims[from], n);
	if (l->covered >= 0 && l->covered < l->lines && l->covered < l->limit)
		verify_find_range(v, VERIFY_NOTE, l->host, l->covered, l->lines - 1, "checkpoint",
		    "The checkpoint does not cover the entries from %" PRId64 " to %" PRId64 " yet.",
		    l->covered, l->lines - 1);
	return 0;
}

int verify_heads(struct verify *v, struct err *e)
{
	size_t i, k;
	int r;

	r = claim_memory(v, e);
	for (i = 0; i < v->nlogs && r == 0; i++) {
		r = claim_checkpoint(v, &v->logs[i], e);
		if (r == 0)
			r = claim_end(v, &v->logs[i], e);
	}
	if (r == 0 && v->nclaims > 1)
		qsort(v->claims, v->nclaims, sizeof(*v->claims), claim_compare);
	for (i = 0; i < v->nlogs && r == 0; i++)
		r = judge_log(v, &v->logs[i], e);
	/* Heads of logs that are nowhere. */
	for (i = 0; i < v->nclaims && r == 0; i++) {
		for (k = 0; k < v->nlogs && strcmp(v->logs[k].host, v->claims[i].host) != 0; k++)
			;
		if (k == v->nlogs && (i == 0 || strcmp(v->claims[i].host, v->claims[i - 1].host) != 0))
			verify_find(v, VERIFY_FAULT, v->claims[i].host, -1, "log",
			    "The log is gone, and %s names a head of it.",
			    v->claims[i].what != NULL ? v->claims[i].what : "a request");
	}
	return r;
}
