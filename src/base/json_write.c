/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/json_local.h"
#include "base/text.h"

struct writer {
	struct buf *out;
	const char *skip;	/* a top-level member to leave out, or NULL */
	const char *why;	/* what cannot be written, or NULL */
	unsigned depth;
	int indent;		/* for people */
};

struct member {
	const char *key;
	const json *value;
};

static void write_value(struct writer *w, const json *j);

int json_order(const char *a, const char *b)
{
	const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;
	unsigned c, d;

	while (*x == *y && *x != '\0') {
		x++;
		y++;
	}
	/* UTF-8 bytes sort as UTF-16 units do, but for U+E000..U+FFFF (lead
	 * bytes EE and EF), which come behind the surrogates of F0..F4. */
	c = *x == 0xee || *x == 0xef ? *x + 0x10u : *x;
	d = *y == 0xee || *y == 0xef ? *y + 0x10u : *y;
	return (c > d) - (c < d);
}

/* RFC 8785 section 3.2.2.2; what text_clean admits needs two escapes only. */
static void write_string(struct writer *w, const char *s, size_t len)
{
	size_t i, from = 0;
	unsigned odd = 0;

	buf_put(w->out, "\"", 1);
	for (i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)s[i];

		odd |= (unsigned)(c < 0x20) | (unsigned)(c >= 0x7f);
		if (c == '"' || c == '\\') {
			buf_put(w->out, s + from, i - from);
			buf_put(w->out, "\\", 1);
			from = i;
		}
	}
	buf_put(w->out, s + from, len - from);
	buf_put(w->out, "\"", 1);
	if (odd && !text_clean(s, len))
		w->why = "a string with a control or hidden character, or bad UTF-8";
}

static void write_int(struct writer *w, int64_t n)
{
	const int minus = n < 0;
	char digits[24];
	size_t i = sizeof(digits);

	if (n > JSON_INT_MAX || n < -JSON_INT_MAX) {
		w->why = "a number out of range";
		return;
	}
	if (minus)
		n = -n;
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (minus)
		digits[--i] = '-';
	buf_put(w->out, digits + i, sizeof(digits) - i);
}

static void write_break(struct writer *w)
{
	unsigned i;

	if (!w->indent)
		return;
	buf_put(w->out, "\n", 1);
	for (i = 0; i < w->depth; i++)
		buf_put(w->out, "  ", 2);
}

static void write_member(struct writer *w, const char *key, const json *value, int *first)
{
	if (w->depth == 1 && w->skip != NULL && strcmp(key, w->skip) == 0)
		return;
	if (!*first)
		buf_put(w->out, ",", 1);
	*first = 0;
	write_break(w);
	write_string(w, key, strlen(key));
	buf_put(w->out, ": ", w->indent ? 2 : 1);
	write_value(w, value);
}

static int member_compare(const void *a, const void *b)
{
	return json_order(((const struct member *)a)->key, ((const struct member *)b)->key);
}

static void write_unsorted(struct writer *w, const struct lh_table *t, int *first)
{
	const size_t n = (size_t)t->count;
	struct member *m = reallocarray(NULL, n, sizeof(*m));
	const struct lh_entry *ent;
	size_t i = 0;

	if (m == NULL) {
		w->out->failed = 1;
		return;
	}
	lh_foreach(t, ent) {
		m[i].key = lh_entry_k(ent);
		m[i++].value = lh_entry_v(ent);
	}
	qsort(m, n, sizeof(*m), member_compare);
	for (i = 0; i < n; i++)
		write_member(w, m[i].key, m[i].value, first);
	free(m);
}

static void write_object(struct writer *w, const json *obj)
{
	const struct lh_table *t = json_object_get_object(obj);
	const struct lh_entry *ent, *prev = NULL;
	int sorted = 1, first = 1;

	buf_put(w->out, "{", 1);
	w->depth++;
	lh_foreach(t, ent) {
		if (prev != NULL && json_order(lh_entry_k(prev), lh_entry_k(ent)) >= 0) {
			sorted = 0;
			break;
		}
		prev = ent;
	}
	if (sorted) {
		lh_foreach(t, ent)
			write_member(w, lh_entry_k(ent), lh_entry_v(ent), &first);
	} else {
		write_unsorted(w, t, &first);
	}
	w->depth--;
	if (!first)
		write_break(w);
	buf_put(w->out, "}", 1);
}

static void write_array(struct writer *w, const json *arr)
{
	const size_t n = json_object_array_length(arr);
	size_t i;

	buf_put(w->out, "[", 1);
	w->depth++;
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_put(w->out, ",", 1);
		write_break(w);
		write_value(w, json_object_array_get_idx(arr, i));
	}
	w->depth--;
	if (n > 0)
		write_break(w);
	buf_put(w->out, "]", 1);
}

static void write_value(struct writer *w, const json *j)
{
	const enum json_type type = json_object_get_type(j);

	if (w->why != NULL)
		return;
	switch (type) {
	case json_type_null:
		buf_put(w->out, "null", 4);
		break;
	case json_type_boolean:
		buf_puts(w->out, json_object_get_boolean(j) ? "true" : "false");
		break;
	case json_type_int:
		write_int(w, json_object_get_int64(j));
		break;
	case json_type_string:
		write_string(w, json_text(j), (size_t)json_object_get_string_len(j));
		break;
	case json_type_object:
	case json_type_array:
		if (w->depth == JSON_DEPTH)
			w->why = "values nested too deeply";
		else if (type == json_type_object)
			write_object(w, j);
		else
			write_array(w, j);
		break;
	case json_type_double:
		w->why = "a number that is no integer";
		break;
	}
}

static int write_all(struct buf *out, const json *j, const char *skip, int indent, struct err *e)
{
	struct writer w = { .out = out, .skip = skip, .indent = indent };
	const size_t before = out->len;

	write_value(&w, j);
	if (!buf_ok(out))
		return err_set(e, ERR_MEMORY, "No memory is left for writing a document.");
	if (w.why != NULL) {
		out->len = before;
		if (out->data != NULL)
			out->data[before] = '\0';
		return err_set(e, ERR_INTERNAL, "A document cannot be written: %s.", w.why);
	}
	return 0;
}

int json_canonical(struct buf *out, const json *j, struct err *e)
{
	return write_all(out, j, NULL, 0, e);
}

int json_canonical_without(struct buf *out, const json *j, const char *skip, struct err *e)
{
	return write_all(out, j, skip, 0, e);
}

int json_pretty(struct buf *out, const json *j, struct err *e)
{
	return write_all(out, j, NULL, 1, e);
}

int json_equal(const json *a, const json *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	int same;

	same = json_canonical(&x, a, NULL) == 0 && json_canonical(&y, b, NULL) == 0 &&
	    x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return same;
}
