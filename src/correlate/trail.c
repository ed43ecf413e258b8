/* SPDX-License-Identifier: BSD-2-Clause */
#include "correlate/trail.h"

#include <string.h>

#include "base/text.h"
#include "correlate/trail_block.h"

#define BEGIN_LEN 4096	/* bytes that tell what it is */

/* A scan from one unit's border on. */
struct scan {
	struct trail *t;
	const unsigned char *p;		/* all bytes */
	size_t len, at;			/* at: of the block */
	size_t border;			/* done with, up to here */
	size_t from;			/* where the unit begins that is open */
	size_t word;			/* behind the last word of interest before the block, or 0 */
	uint64_t words;			/* those in it, a bit each */
	size_t utf8;			/* checked up to here */
	uint64_t in_string;		/* all ones or none */
	uint64_t escaped;		/* 1: the next block's first byte is */
	uint64_t kinds;			/* a bit a level: 1 for '{' */
	int depth, base;		/* base: the level at which units stand */
	struct err *e;
};

static int broken(struct scan *s, size_t at, const char *why)
{
	return err_set(s->e, ERR_INPUT, "at byte %zu: %s", at, why);
}

static int blank(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Does the text at p + at - behind begin with this word? */
#define WORD(text, behind) (at + 1 > (behind) && len - at + (behind) >= sizeof(text) - 1 && \
	memcmp(p + at - (behind), text, sizeof(text) - 1) == 0)

/* Is it a word of interest that has its rare letter here? */
static inline int is_word(const unsigned char *p, size_t at, size_t len)
{
	switch (p[at]) {
	case 'R':
		/* Of a record in a string the closing quote has a backslash. */
		return WORD("\"Root", 1) || WORD("AssumeRoot", 6);
	case 'P':
		return WORD("PasswordRecover", 0);
	case 'U':
		return WORD("EmailUpdate", 5);
	default:
		return WORD("twokey:", 1);
	}
}

/* From the last border to here nothing may stand but blanks and, in a list, one comma. */
static int between(struct scan *s, size_t to, int next)
{
	const struct trail *t = s->t;
	const int list = t->place == TRAIL_RECORDS && t->units > 0;
	int comma = 0;

	for (size_t i = s->border; i < to; i++) {
		if (blank(s->p[i]))
			continue;
		if (s->p[i] != ',' || !list || comma)
			return broken(s, i, "what stands here is no record");
		comma = 1;
	}
	if (list && comma != next)
		return broken(s, to, next ? "no comma stands between two records" :
		    "a comma stands behind the last record");
	return 0;
}

static int unit_begins(struct scan *s, size_t at)
{
	if (s->t->place == TRAIL_BEHIND)
		return 0;
	if (s->p[at] != '{')
		return broken(s, at, "a list stands where a record must");
	s->from = at;
	return between(s, at, 1);
}

/* Is a word of interest in the unit that ends before `to`, in this block? */
static int has_word(const struct scan *s, size_t to)
{
	const size_t end = to - s->at;
	uint64_t here = end >= 64 ? s->words : s->words & ((UINT64_C(1) << end) - 1);

	if (s->from > s->at)
		here &= ~((UINT64_C(1) << (s->from - s->at)) - 1);
	return here != 0 || s->word > s->from;
}

static int unit_ends(struct scan *s, size_t to)
{
	struct trail *t = s->t;
	const size_t max = t->place == TRAIL_RECORDS ? TRAIL_UNIT_MAX : TRAIL_WHOLE_MAX;

	if (t->place == TRAIL_BEHIND)
		return 0;
	if (to - s->from > max)
		return broken(s, s->from, "a record is too long");
	t->units++;
	s->border = to;
	if (!has_word(s, to))
		return 0;
	t->handed++;
	return t->fn(t->ctx, (const char *)s->p + s->from, to - s->from, s->e);
}

/* The list of records has its end at `at`: what else the outermost object holds is
 * nobody's business, as long as it ends. */
static int list_ends(struct scan *s, size_t at)
{
	int r;

	if (s->p[at] != ']')
		return broken(s, at, "the list of records ends with another bracket");
	if ((r = between(s, at, 0)) != 0)
		return r;
	s->t->place = --s->depth > 0 ? TRAIL_BEHIND : TRAIL_OBJECTS;
	s->border = at + 1;
	s->base = 0;
	s->kinds >>= 1;
	return 0;
}

static inline __attribute__((always_inline)) int bracket(struct scan *s, size_t at)
{
	const uint64_t kind = (s->p[at] & 0x20) == 0 ? 0 : 1;
	const int opens = s->p[at] & 0x02;

	if (opens) {
		if (s->depth == TRAIL_DEPTH)
			return broken(s, at, "it is nested too deeply");
		s->kinds = s->kinds << 1 | kind;
		return s->depth++ == s->base ? unit_begins(s, at) : 0;
	}
	if (s->depth == s->base)
		return s->t->place == TRAIL_RECORDS ? list_ends(s, at) :
		    broken(s, at, "a bracket closes nothing");
	if ((s->kinds & 1) != kind)
		return broken(s, at, "a bracket closes one of another kind");
	s->kinds >>= 1;
	if (--s->depth > s->base)
		return 0;
	if (s->t->place == TRAIL_BEHIND) {
		s->t->place = TRAIL_OBJECTS;
		s->border = at + 1;
		return 0;
	}
	return unit_ends(s, at + 1);
}

/* Of the bits that a backslash stands at: those behind an odd run of them. */
static uint64_t escapes(struct scan *s, uint64_t escape)
{
	const uint64_t even = UINT64_C(0x5555555555555555);
	uint64_t behind, starts, sum;

	if (escape == 0) {
		behind = s->escaped;
		s->escaped = 0;
		return behind;
	}
	escape &= ~s->escaped;
	behind = escape << 1 | s->escaped;
	starts = escape & ~even & ~behind;
	s->escaped = __builtin_add_overflow(starts, escape, &sum);
	return (even ^ sum << 1) & behind;
}

/* Each bit the parity of itself and those below: ones from each opening quote to
 * before the closing one. */
static uint64_t parity(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	return x ^ x << 32;
}

/* Blocks with other than ASCII are checked as one, when one without follows. */
static int check_text(struct scan *s, size_t to)
{
	const size_t from = s->utf8;

	s->utf8 = to;
	return text_is_utf8((const char *)s->p + from, to - from) ? 0 :
	    broken(s, from, "the bytes from here on are not UTF-8");
}

/* Those that stand in this block outside of strings. */
static inline __attribute__((always_inline)) int brackets(struct scan *s, uint64_t all)
{
	int r = 0;

	for (; all != 0 && r == 0; all &= all - 1)
		r = bracket(s, s->at + (size_t)__builtin_ctzll(all));
	return r;
}

static inline __attribute__((always_inline)) int take_block(struct scan *s, const struct block *b,
    size_t valid)
{
	const uint64_t mask = valid == 64 ? ~UINT64_C(0) : (UINT64_C(1) << valid) - 1;
	const uint64_t quote = b->quote & ~escapes(s, b->escape & mask) & mask;
	const uint64_t string = parity(quote) ^ s->in_string;
	uint64_t word = b->word & mask;
	int r = 0;

	s->in_string = (uint64_t)((int64_t)string >> 63);
	if ((b->high & mask) == 0) {
		if (s->utf8 < s->at)
			r = check_text(s, s->at);
		s->utf8 = s->at + valid;
	}
	for (s->words = 0; word != 0; word &= word - 1)
		if (is_word(s->p, s->at + (size_t)__builtin_ctzll(word), s->len))
			s->words |= word & -word;
	if (r == 0)
		r = brackets(s, (b->open | b->close) & ~string & mask);
	if (s->words != 0)
		s->word = s->at + 64 - (size_t)__builtin_clzll(s->words);
	return r;
}

static inline int no_simple(struct scan *s)
{
	(void)s;
	return 0;
}

#define SCAN_LOOP(s, skip, fn) do { \
	struct block b; \
	unsigned char tail[64 + TRAIL_SLACK] = { 0 }; \
	int r = 0; \
	while (r == 0 && (r = skip(s)) == 0 && (s)->len - (s)->at >= 64) { \
		fn(&b, (s)->p + (s)->at); \
		r = take_block(s, &b, 64); \
		(s)->at += 64; \
	} \
	if (r == 0 && (s)->at < (s)->len) { \
		memcpy(tail, (s)->p + (s)->at, (s)->len - (s)->at); \
		fn(&b, tail); \
		r = take_block(s, &b, (s)->len - (s)->at); \
		(s)->at = (s)->len; \
	} \
	return r; \
} while (0)

#if defined(__x86_64__)
/* Goes on over simple blocks in which no unit begins or ends and no list.  Their braces are counted, not looked at
 * one by one: of the levels that are open the last `room` are of braces and within a unit, so that any may be
 * closed.  What it gives is 0, or the brackets of the simple block at s->at. */
static inline uint64_t __attribute__((target(TRAIL_AVX2))) skip_simple(struct scan *s)
{
	const int within = s->depth - s->base - 1, same = __builtin_ctzll(~s->kinds | UINT64_C(1) << 63);
	const int had = within < same ? within : same, most = TRAIL_DEPTH - s->depth + had;
	uint64_t in_string = s->in_string, all = 0;
	size_t at = s->at;
	int room = had;
	struct block b;

	if (within < 0)
		return 0;
	for (; s->len - at >= 64 && block_simple(&b, s->p + at); at += 64) {
		const uint64_t string = parity_avx2(b.quote) ^ in_string, list = b.list & ~string;
		const uint64_t open = b.open & ~string, close = b.close & ~string;
		const int opens = __builtin_popcountll(open), closes = __builtin_popcountll(close);

		in_string = (uint64_t)((int64_t)string >> 63);
		all = open | close | list;
		if (list != 0 || closes > room || opens > most - room)
			break;
		room += opens - closes;
		all = 0;
	}
	s->at = s->utf8 = at;
	s->in_string = in_string;
	s->depth += room - had;
	s->kinds = s->kinds >> had << room | ((UINT64_C(1) << room) - 1);
	return all;
}

static inline int __attribute__((target(TRAIL_AVX2))) take_simple(struct scan *s)
{
	uint64_t all;
	int r = 0;

	s->words = 0;
	while (r == 0 && s->escaped == 0 && s->utf8 >= s->at && (all = skip_simple(s)) != 0) {
		r = brackets(s, all);
		s->at = s->utf8 = s->at + 64;
	}
	return r;
}

static int __attribute__((target(TRAIL_AVX2))) loop_avx2(struct scan *s)
{
	SCAN_LOOP(s, take_simple, block_avx2);
}

static int loop(struct scan *s)
{
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt") &&
	    __builtin_cpu_supports("pclmul"))
		return loop_avx2(s);
	SCAN_LOOP(s, no_simple, block_sse2);
}
#else
static int loop(struct scan *s)
{
	SCAN_LOOP(s, no_simple, block_plain);
}
#endif

/* `{"Records": [` or `[` with blanks anywhere: the bytes it takes, or 0. */
static size_t begins_list(const char *p, size_t len, int *level)
{
	static const char *const words[] = { "{", "\"Records\"", ":", "[" };
	const size_t count = sizeof(words) / sizeof(words[0]);
	size_t at = 0, i;

	while (at < len && blank((unsigned char)p[at]))
		at++;
	*level = at < len && p[at] == '[' ? 1 : 2;
	for (i = *level == 1 ? count - 1 : 0; i < count; i++) {
		const size_t n = strlen(words[i]);

		while (at < len && blank((unsigned char)p[at]))
			at++;
		if (len - at < n || memcmp(p + at, words[i], n) != 0)
			return 0;
		at += n;
	}
	return at;
}

/* What the text was cut in the midst of, if it was. */
static int ends(struct scan *s)
{
	int r;

	if (s->in_string)
		return broken(s, s->len, "it ends within a string");
	if (s->depth != 0)
		return broken(s, s->len, "it ends before all brackets are closed");
	r = between(s, s->len, 0);
	return r == 0 ? check_text(s, s->len) : r;
}

int trail_scan(struct trail *t, const char *bytes, size_t len, int last, size_t *used, struct err *e)
{
	struct scan s = { .t = t, .p = (const unsigned char *)bytes, .len = len, .e = e };
	int r;

	*used = 0;
	if (t->place == TRAIL_BEGIN && !last && len < BEGIN_LEN)
		return 0;
	if (t->place == TRAIL_BEGIN) {
		s.border = begins_list(bytes, len, &t->level);
		t->place = s.border > 0 ? TRAIL_RECORDS : TRAIL_OBJECTS;
		t->level = s.border > 0 ? t->level : 0;
	}
	if (t->place == TRAIL_RECORDS) {
		s.depth = s.base = t->level;
		s.kinds = t->level == 2 ? 2 : 0;
	} else if (t->place == TRAIL_BEHIND) {
		s.depth = 1;
		s.kinds = 1;
	}
	s.at = s.utf8 = s.border;
	r = loop(&s);
	if (r == 0 && last)
		r = ends(&s);
	/* What is done with is not seen again. */
	if (r == 0 && s.utf8 < s.border)
		r = check_text(&s, s.border);
	if (r == 0 && !last && len - s.border > TRAIL_WHOLE_MAX)
		r = broken(&s, s.border, "a record is too long");
	*used = s.border;
	return r;
}
