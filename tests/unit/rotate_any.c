/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds of every timeline, over timelines made by dice. */
#include "unit.h"

#include <stdio.h>

#include "rotate_lib.h"

static uint32_t seed;
static uint32_t roll(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* A timeline by dice: versions, candidates, releases, confirmations on three hosts. */
static void random_steps(char *out, size_t cap)
{
	static const char *const as[] = { "value", "seed", "code" };
	size_t at = 0;
	unsigned hour = 0, version = 0, i, policies = 1;

	for (i = 0; i < 14; i++) {
		const unsigned host = 1 + roll(3), v = version > 0 ? 1 + roll(version) : 1;
		const unsigned what = version == 0 ? 0 : roll(9);

		hour += roll(4);
		at += (size_t)snprintf(out + at, cap - at, "%s", i > 0 ? ";" : "");
		if (what < 3)
			at += (size_t)snprintf(out + at, cap - at, "h%u:S%u%s@%u pw%s totp", host, ++version,
			    roll(2) ? "c" : "", hour, roll(2) ? "+al" : "");
		else if (what < 6)
			at += (size_t)snprintf(out + at, cap - at, "h%u:R%u@%u pw=%s totp=%s", host, v, hour,
			    as[roll(3)], as[roll(3)]);
		else if (what < 8)
			at += (size_t)snprintf(out + at, cap - at, "h%u:C%u@%u pw", host, v, hour);
		else if (policies < 4)
			at += (size_t)snprintf(out + at, cap - at, "P%u@%u rekey bob", ++policies, hour);
		else
			at += (size_t)snprintf(out + at, cap - at, "h%u:D@%u bob 1", host, hour);
	}
}

static void report_text(struct buf *b, struct rotate *r, double hour)
{
	struct rotate_report *p = tl_judge(r, hour);
	json *j;

	buf_reset(b);
	assert_int_equal(rotate_report_json(p, &j, NULL), 0);
	assert_int_equal(json_canonical(b, j, NULL), 0);
	json_free(&j);
	rotate_report_free(&p);
}

static void order_of_hosts(void **state)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	char steps[1024];
	int i;

	(void)state;
	for (i = 0; i < 300; i++) {
		struct tl t;
		struct rotate *x, *y, *z;

		seed = (uint32_t)i;
		random_steps(steps, sizeof(steps));
		tl_read(&t, steps);
		x = tl_feed(&t, "h1");
		y = tl_feed(&t, "h2");
		z = tl_feed(&t, "h3");
		report_text(&a, x, 40);
		report_text(&b, y, 40);
		assert_string_equal(buf_str(&a), buf_str(&b));
		report_text(&b, z, 40);
		assert_string_equal(buf_str(&a), buf_str(&b));
		rotate_free(&x);
		rotate_free(&y);
		rotate_free(&z);
		tl_free(&t);
	}
	buf_free(&a);
	buf_free(&b);
}

static void without(char *text, const char *word)
{
	char *at;

	while ((at = strstr(text, word)) != NULL)
		memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
}

/* Time alone makes things overdue and stale, and changes nothing else; what is
 * overdue stays so. */
static void time_only_adds(void **state)
{
	char steps[1024], before[512], after[512];
	int i, hour;
	size_t k;

	(void)state;
	for (i = 0; i < 100; i++) {
		struct rotate_report *p, *q;
		struct rotate *r;
		struct tl t;

		seed = 1000u + (uint32_t)i;
		random_steps(steps, sizeof(steps));
		tl_read(&t, steps);
		r = tl_feed(&t, "h1");
		p = tl_judge(r, 0);
		for (hour = 1; hour < 300; hour += 7) {
			q = tl_judge(r, hour);
			assert_true(q->n_overdue >= p->n_overdue && q->n_stale >= p->n_stale);
			assert_int_equal(q->n_due, p->n_due);
			for (k = 0; k < p->records[0].n_fields; k++)
				assert_true(q->records[0].fields[k].overdue >=
				    p->records[0].fields[k].overdue);
			tl_fields(before, sizeof(before), &p->records[0]);
			tl_fields(after, sizeof(after), &q->records[0]);
			without(before, " overdue");
			without(after, " overdue");
			assert_string_equal(before, after);
			rotate_report_free(&p);
			p = q;
		}
		rotate_report_free(&p);
		rotate_free(&r);
		tl_free(&t);
	}
}

/* A code more changes no field; a value more never brings relief. */
static void releases_only_add(void **state)
{
	char steps[1200], plain[512], more[512];
	int i;

	(void)state;
	for (i = 0; i < 300; i++) {
		size_t n, k;
		int how;

		seed = 5000u + (uint32_t)i;
		random_steps(steps, 1024);
		n = strlen(steps);
		for (how = 0; how < 2; how++) {
			struct tl a, b;
			struct rotate *x, *y;
			struct rotate_report *p, *q;

			steps[n] = '\0';
			tl_read(&a, steps);
			(void)snprintf(steps + n, 64, ";h2:R%u@%u pw=%s totp=%s", 1 + roll(4), roll(40),
			    how == 0 ? "code" : "value", how == 0 ? "code" : "seed");
			tl_read(&b, steps);
			x = tl_feed(&a, "h1");
			y = tl_feed(&b, "h1");
			p = tl_judge(x, 40);
			q = tl_judge(y, 40);
			tl_fields(plain, sizeof(plain), &p->records[0]);
			tl_fields(more, sizeof(more), &q->records[0]);
			if (how == 0)
				assert_string_equal(plain, more);
			for (k = 0; k < p->records[0].n_fields; k++) {
				const struct rotate_field *f = &p->records[0].fields[k];
				const struct rotate_field *g = &q->records[0].fields[k];

				assert_true(g->state >= f->state && g->overdue >= f->overdue);
				assert_true(f->due < 0 || (g->due >= 0 && g->due <= f->due));
			}
			rotate_report_free(&p);
			rotate_report_free(&q);
			rotate_free(&x);
			rotate_free(&y);
			tl_free(&a);
			tl_free(&b);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_hosts),
		cmocka_unit_test(time_only_adds),
		cmocka_unit_test(releases_only_add)
	};

	return cmocka_run_group_tests_name("rotate_any", tests, NULL, NULL);
}
