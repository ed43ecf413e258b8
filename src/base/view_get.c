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

int view_text(const struct view *v, uint32_t node, char *out, size_t cap)
{
	const struct view_node *n;
	size_t i, o = 0;

	if (cap > 0)
		out[0] = '\0';
	if (!view_is(v, node, VIEW_STRING))
		return -1;
	n = &v->nodes[node];
	for (i = 0; i < n->len; i++) {
		i += v->text[n->at + i] == '\\';
		if (o + 1 >= cap) {
			if (cap > 0)
				out[0] = '\0';
			return -1;
		}
		out[o++] = v->text[n->at + i];
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
