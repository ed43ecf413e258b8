/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "aws/sigv4_local.h"

/* "Create a signed AWS API request", AWS Identity and Access Management User Guide. */

#define PAIRS_MAX 64

static int unreserved(int c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == '_' || c == '~';
}

static int hex_value(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void encode_byte(struct buf *out, int c, int slash)
{
	const char byte = (char)c;

	if (unreserved(c) || (slash && c == '/'))
		buf_put(out, &byte, 1);
	else
		buf_printf(out, "%%%02X", (unsigned)c);
}

void sigv4_encode(struct buf *out, const char *s, size_t len, int slash)
{
	size_t i;

	for (i = 0; i < len; i++)
		encode_byte(out, (unsigned char)s[i], slash);
}

/* Decodes %XX and encodes again, so that each text has one spelling. */
static void encode_again(struct buf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '%' && len - i > 2 && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			encode_byte(out, hex_value(s[i + 1]) * 16 + hex_value(s[i + 2]), 0);
			i += 2;
		} else {
			encode_byte(out, (unsigned char)s[i], 0);
		}
	}
}

/* RFC 3986 section 5.2.4, and no empty parts. */
static void path_normalise(struct buf *out, const char *p)
{
	const size_t start = out->len;
	size_t n;

	while (*p != '\0') {
		while (*p == '/')
			p++;
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out->len > start && out->data[--out->len] != '/')
				;
		} else if (n > 0 && !(n == 1 && p[0] == '.')) {
			buf_put(out, "/", 1);
			buf_put(out, p, n);
		}
		p += n;
		/* A folder's last slash stays. */
		if (*p == '/' && p[strspn(p, "/")] == '\0')
			break;
	}
	if (*p == '/' || out->len == start)
		buf_put(out, "/", 1);
}

/* Would S3, which decodes and encodes the path, find the same one? */
static int path_is_canonical(const char *p)
{
	for (; *p != '\0'; p++) {
		if (unreserved((unsigned char)*p) || *p == '/')
			continue;
		if (*p != '%' || hex_value(p[1]) < 0 || hex_value(p[2]) < 0 || p[1] > 'F' ||
		    p[2] > 'F' || unreserved(hex_value(p[1]) * 16 + hex_value(p[2])))
			return 0;
		p += 2;
	}
	return 1;
}

int sigv4_path(struct buf *out, const struct sigv4 *s, struct err *e)
{
	struct buf plain = BUF_INIT;
	int r = 0;

	if (s->path[0] != '/' || (s->s3 && !path_is_canonical(s->path)))
		return err_set(e, ERR_USAGE, "A path cannot be signed: it is not encoded as it is to "
		    "be sent.");
	if (s->s3) {
		buf_puts(out, s->path);
	} else if (s->as_is) {
		sigv4_encode(out, s->path, strlen(s->path), 1);
	} else {
		path_normalise(&plain, s->path);
		sigv4_encode(out, buf_str(&plain), plain.len, 1);
		if (!buf_ok(&plain))
			r = err_set(e, ERR_MEMORY, "No memory is left for signing.");
	}
	buf_free(&plain);
	return r;
}

struct pair {
	char *name, *value;
};

static int pair_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	const int r = strcmp(x->name, y->name);

	return r != 0 ? r : strcmp(x->value, y->value);
}

static char *again(const char *s, size_t len)
{
	struct buf b = BUF_INIT;
	char *out;

	encode_again(&b, s, len);
	out = buf_ok(&b) ? strdup(buf_str(&b)) : NULL;
	buf_free(&b);
	return out;
}

static int query_split(struct pair *pairs, size_t *n, const char *q, struct err *e)
{
	while (*q != '\0') {
		const size_t len = strcspn(q, "&");
		const char *eq = memchr(q, '=', len);
		const size_t name = eq == NULL ? len : (size_t)(eq - q);

		if (len > 0) {
			if (*n == PAIRS_MAX)
				return err_set(e, ERR_USAGE, "A query has more than %d parts.", PAIRS_MAX);
			pairs[*n].name = again(q, name);
			pairs[*n].value = eq == NULL ? strdup("") : again(eq + 1, len - name - 1);
			(*n)++;
			if (pairs[*n - 1].name == NULL || pairs[*n - 1].value == NULL)
				return err_set(e, ERR_MEMORY, "No memory is left for signing.");
		}
		q += len;
		q += *q == '&';
	}
	return 0;
}

int sigv4_query(struct buf *out, const char *query, struct err *e)
{
	struct pair pairs[PAIRS_MAX] = { { NULL, NULL } };
	size_t n = 0, i;
	int r = query_split(pairs, &n, query, e);

	if (r == 0) {
		qsort(pairs, n, sizeof(pairs[0]), pair_order);
		for (i = 0; i < n; i++)
			buf_printf(out, "%s%s=%s", i == 0 ? "" : "&", pairs[i].name, pairs[i].value);
	}
	for (i = 0; i < n; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
	return r;
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int name_order(const char *a, const char *b)
{
	while (*a != '\0' && lower((unsigned char)*a) == lower((unsigned char)*b))
		a++, b++;
	return lower((unsigned char)*a) - lower((unsigned char)*b);
}

/* Trimmed, with one blank for each run of white space. */
static void put_value(struct buf *out, const char *v)
{
	const char *begin = v;

	for (; *v != '\0'; v++) {
		const size_t blank = strspn(v, " \t\r\n");

		if (blank > 0) {
			if (v[blank] == '\0')
				return;
			if (v != begin)
				buf_put(out, " ", 1);
			v += blank;
		}
		buf_put(out, v, 1);
	}
}

/* A value with a line break would be a header of its own once it is sent; the
 * suite's folded lines are what obs-fold was (RFC 9112 section 5.2). */
static int header_ok(const struct sigv4_header *h)
{
	const char *p;

	if (h->name[0] == '\0' || strpbrk(h->name, ": \t\r\n") != NULL)
		return 0;
	for (p = h->value; *p != '\0'; p++)
		if ((*p == '\r' || *p == '\n') && p[1] != ' ' && p[1] != '\t' && p[1] != '\n')
			return 0;
	return 1;
}

int sigv4_headers(struct buf *out, struct buf *names, const struct sigv4 *s, struct err *e)
{
	const struct sigv4_header *in[SIGV4_HEADERS_MAX], *moved;
	size_t i, j;

	if (s->n_headers > SIGV4_HEADERS_MAX)
		return err_set(e, ERR_USAGE, "More than %d headers cannot be signed.",
		    SIGV4_HEADERS_MAX);
	/* By insertion, as equal names keep their order. */
	for (i = 0; i < s->n_headers; i++) {
		if (!header_ok(&s->headers[i]))
			return err_set(e, ERR_USAGE, "A header cannot be signed: it is malformed.");
		moved = &s->headers[i];
		for (j = i; j > 0 && name_order(in[j - 1]->name, moved->name) > 0; j--)
			in[j] = in[j - 1];
		in[j] = moved;
	}
	for (i = 0; i < s->n_headers; i = j) {
		const char *p;

		for (p = in[i]->name; *p != '\0'; p++) {
			const char c = (char)lower((unsigned char)*p);

			buf_put(out, &c, 1);
			if (i > 0 && p == in[i]->name)
				buf_put(names, ";", 1);
			buf_put(names, &c, 1);
		}
		for (j = i; j < s->n_headers && name_order(in[j]->name, in[i]->name) == 0; j++) {
			buf_put(out, j == i ? ":" : ",", 1);
			put_value(out, in[j]->value);
		}
		buf_put(out, "\n", 1);
	}
	return 0;
}
