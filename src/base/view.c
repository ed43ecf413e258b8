/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define VIEW_DEPTH 24
#define LOOSE_DEPTH 64
#define INT_LIMIT (INT64_C(1) << 53)

/* One parse under way. */
struct walk {
	struct view *v;
	const unsigned char *p, *end;
	int loose, depth;
	size_t boxes;	/* objects and arrays allowed still, as in json_parse */
	size_t nodes;	/* allowed in all */
};

static int view_fail(struct view *v, const char *why)
{
	v->why = why;
	return -1;
}

static uint32_t view_push(struct walk *w, enum view_kind kind, size_t at, size_t len)
{
	struct view *v = w->v;
	struct view_node *more;

	if (v->n == w->nodes) {
		(void)view_fail(v, "there are too many values");
		return VIEW_NONE;
	}
	if (v->n == v->cap) {
		const size_t cap = v->cap ? v->cap * 2 : 128;

		more = reallocarray(v->nodes, cap, sizeof(*more));
		if (more == NULL) {
			(void)view_fail(v, "memory ran out");
			return VIEW_NONE;
		}
		v->nodes = more;
		v->cap = cap;
	}
	v->nodes[v->n] = (struct view_node) { .at = (uint32_t)at, .len = (uint32_t)len,
		.next = (uint32_t)v->n + 1, .kind = (uint8_t)kind };
	return (uint32_t)v->n++;
}

static void skip(struct walk *w)
{
	while (w->loose && w->p < w->end && *w->p <= ' ' &&
	    (*w->p == ' ' || *w->p == '\n' || *w->p == '\r' || *w->p == '\t'))
		w->p++;
}

/* An escape at p: its length, or 0.  In canonical form what else could be escaped is
 * refused, or stands as it is. */
static size_t escape_len(const struct walk *w, const unsigned char *p)
{
	size_t i;

	if (w->end - p < 2)
		return 0;
	if (p[1] == '"' || p[1] == '\\')
		return 2;
	if (!w->loose || p[1] == '\0')
		return 0;
	if (p[1] != 'u')
		return strchr("/bfnrt", p[1]) != NULL ? 2 : 0;
	for (i = 2; i < 6; i++)
		if (w->end - p <= (ptrdiff_t)i || !isxdigit(p[i]))
			return 0;
	return 6;
}

/* p on the quote; pushes the string. */
static int view_string(struct walk *w)
{
	const unsigned char *from = ++w->p, *p = from;
	unsigned odd = 0, control = 0, escaped = 0;
	uint32_t node;

	for (;; p++) {
		if (p == w->end)
			return view_fail(w->v, "a string has no end");
		if (*p == '"')
			break;
		if (*p == '\\') {
			const size_t n = escape_len(w, p);

			if (n == 0)
				return view_fail(w->v, "a string is not in canonical form");
			escaped = 1;
			p += n - 1;
			continue;
		}
		control |= (unsigned)(*p < 0x20);
		odd |= (unsigned)(*p >= 0x7f);
	}
	w->p = p + 1;
	if (w->loose ? control || (odd && !text_is_utf8((const char *)from, (size_t)(p - from))) :
	    (odd | control) && !text_clean((const char *)from, (size_t)(p - from)))
		return view_fail(w->v, "a string holds a control or hidden character, or bad UTF-8");
	node = view_push(w, VIEW_STRING, (size_t)(from - (const unsigned char *)w->v->text),
	    (size_t)(p - from));
	if (node == VIEW_NONE)
		return -1;
	w->v->nodes[node].escaped = (uint8_t)escaped;
	return 0;
}

static int view_number(struct walk *w)
{
	const unsigned char *from = w->p, *first;
	int64_t n = 0;

	w->p += *w->p == '-';
	first = w->p;
	while (w->p < w->end && *w->p >= '0' && *w->p <= '9') {
		n = n * 10 + (*w->p++ - '0');
		if (n >= INT_LIMIT)
			return view_fail(w->v, "a number is out of range");
	}
	if (w->p == first || (*first == '0' && (w->p - first > 1 || first != from)))
		return view_fail(w->v, "a number is malformed");
	return view_push(w, VIEW_INT, (size_t)(from - (const unsigned char *)w->v->text),
	    (size_t)(w->p - from)) == VIEW_NONE ? -1 : 0;
}

static size_t digits(struct walk *w)
{
	const unsigned char *from = w->p;

	while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
		w->p++;
	return (size_t)(w->p - from);
}

/* RFC 8259 section 6.  A number that is a whole one is kept as such. */
static int loose_number(struct walk *w)
{
	const unsigned char *from = w->p, *first;
	size_t n;
	int whole = 1, bad = 0;

	w->p += *w->p == '-';
	first = w->p;
	n = digits(w);
	bad = n == 0 || (*first == '0' && n > 1);
	if (w->p < w->end && *w->p == '.') {
		w->p++;
		whole = 0;
		bad |= digits(w) == 0;
	}
	if (w->p < w->end && (*w->p == 'e' || *w->p == 'E')) {
		w->p++;
		w->p += w->p < w->end && (*w->p == '+' || *w->p == '-');
		whole = 0;
		bad |= digits(w) == 0;
	}
	if (bad)
		return view_fail(w->v, "a number is malformed");
	return view_push(w, whole && n < 16 ? VIEW_INT : VIEW_NUMBER, (size_t)(from -
	    (const unsigned char *)w->v->text), (size_t)(w->p - from)) == VIEW_NONE ? -1 : 0;
}

static int view_word(struct walk *w, const char *word, enum view_kind kind)
{
	const size_t n = strlen(word);

	if ((size_t)(w->end - w->p) < n || memcmp(w->p, word, n) != 0)
		return view_fail(w->v, "a word is unknown");
	if (view_push(w, kind, (size_t)(w->p - (const unsigned char *)w->v->text), n) == VIEW_NONE)
		return -1;
	w->p += n;
	return 0;
}

/* The order of RFC 8785 section 3.2.3, by UTF-16 code units: that of the bytes,
 * but characters beyond U+FFFF (lead byte F0 and up) before U+E000..U+FFFF. */
static int view_rank(unsigned char c)
{
	return c >= 0xf0 ? c - 2 : c >= 0xee ? c + 16 : c;
}

static int view_order(const struct view *v, uint32_t a, uint32_t b)
{
	const unsigned char *p = (const unsigned char *)v->text + v->nodes[a].at;
	const unsigned char *q = (const unsigned char *)v->text + v->nodes[b].at;
	const unsigned char *pe = p + v->nodes[a].len, *qe = q + v->nodes[b].len;

	for (; p < pe && q < qe; p++, q++) {
		p += *p == '\\';
		q += *q == '\\';
		if (*p != *q)
			return view_rank(*p) - view_rank(*q);
	}
	return (p < pe) - (q < qe);
}

/* A member's name counts in bytes without its escapes. */
static size_t view_key_len(const struct view *v, uint32_t key)
{
	const struct view_node *n = &v->nodes[key];
	size_t i, len = 0;

	if (!n->escaped)
		return n->len;
	for (i = 0; i < n->len; i++, len++)
		i += v->text[n->at + i] == '\\';
	return len;
}

static int view_value(struct walk *w);

static int view_member(struct walk *w, uint32_t *last)
{
	uint32_t key = (uint32_t)w->v->n;

	if (w->p == w->end || *w->p != '"')
		return view_fail(w->v, "a member has no name");
	if (view_string(w) != 0)
		return -1;
	if (!w->loose && view_key_len(w->v, key) > TEXT_MAX)
		return view_fail(w->v, "a member's name is too long");
	if (!w->loose && *last != VIEW_NONE && view_order(w->v, *last, key) >= 0)
		return view_fail(w->v, "members are twice or not in canonical order");
	*last = key;
	skip(w);
	if (w->p == w->end || *w->p != ':')
		return view_fail(w->v, "no ':' is behind a member's name");
	w->p++;
	skip(w);
	return view_value(w);
}

static int view_box(struct walk *w, enum view_kind kind, unsigned char mark)
{
	const size_t at = (size_t)(w->p - (const unsigned char *)w->v->text);
	const uint32_t node = view_push(w, kind, at, 0);
	uint32_t last = VIEW_NONE, count = 0;

	if (node == VIEW_NONE)
		return -1;
	if (w->depth == (w->loose ? LOOSE_DEPTH : VIEW_DEPTH))
		return view_fail(w->v, "values are nested too deeply");
	if (w->boxes == 0)
		return view_fail(w->v, "there are too many objects and arrays");
	w->depth++;
	w->boxes--;
	w->p++;
	skip(w);
	if (w->p < w->end && *w->p == mark) {
		w->p++;
	} else {
		for (;;) {
			if ((kind == VIEW_OBJECT ? view_member(w, &last) : view_value(w)) != 0)
				return -1;
			count++;
			skip(w);
			if (w->p == w->end || (*w->p != ',' && *w->p != mark))
				return view_fail(w->v, "an object or array has no end");
			if (*w->p++ == mark)
				break;
			skip(w);
		}
	}
	w->depth--;
	w->v->nodes[node].len =
	    (uint32_t)((size_t)(w->p - (const unsigned char *)w->v->text) - at);
	w->v->nodes[node].next = (uint32_t)w->v->n;
	w->v->nodes[node].count = count;
	return 0;
}

static int view_value(struct walk *w)
{
	if (w->p == w->end)
		return view_fail(w->v, "it ends where a value must be");
	switch (*w->p) {
	case '{':
		return view_box(w, VIEW_OBJECT, '}');
	case '[':
		return view_box(w, VIEW_ARRAY, ']');
	case '"':
		return view_string(w);
	case 't':
		return view_word(w, "true", VIEW_TRUE);
	case 'f':
		return view_word(w, "false", VIEW_FALSE);
	case 'n':
		return view_word(w, "null", VIEW_NULL);
	default:
		if (*w->p != '-' && (*w->p < '0' || *w->p > '9'))
			return view_fail(w->v, "something is no value in canonical form");
		return w->loose ? loose_number(w) : view_number(w);
	}
}

static int parse(struct view *v, const char *text, size_t len, int loose)
{
	struct walk w = { .v = v, .loose = loose, .depth = 0 };

	v->text = text;
	v->len = len;
	v->n = 0;
	v->why = NULL;
	if (len == 0 || len > INT32_MAX)
		return view_fail(v, len == 0 ? "it is empty" : "it is too large");
	w.p = (const unsigned char *)text;
	w.end = w.p + len;
	w.boxes = 1024 + len / 32;
	/* Of a record of CloudTrail's, at most 256 KiB, all that fit: whose they are chooses what they hold. */
	w.nodes = loose ? 32768 + (len <= 256u * 1024u ? len / 2 : len / 16) : SIZE_MAX;
	skip(&w);
	if (w.p == w.end || (*w.p != '{' && *w.p != '['))
		return view_fail(v, "it is neither an object nor an array");
	if (view_value(&w) != 0)
		return -1;
	skip(&w);
	if (w.p != w.end)
		return view_fail(v, "bytes are behind its end");
	return 0;
}

int view_parse(struct view *v, const char *text, size_t len)
{
	return parse(v, text, len, 0);
}

int view_parse_loose(struct view *v, const char *text, size_t len)
{
	return parse(v, text, len, 1);
}

void view_free(struct view *v)
{
	free(v->nodes);
	*v = (struct view)VIEW_INIT;
}
