/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json_scan.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

void json_scan_init(struct json_scan *s, const void *data, size_t len, const char *where,
    enum err_code code)
{
	s->data = data;
	s->len = len;
	s->pos = 0;
	s->line = 1;
	s->column = 1;
	s->where = where;
	s->code = code;
	s->comments = 0;
}

int json_scan_error(const struct json_scan *s, struct err *e, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(e, s->code, "%s, line %u, column %u: %s", s->where, s->line, s->column,
	    text);
}

void json_scan_step(struct json_scan *s)
{
	if (s->data[s->pos++] == '\n') {
		s->line++;
		s->column = 1;
	} else {
		s->column++;
	}
}

int json_scan_at(const struct json_scan *s, size_t ahead)
{
	return ahead < s->len - s->pos ? s->data[s->pos + ahead] : -1;
}

static int scan_comment(struct json_scan *s, struct err *e)
{
	const struct json_scan begin = *s;
	const int block = json_scan_at(s, 1) == '*';

	json_scan_step(s);
	json_scan_step(s);
	while (s->pos < s->len) {
		if (!block && json_scan_at(s, 0) == '\n')
			return 0;
		if (block && json_scan_at(s, 0) == '*' && json_scan_at(s, 1) == '/') {
			json_scan_step(s);
			json_scan_step(s);
			return 0;
		}
		json_scan_step(s);
	}
	return block ? json_scan_error(&begin, e, "this comment never ends.") : 0;
}

int json_scan_peek(struct json_scan *s, struct err *e)
{
	for (;;) {
		const int c = json_scan_at(s, 0), next = json_scan_at(s, 1);

		if (c < 0)
			return 0;
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			json_scan_step(s);
		} else if (s->comments && c == '/' && (next == '/' || next == '*')) {
			if (scan_comment(s, e) != 0)
				return -1;
		} else if (c == 0) {
			(void)json_scan_error(s, e, "a NUL byte has no place here.");
			return -1;
		} else {
			return c;
		}
	}
}

int json_scan_take(struct json_scan *s, char c, struct err *e)
{
	const int next = json_scan_peek(s, e);

	if (next < 0)
		return (int)s->code;
	if (next != (unsigned char)c)
		return json_scan_error(s, e, next == 0 ? "it ends where `%c` is expected." :
		    "`%c` is expected here.", c);
	json_scan_step(s);
	return 0;
}

/* Four hexadecimal digits behind "\u"; -1 if they are none. */
static int32_t scan_hex4(struct json_scan *s)
{
	int32_t v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		const int c = json_scan_at(s, 0);

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
		json_scan_step(s);
	}
	return v;
}

/* The code point of an escape "\uXXXX", a surrogate pair joined (RFC 8259
 * section 7); -1 for half a pair, NUL or no digits. */
static int32_t scan_unicode(struct json_scan *s)
{
	int32_t hi = scan_hex4(s), lo;

	if (hi < 0xd800 || hi > 0xdfff)
		return hi == 0 ? -1 : hi;
	if (hi > 0xdbff || json_scan_at(s, 0) != '\\' || json_scan_at(s, 1) != 'u')
		return -1;
	json_scan_step(s);
	json_scan_step(s);
	lo = scan_hex4(s);
	if (lo < 0xdc00 || lo > 0xdfff)
		return -1;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

static size_t utf8_put(unsigned char out[4], int32_t c)
{
	const uint32_t u = (uint32_t)c;

	if (u < 0x80) {
		out[0] = (unsigned char)u;
		return 1;
	}
	if (u < 0x800) {
		out[0] = (unsigned char)(0xc0 | u >> 6);
		out[1] = (unsigned char)(0x80 | (u & 63));
		return 2;
	}
	if (u < 0x10000) {
		out[0] = (unsigned char)(0xe0 | u >> 12);
		out[1] = (unsigned char)(0x80 | (u >> 6 & 63));
		out[2] = (unsigned char)(0x80 | (u & 63));
		return 3;
	}
	out[0] = (unsigned char)(0xf0 | u >> 18);
	out[1] = (unsigned char)(0x80 | (u >> 12 & 63));
	out[2] = (unsigned char)(0x80 | (u >> 6 & 63));
	out[3] = (unsigned char)(0x80 | (u & 63));
	return 4;
}

/* Behind a backslash: the bytes it stands for, 0 when it is no escape. */
static size_t scan_escape(struct json_scan *s, unsigned char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const int c = json_scan_at(s, 0);
	int32_t u;
	size_t i;

	if (c < 0)
		return 0;
	if (c == 'u') {
		json_scan_step(s);
		u = scan_unicode(s);
		return u < 0 ? 0 : utf8_put(out, u);
	}
	for (i = 0; from[i] != '\0'; i++)
		if (from[i] == c) {
			json_scan_step(s);
			out[0] = (unsigned char)to[i];
			return 1;
		}
	return 0;
}

/* Length of the UTF-8 sequence at s (Unicode table 3-7), 0 when it is none. */
static size_t scan_utf8(const struct json_scan *s)
{
	const int a = json_scan_at(s, 0), b = json_scan_at(s, 1);
	const size_t n = a < 0x80 ? 1 : a >= 0xc2 && a <= 0xdf ? 2 : a >= 0xe0 && a <= 0xef ? 3
	    : a >= 0xf0 && a <= 0xf4 ? 4 : 0;
	size_t i;

	for (i = 1; i < n; i++)
		if (json_scan_at(s, i) < 0 || (json_scan_at(s, i) & 0xc0) != 0x80)
			return 0;
	if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) ||
	    (a == 0xf4 && b > 0x8f))
		return 0;
	return n;
}

int json_scan_string(struct json_scan *s, struct secret *out, struct err *e)
{
	unsigned char bytes[4];
	size_t n, i;
	int r = json_scan_take(s, '"', e);

	while (r == 0) {
		const int c = json_scan_at(s, 0);

		if (c < 0)
			return json_scan_error(s, e, "it ends inside a string.");
		if (c == '"') {
			json_scan_step(s);
			return 0;
		}
		if (c < 0x20)
			return json_scan_error(s, e, "a string holds a control character or "
			    "a line break; write it as an escape.");
		if (c == '\\') {
			json_scan_step(s);
			n = scan_escape(s, bytes);
		} else {
			n = scan_utf8(s);
			for (i = 0; i < n; i++) {
				bytes[i] = s->data[s->pos];
				json_scan_step(s);
			}
		}
		if (n == 0)
			r = json_scan_error(s, e, c == '\\' ? "this is no escape of JSON." :
			    "a string is not UTF-8.");
		else if (secret_append(out, bytes, n, NULL) != 0)
			r = json_scan_error(s, e, "a string is longer than %zu bytes.", out->cap);
		secret_zero(bytes, sizeof(bytes));
	}
	return r;
}
