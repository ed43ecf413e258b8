/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_CORRELATE_TRAIL_BLOCK_H
#define TWOKEY_CORRELATE_TRAIL_BLOCK_H

#include <stdint.h>

/* What stands where in 64 bytes of a trail: bit i is byte i. */
struct block {
	uint64_t quote, escape;	/* '"' and '\\' */
	uint64_t open, close;	/* '{' or '[', '}' or ']' */
	uint64_t word;		/* a word of interest may stand here: trail_word looks */
	uint64_t high;		/* no ASCII */
};

/* Letters that are rare in trails, in words that are looked for: 'R' in Root and
 * PasswordRecovery, 'U' in EmailUpdated, "wo" in twokey. */
typedef void block_fn(struct block *b, const unsigned char *p);

#if defined(__x86_64__)
#include <immintrin.h>

/* [ and ] differ from { and } in one bit. */
#define BRACKET 0x20

/* Bytes `from` and on, a register full of them. */
#define PART(T, P, BITS, from) do { \
	const T c = P##_loadu_##BITS((const void *)(p + (from))); \
	const T next = P##_loadu_##BITS((const void *)(p + (from) + 1)); \
	const T low = P##_or_##BITS(c, P##_set1_epi8(BRACKET)); \
	const T two = P##_and_##BITS(P##_cmpeq_epi8(c, P##_set1_epi8('w')), \
	    P##_cmpeq_epi8(next, P##_set1_epi8('o'))); \
	const T one = P##_or_##BITS(P##_cmpeq_epi8(c, P##_set1_epi8('R')), \
	    P##_cmpeq_epi8(c, P##_set1_epi8('U'))); \
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

static inline __attribute__((always_inline, target("avx2"))) void block_avx2(struct block *b,
    const unsigned char *p)
{
	*b = (struct block){ 0 };
	PART(__m256i, _mm256, si256, 0);
	PART(__m256i, _mm256, si256, 32);
}
#undef PART
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
		b->word |= c == 'R' || c == 'U' || (c == 'w' && p[i + 1] == 'o') ? bit : 0;
		b->high |= c >= 0x80 ? bit : 0;
	}
}
#endif

#endif
