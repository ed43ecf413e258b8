/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/text.h"
#include "base/view.h"

int view_is(const struct view *v, uint32_t node, enum view_kind kind)
{
	return node < v->n && v->nodes[node].kind == kind;
}

uint32_t view_first(const struct view *v, uint32_t node)
{
	if (node >= v->n || v->nodes[node].next == node + 1)
		return VIEW_NONE;
	return node + 1;
}

int view_equal(const struct view *v, uint32_t node, const char *s)
{
	const size_t n = strlen(s);

	return view_is(v, node, VIEW_STRING) && !v->nodes[node].escaped &&
	    v->nodes[node].len == n && memcmp(v->text + v->nodes[node].at, s, n) == 0;
}

uint32_t view_get(const struct view *v, uint32_t obj, const char *name)
{
	uint32_t key, end;

	if (!view_is(v, obj, VIEW_OBJECT))
		return VIEW_NONE;
	end = v->nodes[obj].next;
	for (key = obj + 1; key < end; key = v->nodes[key + 1].next)
		if (view_equal(v, key, name))
			return key + 1;
	return VIEW_NONE;
}

const char *view_raw(const struct view *v, uint32_t node, size_t *len)
{
	const struct view_node *n;

	*len = 0;
	if (node >= v->n)
		return NULL;
	n = &v->nodes[node];
	if (n->kind == VIEW_STRING) {
		*len = (size_t)n->len + 2;
		return v->text + n->at - 1;
	}
	*len = n->len;
	return v->text + n->at;
}

/* Four hex digits, which the parser has seen. */
static long unit(const char *s)
{
	long c = 0;

	for (size_t i = 0; i < 4; i++)
		c = c << 4 | (s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
	return c;
}

static size_t utf8(char *out, unsigned long c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The escape behind a backslash at *s, moved behind it: bytes in out (4), or 0 for
 * NUL and for half of a surrogate pair. */
static size_t unescape(char *out, const char **s, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = strchr(from, **s);
	long c, low;

	(*s)++;
	if (at != NULL) {
		out[0] = to[at - from];
		return 1;
	}
	c = unit(*s);
	*s += 4;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (end - *s < 6 || (*s)[0] != '\\' || (*s)[1] != 'u' ||
		    (low = unit(*s + 2)) < 0xdc00 || low > 0xdfff)
			return 0;
		*s += 6;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	return c <= 0 || (c >= 0xdc00 && c <= 0xdfff) ? 0 : utf8(out, (unsigned long)c);
}

int view_text(const struct view *v, uint32_t node, char *out, size_t cap)
{
	const char *s, *end;
	char piece[4];
	size_t n, o = 0;

	if (cap > 0)
		out[0] = '\0';
	if (!view_is(v, node, VIEW_STRING))
		return -1;
	s = v->text + v->nodes[node].at;
	end = s + v->nodes[node].len;
	while (s < end) {
		piece[0] = *s++;
		n = piece[0] == '\\' ? unescape(piece, &s, end) : 1;
		if (n == 0 || o + n >= cap) {
			if (cap > 0)
				out[0] = '\0';
			return -1;
		}
		memcpy(out + o, piece, n);
		o += n;
	}
	if (o < cap)
		out[o] = '\0';
	return o < cap ? 0 : -1;
}

int64_t view_int(const struct view *v, uint32_t node)
{
	const struct view_node *n;
	int64_t r = 0;
	uint32_t i;

	if (!view_is(v, node, VIEW_INT))
		return -1;
	n = &v->nodes[node];
	if (v->text[n->at] == '-')
		return -1;
	for (i = 0; i < n->len; i++)
		r = r * 10 + (v->text[n->at + i] - '0');
	return r;
}

int view_bytes(const struct view *v, uint32_t node, void *out, size_t cap, size_t *outlen)
{
	*outlen = 0;
	if (!view_is(v, node, VIEW_STRING))
		return -1;
	return base64_decode(out, cap, outlen, v->text + v->nodes[node].at, v->nodes[node].len);
}

int view_hex(const struct view *v, uint32_t node, void *out, size_t len)
{
	if (!view_is(v, node, VIEW_STRING))
		return -1;
	return hex_decode(out, len, v->text + v->nodes[node].at, v->nodes[node].len);
}

int64_t view_time(const struct view *v, uint32_t node)
{
	char text[CLOCK_TEXT_LEN + 1];
	int64_t t;

	if (view_text(v, node, text, sizeof(text)) != 0 || clock_parse(&t, text) != 0)
		return -1;
	return t;
}

/* Canonical base64 of so many bytes (0: any number). */
static int slot_base64(const char *s, size_t len, size_t bytes)
{
	unsigned char piece[192];
	size_t n, got, total = 0;

	if (bytes != 0 && len != BASE64_LEN(bytes))
		return 0;
	for (; len > 0; s += n, len -= n) {
		n = len > 256 ? 256 : len;
		/* Padding may stand in the last piece only. */
		if (base64_decode(piece, sizeof(piece), &got, s, n) != 0 ||
		    (n < len && got != sizeof(piece)))
			return 0;
		total += got;
	}
	return bytes == 0 || total == bytes;
}

static int slot_hash(const char *s, size_t len)
{
	unsigned bad = 0;
	size_t i;

	if (len != 64)
		return 0;
	for (i = 0; i < 64; i++)
		bad |= !((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f'));
	return !bad;
}

static int slot_string(const struct view *v, const struct view_slot *s, uint32_t node)
{
	const struct view_node *n = &v->nodes[node];
	char name[NAME_MAX_LEN + 1];
	size_t i, len = n->len;

	switch (s->kind) {
	case 's':
		for (i = 0; n->escaped && i < n->len; i++)
			if (v->text[n->at + i] == '\\') {
				i++;
				len--;
			}
		return len <= TEXT_MAX;
	case 'L':
		return 1;
	case 'n':
		return view_text(v, node, name, sizeof(name)) == 0 && text_is_name(name);
	case 'h':
		return slot_hash(v->text + n->at, n->len);
	case 't':
		return view_time(v, node) >= 0;
	case 'b':
		return slot_base64(v->text + n->at, n->len, s->bytes);
	default:
		return 0;
	}
}

static int slot_fits(const struct view *v, const struct view_slot *s, uint32_t node)
{
	switch ((enum view_kind)v->nodes[node].kind) {
	case VIEW_STRING:
		return s->kind == 'x' || slot_string(v, s, node);
	case VIEW_INT:
		return s->kind == 'x' || (s->kind == 'u' && v->text[v->nodes[node].at] != '-');
	case VIEW_TRUE:
	case VIEW_FALSE:
		return s->kind == 'x' || s->kind == 'f';
	case VIEW_OBJECT:
		return s->kind == 'x' || s->kind == 'o';
	case VIEW_ARRAY:
		return s->kind == 'x' || s->kind == 'a';
	case VIEW_NULL:
		return s->kind == 'x' || s->nullable;
	case VIEW_NUMBER:
		break;
	}
	return 0;
}

static int shape_fail(struct view *v, const char *why)
{
	v->why = why;
	return -1;
}

int view_shape(struct view *v, uint32_t obj, const struct view_slot *slots, size_t n,
    uint32_t *values)
{
	uint32_t key, end;
	size_t i = 0;

	if (!view_is(v, obj, VIEW_OBJECT))
		return shape_fail(v, "an object is not where one must be");
	end = v->nodes[obj].next;
	/* Both sides are in canonical order: one pass. */
	for (key = obj + 1; key < end; key = v->nodes[key + 1].next, i++) {
		if (i == n || !view_equal(v, key, slots[i].name))
			return shape_fail(v, "a member is unknown or missing");
		if (!slot_fits(v, &slots[i], key + 1))
			return shape_fail(v, "a member is not of its kind");
		values[i] = key + 1;
	}
	return i == n ? 0 : shape_fail(v, "a member is missing");
}
