/* SPDX-License-Identifier: BSD-2-Clause */
/* Exposure and rotation over timelines (see rotate_lib.h for how they are written). */
#include "unit.h"

#include "rotate_lib.h"

static const struct {
	const char *steps;
	double now;
	const char *want;
} timelines[] = {
	/* Born sealed, or known. */
	{ "S1@0 pw totp", 1000, "pw sealed v1; totp sealed v1" },
	{ "S1@5 pw+alice totp", 6, "pw known v1 since 5 due 29; totp sealed v1" },
	{ "S1@5 pw+alice", 28.999, "pw known v1 since 5 due 29" },
	{ "S1@5 pw+alice", 29, "pw known v1 since 5 due 29 overdue" },
	/* Releases: a value and a seed expose, a code does not. */
	{ "S1@0 pw totp;R1@9 pw=value totp=code", 10, "pw exposed v1 since 9 due 33; totp sealed v1" },
	{ "S1@0 pw totp;R1@9 totp=code", 99, "pw sealed v1; totp sealed v1" },
	{ "S1@0 totp;R1@9 totp=seed", 10, "totp exposed v1 since 9 due 33" },
	{ "S1@0 pw;R1@9 pw=value;R1@20 pw=value", 10, "pw exposed v1 since 9 due 33" },
	{ "S1@0 pw;R1@20 pw=value;h2:R1@9 pw=value", 10, "pw exposed v1 since 9 due 33" },
	{ "S1@5 pw+alice;R1@9 pw=value", 10, "pw exposed v1 since 9 due 29" },
	{ "S1@0 pw;R1@9 pw=value,12", 12, "pw exposed v1 since 9 due 12 overdue" },
	{ "S1@0 pw;R1@9 pw=value,60", 33, "pw exposed v1 since 9 due 33 overdue" },
	/* A new version that nobody knew ends it; one that was typed does not. */
	{ "S1@0 pw;R1@9 pw=value;S2@12 pw", 99, "pw sealed v2 rotated 12" },
	{ "S1@0 pw;R1@9 pw=value;S2@12 pw+bob", 13, "pw exposed v2 since 9 due 33 rotated 12" },
	{ "S1@0 pw+alice;S2@12 pw+alice", 13, "pw known v2 since 0 due 24 rotated 12" },
	{ "S1@0 pw+alice;S2@12 pw+alice;C2@14 pw", 15, "pw known v2 since 12 due 36 rotated 12 by holders" },
	{ "S1@0 pw;S2@12 pw;R1@13 pw=value", 14, "pw sealed v2 rotated 12" },
	{ "S1@0 pw;S2@12 pw+bob;R1@13 pw=value", 14, "pw exposed v2 since 13 due 36 rotated 12" },
	{ "S1@0 pw;R1@9 pw=value;S2@12 pw;R2@15 pw=value", 16, "pw exposed v2 since 15 due 39 rotated 12" },
	/* A version behind a gap ends nothing, until the gap is filled. */
	{ "S1@0 pw;R1@9 pw=value;h2:S3@12 pw", 13, "pw exposed v1 since 9 due 33" },
	{ "S1@0 pw;R1@9 pw=value;h2:S3@12 pw;S2@13 pw", 14, "pw sealed v3 rotated 12" },
	/* A candidate counts from its confirmation. */
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw", 13, "pw exposed v1 since 9 due 33 rotating v2" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;R2@13 pw=value", 14, "pw exposed v1 since 9 due 33 rotating v2" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;F2@15 pw", 16, "pw sealed v2 rotated 15 by shadow" },
	{ "S1@0 pw+alice;S2@12 pw+alice;F2@14 pw", 15, "pw known v2 since 12 due 36 rotated 12 by shadow" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;R2@13 pw=value;C2@15 pw", 16, "pw sealed v2 rotated 15 by holders" },
	{ "S1@0 pw;S2c@12 pw;C2@15 pw;R2@16 pw=value", 17, "pw exposed v2 since 16 due 40 rotated 15 by holders" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw+bob;C2@15 pw", 16, "pw known v2 since 12 due 36 rotated 15 by holders" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;S3c@14 pw;C2@15 pw", 16, "pw sealed v2 rotating v3 rotated 15 by holders" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;S3@14 pw", 16, "pw sealed v3 rotated 14" },
	{ "S1@0 pw;R1@9 pw=value;S2c@12 pw;S3@14 pw;C2@15 pw", 16, "pw sealed v3 rotated 14" },
	{ "S1c@0 pw", 1, "pw sealed rotating v1" },
	{ "S1c@0 pw;C1@3 pw", 4, "pw sealed v1 by holders" },
	/* Fields go their own ways. */
	{ "S1@0 pw totp;R1@9 pw=value totp=seed;S2c@12 pw totp;C2@14 pw", 15,
	    "pw sealed v2 rotated 14 by holders; totp exposed v1 since 9 due 33 rotating v2" },
	{ "S1@0 pw totp;R1@9 totp=seed;S2@12 pw", 15, "pw sealed v2 rotated 12" },
	{ "S1@0 pw;R1@9 pw=value;S2@12 pw totp+al", 15,
	    "pw sealed v2 rotated 12; totp known v2 since 12 due 36" },
	/* One that only a candidate has is under way, and none is in force. */
	{ "S1@0 pw;S2c@12 totp", 13, "pw sealed v1; totp sealed rotating v2" },
	{ "S1@0 pw totp;R1@9 totp=seed;S2@12 pw;S3c@13 totp", 15, "pw sealed v2 rotated 12; totp sealed rotating v3" },
	{ "S1@0 pw totp;R1@9 totp=seed;S2@12 pw;S3c@13 totp;C3@14 totp", 15,
	    "pw sealed v2 rotated 12; totp sealed v3 rotated 14 by holders" },
	{ "S1@0 pw totp;S2@12 pw;S3c@13 totp;S4@14 pw", 15, "pw sealed v4 rotated 14" },
	/* Identities given up. */
	{ "S1@0 pw;P2@15 same", 16, "pw sealed v1" },
	{ "S1@0 pw;P2@15 drop carol", 16, "pw exposed v1 since 15 due 39 identity" },
	{ "S1@0 pw;P2@15 rekey bob", 16, "pw exposed v1 since 15 due 39 identity" },
	{ "S1@0 pw;R1@9 pw=value;P2@15 rekey bob", 16, "pw exposed v1 since 9 due 33 identity" },
	{ "S1@0 pw;P2@15 rekey bob;H1@16 2", 17, "pw exposed v1 since 15 due 39 identity" },
	{ "S1@0 pw;P2@15 rekey bob;S2@16 pw", 17, "pw sealed v2 rotated 16" },
	{ "P2@15 rekey bob;S1@16 pw;P3@18 drop carol", 20, "pw exposed v1 since 18 due 42 identity" },
	/* A host's root password: what another host seals or confirms of it changes nothing, */
	{ "=linux-h1;S1@0 pw;R1@9 pw=value;h2:S2@12 pw", 13, "pw exposed v1 since 9 due 33" },
	{ "=linux-h1;S1@0 pw;R1@9 pw=value;h2:S2c@12 pw", 13, "pw exposed v1 since 9 due 33" },
	{ "=linux-h1;S1@0 pw;R1@9 pw=value;S2c@12 pw;h2:F2@13 pw", 14, "pw exposed v1 since 9 due 33 rotating v2" },
	{ "=linux-h1;S1@0 pw;R1@9 pw=value;S2c@12 pw;h2:C2@13 pw;F2@15 pw", 16, "pw sealed v2 rotated 15 by shadow" },
	{ "=linux-h1;h2:S1@0 pw+eve;S1@1 pw", 2, "pw sealed v1" },
	{ "=linux-h1;S1@0 pw;h2:S2@3 pw;S2@5 pw+al", 6, "pw known v2 since 5 due 29 rotated 5" },
	/* but for a release, wherever it was. */
	{ "=linux-h1;S1@0 pw;h2:R1@9 pw=value", 10, "pw exposed v1 since 9 due 33" },
	{ "=linux-h1;S1@0 pw;h2:R1@9 pw=value;S2c@12 pw;F2@12 pw", 14, "pw sealed v2 rotated 12 by shadow" },
	/* Before it is a host anybody seals for it, below its own versions; */
	{ "=linux-h3;h2:S1@0 pw+al;P2@1 same", 2, "pw known v1 since 0 due 24" },
	{ "=linux-h3;h2:S1c@0 pw;h2:C1@1 pw;P2@1 same", 2, "pw sealed v1 by holders" },
	{ "=linux-h3;h2:S1@0 pw+al;P2@1 same;h2:S2@2 pw", 3, "pw known v1 since 0 due 24" },
	{ "=linux-h3;h2:S1@0 pw+al;P2@1 same;h3:S2c@2 pw;h3:F2@2 pw", 3, "pw sealed v2 rotated 2 by shadow" },
	{ "=linux-h3;P2@1 same;h3:S1@2 pw;h2~1:S1@0 pw+al", 3, "pw sealed v1" },
	{ "=linux-h3;P2@1 same;h3:S1@2 pw;h3:R1@3 pw=value;h2~1:S2@4 pw", 5, "pw exposed v1 since 3 due 27" },
	{ "=linux-h3;P2@1 same;h3:S1c@2 pw;h2~1:C1@4 pw", 5, "pw sealed rotating v1" },
	/* and after its end again, above them. */
	{ "=linux-h3;P2@1 same;h3:S1@2 pw+al;P3@3 same;h2:S2@4 pw", 5, "pw sealed v2 rotated 4" },
	{ "=linux-h3;P2@1 same;h3:S1@2 pw+al;P3@3 same;h2:S1@4 pw;h2:S2c@4 pw;h2:C2@6 pw", 7,
	    "pw sealed v2 rotated 6 by holders" },
	{ "=linux-h3;P2@1 same;h3:S1@2 pw+al;P3@3 same;h2~2:S2@4 pw", 5, "pw known v1 since 2 due 26" },
	{ "=linux-h3;P2@1 same;h3:S1c@2 pw;P3@3 same;h2:C1@4 pw", 5, "pw sealed rotating v1" },
	/* What is no host's own. */
	{ "=linux-h9;S1@0 pw;h2:S2@12 pw+al;h2:C2@12 pw", 13, "pw known v2 since 12 due 36 rotated 12 by holders" },
	{ "=linux-h1x;S1@0 pw;h2:S2@12 pw", 13, "pw sealed v2 rotated 12" },
	/* What says nothing here. */
	{ "S1@0 pw;R7@9 pw=value;C7@10 pw", 20, "pw sealed v1" },
	{ "S1@0 pw;R1@9 other=value", 20, "pw sealed v1" }
};

static void all_timelines(void **state)
{
	char got[512];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(timelines); i++) {
		struct tl t;
		struct rotate *r;
		struct rotate_report *p;

		tl_read(&t, timelines[i].steps);
		r = tl_feed(&t, "h1");
		p = tl_judge(r, timelines[i].now);
		assert_int_equal(p->n_records, 1);
		tl_fields(got, sizeof(got), &p->records[0]);
		if (strcmp(got, timelines[i].want) != 0)
			fail_msg("%s\ngives: %s\nnot:   %s", timelines[i].steps, got, timelines[i].want);
		rotate_report_free(&p);
		rotate_free(&r);
		tl_free(&t);
	}
}

/* tokens, holders, hosts to spare. */
static void spares(void **state)
{
	static const struct {
		const char *steps;
		int tokens, holders, hosts;
	} cases[] = {
		/* 2 of alice (two keys), bob, carol: bob's and carol's keys end it. */
		{ "S1@0 pw", 1, 1, 1 },
		{ "S1@0 pw;P2@5 drop carol", 0, 0, 1 },
		{ "S1@0 pw;P2@5 drop alice", 0, 0, 1 },
		{ "S1@0 pw;P2@5 rekey bob", 0, 0, 1 },
		{ "S1@0 pw;P2@5 rekey bob;H1@6 2", 1, 1, 1 },
		{ "S1@0 pw;P2@5 rekey bob;P3@6 drop alice rekey bob", -1, -1, 1 },
		{ "S1@0 pw;P2@5 rekey bob;S2@6 pw", 1, 1, 1 },
		{ "S1@0 pw;P2@5 rekey bob;S2c@6 pw", 0, 0, 1 }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct tl t;
		struct rotate *r;
		struct rotate_report *p;

		tl_read(&t, cases[i].steps);
		r = tl_feed(&t, "h1");
		p = tl_judge(r, 7);
		if (p->records[0].spare.tokens != cases[i].tokens ||
		    p->records[0].spare.holders != cases[i].holders ||
		    p->records[0].spare.hosts != cases[i].hosts)
			fail_msg("%s gives %d %d %d", cases[i].steps, p->records[0].spare.tokens,
			    p->records[0].spare.holders, p->records[0].spare.hosts);
		rotate_report_free(&p);
		rotate_free(&r);
		tl_free(&t);
	}
}

static void tokens_proven(void **state)
{
	struct tl t;
	struct rotate *r;
	struct rotate_report *p;
	size_t i;

	(void)state;
	tl_read(&t, "A@100 bob 1;D@50 bob 1;h2:D@70 alice 2;A@3 alice 1;A@500 mallory 1");
	r = tl_feed(&t, "h1");
	p = tl_judge(r, 242);
	assert_int_equal(p->n_tokens, 4);
	for (i = 0; i < 4; i++) {
		static const struct { const char *who, *label; int64_t at; int stale; } want[] = {
			{ "alice", "t1", 3, 0 }, { "alice", "t2", 70, 0 }, { "bob", "t1", 100, 0 },
			{ "carol", "t1", 0, 1 }
		};

		assert_string_equal(p->tokens[i].holder, want[i].who);
		assert_string_equal(p->tokens[i].label, want[i].label);
		assert_int_equal((p->tokens[i].proven - TL_START) / TL_HOUR, want[i].at);
		assert_int_equal(p->tokens[i].stale, want[i].stale);
	}
	assert_int_equal(p->n_stale, 1);
	rotate_report_free(&p);
	p = tl_judge(r, 243);
	assert_int_equal(p->n_stale, 2);
	rotate_report_free(&p);
	rotate_free(&r);
	tl_free(&t);
}

static void malformed(void **state)
{
	static const char *const bad[] = {
		"{}", "{\"type\":\"released\"}",
		"{\"type\":\"record.sealed\",\"record\":\"r\",\"version\":1,\"host\":\"h\",\"seq\":0,"
		    "\"time\":\"2026-01-01T00:00:00.000Z\"}",
		"{\"type\":\"released\",\"record\":\"r\",\"version\":0,\"host\":\"h\",\"seq\":0,\"fields\":"
		    "[{\"name\":\"a\",\"as\":\"value\"}],\"time\":\"2026-01-01T00:00:00.000Z\"}",
		"{\"type\":\"released\",\"record\":\"r\",\"version\":1,\"host\":\"h\",\"seq\":0,\"fields\":"
		    "[{\"name\":\"a\"}],\"time\":\"2026-01-01T00:00:00.000Z\"}",
		"{\"type\":\"released\",\"record\":\"r\",\"version\":1,\"host\":\"h\",\"seq\":0,\"fields\":"
		    "[],\"time\":\"2026-01-01T00:00:00.000Z\"}",
		"{\"type\":\"ceremony.approved\",\"time\":\"2026-01-01T00:00:00.000Z\"}",
		"{\"type\":\"drill.passed\",\"holder\":\"a\",\"token\":\"b\"}"
	};
	struct rotate_report *p;
	struct rotate *r;
	size_t i;
	json *j;

	(void)state;
	assert_int_equal(rotate_new(&r, NULL), 0);
	for (i = 0; i < COUNT(bad); i++) {
		assert_int_equal(json_parse(&j, bad[i], strlen(bad[i]), JSON_LOOSE, "x", NULL), 0);
		if (rotate_feed(r, j, NULL) != ERR_INPUT)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(rotate_policy(r, j, NULL), ERR_INPUT);
		json_free(&j);
	}
	assert_int_equal(json_parse(&j, "{\"type\":\"log.started\"}", 22, JSON_LOOSE, "x", NULL), 0);
	assert_int_equal(rotate_feed(r, j, NULL), 0);
	json_free(&j);
	assert_int_equal(rotate_judge(r, 0, &p, NULL), ERR_MISSING);
	assert_null(p);
	rotate_free(&r);
}

/* One version, two digests: somebody forked the record. */
static void conflict(void **state)
{
	struct tl t;
	struct rotate *r;
	struct rotate_report *p;

	(void)state;
	tl_read(&t, "S1@0 pw;h2:S1@1 pw+bob");
	assert_int_equal(json_set_str(t.entries[1], "digest", "other"), 0);
	r = tl_feed(&t, "h2");
	p = tl_judge(r, 2);
	assert_true(p->records[0].conflict);
	assert_int_equal(p->records[0].fields[0].state, ROTATE_SEALED);
	rotate_report_free(&p);
	rotate_free(&r);
	tl_free(&t);
}

/* Of a record that another host alone has named there is nothing to tell. */
static void nobody_elses(void **state)
{
	struct tl t;
	struct rotate *r;
	struct rotate_report *p;

	(void)state;
	tl_read(&t, "=linux-h1;h2:S1@0 pw+eve;h2:C1@1 pw");
	r = tl_feed(&t, "h1");
	p = tl_judge(r, 99);
	assert_int_equal(p->n_records, 0);
	assert_int_equal(p->n_due, 0);
	rotate_report_free(&p);
	rotate_free(&r);
	tl_free(&t);
	/* Two digests for one version are no conflict when one of them counts. */
	tl_read(&t, "=linux-h1;S1@0 pw;h2:S1@1 pw");
	r = tl_feed(&t, "h2");
	p = tl_judge(r, 99);
	assert_int_equal(p->n_records, 1);
	assert_false(p->records[0].conflict);
	rotate_report_free(&p);
	rotate_free(&r);
	tl_free(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_timelines),
		cmocka_unit_test(spares),
		cmocka_unit_test(tokens_proven),
		cmocka_unit_test(malformed),
		cmocka_unit_test(conflict),
		cmocka_unit_test(nobody_elses)
	};

	return cmocka_run_group_tests_name("rotate", tests, NULL, NULL);
}
