/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The character at s (UTF-8, RFC 3629 section 4) and its length in bytes; 0
 * when malformed, overlong, a surrogate, or beyond U+10FFFF. */
static size_t text_char(uint32_t *out, const unsigned char *s, size_t len)
{
	static const uint32_t lowest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = s[0];
	size_t n, i;

	if (c < 0x80) {
		*out = c;
		return 1;
	}
	if ((c & 0xe0) == 0xc0) {
		n = 2;
		c &= 0x1f;
	} else if ((c & 0xf0) == 0xe0) {
		n = 3;
		c &= 0x0f;
	} else if ((c & 0xf8) == 0xf0) {
		n = 4;
		c &= 0x07;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return n;
}

/* The list of text.h: what hides, reorders or breaks a line. */
static int text_refused(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x2060 }, { 0x2066, 0x2069 }, { 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff }, { 0xe0000, 0xe007f },
	};
	size_t i;

	if ((c & 0xfffe) == 0xfffe)
		return 1; /* the last two of every plane are noncharacters */
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return 1;
	return 0;
}

int text_clean(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0, n;
	uint32_t c;

	while (i < len) {
		if (p[i] >= 0x20 && p[i] < 0x7f) {
			i++;
			continue;
		}
		n = text_char(&c, p + i, len - i);
		if (n == 0 || text_refused(c))
			return 0;
		i += n;
	}
	return 1;
}

int text_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;
	size_t i = 0, n;

	for (; i < len; i += n)
		if ((n = p[i] < 0x80 ? 1 : text_char(&c, p + i, len - i)) == 0)
			return 0;
	return 1;
}

int text_is_name(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		const char c = s[i];
		const int alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (i == NAME_MAX_LEN)
			return 0;
		if (!alnum && (i == 0 || (c != '.' && c != '-')))
			return 0;
		if (c == '.' && (s[i + 1] == '.' || s[i + 1] == '\0'))
			return 0;
	}
	return i > 0;
}

void text_escape(char *out, size_t cap, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0, o = 0, mark = 0; /* mark: where "..." still fits */
	char piece[8];

	if (cap == 0)
		return;
	while (i < len) {
		uint32_t c;
		size_t n = text_char(&c, p + i, len - i), plen;

		if (n == 0 || text_refused(c)) {
			n = 1; /* byte by byte, so that nothing is swallowed */
			plen = (size_t)snprintf(piece, sizeof(piece), "\\x%02X", p[i]);
		} else {
			plen = n;
			memcpy(piece, p + i, n);
		}
		if (o + plen >= cap) {
			o = mark;
			for (n = 0; n < 3 && o + 1 < cap; n++)
				out[o++] = '.';
			break;
		}
		memcpy(out + o, piece, plen);
		o += plen;
		i += n;
		if (o + 3 < cap)
			mark = o;
	}
	out[o] = '\0';
}
