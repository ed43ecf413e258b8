/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cbr.h"

enum { UINT, NEGINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

/* Reads an item's head; strict about the shortest form. */
static bool
head_read(struct span in, unsigned *major, uint64_t *arg, size_t *len)
{
	static const uint64_t floor[] = { 24, 0x100, 0x10000, 0x100000000 };
	unsigned low;
	size_t extra;

	if (in.n == 0)
		return false;
	*major = in.p[0] >> 5;
	low = in.p[0] & 31;
	*arg = low;
	*len = 1;
	if (low < 24)
		return true;
	if (low > 27 || in.n < 1 + (extra = (size_t)1 << (low - 24)))
		return false;
	*arg = 0;
	for (size_t i = 1; i <= extra; i++)
		*arg = *arg << 8 | in.p[i];
	*len = 1 + extra;
	return *arg >= floor[low - 24];
}

static bool
utf8_valid(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint8_t b = p[i];
		size_t more = b < 0x80 ? 0 : b < 0xc2 ? 9 : b < 0xe0 ? 1 : b < 0xf0 ? 2 : b < 0xf5 ? 3 : 9;

		if (more == 9 || n - i <= more)
			return false;
		for (size_t k = 1; k <= more; k++)
			if ((p[i + k] & 0xc0) != 0x80)
				return false;
		if ((b == 0xe0 && p[i + 1] < 0xa0) || (b == 0xed && p[i + 1] > 0x9f) ||
		    (b == 0xf0 && p[i + 1] < 0x90) || (b == 0xf4 && p[i + 1] > 0x8f))
			return false;
		i += more + 1;
	}
	return true;
}

/* Canonical order of keys: by major type, then length, then bytes. In shortest form the first
 * byte carries type and length class, so (type, length, bytes) is what remains to compare. */
static bool
key_before(struct span a, struct span b)
{
	if (a.p[0] >> 5 != b.p[0] >> 5)
		return a.p[0] >> 5 < b.p[0] >> 5;
	if (a.n != b.n)
		return a.n < b.n;
	return memcmp(a.p, b.p, a.n) < 0;
}

/* The length of the first item in in, 0 if it is not canonical. */
static size_t
item_check(struct span in, unsigned depth)
{
	struct span key, last = { NULL, 0 };
	unsigned major;
	uint64_t arg;
	size_t at, n;

	if (!head_read(in, &major, &arg, &at))
		return 0;
	if (major == UINT || major == NEGINT)
		return at;
	if (major == SIMPLE)
		return arg == 20 || arg == 21 || arg == 22 ? at : 0;
	if (major == BYTES || major == TEXT) {
		if (arg > in.n - at || (major == TEXT && !utf8_valid(in.p + at, (size_t)arg)))
			return 0;
		return at + (size_t)arg;
	}
	if (major == TAG || depth == 0 || arg > in.n - at)
		return 0;
	for (uint64_t i = 0; i < arg; i++) {
		if (major == MAP) {
			key = (struct span){ in.p + at, in.n - at };
			if ((key.n = item_check(key, 0)) == 0 || (last.p != NULL && !key_before(last, key)))
				return 0;
			last = key;
			at += key.n;
		}
		if ((n = item_check((struct span){ in.p + at, in.n - at }, depth - 1)) == 0)
			return 0;
		at += n;
	}
	return at;
}

bool
cbr_valid(struct span msg)
{
	return msg.n > 0 && item_check(msg, CBR_MAX_DEPTH) == msg.n;
}

static bool
head_of(struct span item, unsigned want, uint64_t *arg, size_t *len)
{
	unsigned major;

	return item.p != NULL && head_read(item, &major, arg, len) && major == want;
}

bool
cbr_uint(struct span item, uint64_t *out)
{
	uint64_t arg;
	size_t len;

	if (!head_of(item, UINT, &arg, &len))
		return false;
	*out = arg;
	return true;
}

bool
cbr_int(struct span item, int64_t *out)
{
	uint64_t arg;
	size_t len;

	if (head_of(item, UINT, &arg, &len) && arg <= INT64_MAX) {
		*out = (int64_t)arg;
		return true;
	}
	if (head_of(item, NEGINT, &arg, &len) && arg <= INT64_MAX) {
		*out = -1 - (int64_t)arg;
		return true;
	}
	return false;
}

bool
cbr_bool(struct span item, bool *out)
{
	if (item.n != 1 || (item.p[0] != 0xf4 && item.p[0] != 0xf5))
		return false;
	*out = item.p[0] == 0xf5;
	return true;
}

static bool
string_of(struct span item, unsigned major, struct span *out)
{
	uint64_t arg;
	size_t len;

	if (!head_of(item, major, &arg, &len))
		return false;
	*out = (struct span){ item.p + len, (size_t)arg };
	return true;
}

bool
cbr_bytes(struct span item, struct span *out)
{
	return string_of(item, BYTES, out);
}

bool
cbr_text(struct span item, struct span *out)
{
	return string_of(item, TEXT, out);
}

bool
cbr_is_map(struct span item)
{
	return item.n > 0 && item.p[0] >> 5 == MAP;
}

bool
cbr_is_array(struct span item)
{
	return item.n > 0 && item.p[0] >> 5 == ARRAY;
}

size_t
cbr_count(struct span item)
{
	unsigned major;
	uint64_t arg;
	size_t len;

	if (!head_read(item, &major, &arg, &len) || (major != ARRAY && major != MAP))
		return 0;
	return (size_t)arg;
}

struct span
cbr_inside(struct span item)
{
	unsigned major;
	uint64_t arg;
	size_t len;

	if (!head_read(item, &major, &arg, &len))
		return (struct span){ NULL, 0 };
	return (struct span){ item.p + len, item.n - len };
}

struct span
cbr_next(struct span *rest)
{
	struct span item = *rest;

	item.n = item_check(*rest, CBR_MAX_DEPTH);
	if (item.n == 0)
		item.p = NULL;
	rest->p += item.n;
	rest->n -= item.n;
	return item;
}

struct span
cbr_at(struct span map, int64_t key)
{
	struct span rest = cbr_inside(map);
	int64_t k;

	if (!cbr_is_map(map))
		return (struct span){ NULL, 0 };
	for (size_t i = cbr_count(map); i > 0; i--) {
		struct span name = cbr_next(&rest), value = cbr_next(&rest);

		if (cbr_int(name, &k) && k == key)
			return value;
	}
	return (struct span){ NULL, 0 };
}

struct span
cbr_named(struct span map, const char *key)
{
	struct span rest = cbr_inside(map), text;

	if (!cbr_is_map(map))
		return (struct span){ NULL, 0 };
	for (size_t i = cbr_count(map); i > 0; i--) {
		struct span name = cbr_next(&rest), value = cbr_next(&rest);

		if (cbr_text(name, &text) && text.n == strlen(key) && memcmp(text.p, key, text.n) == 0)
			return value;
	}
	return (struct span){ NULL, 0 };
}
