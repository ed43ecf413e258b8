/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gate and the module say to each other, and the words of a stack. */
#include "unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/attempts.h"
#include "gate/gate.h"
#include "gate/mark.h"
#include "gate/pamargs.h"
#include "gate/wire.h"

static void whole_messages(void **state)
{
	static char big[WIRE_MAX + 2];
	struct wire w;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	memset(big, 'x', sizeof(big));
	assert_int_equal(wire_send(sv[0], WIRE_INFO, "", 0, 100), 0);
	assert_int_equal(wire_send(sv[0], WIRE_ASK, big, WIRE_MAX, 100), 0);
	assert_int_equal(wire_send(sv[0], WIRE_ASK, big, WIRE_MAX + 1, 100), -1);
	assert_int_equal(wire_recv(&w, sv[1], 100), 1);
	assert_int_equal(w.type, WIRE_INFO);
	assert_int_equal(w.len, 0);
	assert_int_equal(wire_recv(&w, sv[1], 100), 1);
	assert_int_equal(w.len, WIRE_MAX);
	assert_int_equal(strlen(w.text), WIRE_MAX);
	/* Nothing more; too long; a NUL within; nobody there any more. */
	assert_int_equal(wire_recv(&w, sv[1], 20), -1);
	assert_int_equal(send(sv[0], big, WIRE_MAX + 2, 0), WIRE_MAX + 2);
	assert_int_equal(wire_recv(&w, sv[1], 100), -1);
	assert_int_equal(send(sv[0], "a\0b", 3, 0), 3);
	assert_int_equal(wire_recv(&w, sv[1], 100), -1);
	assert_int_equal(w.len, 0);
	assert_int_equal(close(sv[0]), 0);
	assert_int_equal(wire_recv(&w, sv[1], 100), 0);
	assert_int_equal(wire_send(sv[1], WIRE_INFO, "x", 1, 100), -1);
	assert_int_equal(close(sv[1]), 0);
}

/* A peer that does not read holds nobody up for ever. */
static void a_peer_that_does_not_read(void **state)
{
	static char text[WIRE_MAX];
	int sv[2], n = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	memset(text, 'x', sizeof(text));
	while (n < 100000 && wire_send(sv[0], WIRE_INFO, text, sizeof(text), 20) == 0)
		n++;
	assert_in_range(n, 1, 99999);
	(void)close(sv[0]);
	(void)close(sv[1]);
}

/* What PAM takes (511 bytes) holds what an answer means and how long there is for it,
 * however many holders there are. */
static void questions(void **state)
{
	struct gate g = { .until = clock_monotonic() + GATE_MARGIN_MS + 79900 };
	static char who[900];
	struct ui_event ev = { .kind = UI_WAIT_KEY, .who = "bob", .have = 1, .need = 2 };
	const struct ui_pin_question pin = { .holder = "bob", .label = who, .tries = 8 };
	struct secret *answer;
	struct wire w;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv), 0);
	g.fd = sv[0];
	assert_int_equal(secret_new(&g.room, sizeof(struct wire), NULL), 0);
	gate_talk(&g);
	for (int i = 0; i < 3; i++) {
		memset(who, 'x', i == 0 ? 3 : sizeof(who) - 1);
		if (i == 1)
			ev.who = who;
		assert_int_equal(wire_send(sv[1], WIRE_ANSWER, "", 0, 100), 0);
		g.waiting = 1;
		if (i < 2)
			g.ui.event(&g, &ev);
		else
			assert_int_equal(g.ui.pin(&g, &pin, &answer, NULL), 0);
		assert_int_equal(wire_recv(&w, sv[1], 100), 1);
		assert_int_equal(w.type, WIRE_ASK_HIDDEN);
		if (i == 0)
			assert_string_equal(w.text,
			    "[2/2] Plug in a key of bob, then press Enter (80 s left): ");
		else
			assert_non_null(strstr(w.text, i == 1 ? "..., then press Enter (80 s left): "
			    : "..., then touch the key (80 s left): "));
		assert_in_range(w.len, 40, 500);
	}
	secret_free(&answer);
	secret_free(&g.room);
	(void)close(sv[0]);
	(void)close(sv[1]);
}

static void marks(void **state)
{
	static const char *const bad[] = { "", "1", "1.2", "1.2.3.4", "1.2.", ".1.2", "1..2", "a.b.c",
		"1.2.3 ", " 1.2.3", "+1.2.3", "-1.2.3", "01.2.3", "1.2.0x3", "1.2.1234567890123456" };
	int64_t n[3];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		if (mark_read(n, 3, bad[i]) != -1)
			fail_msg("\"%s\" is no mark", bad[i]);
	assert_int_equal(mark_read(n, 3, "118.0.123456789012345"), 0);
	assert_int_equal(n[0], 118);
	assert_int_equal(n[1], 0);
	assert_int_equal(n[2], 123456789012345);
	assert_int_equal(mark_read(n, 1, "7"), 0);
}

static const char *parse(struct pamargs *a, const char *one, const char *two)
{
	const char *argv[] = { one, two };

	return pamargs_parse(a, one == NULL ? 0 : two == NULL ? 1 : 2, argv);
}

static void words_of_a_stack(void **state)
{
	static const char *const bad[] = { "", "debug=", "Debug", "conf=", "conf=x", "users=", "users=,a",
		"users=a,", "users=a,,b", "timeout=", "timeout=9", "timeout=601", "timeout=+60",
		"timeout=60s", "timeout=060", "timeout= 60", "timeout=99999999999999999999" };
	struct pamargs a;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_string_equal(parse(&a, bad[i], NULL), bad[i]);
	assert_string_equal(parse(&a, "debug", "debug"), "debug");
	assert_string_equal(parse(&a, "timeout=60", "timeout=70"), "timeout=70");
	assert_null(parse(&a, NULL, NULL));
	assert_int_equal(a.timeout, PAMARGS_TIMEOUT);
	assert_null(a.users);
	assert_int_equal(pamargs_concern(&a, "anybody"), 1);
	assert_null(parse(&a, "users=root,nosuchuser", "timeout=10"));
	assert_int_equal(a.timeout, 10);
	assert_int_equal(pamargs_concern(&a, "root"), 1);
	assert_int_equal(pamargs_concern(&a, "nosuchuser"), 1);
	assert_int_equal(pamargs_concern(&a, "roo"), 0);
	assert_int_equal(pamargs_concern(&a, "nobody"), 0);
	assert_int_equal(pamargs_concern(&a, ""), 0);
}

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START INT64_C(1764000000000)

static void rarer_while_it_goes_on(void **state)
{
	static const int minutes[] = { 0, 1, 3, 7, 15, 31, 63, 123, 183 };
	struct attempts_pace p = { 0, 0 };
	int64_t from = START;
	size_t n = 0;

	(void)state;
	for (int64_t t = 0; t <= 183 * MINUTE; t += MINUTE / 6)
		if (attempts_due(&p, from, START + t)) {
			assert_true(n < COUNT(minutes));
			assert_int_equal(t, minutes[n++] * MINUTE);
			from = START + t + 1000;
		}
	assert_int_equal(n, COUNT(minutes));
	assert_int_equal(p.pause, 60);
	/* An hour of quiet: at once, and half an hour to the next. */
	from = p.recorded + HOUR;
	p.pause = 16;
	assert_int_equal(attempts_due(&p, from - 1, from - 1 - 50 * MINUTE), 0);
	assert_int_equal(attempts_due(&p, from, from), 1);
	assert_int_equal(p.pause, 16);
	assert_int_equal(attempts_due(&p, from + 1000, from + 15 * MINUTE), 0);
	/* Long quiet begins anew; a clock that was set back holds nothing up. */
	assert_int_equal(attempts_due(&p, from + DAY, from + DAY), 1);
	assert_int_equal(p.pause, 1);
	assert_int_equal(attempts_due(&p, START - DAY, START - DAY), 1);
	assert_int_equal(p.recorded, START - DAY);
}

/* However a stranger divides the hours into noise and quiet. */
static void bounded_a_day(void **state)
{
	static int64_t at[4096];
	uint32_t rnd = 1;

	(void)state;
	for (int run = 0; run < 300; run++) {
		struct attempts_pace p = { 0, 0 };
		int64_t from = -1, t, turn = START;
		size_t n = 0, first = 0;
		int noise = 0;

		for (t = START; t < START + 4 * DAY; t += MINUTE / 2) {
			if (t >= turn) {
				rnd = rnd * 1664525u + 1013904223u;
				noise = !noise;
				/* In the first runs in even steps, then at random. */
				turn = t + MINUTE * (run >= 100 ? 1 + (int)((rnd >> 16) % (run < 200 ? 200u : 70u))
				    : noise ? 1 + run % 10 * 7 : 55 + run / 10 * 15);
			}
			if (noise && from < 0)
				from = t;
			if (from >= 0 && attempts_due(&p, from, t)) {
				at[n++] = t;
				from = -1;
			}
		}
		assert_true(n > 4);
		for (size_t i = 0; i < n; i++) {
			while (at[i] - at[first] >= DAY)
				first++;
			if (i - first + 1 > ATTEMPTS_A_DAY)
				fail_msg("run %d: %zu entries in a day", run, i - first + 1);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_messages),
		cmocka_unit_test(a_peer_that_does_not_read),
		cmocka_unit_test(questions),
		cmocka_unit_test(marks),
		cmocka_unit_test(words_of_a_stack),
		cmocka_unit_test(rarer_while_it_goes_on),
		cmocka_unit_test(bounded_a_day)
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
