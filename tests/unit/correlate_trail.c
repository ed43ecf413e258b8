/* SPDX-License-Identifier: BSD-2-Clause */
/* trail_scan, which looks at 64 bytes at once, says of made-up trails, whole and damaged, what a reader says that
 * takes byte after byte. */
#include "unit.h"

#include "base/buf.h"
#include "base/text.h"
#include "correlate/trail.h"

#define TRAILS 30000

struct said {
	int64_t units, handed;
	uint64_t sum;		/* over the bytes of those handed on */
};

static uint32_t rng;

static uint32_t below(uint32_t n)
{
	rng = rng * 1664525u + 1013904223u;
	return (rng >> 16) % n;
}

static int take(void *ctx, const char *unit, size_t len, struct err *e)
{
	struct said *s = ctx;

	(void)e;
	s->handed++;
	for (size_t i = 0; i < len; i++)
		s->sum = s->sum * 31 + (unsigned char)unit[i];
	return 0;
}

static int of_interest(const char *unit, size_t len)
{
	static const char *const words[] = { "\"Root", "AssumeRoot", "PasswordRecover", "EmailUpdate", "twokey:" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (memmem(unit, len, words[i], strlen(words[i])) != NULL)
			return 1;
	return 0;
}

/* Where the byte after byte reader is. */
struct reader {
	const char *p;
	char open[TRAIL_DEPTH];
	int depth, base, list, comma;
	size_t from;
	struct said said;
};

static int opens(struct reader *r, size_t at)
{
	const int unit = r->depth == r->base;

	if (r->depth == TRAIL_DEPTH)
		return -1;
	if (unit && (r->p[at] != '{' || (r->list && r->comma != (r->said.units > 0))))
		return -1;
	if (unit) {
		r->from = at;
		r->comma = 0;
	}
	r->open[r->depth++] = r->p[at];
	return 0;
}

static int closes(struct reader *r, size_t at)
{
	if (r->depth == 0 || r->open[r->depth - 1] != r->p[at] - 2)
		return -1;
	if (r->depth == r->base) {	/* the list */
		r->base = r->list = 0;
		if (r->comma)
			return -1;
		/* What else its object holds is no unit. */
		r->from = SIZE_MAX;
		return --r->depth, 0;
	}
	if (--r->depth > r->base || r->from == SIZE_MAX) {
		r->from = r->depth == r->base ? 0 : r->from;
		return 0;
	}
	r->said.units++;
	return of_interest(r->p + r->from, at + 1 - r->from) ?
	    take(&r->said, r->p + r->from, at + 1 - r->from, NULL) : 0;
}

/* Of a text whose list begins before `at`, `level` deep: 0, and what is in it. */
static int read_bytes(struct said *out, const char *p, size_t len, size_t at, int level)
{
	struct reader r = { .p = p, .open = { '{', '[' }, .depth = level, .base = level, .list = level > 0 };
	int string = 0, escaped = 0, bad = !text_is_utf8(p, len);

	if (level == 1)
		r.open[0] = '[';
	for (; at < len && !bad; at++) {
		const int escape = escaped, between = r.depth == r.base;

		escaped = p[at] == '\\' && !escape;
		if (p[at] == '"' && !escape)
			string = !string;
		if (!string && (p[at] == '{' || p[at] == '['))
			bad = opens(&r, at) != 0;
		else if (!string && (p[at] == '}' || p[at] == ']'))
			bad = closes(&r, at) != 0;
		else if (between && p[at] == ',' && r.list && r.said.units > 0 && !r.comma)
			r.comma = 1;
		else if (between)
			bad = strchr(" \n\r\t", p[at]) == NULL || p[at] == '\0';
	}
	*out = r.said;
	return bad || string || r.depth > 0;
}

static void text(struct buf *b)
{
	static const char *const parts[] = { "\"Root\"", "Root", "AssumeRoot", "AssumedRole", "PasswordRecovery", "Password",
		"EmailUpdated", "DEFAULT", "twokey:", "worker", "\xc3\xa9", "\\\"\xc3\xa9", "\\\\", "\\\"", "{", "}", "[", "]",
		",", "R", "P", "U", "wo", "awsRegion", "sourceIPAddress" };
	const char *part = parts[below(COUNT(parts))];

	for (uint32_t n = below(90); n > 0; n--)
		buf_put(b, &"aeiou-.:/0123"[below(13)], 1);
	if (below(3) == 0)
		for (; *part != '\0'; part++)
			*part == '"' ? buf_puts(b, below(50) > 0 ? "\\\"" : "\"") : buf_put(b, part, 1);
}

static void value(struct buf *b, int depth)
{
	const uint32_t kind = below(depth > 60 ? 2 : depth > 5 ? 5 : 7);

	if (kind < 4) {
		buf_puts(b, kind == 0 ? "true" : "\"");
		if (kind > 0)
			text(b);
		buf_puts(b, kind == 0 ? "" : "\"");
		return;
	}
	buf_puts(b, kind == 4 ? "[" : "{\"k\":");
	for (uint32_t n = 1 + below(3); n > 0; n--) {
		value(b, depth + 1);
		buf_puts(b, n == 1 ? "" : kind == 4 ? "," : ",\"k\":");
	}
	buf_puts(b, kind == 4 ? "]" : "}");
}

static void unit(struct buf *b)
{
	buf_puts(b, "{\"k\":");
	value(b, 3);
	/* A few are deep, up to one level too many. */
	for (uint32_t n = below(40) == 0 ? 50 + below(14) : 0, i = n; i > 0; i--) {
		buf_puts(b, i == n ? ",\"k\":" : "");
		buf_puts(b, "{\"k\":");
		if (i == 1)
			buf_puts(b, "1");
		for (uint32_t k = n; i == 1 && k > 0; k--)
			buf_puts(b, "}");
	}
	buf_puts(b, below(4) == 0 ? "}\n" : "}");
}

/* What may begin a trail; its list is as many levels deep. */
static const char *const begins[] = { "", "[", "{\"Records\":[" };

static void make(struct buf *b, int level)
{
	buf_puts(b, begins[level]);
	for (uint32_t n = below(8), i = 0; i < n; i++) {
		buf_puts(b, i > 0 && level > 0 ? "," : "");
		unit(b);
	}
	buf_puts(b, level > 0 ? "]" : "");
	if (level == 2 && below(2) == 0) {
		buf_puts(b, ",\"more\":");
		value(b, 2);
	}
	buf_puts(b, level == 2 ? "}" : "");
	if (below(8) == 0)
		unit(b);
}

/* At most three bytes behind what begins it. */
static void damage(char *p, size_t len, size_t from)
{
	static const char other[] = "{}[]\"\\,: R\xff\xc3";

	for (uint32_t n = below(2) * below(4); n > 0 && from < len; n--)
		p[from + below((uint32_t)(len - from))] = other[below(sizeof(other) - 1)];
}

static void says_what_bytes_say(void **state)
{
	/* What stands there is nobody's business. */
	static const char behind[TRAIL_SLACK + 1] = "oot\"}]{twokey:[[[[[[\"\"\"";
	int sound = 0, broken = 0, handed = 0;

	(void)state;
	for (uint32_t i = 0; i < TRAILS; i += (uint32_t)unit_step(50)) {
		const int level = (int)(i % 3);
		struct buf b = BUF_INIT;
		struct said want, got = { 0 };
		struct trail t = { .fn = take, .ctx = &got };
		size_t used, len;
		char *own;
		int r;

		rng = i;
		make(&b, level);
		len = b.len;
		buf_put(&b, behind, TRAIL_SLACK);
		assert_true(buf_ok(&b));
		own = (char *)b.data;
		damage(own, len, strlen(begins[level]));
		r = trail_scan(&t, own, len, 1, &used, NULL) != 0;
		if (r != read_bytes(&want, own, len, strlen(begins[level]), level))
			fail_msg("trail %u: one says it is sound, the other does not: %.*s", i, (int)len, own);
		/* Of what is broken, as much may be handed on as was found sound before. */
		if (r == 0 && (t.units != want.units || t.handed != want.handed || got.sum != want.sum))
			fail_msg("trail %u: other units: %.*s", i, (int)len, own);
		*(r == 0 ? &sound : &broken) += 1;
		handed += (int)t.handed;
		buf_free(&b);
	}
	/* The trails are worth it. */
	if (!unit_in_valgrind())
		assert_true(sound > TRAILS / 4 && broken > TRAILS / 4 && handed > TRAILS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(says_what_bytes_say) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
