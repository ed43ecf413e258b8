/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json_local.h"
#include "base/text.h"

int scan_fail(struct scan *sc, const char *why)
{
	if (sc->why == NULL)
		sc->why = why;
	return -1;
}

/* Four hexadecimal digits at p, or -1. */
static int32_t scan_hex4(const struct scan *sc, const unsigned char *p)
{
	int32_t v = 0;
	int i;

	if (sc->end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		const int c = p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void scan_put_utf8(struct buf *b, uint32_t c)
{
	unsigned char u[4];
	size_t n = 0;

	if (c < 0x80) {
		u[n++] = (unsigned char)c;
	} else if (c < 0x800) {
		u[n++] = (unsigned char)(0xc0 | c >> 6);
		u[n++] = (unsigned char)(0x80 | (c & 0x3f));
	} else {
		if (c < 0x10000) {
			u[n++] = (unsigned char)(0xe0 | c >> 12);
		} else {
			u[n++] = (unsigned char)(0xf0 | c >> 18);
			u[n++] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
		}
		u[n++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		u[n++] = (unsigned char)(0x80 | (c & 0x3f));
	}
	buf_put(b, u, n);
}

/* \uXXXX, p behind the u: the character, surrogate pairs joined. */
static int scan_unicode(struct scan *sc)
{
	int32_t hi = scan_hex4(sc, sc->p), lo;

	if (hi < 0)
		return scan_fail(sc, "a \\u escape without four hexadecimal digits");
	sc->p += 4;
	if (hi >= 0xd800 && hi <= 0xdfff) {
		lo = sc->end - sc->p >= 6 && sc->p[0] == '\\' && sc->p[1] == 'u'
		    ? scan_hex4(sc, sc->p + 2)
		    : -1;
		if (hi > 0xdbff || lo < 0xdc00 || lo > 0xdfff)
			return scan_fail(sc, "half of a surrogate pair");
		sc->p += 6;
		hi = 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
	}
	scan_put_utf8(&sc->text, (uint32_t)hi);
	return 0;
}

/* An escape, p behind the backslash.  \b \f \n \r \t name control characters,
 * which no string may hold. */
static int scan_escape(struct scan *sc)
{
	if (sc->p == sc->end)
		return scan_fail(sc, "a string without an end");
	switch (*sc->p) {
	case '"':
	case '\\':
	case '/':
		buf_put(&sc->text, sc->p++, 1);
		return 0;
	case 'u':
		sc->p++;
		return scan_unicode(sc);
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return scan_fail(sc, "a control character in a string");
	default:
		return scan_fail(sc, "an unknown escape");
	}
}

/* The part behind the first backslash, in sc->text.  p is on the backslash,
 * `from` at the string's first byte. */
static int scan_escaped(struct scan *sc, struct piece *out, const unsigned char *from)
{
	const unsigned char *run = from;

	buf_reset(&sc->text);
	for (;;) {
		while (sc->p < sc->end && *sc->p != '"' && *sc->p != '\\')
			sc->p++;
		if (sc->p == sc->end)
			return scan_fail(sc, "a string without an end");
		buf_put(&sc->text, run, (size_t)(sc->p - run));
		if (*sc->p++ == '"')
			break;
		if (scan_escape(sc) != 0)
			return -1;
		run = sc->p;
	}
	if (!buf_ok(&sc->text))
		return scan_fail(sc, "memory ran out");
	out->s = buf_str(&sc->text);
	out->len = sc->text.len;
	return text_clean(out->s, out->len)
	    ? 0
	    : scan_fail(sc, "a control or hidden character, or bad UTF-8, in a string");
}

int scan_string(struct scan *sc, struct piece *out)
{
	const unsigned char *from = ++sc->p, *p = from;
	unsigned odd = 0;

	while (p < sc->end && *p != '"' && *p != '\\') {
		odd |= (unsigned)(*p < 0x20) | (unsigned)(*p >= 0x7f);
		p++;
	}
	sc->p = p;
	if (p == sc->end)
		return scan_fail(sc, "a string without an end");
	if (*p == '\\')
		return scan_escaped(sc, out, from);
	out->s = (const char *)from;
	out->len = (size_t)(p - from);
	sc->p = p + 1;
	if (odd && !text_clean(out->s, out->len))
		return scan_fail(sc, "a control or hidden character, or bad UTF-8, in a string");
	return 0;
}
