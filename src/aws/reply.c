/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/reply.h"

#include <stdlib.h>
#include <string.h>

#include "aws/utf8.h"

struct reply_walk {
	struct reply *v;
	size_t at;
	unsigned depth;
};

static int reply_value(struct reply_walk *w);

static int reply_bad(struct reply_walk *w, const char *why)
{
	w->v->why = why;
	return -1;
}

static int reply_at(const struct reply_walk *w)
{
	return w->at < w->v->len ? (unsigned char)w->v->text[w->at] : -1;
}

static int reply_peek(struct reply_walk *w)
{
	int c;

	while ((c = reply_at(w)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		w->at++;
	return c;
}

static int reply_push(struct reply_walk *w, enum reply_kind kind, uint32_t *node)
{
	struct reply *v = w->v;
	struct reply_node *more;

	if (v->n == v->cap) {
		more = realloc(v->nodes, (v->cap == 0 ? 128 : v->cap * 2) * sizeof(*more));
		if (more == NULL)
			return reply_bad(w, "there is no memory for it");
		v->nodes = more;
		v->cap = v->cap == 0 ? 128 : v->cap * 2;
	}
	*node = (uint32_t)v->n++;
	v->nodes[*node] = (struct reply_node){ .at = (uint32_t)w->at, .kind = (uint8_t)kind };
	return 0;
}

static void reply_end(struct reply_walk *w, uint32_t node, size_t to)
{
	struct reply_node *n = &w->v->nodes[node];

	n->len = (uint32_t)(to - n->at);
	n->next = (uint32_t)w->v->n;
}

static int hex_digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ?
	    (c | 32) - 'a' + 10 : -1;
}

/* Behind the backslash. */
static int reply_escape(struct reply_walk *w)
{
	const int c = reply_at(w);
	int i;

	if (c < 0 || strchr("\"\\/bfnrtu", c) == NULL || c == 0)
		return reply_bad(w, "a string has an unknown escape");
	w->at++;
	for (i = 0; c == 'u' && i < 4; i++, w->at++)
		if (hex_digit(reply_at(w)) < 0)
			return reply_bad(w, "a string has an unknown escape");
	return 0;
}

static int reply_string(struct reply_walk *w)
{
	uint32_t node;
	int c;

	w->at++;
	if (reply_push(w, REPLY_STRING, &node) != 0)
		return -1;
	while ((c = reply_at(w)) != '"') {
		if (c < 0)
			return reply_bad(w, "it is cut off");
		if (c < 0x20)
			return reply_bad(w, "a string holds a control character");
		w->at++;
		if (c == '\\' && reply_escape(w) != 0)
			return -1;
	}
	reply_end(w, node, w->at);
	w->at++;
	return 0;
}

static size_t reply_digits(struct reply_walk *w)
{
	const size_t from = w->at;

	while (reply_at(w) >= '0' && reply_at(w) <= '9')
		w->at++;
	return w->at - from;
}

static int reply_number(struct reply_walk *w)
{
	uint32_t node;
	size_t n;
	int zero;

	if (reply_push(w, REPLY_NUMBER, &node) != 0)
		return -1;
	if (reply_at(w) == '-')
		w->at++;
	zero = reply_at(w) == '0';
	n = reply_digits(w);
	if (n == 0 || (zero && n > 1))
		return reply_bad(w, "a value is malformed");
	if (reply_at(w) == '.') {
		w->at++;
		if (reply_digits(w) == 0)
			return reply_bad(w, "a number is malformed");
	}
	if (reply_at(w) == 'e' || reply_at(w) == 'E') {
		w->at++;
		if (reply_at(w) == '+' || reply_at(w) == '-')
			w->at++;
		if (reply_digits(w) == 0)
			return reply_bad(w, "a number is malformed");
	}
	reply_end(w, node, w->at);
	return 0;
}

static int reply_word(struct reply_walk *w, const char *word, enum reply_kind kind)
{
	const size_t n = strlen(word);
	uint32_t node;

	if (w->v->len - w->at < n || memcmp(w->v->text + w->at, word, n) != 0)
		return reply_bad(w, "a value is malformed");
	if (reply_push(w, kind, &node) != 0)
		return -1;
	w->at += n;
	reply_end(w, node, w->at);
	return 0;
}

static int reply_member(struct reply_walk *w)
{
	if (reply_peek(w) != '"')
		return reply_bad(w, "a member has no name");
	if (reply_string(w) != 0)
		return -1;
	if (reply_peek(w) != ':')
		return reply_bad(w, "a member has no value");
	w->at++;
	return reply_value(w);
}

/* An object or array, whose first byte is here. */
static int reply_container(struct reply_walk *w, enum reply_kind kind)
{
	const int close = kind == REPLY_OBJECT ? '}' : ']';
	uint32_t node;
	int c;

	if (++w->depth > REPLY_DEPTH)
		return reply_bad(w, "it is nested too deeply");
	if (reply_push(w, kind, &node) != 0)
		return -1;
	w->at++;
	if (reply_peek(w) != close) {
		for (;;) {
			if ((kind == REPLY_OBJECT ? reply_member(w) : reply_value(w)) != 0)
				return -1;
			c = reply_peek(w);
			if (c == close)
				break;
			if (c != ',')
				return reply_bad(w, c < 0 ? "it is cut off" : "a comma is missing");
			w->at++;
		}
	}
	w->at++;
	w->depth--;
	reply_end(w, node, w->at);
	return 0;
}

static int reply_value(struct reply_walk *w)
{
	switch (reply_peek(w)) {
	case '{':
		return reply_container(w, REPLY_OBJECT);
	case '[':
		return reply_container(w, REPLY_ARRAY);
	case '"':
		return reply_string(w);
	case 't':
		return reply_word(w, "true", REPLY_TRUE);
	case 'f':
		return reply_word(w, "false", REPLY_FALSE);
	case 'n':
		return reply_word(w, "null", REPLY_NULL);
	case -1:
		return reply_bad(w, "it is cut off");
	default:
		return reply_number(w);
	}
}

int reply_parse(struct reply *v, const char *text, size_t len)
{
	struct reply_walk w = { .v = v };

	v->text = text;
	v->len = len;
	v->n = 0;
	v->why = NULL;
	if (len >= UINT32_MAX)
		return reply_bad(&w, "it is too long");
	if (reply_value(&w) != 0) {
		v->n = 0;
		return -1;
	}
	if (reply_peek(&w) >= 0) {
		v->n = 0;
		return reply_bad(&w, "something stands behind its end");
	}
	return 0;
}

void reply_free(struct reply *v)
{
	free(v->nodes);
	*v = (struct reply)REPLY_INIT;
}

int reply_is(const struct reply *v, uint32_t node, enum reply_kind kind)
{
	return node < v->n && v->nodes[node].kind == kind;
}

uint32_t reply_get(const struct reply *v, uint32_t node, const char *name)
{
	const size_t len = strlen(name);
	uint32_t i;

	if (!reply_is(v, node, REPLY_OBJECT))
		return REPLY_NONE;
	/* Names are compared as they stand: none that is asked for needs an escape. */
	for (i = node + 1; i < v->nodes[node].next; i = v->nodes[i + 1].next)
		if (v->nodes[i].len == len && memcmp(v->text + v->nodes[i].at, name, len) == 0)
			return v->nodes[i + 1].kind == REPLY_NULL ? REPLY_NONE : i + 1;
	return REPLY_NONE;
}

uint32_t reply_first(const struct reply *v, uint32_t array)
{
	return reply_is(v, array, REPLY_ARRAY) && v->nodes[array].next > array + 1 ? array + 1 :
	    REPLY_NONE;
}

uint32_t reply_after(const struct reply *v, uint32_t array, uint32_t element)
{
	const uint32_t next = v->nodes[element].next;

	return next < v->nodes[array].next ? next : REPLY_NONE;
}

static uint32_t reply_hex4(const char *s)
{
	return (uint32_t)(hex_digit(s[0]) << 12 | hex_digit(s[1]) << 8 | hex_digit(s[2]) << 4 |
	    hex_digit(s[3]));
}

int reply_text(struct buf *out, const struct reply *v, uint32_t node)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p, *end;
	uint32_t c, low;

	if (!reply_is(v, node, REPLY_STRING))
		return -1;
	p = v->text + v->nodes[node].at;
	end = p + v->nodes[node].len;
	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));

		buf_put(out, p, (size_t)((slash == NULL ? end : slash) - p));
		if (slash == NULL)
			break;
		p = slash + 2;
		if (slash[1] != 'u') {
			buf_put(out, &to[strchr(from, slash[1]) - from], 1);
			continue;
		}
		c = reply_hex4(p);
		p += 4;
		if (c >= 0xd800 && c <= 0xdbff && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
			low = reply_hex4(p + 2);
			if (low >= 0xdc00 && low <= 0xdfff) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				p += 6;
			}
		}
		utf8_append(out, c);
	}
	return buf_ok(out) ? 0 : -1;
}

int reply_copy(char *out, size_t cap, const struct reply *v, uint32_t node)
{
	struct buf b = BUF_INIT;
	int r = reply_text(&b, v, node);

	out[0] = '\0';
	if (r == 0 && (b.len >= cap || strlen(buf_str(&b)) != b.len))
		r = -1;
	if (r == 0)
		memcpy(out, buf_str(&b), b.len + 1);
	buf_free(&b);
	return r;
}

int64_t reply_time(const struct reply *v, uint32_t node)
{
	char text[40];
	double seconds;

	if (!reply_is(v, node, REPLY_NUMBER) || v->nodes[node].len >= sizeof(text))
		return -1;
	memcpy(text, v->text + v->nodes[node].at, v->nodes[node].len);
	text[v->nodes[node].len] = '\0';
	seconds = strtod(text, NULL);
	return seconds >= 0 && seconds < 253402300800.0 ? (int64_t)(seconds * 1000 + 0.5) : -1;
}
