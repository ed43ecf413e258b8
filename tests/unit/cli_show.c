/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing secrets and the clipboard, on a pseudo-terminal whose screen is kept. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/clip.h"
#include "cli/present.h"
#include "cli_pty.h"

#define LONG_VALUE "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static int fill_calls;

static int fill(void *ctx, struct secret *out, char note[64], struct err *e)
{
	char text[32];

	(void)ctx;
	(void)snprintf(text, sizeof(text), "c0de%d", ++fill_calls);
	strcpy(note, "18 s left");
	return secret_append(out, text, strlen(text), e);
}

static int show(const char *value, int seconds, enum present_end want)
{
	static const char *const lines[] = { "sign in at x", NULL };
	struct present_item items[2] = { { "password", NULL, NULL, NULL }, { "code", NULL, fill, NULL } };
	enum present_end end;
	struct secret *s = NULL;
	struct term *t = NULL;
	int r;

	if (term_open(&t, NULL) != 0 || secret_from(&s, value, strlen(value), NULL) != 0)
		return 99;
	(void)term_say(t, NULL, "before\n");
	items[0].value = s;
	r = present_show(t, "prod-main", lines, items, 2, seconds, &end, NULL);
	if (r == 0 && end != want)
		r = 90 + (int)end;
	(void)term_say(t, NULL, "after\n");
	secret_free(&s);
	term_close(&t);
	return r;
}

static int show_key(void)
{
	return show("s3cret", 30, PRESENT_KEY);
}

static int show_short(void)
{
	return show("s3cret", 1, PRESENT_TIMEOUT);
}

static int show_signal(void)
{
	return show("s3cret", 30, PRESENT_SIGNAL);
}

static int show_hangup(void)
{
	const int r = show("s3cret", 30, PRESENT_HANGUP);

	/* SIGHUP or the end of the terminal, whichever is seen first. */
	return r == 90 + PRESENT_SIGNAL ? 0 : r;
}

static int show_long(void)
{
	return show(LONG_VALUE, 30, PRESENT_KEY);
}

static int show_odd(void)
{
	return show("a\033[31mb\xff\xc3\xa4\n", 30, PRESENT_KEY);
}

static int show_dumb(void)
{
	(void)setenv("TERM", "dumb", 1);
	return show("s3cret", 30, PRESENT_KEY);
}

static int show_huge(void)
{
	static char huge[3000];

	memset(huge, 'x', sizeof(huge) - 1);
	return show(huge, 30, PRESENT_KEY);
}

/* Nothing of it stays, whether or not the terminal has another screen. */
static void nothing_stays(const struct pty *p, const char *value)
{
	static struct screen s;

	pty_screen(p, 1, &s);
	assert_false(screen_has(&s, value));
	assert_true(screen_has(&s, "before") && screen_has(&s, "after"));
	assert_int_equal(s.scrolled, 0);
	pty_screen(p, 0, &s);
	assert_false(screen_has(&s, value));
	assert_int_equal(s.scrolled, 0);
	assert_non_null(strstr(p->out, "\033[?1049l"));
}

static void shown_until_enter(void **state)
{
	static struct pty p;
	static struct screen s;

	(void)state;
	pty_start(&p, show_key);
	pty_expect(&p, "Gone in 30 s.");
	pty_screen(&p, 1, &s);
	assert_string_equal(s.rows[0], "prod-main");
	assert_string_equal(s.rows[1], "sign in at x");
	assert_string_equal(s.rows[3], "password      s3cret");
	assert_string_equal(s.rows[4], "code          c0de2   18 s left");
	pty_expect(&p, "Gone in 29 s.");
	pty_screen(&p, 1, &s);
	assert_string_equal(s.rows[4], "code          c0de3   18 s left");
	/* Other keys do nothing, and are not echoed; nor does Ctrl-S freeze it. */
	pty_send(&p, "q\023z");
	pty_expect(&p, "Gone in 28 s.");
	pty_send(&p, "\n");
	assert_int_equal(pty_end(&p), 0);
	nothing_stays(&p, "s3cret");
	nothing_stays(&p, "c0de");
	assert_null(strchr(p.out, 'z'));
}

static void shown_for_a_time(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, show_short);
	pty_expect(&p, "s3cret");
	assert_int_equal(pty_end(&p), 0);
	nothing_stays(&p, "s3cret");
}

static void signals_end_it(void **state)
{
	static const int sigs[] = { SIGTERM, SIGHUP, SIGQUIT };
	static struct pty p;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(sigs); i++) {
		pty_start(&p, show_signal);
		pty_expect(&p, "Gone in");
		assert_int_equal(kill(p.pid, sigs[i]), 0);
		assert_int_equal(pty_end(&p), 0);
		nothing_stays(&p, "s3cret");
	}
	for (i = 0; i < 2; i++) {
		pty_start(&p, show_signal);
		pty_expect(&p, "Gone in");
		pty_send(&p, i == 0 ? "\003" : "\032");
		assert_int_equal(pty_end(&p), 0);
		nothing_stays(&p, "s3cret");
	}
	pty_start(&p, show_hangup);
	pty_expect(&p, "Gone in");
	pty_hangup(&p);
	/* The kernel tells of the end first and may send its SIGHUP when nobody holds it. */
	r = pty_end(&p);
	assert_true(r == 0 || r == 128 + SIGHUP);
}

static void long_values_wrap(void **state)
{
	static struct pty p;
	static struct screen s;
	char joined[2 * sizeof(s.rows[0])];

	(void)state;
	pty_start(&p, show_long);
	pty_expect(&p, "Gone in");
	pty_screen(&p, 1, &s);
	(void)snprintf(joined, sizeof(joined), "%.80s%.80s", s.rows[3] + 14, s.rows[4] + 14);
	assert_string_equal(joined, LONG_VALUE);
	pty_send(&p, "\n");
	assert_int_equal(pty_end(&p), 0);
	nothing_stays(&p, "0123456789");
	nothing_stays(&p, "XYZ");
}

/* A value cannot drive the terminal. */
static void odd_bytes_are_spelt(void **state)
{
	static struct pty p;
	static struct screen s;

	(void)state;
	pty_start(&p, show_odd);
	pty_expect(&p, "Gone in");
	pty_screen(&p, 1, &s);
	assert_string_equal(s.rows[3], "password      a\\x1B[31mb\\xFF\xc3\xa4\\x0A");
	pty_send(&p, "\r");
	assert_int_equal(pty_end(&p), 0);
}

static void not_shown_at_all(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, show_dumb);
	assert_int_equal(pty_end(&p), ERR_USAGE);
	assert_null(strstr(p.out, "s3cret"));
	pty_start(&p, show_huge);
	assert_int_equal(pty_end(&p), ERR_USAGE);
	assert_null(strstr(p.out, "xxxx"));
	assert_null(strstr(p.out, "\033"));
}

static int clip(enum clip_way way, int seconds)
{
	struct secret *s = NULL;
	struct term *t = NULL;
	int r;

	if (term_open(&t, NULL) != 0 || secret_from(&s, "s3cret", 6, NULL) != 0)
		return 99;
	r = clip_hold(t, way, s, "password", seconds, NULL);
	secret_free(&s);
	term_close(&t);
	return r;
}

static int clip_osc52(void)
{
	return clip(CLIP_OSC52, 30);
}

static int clip_brief(void)
{
	return clip(CLIP_OSC52, 1);
}

static int clip_x11(void)
{
	(void)unsetenv("DISPLAY");
	return clip(CLIP_X11, 30);
}

static void clipboard(void **state)
{
	static const char put[] = "\033]52;c;czNjcmV0\a", gone[] = "\033]52;c;IA==\a\033]52;c;!\a";
	static struct pty p;

	(void)state;
	pty_start(&p, clip_osc52);
	pty_expect(&p, put);
	pty_expect(&p, "password is on the clipboard (the terminal (OSC 52)) for 30 s");
	assert_null(strstr(p.out, gone));
	pty_send(&p, "\n");
	pty_expect(&p, gone);
	assert_int_equal(pty_end(&p), 0);
	pty_start(&p, clip_brief);
	pty_expect(&p, put);
	pty_expect(&p, gone);
	assert_int_equal(pty_end(&p), 0);
	pty_start(&p, clip_osc52);
	pty_expect(&p, put);
	pty_send(&p, "\003");
	pty_expect(&p, gone);
	assert_int_equal(pty_end(&p), 0);
	/* No display, or no xclip: told, and nothing on the terminal's clipboard. */
	pty_start(&p, clip_x11);
	assert_int_equal(pty_end(&p), ERR_IO);
	assert_null(strstr(p.out, "\033]52"));
	assert_null(strstr(p.out, "s3cret"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_until_enter),
		cmocka_unit_test(shown_for_a_time),
		cmocka_unit_test(signals_end_it),
		cmocka_unit_test(long_values_wrap),
		cmocka_unit_test(odd_bytes_are_spelt),
		cmocka_unit_test(not_shown_at_all),
		cmocka_unit_test(clipboard)
	};

	return cmocka_run_group_tests_name("cli_show", tests, NULL, NULL);
}
