/* SPDX-License-Identifier: BSD-2-Clause */
/* Threshold trees: what is taken, what is refused, who satisfies. */
#include "unit.h"

#include <stdio.h>

#include "crypto/crypto.h"
#include "fake_vault.h"
#include "vault/quorum.h"

#define LETTERS 7

static const char *const letters[LETTERS] = { "a", "b", "c", "d", "e", "f", "g" };

static unsigned count(unsigned set)
{
	return (unsigned)__builtin_popcount(set);
}

/* Each tree beside the same rule in C, bit 0 for a. */
static int two_of_two(unsigned s)
{
	return count(s & 3u) >= 2;
}

static int two_of_three(unsigned s)
{
	return count(s & 7u) >= 2;
}

static int three_of_five(unsigned s)
{
	return count(s & 31u) >= 3;
}

static int five_of_seven(unsigned s)
{
	return count(s & 127u) >= 5;
}

static int one_and_one(unsigned s)
{
	return (s & 3u) != 0 && (s & 12u) != 0;
}

static int nested(unsigned s)
{
	return ((s & 1u) != 0) + ((s & 2u) != 0) + (count(s & 28u) >= 2 && (s & 96u) != 0) >= 2;
}

static int deep(unsigned s)
{
	const int inner = (s & 4u) != 0 && (s & 24u) != 0;

	return (s & 1u) != 0 && ((s & 2u) != 0 || inner);
}

static const struct {
	const char *text;
	unsigned n;
	int (*rule)(unsigned set);
} trees[] = {
	{ "2 of (a, b)", 2, two_of_two },
	{ "2 of (a, b, c)", 3, two_of_three },
	{ "3 of (a, b, c, d, e)", 5, three_of_five },
	{ "5 of (a, b, c, d, e, f, g)", 7, five_of_seven },
	{ "2 of (1 of (a, b), 1 of (c, d))", 4, one_and_one },
	{ "2 of (a, b, 2 of (2 of (c, d, e), 1 of (f, g)))", 7, nested },
	{ "2 of (a, 1 of (b, 2 of (c, 1 of (d, e))))", 5, deep },
};

static size_t names(const char **out, unsigned set)
{
	size_t n = 0;

	for (unsigned i = 0; i < LETTERS; i++)
		if (set >> i & 1u)
			out[n++] = letters[i];
	return n;
}

static struct quorum *tree(const char *text)
{
	struct quorum *q = NULL;
	struct err e = { 0 };

	if (quorum_from_text(&q, text, &e) != 0)
		fail_msg("%s: %s", text, e.text);
	return q;
}

static void text_forms(void **state)
{
	struct quorum *q = tree(" 2 of(alice,bob , 1 of (carol,dave))\n"), *again;
	struct buf b = BUF_INIT;
	json *j;

	(void)state;
	assert_int_equal(quorum_to_text(&b, q, NULL), 0);
	assert_string_equal(buf_str(&b), "2 of (alice, bob, 1 of (carol, dave))");
	assert_int_equal(quorum_size(q), 4);
	assert_string_equal(quorum_holder(q, 2), "carol");
	assert_null(quorum_holder(q, 4));
	assert_true(quorum_has(q, "dave"));
	assert_false(quorum_has(q, "erin"));
	j = quorum_to_json(q);
	buf_reset(&b);
	assert_int_equal(json_canonical(&b, j, NULL), 0);
	assert_string_equal(buf_str(&b), "{\"of\":[\"alice\",\"bob\",{\"of\":[\"carol\",\"dave\"],"
	    "\"threshold\":1}],\"threshold\":2}");
	assert_int_equal(quorum_from_json(&again, j, "here", NULL), 0);
	buf_reset(&b);
	assert_int_equal(quorum_to_text(&b, again, NULL), 0);
	assert_string_equal(buf_str(&b), "2 of (alice, bob, 1 of (carol, dave))");
	json_free(&j);
	quorum_free(&q);
	quorum_free(&again);
	/* Names may look like numbers, or be "of". */
	q = tree("2 of (2, of, 17)");
	assert_string_equal(quorum_holder(q, 1), "of");
	quorum_free(&q);
	buf_free(&b);
}

static void text_refused(void **state)
{
	static const struct {
		const char *text;
		int code;
	} bad[] = {
		{ "", ERR_USAGE }, { "alice", ERR_USAGE }, { "2 of", ERR_USAGE },
		{ "2 of ()", ERR_USAGE }, { "2 of (a b)", ERR_USAGE }, { "2 of (a, b", ERR_USAGE },
		{ "2 of (a, b) c", ERR_USAGE }, { "2 of (a,, b)", ERR_USAGE },
		{ "2 of (a, b,)", ERR_USAGE }, { "3 of (a, b)", ERR_USAGE },
		{ "0 of (a, b)", ERR_USAGE }, { "02 of (a, b)", ERR_USAGE },
		{ "256 of (a, b)", ERR_USAGE }, { "-1 of (a, b)", ERR_USAGE },
		{ "2 of (a, a)", ERR_USAGE }, { "2 of (a, 1 of (b, a))", ERR_USAGE },
		{ "2 of (Alice, bob)", ERR_USAGE }, { "2 of (a., b)", ERR_USAGE },
		{ "2 of (a, ..)", ERR_USAGE }, { "2 OF (a, b)", ERR_USAGE },
		{ "1 of (a, b)", ERR_REFUSED }, { "1 of (a)", ERR_REFUSED },
		{ "1 of (2 of (a, b), c)", ERR_REFUSED }, { "1 of (1 of (1 of (a)))", ERR_REFUSED },
		{ "2 of (a, 2 of (b, 2 of (c, 2 of (d, 2 of (e, f)))))", ERR_USAGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct quorum *q = (struct quorum *)1;
		struct err e = { 0 };

		if (quorum_from_text(&q, bad[i].text, &e) != bad[i].code || q != NULL)
			fail_msg("\"%s\" gave %d: %s", bad[i].text, e.code, e.text);
		assert_true(e.text[0] != '\0');
	}
}

static void json_refused(void **state)
{
	static const char *const bad[] = {
		"\"a\"", "{\"of\":[],\"threshold\":1}", "{\"of\":[\"a\",\"b\"]}", "[\"a\",\"b\"]",
		"{\"of\":[\"a\",\"b\"],\"threshold\":0}", "{\"of\":[\"a\",\"b\"],\"threshold\":3}",
		"{\"of\":[\"a\",\"b\"],\"threshold\":1}", "{\"of\":[\"a\",\"a\"],\"threshold\":2}",
		"{\"of\":[\"a\",1],\"threshold\":2}", "{\"of\":[\"a\",null],\"threshold\":2}",
		"{\"of\":[\"a\",\"B\"],\"threshold\":2}", "{\"of\":[\"a\",\"\"],\"threshold\":2}",
		"{\"of\":[\"a\",\"b\"],\"threshold\":2,\"x\":1}",
		"{\"of\":[\"a\",\"b\"],\"threshold\":9007199254740991}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct quorum *q = (struct quorum *)1;
		struct err e = { 0 };
		struct buf b = BUF_INIT;
		json *j = NULL;

		buf_printf(&b, "{\"t\":%s}", bad[i]);
		assert_int_equal(json_parse(&j, b.data, b.len, JSON_CANONICAL, "t", NULL), 0);
		if (quorum_from_json(&q, json_get(j, "t"), "the tree", &e) != ERR_INPUT || q != NULL)
			fail_msg("%s gave %d: %s", bad[i], e.code, e.text);
		json_free(&j);
		buf_free(&b);
	}
}

/* The widest tree there may be, and one wider. */
static void wide(void **state)
{
	struct buf b = BUF_INIT;
	struct quorum *q = NULL;

	(void)state;
	buf_puts(&b, "255 of (h0");
	for (int i = 1; i < 255; i++)
		buf_printf(&b, ", h%d", i);
	buf_puts(&b, ")");
	q = tree(buf_str(&b));
	assert_int_equal(quorum_least(q), 255);
	quorum_free(&q);
	b.len--;
	buf_puts(&b, ", h255)");
	assert_int_equal(quorum_from_text(&q, buf_str(&b), NULL), ERR_USAGE);
	buf_free(&b);
}

/* Fills the stack below with what would count as approvals if it were read. */
static void __attribute__((noinline)) dirty_stack(void)
{
	volatile unsigned char junk[6u << 10];

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = 0x5a;
}

/* Large trees are counted like small ones, to the last leaf. */
static void one_of_many(void **state)
{
	static const int sizes[] = { 63, 64, 65, 100, 254, 255 };

	(void)state;
	for (size_t s = 0; s < COUNT(sizes); s++) {
		const char *first[] = { "h0" }, *last[1];
		const size_t n = (size_t)sizes[s], k = n / 2;
		struct buf b = BUF_INIT;
		struct err e = { 0 };
		struct secret *got = NULL;
		struct share share = { "h0", NULL };
		struct quorum *q;
		char name[8];

		buf_printf(&b, "%zu of (h0", k);
		for (size_t i = 1; i < n; i++)
			buf_printf(&b, ", h%zu", i);
		buf_puts(&b, ")");
		q = tree(buf_str(&b));
		(void)snprintf(name, sizeof(name), "h%zu", n - 1);
		last[0] = name;
		dirty_stack();
		assert_int_equal(quorum_missing(q, first, 1), k - 1);
		dirty_stack();
		assert_int_equal(quorum_missing(q, last, 1), k - 1);
		dirty_stack();
		assert_false(quorum_satisfied(q, last, 1));
		dirty_stack();
		assert_int_equal(quorum_least(q), k);
		assert_int_equal(random_secret(&share.bytes, 32, NULL), 0);
		dirty_stack();
		assert_int_equal(quorum_join(&got, q, &share, 1, &e), ERR_APPROVALS);
		(void)snprintf(name, sizeof(name), " %zu ", k - 1);
		if (strstr(e.text, name) == NULL)
			fail_msg("not%s: %s", name, e.text);
		assert_null(got);
		secret_free(&share.bytes);
		quorum_free(&q);
		buf_free(&b);
	}
}

/* What these people are worth: 1, 2, 3, 1, 2, 3... */
static unsigned weight(unsigned set)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < LETTERS; i++)
		sum += (set >> i & 1u) * (1 + i % 3);
	return sum;
}

/* Brute force over who joins, and who is lost. */
static void check_counts(const struct quorum *q, unsigned n, unsigned set, unsigned char *ok)
{
	const char *who[LETTERS];
	unsigned missing = 99, cut = 0, cost[LETTERS];

	for (unsigned more = 0; more < 1u << n; more++)
		if (ok[set | more] && count(more & ~set) < missing)
			missing = count(more & ~set);
	if (ok[set]) {
		cut = 99;
		for (unsigned lost = set;; lost = (lost - 1) & set) {
			if (!ok[set & ~lost] && weight(lost) < cut)
				cut = weight(lost);
			if (lost == 0)
				break;
		}
	}
	assert_int_equal(quorum_missing(q, who, names(who, set)), missing);
	for (unsigned i = 0; i < n; i++)
		cost[i] = weight(set & 1u << i);
	assert_int_equal(quorum_cut(q, cost), cut);
}

static void check_join(const struct quorum *q, const struct secret *s, const struct share *all,
    unsigned n, unsigned set, int ok)
{
	struct share some[LETTERS + 1];
	struct secret *joined = NULL;
	struct err e = { 0 };
	size_t k = 0;
	int r;

	/* Backwards: the order in which shares come does not matter. */
	for (unsigned i = n; i-- > 0;)
		if (set >> i & 1u)
			some[k++] = all[i];
	r = quorum_join(&joined, q, some, k, &e);
	assert_int_equal(r, ok ? 0 : ERR_APPROVALS);
	if (ok)
		assert_memory_equal(joined->data, s->data, 32);
	else
		assert_null(joined);
	secret_free(&joined);
}

static void matrix(void **state)
{
	(void)state;
	for (size_t t = 0; t < COUNT(trees); t++) {
		struct quorum *q = tree(trees[t].text);
		const unsigned n = trees[t].n;
		struct share shares[LETTERS];
		struct secret *s = NULL;
		unsigned char ok[1 << LETTERS];
		const char *who[LETTERS];

		assert_int_equal(quorum_size(q), n);
		assert_int_equal(random_secret(&s, 32, NULL), 0);
		assert_int_equal(quorum_split(q, s, shares, NULL), 0);
		for (unsigned set = 0; set < 1u << n; set++) {
			ok[set] = (unsigned char)quorum_satisfied(q, who, names(who, set));
			assert_int_equal(ok[set], trees[t].rule(set));
			check_join(q, s, shares, n, set, ok[set]);
		}
		for (unsigned set = 0; set < 1u << n; set++)
			check_counts(q, n, set, ok);
		assert_true(quorum_least(q) >= 2);
		quorum_shares_free(shares, n);
		secret_free(&s);
		quorum_free(&q);
	}
}

/* Two tokens of one person are one share, however often it is given. */
static void one_person_twice(void **state)
{
	struct quorum *q = tree("2 of (a, b, c)");
	const char *const who[] = { "a", "a", "a", "stranger" };
	struct secret *s = NULL, *joined = NULL;
	struct share shares[3], twice[3];

	(void)state;
	assert_false(quorum_satisfied(q, who, COUNT(who)));
	assert_int_equal(random_secret(&s, 32, NULL), 0);
	assert_int_equal(quorum_split(q, s, shares, NULL), 0);
	twice[0] = twice[1] = twice[2] = shares[0];
	twice[2].holder = "stranger";
	assert_int_equal(quorum_join(&joined, q, twice, 3, NULL), ERR_APPROVALS);
	quorum_shares_free(shares, 3);
	secret_free(&s);
	quorum_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_forms), cmocka_unit_test(text_refused),
		cmocka_unit_test(json_refused), cmocka_unit_test(wide), cmocka_unit_test(one_of_many), cmocka_unit_test(matrix),
		cmocka_unit_test(one_person_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
