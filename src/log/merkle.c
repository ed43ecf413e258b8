/* SPDX-License-Identifier: BSD-2-Clause */
#include "log/merkle.h"

#include <string.h>

int merkle_leaf(uint8_t out[HASH_LEN], const void *line, size_t len, struct err *e)
{
	/* H("", line) is SHA-256(0x00 || line). */
	return hash_label(out, "", line, len, e);
}

int merkle_node(uint8_t out[HASH_LEN], const uint8_t left[HASH_LEN], const uint8_t right[HASH_LEN],
    struct err *e)
{
	uint8_t in[1 + 2 * HASH_LEN];

	in[0] = 0x01;
	memcpy(in + 1, left, HASH_LEN);
	memcpy(in + 1 + HASH_LEN, right, HASH_LEN);
	return hash_sha256(out, in, sizeof(in), e);
}

/* As merkle_node, with the tree's own hasher where it has one. */
static int merkle_join(uint8_t out[HASH_LEN], const struct merkle *m,
    const uint8_t left[HASH_LEN], const uint8_t right[HASH_LEN], struct err *e)
{
	uint8_t in[1 + HASH_LEN];

	if (m->hasher == NULL)
		return merkle_node(out, left, right, e);
	in[0] = 0x01;
	memcpy(in + 1, left, HASH_LEN);
	return hasher_run(m->hasher, out, in, sizeof(in), right, HASH_LEN, e);
}

void merkle_init(struct merkle *m)
{
	memset(m, 0, sizeof(*m));
}

int merkle_fits(int64_t size, size_t n)
{
	return size >= 0 && size < INT64_C(1) << MERKLE_DEPTH &&
	    (size_t)__builtin_popcountll((unsigned long long)size) == n;
}

int merkle_add(struct merkle *m, const uint8_t leaf[HASH_LEN], struct err *e)
{
	uint8_t h[HASH_LEN];
	size_t n = m->n;
	int64_t s;
	int r;

	if (m->size >= (INT64_C(1) << MERKLE_DEPTH) - 1)
		return err_set(e, ERR_INTERNAL, "A log cannot grow further.");
	memcpy(h, leaf, HASH_LEN);
	for (s = m->size; s & 1; s >>= 1) {
		r = merkle_join(h, m, m->node[n - 1], h, e);
		if (r != 0)
			return r;
		n--;
	}
	memcpy(m->node[n], h, HASH_LEN);
	m->n = n + 1;
	m->size++;
	return 0;
}

int merkle_root(uint8_t out[HASH_LEN], const struct merkle *m, struct err *e)
{
	size_t i;
	int r = 0;

	if (m->n == 0)
		return hash_sha256(out, "", 0, e);
	memcpy(out, m->node[m->n - 1], HASH_LEN);
	for (i = m->n - 1; i-- > 0 && r == 0;)
		r = merkle_join(out, m, m->node[i], out, e);
	return r;
}

/* MTH(D[from:to]). */
static int merkle_range(uint8_t out[HASH_LEN], int64_t from, int64_t to, merkle_leaf_fn *fn,
    void *ctx, struct err *e)
{
	uint8_t leaf[HASH_LEN];
	struct merkle m;
	int r = 0;

	merkle_init(&m);
	for (; from < to && r == 0; from++) {
		r = fn(ctx, from, leaf, e);
		if (r == 0)
			r = merkle_add(&m, leaf, e);
	}
	return r != 0 ? r : merkle_root(out, &m, e);
}

/* The largest power of two below n (n > 1). */
static int64_t merkle_split(int64_t n)
{
	return INT64_C(1) << (63 - __builtin_clzll((unsigned long long)(n - 1)));
}

/* RFC 6962 writes the deepest node first; it is found last. */
static void proof_reverse(struct merkle_proof *p)
{
	uint8_t h[HASH_LEN];
	size_t i;

	for (i = 0; i < p->n / 2; i++) {
		memcpy(h, p->node[i], HASH_LEN);
		memcpy(p->node[i], p->node[p->n - 1 - i], HASH_LEN);
		memcpy(p->node[p->n - 1 - i], h, HASH_LEN);
	}
}

int merkle_prove_inclusion(struct merkle_proof *p, int64_t index, int64_t size, merkle_leaf_fn *fn,
    void *ctx, struct err *e)
{
	int64_t lo = 0, hi = size, k;
	int r = 0;

	p->n = 0;
	if (index < 0 || index >= size || size >= INT64_C(1) << MERKLE_DEPTH)
		return err_set(e, ERR_INPUT, "There is no such entry in the tree.");
	while (hi - lo > 1 && r == 0) {
		k = merkle_split(hi - lo);
		if (index < lo + k) {
			r = merkle_range(p->node[p->n++], lo + k, hi, fn, ctx, e);
			hi = lo + k;
		} else {
			r = merkle_range(p->node[p->n++], lo, lo + k, fn, ctx, e);
			lo += k;
		}
	}
	proof_reverse(p);
	return r;
}

/* SUBPROOF of RFC 6962 section 2.1.2, the recursion unrolled. */
int merkle_prove_consistency(struct merkle_proof *p, int64_t old, int64_t size, merkle_leaf_fn *fn,
    void *ctx, struct err *e)
{
	int64_t lo = 0, hi = size, k;
	int r = 0, whole = 1;

	p->n = 0;
	if (old < 1 || old > size || size >= INT64_C(1) << MERKLE_DEPTH)
		return err_set(e, ERR_INPUT, "There are no such sizes of the tree.");
	while (old < hi && r == 0) {
		k = merkle_split(hi - lo);
		if (old <= lo + k) {
			r = merkle_range(p->node[p->n++], lo + k, hi, fn, ctx, e);
			hi = lo + k;
		} else {
			r = merkle_range(p->node[p->n++], lo, lo + k, fn, ctx, e);
			lo += k;
			whole = 0;
		}
	}
	if (r == 0 && !whole)
		r = merkle_range(p->node[p->n++], lo, hi, fn, ctx, e);
	proof_reverse(p);
	return r;
}

static int proof_wrong(struct err *e)
{
	return err_set(e, ERR_TAMPERED, "A proof does not lead to the root.");
}

int merkle_check_inclusion(const struct merkle_proof *p, int64_t index, int64_t size,
    const uint8_t leaf[HASH_LEN], const uint8_t root[HASH_LEN], struct err *e)
{
	int64_t fn = index, sn = size - 1;
	uint8_t h[HASH_LEN];
	size_t i;
	int r = 0;

	if (index < 0 || index >= size || size >= INT64_C(1) << MERKLE_DEPTH ||
	    p->n > sizeof(p->node) / HASH_LEN)
		return err_set(e, ERR_INPUT, "A proof names an entry that cannot be.");
	memcpy(h, leaf, HASH_LEN);
	for (i = 0; i < p->n && r == 0; i++) {
		if (sn == 0)
			return proof_wrong(e);
		if ((fn & 1) || fn == sn) {
			r = merkle_node(h, p->node[i], h, e);
			for (; fn != 0 && !(fn & 1); fn >>= 1)
				sn >>= 1;
		} else {
			r = merkle_node(h, h, p->node[i], e);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (r == 0 && (sn != 0 || memcmp(h, root, HASH_LEN) != 0))
		r = proof_wrong(e);
	return r;
}

int merkle_check_consistency(const struct merkle_proof *p, int64_t old, int64_t size,
    const uint8_t old_root[HASH_LEN], const uint8_t root[HASH_LEN], struct err *e)
{
	const int power = (old & (old - 1)) == 0;
	uint8_t fr[HASH_LEN], sr[HASH_LEN];
	int64_t fn = old - 1, sn = size - 1;
	size_t i;
	int r = 0;

	if (old < 1 || old > size || size >= INT64_C(1) << MERKLE_DEPTH ||
	    p->n > sizeof(p->node) / HASH_LEN)
		return err_set(e, ERR_INPUT, "A proof names sizes that cannot be.");
	if (old == size)
		return p->n == 0 && memcmp(old_root, root, HASH_LEN) == 0 ? 0 : proof_wrong(e);
	if (p->n == 0)
		return proof_wrong(e);
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	/* A perfect old tree is a node of the new one: it is not repeated. */
	memcpy(fr, power ? old_root : p->node[0], HASH_LEN);
	memcpy(sr, fr, HASH_LEN);
	for (i = power ? 0 : 1; i < p->n && r == 0; i++) {
		if (sn == 0)
			return proof_wrong(e);
		if ((fn & 1) || fn == sn) {
			r = merkle_node(fr, p->node[i], fr, e);
			if (r == 0)
				r = merkle_node(sr, p->node[i], sr, e);
			for (; fn != 0 && !(fn & 1); fn >>= 1)
				sn >>= 1;
		} else {
			r = merkle_node(sr, sr, p->node[i], e);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (r == 0 && (sn != 0 || memcmp(fr, old_root, HASH_LEN) != 0 ||
			  memcmp(sr, root, HASH_LEN) != 0))
		r = proof_wrong(e);
	return r;
}
