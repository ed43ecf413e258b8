/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_TRAIL_BLOCK_H
#define TWOKEY_CORRELATE_TRAIL_BLOCK_H

#include <stdint.h>

/* What stands where in 64 bytes of a trail: bit i is byte i. */
struct block {
	uint64_t quote, escape;	/* '"' and '\\' */
	uint64_t open, close;	/* '{' or '[', '}' or ']' */
	uint64_t list;		/* of block_simple: '[' or ']' */
	uint64_t word;		/* a word of interest may stand here: is_word looks */
	uint64_t high;		/* no ASCII */
};

/* Letters that are rare in trails, in words that are looked for: 'R' in Root, 'P' in
 * PasswordRecovery, 'U' in EmailUpdated, "wo" in twokey. */

#if defined(__x86_64__)
#include <immintrin.h>

#define TRAIL_AVX2 "avx2,bmi,popcnt,pclmul"

/* [ and ] differ from { and } in one bit. */
#define BRACKET 0x20

/* Bytes `from` and on, a register full of them. */
#define PART(T, P, BITS, from) do { \
	const T c = P##_loadu_##BITS((const void *)(p + (from))); \
	const T next = P##_loadu_##BITS((const void *)(p + (from) + 1)); \
	const T low = P##_or_##BITS(c, P##_set1_epi8(BRACKET)); \
	const T two = P##_and_##BITS(P##_cmpeq_epi8(c, P##_set1_epi8('w')), \
	    P##_cmpeq_epi8(next, P##_set1_epi8('o'))); \
	const T one = P##_or_##BITS(P##_cmpeq_epi8(c, P##_set1_epi8('P')), \
	    P##_or_##BITS(P##_cmpeq_epi8(c, P##_set1_epi8('R')), P##_cmpeq_epi8(c, P##_set1_epi8('U')))); \
	b->quote |= MASK(P, P##_cmpeq_epi8(c, P##_set1_epi8('"')), from); \
	b->escape |= MASK(P, P##_cmpeq_epi8(c, P##_set1_epi8('\\')), from); \
	b->open |= MASK(P, P##_cmpeq_epi8(low, P##_set1_epi8('{')), from); \
	b->close |= MASK(P, P##_cmpeq_epi8(low, P##_set1_epi8('}')), from); \
	b->word |= MASK(P, P##_or_##BITS(one, two), from); \
	b->high |= MASK(P, c, from); \
} while (0)
#define MASK(P, x, from) ((uint64_t)(unsigned)P##_movemask_epi8(x) << (from))

static inline __attribute__((always_inline)) void block_sse2(struct block *b,
    const unsigned char *p)
{
	*b = (struct block){ 0 };
	PART(__m128i, _mm, si128, 0);
	PART(__m128i, _mm, si128, 16);
	PART(__m128i, _mm, si128, 32);
	PART(__m128i, _mm, si128, 48);
}

static inline __attribute__((always_inline, target(TRAIL_AVX2))) void block_avx2(struct block *b,
    const unsigned char *p)
{
	*b = (struct block){ 0 };
	PART(__m256i, _mm256, si256, 0);
	PART(__m256i, _mm256, si256, 32);
}
#undef PART
#undef MASK

/* Each bit the parity of itself and those below: the product with all ones, without carries. */
static inline __attribute__((always_inline, target(TRAIL_AVX2))) uint64_t parity_avx2(uint64_t x)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)x),
	    _mm_set1_epi8((char)0xff), 0));
}

/* Classes of bytes, a bit each; those of words by a letter and the one behind its next. */
#define OPEN 0x80		/* '{' */
#define CLOSE 0x40		/* '}' */
#define QUOTE 0x20
#define LIST 0x10		/* '[', ']' */
#define ESCAPE 0x08
#define WORD_RU 0x04		/* "R.o", "U.d" */
#define WORD_P 0x02		/* "P.s" */
#define WORD_W 0x01		/* "w.k" */
#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define MASK(i, n) ((uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_slli_epi16(class[i], n)) << 32 * (i))

/* Sets quote, open and close of braces alone, and list.  0 when something else is in the block: a byte that is
 * no ASCII, a backslash, maybe a word.  A byte's class is what the tables have for both its low and its high
 * half, so that two look-ups tell all of them apart. */
static inline __attribute__((always_inline, target(TRAIL_AVX2))) int block_simple(struct block *b,
    const unsigned char *p)
{
	const __m256i low = TABLE(WORD_P, 0, QUOTE | WORD_RU, 0, 0, WORD_RU, 0, WORD_W, 0, 0, 0,
	    (char)(OPEN | LIST), ESCAPE, CLOSE | LIST, 0, 0);
	const __m256i high = TABLE(0, 0, QUOTE, 0, 0, LIST | ESCAPE | WORD_RU | WORD_P, 0,
	    (char)(OPEN | CLOSE | WORD_W), 0, 0, 0, 0, 0, 0, 0, 0);
	const __m256i behind = TABLE(0, 0, 0, WORD_P, WORD_RU, 0, 0, 0, 0, 0, 0, WORD_W, 0, 0, 0, WORD_RU);
	__m256i c[2], class[2], word[2];

	for (int i = 0; i < 2; i++) {
		c[i] = _mm256_loadu_si256((const void *)(p + 32 * i));
		class[i] = _mm256_and_si256(_mm256_shuffle_epi8(low, c[i]), _mm256_shuffle_epi8(high,
		    _mm256_and_si256(_mm256_srli_epi16(c[i], 4), _mm256_set1_epi8(15))));
		/* A backslash counts whatever stands behind it. */
		word[i] = _mm256_shuffle_epi8(behind, _mm256_loadu_si256((const void *)(p + 32 * i + 2)));
		word[i] = _mm256_and_si256(class[i], _mm256_or_si256(word[i], _mm256_set1_epi8(ESCAPE)));
	}
	b->open = MASK(0, 0) | MASK(1, 0);
	b->close = MASK(0, 1) | MASK(1, 1);
	b->quote = MASK(0, 2) | MASK(1, 2);
	b->list = _mm256_testz_si256(_mm256_or_si256(class[0], class[1]), _mm256_set1_epi8(LIST)) ? 0 :
	    MASK(0, 3) | MASK(1, 3);
	c[0] = _mm256_and_si256(_mm256_or_si256(c[0], c[1]), _mm256_set1_epi8((char)0x80));
	c[0] = _mm256_or_si256(c[0], _mm256_or_si256(word[0], word[1]));
	return _mm256_testz_si256(c[0], c[0]);
}
#undef OPEN
#undef CLOSE
#undef QUOTE
#undef LIST
#undef ESCAPE
#undef WORD_RU
#undef WORD_P
#undef WORD_W
#undef TABLE
#undef MASK
#else
static inline __attribute__((always_inline)) void block_plain(struct block *b,
    const unsigned char *p)
{
	*b = (struct block){ 0 };
	for (int i = 0; i < 64; i++) {
		const unsigned char c = p[i];
		const uint64_t bit = UINT64_C(1) << i;

		b->quote |= c == '"' ? bit : 0;
		b->escape |= c == '\\' ? bit : 0;
		b->open |= c == '{' || c == '[' ? bit : 0;
		b->close |= c == '}' || c == ']' ? bit : 0;
		b->word |= c == 'P' || c == 'R' || c == 'U' || (c == 'w' && p[i + 1] == 'o') ? bit : 0;
		b->high |= c >= 0x80 ? bit : 0;
	}
}
#endif

#endif
