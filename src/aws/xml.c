/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/xml.h"

#include <stdlib.h>
#include <string.h>

#include "aws/utf8.h"

/* A walk over the text (XML 1.0, fifth edition). */
struct xml_walk {
	struct xml *x;
	size_t at;
	uint32_t open[XML_DEPTH];	/* elements that are not closed yet */
	size_t depth;
	size_t text;			/* where text began, behind the last tag */
};

static int xml_bad(struct xml_walk *w, const char *why)
{
	w->x->why = why;
	return -1;
}

static int is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int is_name(int c, int first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == ':' ||
	    (!first && ((c >= '0' && c <= '9') || c == '-' || c == '.'));
}

/* The byte at `at` + n, -1 behind the end. */
static int xml_at(const struct xml_walk *w, size_t n)
{
	return n < w->x->len - w->at ? (unsigned char)w->x->text[w->at + n] : -1;
}

static int xml_starts(const struct xml_walk *w, const char *s)
{
	const size_t n = strlen(s);

	return w->x->len - w->at >= n && memcmp(w->x->text + w->at, s, n) == 0;
}

static void xml_space(struct xml_walk *w)
{
	while (is_space(xml_at(w, 0)))
		w->at++;
}

static size_t xml_name(struct xml_walk *w)
{
	const size_t from = w->at;

	while (is_name(xml_at(w, 0), w->at == from))
		w->at++;
	return w->at - from;
}

/* The declaration <?xml ...?> may stand first, and nothing like it later. */
static int xml_declaration(struct xml_walk *w)
{
	const char *end;

	if (xml_starts(w, "\xef\xbb\xbf"))
		w->at += 3;
	xml_space(w);
	if (!xml_starts(w, "<?xml "))
		return 0;
	end = memmem(w->x->text + w->at, w->x->len - w->at, "?>", 2);
	if (end == NULL)
		return xml_bad(w, "its declaration does not end");
	w->at = (size_t)(end - w->x->text) + 2;
	xml_space(w);
	return 0;
}

/* name="value" pairs up to '>' or "/>". */
static int xml_attributes(struct xml_walk *w)
{
	for (;;) {
		const int blank = is_space(xml_at(w, 0));
		int quote;

		xml_space(w);
		if (xml_at(w, 0) == '>' || xml_at(w, 0) == '/')
			return 0;
		if (!blank || xml_name(w) == 0)
			return xml_bad(w, "a tag is malformed");
		xml_space(w);
		if (xml_at(w, 0) != '=')
			return xml_bad(w, "an attribute is malformed");
		w->at++;
		xml_space(w);
		quote = xml_at(w, 0);
		if (quote != '"' && quote != '\'')
			return xml_bad(w, "an attribute is malformed");
		do
			w->at++;
		while (xml_at(w, 0) != quote && xml_at(w, 0) != '<' && xml_at(w, 0) >= 0);
		if (xml_at(w, 0) != quote)
			return xml_bad(w, "an attribute does not end");
		w->at++;
	}
}

static int xml_push(struct xml_walk *w, size_t name, size_t len)
{
	struct xml *x = w->x;
	struct xml_node *more;

	if (w->depth == XML_DEPTH)
		return xml_bad(w, "its elements are nested too deeply");
	if (x->n == XML_NODES)
		return xml_bad(w, "it has too many elements");
	if (x->n == x->cap) {
		more = realloc(x->nodes, (x->cap == 0 ? 64 : x->cap * 2) * sizeof(*more));
		if (more == NULL)
			return xml_bad(w, "there is no memory for it");
		x->nodes = more;
		x->cap = x->cap == 0 ? 64 : x->cap * 2;
	}
	x->nodes[x->n] = (struct xml_node){ .name = (uint32_t)name, .name_len = (uint32_t)len };
	w->open[w->depth++] = (uint32_t)x->n++;
	return 0;
}

/* Only white space may stand beside elements. */
static int xml_only_space(const struct xml_walk *w, size_t to)
{
	size_t i;

	for (i = w->text; i < to; i++)
		if (!is_space((unsigned char)w->x->text[i]))
			return 0;
	return 1;
}

/* The innermost element ends; what lies from w->text to `to` is its text if it has no
 * children. */
static int xml_pop(struct xml_walk *w, size_t to)
{
	const uint32_t i = w->open[--w->depth];
	struct xml_node *node = &w->x->nodes[i];

	node->next = (uint32_t)w->x->n;
	if (node->next == i + 1) {
		node->at = (uint32_t)w->text;
		node->len = (uint32_t)(to - w->text);
	} else if (!xml_only_space(w, to)) {
		return xml_bad(w, "text stands beside elements");
	}
	return 0;
}

static int xml_end_tag(struct xml_walk *w, size_t tag)
{
	const struct xml_node *node;
	size_t name, len;

	w->at += 2;
	name = w->at;
	len = xml_name(w);
	xml_space(w);
	if (w->depth == 0 || xml_at(w, 0) != '>')
		return xml_bad(w, "an end tag is malformed");
	node = &w->x->nodes[w->open[w->depth - 1]];
	if (len != node->name_len || memcmp(w->x->text + name, w->x->text + node->name, len) != 0)
		return xml_bad(w, "an end tag does not fit");
	w->at++;
	if (xml_pop(w, tag) != 0)
		return -1;
	w->text = w->at;
	return 0;
}

static int xml_start_tag(struct xml_walk *w, size_t tag)
{
	size_t name, len;

	if (w->depth > 0 && !xml_only_space(w, tag))
		return xml_bad(w, "text stands beside elements");
	if (w->depth == 0 && w->x->n > 0)
		return xml_bad(w, "something stands behind its end");
	name = ++w->at;
	len = xml_name(w);
	if (len == 0)
		return xml_bad(w, "a tag is malformed");
	if (xml_push(w, name, len) != 0 || xml_attributes(w) != 0)
		return -1;
	if (xml_at(w, 0) == '/') {
		w->at++;
		if (xml_at(w, 0) != '>')
			return xml_bad(w, "a tag is malformed");
		w->text = w->at;
		(void)xml_pop(w, w->at);
	}
	w->at++;
	w->text = w->at;
	return 0;
}

/* The code point of "&...;" whose length is *len, or -1. */
static int32_t xml_reference(const char *s, size_t max, size_t *len)
{
	static const struct { const char *name; char c; } five[] = {
		{ "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' },
		{ "&apos;", '\'' }
	};
	const char *end = memchr(s, ';', max < 12 ? max : 12);
	int32_t v = 0;
	size_t i;
	int hex;

	if (end == NULL)
		return -1;
	*len = (size_t)(end - s) + 1;
	for (i = 0; i < sizeof(five) / sizeof(five[0]); i++)
		if (*len == strlen(five[i].name) && memcmp(s, five[i].name, *len) == 0)
			return five[i].c;
	if (s[1] != '#')
		return -1;
	hex = s[2] == 'x';
	i = hex ? 3 : 2;
	if (s + i == end)
		return -1;
	for (; s + i < end; i++) {
		const int c = s[i];
		const int d = c >= '0' && c <= '9' ? c - '0' : hex && c >= 'a' && c <= 'f' ?
		    c - 'a' + 10 : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

		if (d < 0 || v > 0x110000)
			return -1;
		v = v * (hex ? 16 : 10) + d;
	}
	return v == 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? -1 : v;
}

/* No character that XML refuses, no reference that is not known. */
static int xml_check_text(struct xml_walk *w, size_t from, size_t to)
{
	const char *t = w->x->text;
	size_t len;

	for (; from < to; from++) {
		const unsigned char c = (unsigned char)t[from];

		if (c < 0x20 && !is_space(c))
			return xml_bad(w, "it holds a control character");
		if (c == '&' && xml_reference(t + from, to - from, &len) < 0)
			return xml_bad(w, "it holds an entity that is not known");
	}
	return 0;
}

int xml_parse(struct xml *x, const char *text, size_t len)
{
	struct xml_walk w = { .x = x };
	const char *tag;
	int r;

	x->text = text;
	x->len = len;
	x->n = 0;
	x->why = NULL;
	if (len >= UINT32_MAX)
		return xml_bad(&w, "it is too long");
	if (xml_declaration(&w) != 0)
		return -1;
	w.text = w.at;
	while ((tag = memchr(text + w.at, '<', len - w.at)) != NULL) {
		const size_t at = (size_t)(tag - text);

		if (xml_check_text(&w, w.at, at) != 0)
			return -1;
		if (w.depth == 0 && !xml_only_space(&w, at))
			return xml_bad(&w, "text stands outside of it");
		w.at = at;
		r = xml_at(&w, 1) == '/' ? xml_end_tag(&w, at) : xml_start_tag(&w, at);
		if (r != 0)
			return -1;
	}
	if (w.depth > 0 || x->n == 0)
		return xml_bad(&w, x->n == 0 ? "it holds no element" : "it is cut off");
	return xml_only_space(&w, len) ? 0 : xml_bad(&w, "something stands behind its end");
}

void xml_free(struct xml *x)
{
	free(x->nodes);
	*x = (struct xml)XML_INIT;
}

void xml_text(struct buf *out, const struct xml *x, uint32_t node)
{
	const char *p, *end, *amp;
	size_t len = 0;

	if (node >= x->n)
		return;
	p = x->text + x->nodes[node].at;
	end = p + x->nodes[node].len;
	while (p < end) {
		amp = memchr(p, '&', (size_t)(end - p));
		buf_put(out, p, (size_t)((amp == NULL ? end : amp) - p));
		if (amp == NULL)
			return;
		utf8_append(out, (uint32_t)xml_reference(amp, (size_t)(end - amp), &len));
		p = amp + len;
	}
}

int xml_copy(char *out, size_t cap, const struct xml *x, uint32_t node)
{
	struct buf b = BUF_INIT;
	int r = -1;

	out[0] = '\0';
	xml_text(&b, x, node);
	if (node < x->n && buf_ok(&b) && b.len < cap && strlen(buf_str(&b)) == b.len) {
		memcpy(out, buf_str(&b), b.len + 1);
		r = 0;
	}
	buf_free(&b);
	return r;
}

int xml_is(const struct xml *x, uint32_t node, const char *name)
{
	return node < x->n && strlen(name) == x->nodes[node].name_len &&
	    memcmp(x->text + x->nodes[node].name, name, x->nodes[node].name_len) == 0;
}

uint32_t xml_first(const struct xml *x, uint32_t parent)
{
	return parent < x->n && x->nodes[parent].next > parent + 1 ? parent + 1 : XML_NONE;
}

uint32_t xml_after(const struct xml *x, uint32_t parent, uint32_t child)
{
	const uint32_t next = x->nodes[child].next;

	return next < x->nodes[parent].next ? next : XML_NONE;
}

uint32_t xml_child(const struct xml *x, uint32_t node, const char *path)
{
	while (node != XML_NONE && *path != '\0') {
		const size_t len = strcspn(path, "/");
		uint32_t c = xml_first(x, node);

		while (c != XML_NONE && (x->nodes[c].name_len != len ||
		    memcmp(x->text + x->nodes[c].name, path, len) != 0))
			c = xml_after(x, node, c);
		node = c;
		path += len;
		path += *path == '/';
	}
	return node;
}
