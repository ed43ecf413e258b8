/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/authdata.h"

#include <string.h>

/* The little of CBOR (RFC 8949) that stands in authenticator data. */
struct reader {
	const uint8_t *p;
	size_t left;
};

#define CBOR_UINT 0
#define CBOR_BYTES 2
#define CBOR_TEXT 3
#define CBOR_ARRAY 4
#define CBOR_MAP 5
#define CBOR_TAG 6
#define CBOR_SIMPLE 7
#define CBOR_TRUE 21
#define CBOR_DEPTH 4	/* CTAP 2.1 section 8: at most four levels */

/* Initial byte and argument; definite lengths only. */
static int cbor_head(struct reader *r, uint8_t *major, uint64_t *arg)
{
	size_t n, i;
	uint8_t info;

	if (r->left == 0)
		return -1;
	*major = (uint8_t)(r->p[0] >> 5);
	info = r->p[0] & 0x1f;
	r->p++;
	r->left--;
	*arg = info;
	if (info < 24)
		return 0;
	if (info > 27)
		return -1;
	n = (size_t)1 << (info - 24);
	if (r->left < n)
		return -1;
	for (*arg = 0, i = 0; i < n; i++)
		*arg = *arg << 8 | r->p[i];
	r->p += n;
	r->left -= n;
	return 0;
}

static int cbor_take(struct reader *r, uint64_t n, const uint8_t **p)
{
	if (n > r->left)
		return -1;
	*p = r->p;
	r->p += n;
	r->left -= (size_t)n;
	return 0;
}

static int cbor_skip(struct reader *r, int depth)
{
	const uint8_t *p;
	uint64_t arg;
	uint8_t major;

	if (depth == 0 || cbor_head(r, &major, &arg) != 0)
		return -1;
	if (major == CBOR_BYTES || major == CBOR_TEXT)
		return cbor_take(r, arg, &p);
	if (major == CBOR_TAG)
		return cbor_skip(r, depth - 1);
	if (major != CBOR_ARRAY && major != CBOR_MAP)
		return 0;
	if (arg > r->left)
		return -1;
	for (arg *= major == CBOR_MAP ? 2 : 1; arg > 0; arg--)
		if (cbor_skip(r, depth - 1) != 0)
			return -1;
	return 0;
}

static int authdata_extension(struct authdata *a, struct reader *r)
{
	struct reader value;
	const uint8_t *name;
	uint64_t arg, v;
	uint8_t major;

	if (cbor_head(r, &major, &arg) != 0 || major != CBOR_TEXT || cbor_take(r, arg, &name) != 0)
		return -1;
	value = *r;
	if (cbor_skip(r, CBOR_DEPTH) != 0 || cbor_head(&value, &major, &v) != 0)
		return -1;
	if (arg == 11 && memcmp(name, "hmac-secret", 11) == 0)
		a->hmac_secret = (major == CBOR_SIMPLE && v == CBOR_TRUE) || major == CBOR_BYTES;
	if (arg == 11 && memcmp(name, "credProtect", 11) == 0) {
		if (major != CBOR_UINT || v < 1 || v > 3)
			return -1;
		a->protection = (int)v;
	}
	return 0;
}

static int authdata_extensions(struct authdata *a, struct reader *r)
{
	uint64_t n;
	uint8_t major;

	if (cbor_head(r, &major, &n) != 0 || major != CBOR_MAP)
		return -1;
	for (; n > 0; n--)
		if (authdata_extension(a, r) != 0)
			return -1;
	return 0;
}

int authdata_parse(struct authdata *a, const uint8_t *data, size_t len)
{
	struct reader r = { data, len };
	const uint8_t *p;

	memset(a, 0, sizeof(*a));
	if (cbor_take(&r, 37, &p) != 0)
		return -1;
	a->rp_hash = p;
	a->flags = p[32];
	a->counter = (uint32_t)p[33] << 24 | (uint32_t)p[34] << 16 | (uint32_t)p[35] << 8 | p[36];
	if (a->flags & AUTHDATA_AT) {
		if (cbor_take(&r, 18, &p) != 0)
			return -1;
		a->aaguid = p;
		a->id_len = (size_t)p[16] << 8 | p[17];
		if (a->id_len == 0 || cbor_take(&r, a->id_len, &a->id) != 0 ||
		    cbor_skip(&r, CBOR_DEPTH) != 0)
			return -1;
	}
	if (a->flags & AUTHDATA_ED && authdata_extensions(a, &r) != 0)
		return -1;
	return r.left == 0 ? 0 : -1;
}

const uint8_t *authdata_unwrap(const uint8_t *data, size_t len, size_t *inner)
{
	struct reader r = { data, len };
	uint64_t n;
	uint8_t major;

	if (cbor_head(&r, &major, &n) != 0 || major != CBOR_BYTES || n != r.left)
		return NULL;
	*inner = r.left;
	return r.p;
}
