/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/codec.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Eight characters at a time: a byte each, the first one lowest. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (uint64_t)(byte))
#define TOPS EACH(0x80)

static uint64_t codec_load(const char *text)
{
	uint64_t x;

	memcpy(&x, text, sizeof(x));
	return le64toh(x);
}

/* 0xff in each byte with lo <= c <= hi < 0x80, else 0; all bytes below 0x80. */
static uint64_t codec_each_in(uint64_t x, unsigned lo, unsigned hi)
{
	/* No sum reaches 0x100: nothing is carried from byte to byte. */
	const uint64_t m = (x + EACH(0x80 - lo)) & ~(x + EACH(0x7f - hi)) & TOPS;

	return (m << 1) - (m >> 7);
}

/* All ones when lo <= c <= hi, else 0; arguments below 2^30. */
static uint32_t codec_in(uint32_t c, uint32_t lo, uint32_t hi)
{
	/* Neither subtraction borrows, so neither has its top bit set. */
	return (((c - lo) | (hi - c)) >> 31) - 1u;
}

/* RFC 4648 table 1. */
static char base64_char(uint32_t v)
{
	uint32_t c = codec_in(v, 0, 25) & (v + 'A');

	c |= codec_in(v, 26, 51) & (v - 26 + 'a');
	c |= codec_in(v, 52, 61) & (v - 52 + '0');
	c |= codec_in(v, 62, 62) & '+';
	c |= codec_in(v, 63, 63) & '/';
	return (char)c;
}

/* 0..63, or bit 8 set for what is not in the alphabet. */
static uint32_t base64_value(char ch)
{
	const uint32_t c = (unsigned char)ch;
	uint32_t ok = 0, v = 0, m;

	ok |= m = codec_in(c, 'A', 'Z');
	v |= m & (c - 'A');
	ok |= m = codec_in(c, 'a', 'z');
	v |= m & (c - 'a' + 26);
	ok |= m = codec_in(c, '0', '9');
	v |= m & (c - '0' + 52);
	ok |= m = codec_in(c, '+', '+');
	v |= m & 62;
	ok |= m = codec_in(c, '/', '/');
	v |= m & 63;
	return v | (~ok & 0x100);
}

/* Eight characters, six bytes; 0x100 when one is not in the alphabet, else 0. */
static uint32_t base64_eight(uint8_t out[6], uint64_t x)
{
	const uint64_t low = x & ~TOPS;
	const uint64_t upper = codec_each_in(low, 'A', 'Z'), lower = codec_each_in(low, 'a', 'z');
	const uint64_t digit = codec_each_in(low, '0', '9');
	const uint64_t plus = codec_each_in(low, '+', '+'), slash = codec_each_in(low, '/', '/');
	const uint64_t ok = (upper | lower | digit | plus | slash) & TOPS & ~x;
	/* Within a byte, so without a borrow or carry. */
	uint64_t v = (low & upper) - (upper & EACH('A'));
	int i;

	v |= (low & lower) - (lower & EACH('a' - 26));
	v |= (low & digit) + (digit & EACH(52 - '0'));
	v |= (plus & EACH(62)) | (slash & EACH(63));
	/* Six bits a byte; pairs, then fours, the first one highest. */
	v = (v & UINT64_C(0x003f003f003f003f)) << 6 | (v >> 8 & UINT64_C(0x003f003f003f003f));
	v = (v & UINT64_C(0x00000fff00000fff)) << 12 | (v >> 16 & UINT64_C(0x00000fff00000fff));
	for (i = 0; i < 3; i++) {
		out[i] = (uint8_t)(v >> (16 - 8 * i));
		out[3 + i] = (uint8_t)(v >> (48 - 8 * i));
	}
	return (uint32_t)((ok ^ TOPS) != 0) << 8;
}

void base64_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len >= 3) {
		*out++ = base64_char(p[0] >> 2);
		*out++ = base64_char((p[0] & 3u) << 4 | p[1] >> 4);
		*out++ = base64_char((p[1] & 15u) << 2 | p[2] >> 6);
		*out++ = base64_char(p[2] & 63u);
		p += 3;
		len -= 3;
	}
	if (len > 0) {
		const uint32_t second = len == 2 ? p[1] : 0;

		*out++ = base64_char(p[0] >> 2);
		*out++ = base64_char((p[0] & 3u) << 4 | second >> 4);
		*out++ = len == 2 ? base64_char((second & 15u) << 2) : '=';
		*out++ = '=';
	}
	*out = '\0';
}

int base64_decode(void *out, size_t cap, size_t *outlen, const char *text, size_t len)
{
	uint8_t *o = out;
	size_t pad = 0, full, n, i;
	uint32_t bad = 0;

	*outlen = 0;
	if (len % 4 != 0)
		return -1;
	if (len > 0 && text[len - 1] == '=')
		pad = text[len - 2] == '=' ? 2 : 1;
	n = len / 4 * 3 - pad;
	if (n > cap)
		return -1;
	full = pad > 0 ? len - 4 : len;
	for (i = 0; i + 8 <= full; i += 8, o += 6)
		bad |= base64_eight(o, codec_load(text + i));
	for (; i < full; i += 4) {
		const uint32_t a = base64_value(text[i]), b = base64_value(text[i + 1]);
		const uint32_t c = base64_value(text[i + 2]), d = base64_value(text[i + 3]);

		bad |= a | b | c | d;
		*o++ = (uint8_t)(a << 2 | b >> 4);
		*o++ = (uint8_t)(b << 4 | c >> 2);
		*o++ = (uint8_t)(c << 6 | d);
	}
	if (pad > 0) {
		const uint32_t a = base64_value(text[i]), b = base64_value(text[i + 1]);
		const uint32_t c = pad == 1 ? base64_value(text[i + 2]) : 0;
		/* Canonical: the bits that no byte takes are zero. */
		const uint32_t rest = pad == 1 ? c & 3u : b & 15u;

		bad |= a | b | c | rest << 8;
		*o++ = (uint8_t)(a << 2 | b >> 4);
		if (pad == 1)
			*o++ = (uint8_t)(b << 4 | c >> 2);
	}
	if (bad & ~0xffu)
		return -1;
	*outlen = n;
	return 0;
}

static char hex_char(uint32_t v)
{
	return (char)((codec_in(v, 0, 9) & (v + '0')) | (codec_in(v, 10, 15) & (v - 10 + 'a')));
}

static uint32_t hex_value(char ch)
{
	const uint32_t c = (unsigned char)ch;
	const uint32_t digit = codec_in(c, '0', '9'), letter = codec_in(c, 'a', 'f');

	return (digit & (c - '0')) | (letter & (c - 'a' + 10)) | (~(digit | letter) & 0x100);
}

/* Eight digits, four bytes; 0x100 when one is no lower-case digit, else 0. */
static uint32_t hex_eight(uint8_t out[4], uint64_t x)
{
	const uint64_t low = x & ~TOPS;
	const uint64_t digit = codec_each_in(low, '0', '9'), letter = codec_each_in(low, 'a', 'f');
	const uint64_t ok = (digit | letter) & TOPS & ~x;
	uint64_t v = (low & EACH(0x0f)) + (letter & EACH(9));
	int i;

	/* Half a byte a byte; then pairs, the first one higher. */
	v = v << 4 | v >> 8;
	for (i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> 16 * i);
	return (uint32_t)((ok ^ TOPS) != 0) << 8;
}

void hex_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = hex_char(p[i] >> 4);
		*out++ = hex_char(p[i] & 15u);
	}
	*out = '\0';
}

int hex_decode(void *out, size_t len, const char *text, size_t textlen)
{
	uint8_t *o = out;
	uint32_t bad = 0;
	size_t i;

	if (textlen % 2 != 0 || textlen / 2 != len)
		return -1;
	for (i = 0; i + 4 <= len; i += 4)
		bad |= hex_eight(o + i, codec_load(text + 2 * i));
	for (; i < len; i++) {
		const uint32_t hi = hex_value(text[2 * i]), lo = hex_value(text[2 * i + 1]);

		bad |= hi | lo;
		o[i] = (uint8_t)(hi << 4 | lo);
	}
	return bad & 0x100 ? -1 : 0;
}

/* RFC 4648 table 3, either case. */
static uint32_t base32_value(char ch)
{
	const uint32_t c = (unsigned char)ch;
	const uint32_t upper = codec_in(c, 'A', 'Z'), lower = codec_in(c, 'a', 'z');
	const uint32_t digit = codec_in(c, '2', '7');

	return (upper & (c - 'A')) | (lower & (c - 'a')) | (digit & (c - '2' + 26)) |
	    (~(upper | lower | digit) & 0x100);
}

int base32_decode(void *out, size_t cap, size_t *outlen, const char *text, size_t len)
{
	uint8_t *o = out;
	size_t chars = 0, pad = 0, n = 0, i;
	uint32_t acc = 0, bad = 0;
	unsigned bits = 0;

	*outlen = 0;
	for (i = 0; i < len; i++) {
		uint32_t v;

		if (text[i] == ' ' || text[i] == '-')
			continue;
		if (text[i] == '=') {
			pad++;
			continue;
		}
		if (pad > 0)
			return -1; /* nothing behind padding */
		v = base32_value(text[i]);
		bad |= v;
		acc = acc << 5 | (v & 31u);
		bits += 5;
		chars++;
		if (bits >= 8) {
			bits -= 8;
			if (n == cap)
				return -1;
			o[n++] = (uint8_t)(acc >> bits);
		}
	}
	/* Left-over bits: fewer than five and zero; 1, 3 or 6 characters behind
	 * a multiple of eight make no whole byte. */
	if (bits >= 5 || (acc & ((1u << bits) - 1u)) != 0)
		bad |= 0x100;
	if (pad > 0 && (pad > 6 || (chars + pad) % 8 != 0))
		bad |= 0x100;
	if (bad & 0x100)
		return -1;
	*outlen = n;
	return 0;
}

void base32_encode(char *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		acc = acc << 8 | p[i];
		bits += 8;
		while (bits >= 5) {
			const uint32_t v = acc >> (bits - 5) & 31u;

			bits -= 5;
			*out++ = (char)((codec_in(v, 0, 25) & (v + 'A')) |
			    (codec_in(v, 26, 31) & (v - 26 + '2')));
		}
	}
	if (bits > 0) {
		const uint32_t v = acc << (5 - bits) & 31u;

		*out++ = (char)((codec_in(v, 0, 25) & (v + 'A')) |
		    (codec_in(v, 26, 31) & (v - 26 + '2')));
	}
	*out = '\0';
}
