/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions on a terminal, driven through a pseudo-terminal. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/term.h"
#include "cli_pty.h"

/* In the child: the terminal echoes again and no signal is held. */
static int restored(struct term *t)
{
	struct termios tio;
	sigset_t held;

	return tcgetattr(term_fd(t), &tio) == 0 && (tio.c_lflag & ECHO) && (tio.c_lflag & ICANON) &&
	    sigprocmask(SIG_BLOCK, NULL, &held) == 0 && !sigismember(&held, SIGINT) &&
	    !sigismember(&held, SIGTERM);
}

/* Asks for a secret and returns 0 when it is `want`, else the error's code. */
static int ask(const char *want, size_t max)
{
	struct secret *s = NULL;
	struct term *t = NULL;
	struct err e = { 0 };
	int r;

	err_clear(&e);
	if (term_open(&t, &e) != 0)
		return 99;
	r = term_secret(t, "PIN: ", max, &s, &e);
	if (!restored(t))
		r = 98;
	else if (r == 0)
		r = s->len == strlen(want) && memcmp(s->data, want, s->len) == 0 ? 0 : 97;
	else if (s != NULL || e.text[0] == '\0')
		r = 96;
	(void)term_say(t, NULL, "[%d]", r);
	secret_free(&s);
	term_close(&t);
	return r;
}

static int ask_secret(void)
{
	return ask("s3cret w\xc3\xb6rd", 32);
}

static int ask_empty(void)
{
	return ask("", 32);
}

static int ask_short(void)
{
	return ask("12345678", 8);
}

static void secret_without_echo(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "s3cret w\xc3\xb6rd\n");
	assert_int_equal(pty_end(&p), 0);
	assert_null(strstr(p.out, "s3c"));
	/* ECHONL: the line ends on the screen too. */
	assert_non_null(strstr(p.out, "PIN: \r\n"));
	pty_start(&p, ask_empty);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "\n");
	assert_int_equal(pty_end(&p), 0);
}

static void secret_limits(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, ask_short);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "12345678\n");
	assert_int_equal(pty_end(&p), 0);
	pty_start(&p, ask_short);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "123456789\n");
	assert_int_equal(pty_end(&p), ERR_INPUT);
}

static void secret_cancelled(void **state)
{
	static struct pty p;
	int r;

	(void)state;
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "s3cr\003");
	pty_expect(&p, "[");
	assert_int_equal(pty_end(&p), ERR_CANCELLED);
	assert_null(strstr(p.out, "s3c"));
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "\004");
	assert_int_equal(pty_end(&p), ERR_CANCELLED);
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	assert_int_equal(kill(p.pid, SIGTERM), 0);
	assert_int_equal(pty_end(&p), ERR_CANCELLED);
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	pty_hangup(&p);
	/* Nothing is left whose setting could be restored; the kernel's SIGHUP may come last. */
	r = pty_end(&p);
	assert_true(r == ERR_CANCELLED || r == 98 || r == 128 + SIGHUP);
}

/* Ctrl-Z leaves and asks anew (here at once: nobody is there to stop for). */
static void secret_suspended(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, ask_secret);
	pty_expect(&p, "PIN: ");
	pty_send(&p, "s3c\032");
	pty_expect(&p, "PIN: ");
	pty_send(&p, "s3cret w\xc3\xb6rd\n");
	assert_int_equal(pty_end(&p), 0);
}

static int ask_late(int quiet, int ms)
{
	struct secret *s = NULL;
	struct term *t = NULL;
	struct err e = { 0 };
	char line[8];
	int r;

	err_clear(&e);
	if (term_open(&t, &e) != 0)
		return 99;
	term_limit(t, ms);
	r = quiet ? term_secret(t, "PIN: ", 8, &s, &e) : term_line(t, "PIN: ", line, 8, &e);
	if (!restored(t) || s != NULL)
		r = 98;
	else if (r == ERR_TIMEOUT && strcmp(e.text, "No answer was typed in time.") != 0)
		r = 97;
	(void)term_say(t, NULL, "[%d]", r);
	/* The limit is taken back, and what was half typed belongs to nobody. */
	term_limit(t, -1);
	if (r == ERR_TIMEOUT && (term_line(t, "again: ", line, 8, &e) != 0 || strcmp(line, "x") != 0))
		r = 96;
	term_close(&t);
	return r;
}

static int secret_late(void)
{
	return ask_late(1, 300);
}

static int line_late(void)
{
	return ask_late(0, 300);
}

static int secret_too_late(void)
{
	return ask_late(1, 0);
}

/* A question with a limit ends by itself, the terminal in order. */
static void limited(void **state)
{
	int (*const ways[])(void) = { secret_late, line_late, secret_too_late };
	static struct pty p;

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		pty_start(&p, ways[i]);
		pty_expect(&p, "PIN: ");
		if (i != 2)
			pty_send(&p, "123");
		pty_expect(&p, "again: ");
		pty_send(&p, "x\n");
		assert_int_equal(pty_end(&p), ERR_TIMEOUT);
		assert_non_null(strstr(p.out, "\r\n["));
	}
}

static int ask_twice(void)
{
	struct secret *s = NULL;
	struct term *t = NULL;
	struct err e = { 0 };
	int r;

	err_clear(&e);
	if (term_open(&t, &e) != 0)
		return 99;
	r = term_secret_twice(t, "new: ", 16, &s, &e);
	if (r == 0 && strcmp((const char *)s->data, "same") != 0)
		r = 97;
	secret_free(&s);
	term_close(&t);
	return r;
}

static void secret_twice(void **state)
{
	static struct pty p;
	int i;

	(void)state;
	pty_start(&p, ask_twice);
	for (i = 0; i < 2; i++) {
		pty_expect(&p, "new: ");
		pty_send(&p, "same\n");
		pty_expect(&p, "once more: ");
		pty_send(&p, i == 0 ? "sane\n" : "same\n");
	}
	assert_int_equal(pty_end(&p), 0);
	pty_start(&p, ask_twice);
	for (i = 0; i < 3; i++) {
		pty_expect(&p, "new: ");
		pty_send(&p, "same\n");
		pty_expect(&p, "once more: ");
		pty_send(&p, "same?\n");
	}
	assert_int_equal(pty_end(&p), ERR_INPUT);
}

static int ask_line(void)
{
	char answer[8];
	struct term *t = NULL;
	int r = term_open(&t, NULL);

	if (r == 0)
		r = term_line(t, "name: ", answer, sizeof(answer), NULL);
	if (r == 0)
		r = strcmp(answer, "a b\xc3\xa4 c") == 0 ? 0 : 97;
	else if (answer[0] != '\0')
		r = 96;
	if (!restored(t))
		r = 98;
	term_close(&t);
	return r;
}

static void lines(void **state)
{
	static const struct { const char *typed; int r; } cases[] = {
		{ "a b\xc3\xa4 c\n", 0 }, { "12345678\n", ERR_INPUT }, { "a\033[2J\n", ERR_INPUT },
		{ "a\xff\n", ERR_INPUT }, { "\003", ERR_CANCELLED }, { "ab\003", ERR_CANCELLED }
	};
	static struct pty p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		pty_start(&p, ask_line);
		pty_expect(&p, "name: ");
		pty_send(&p, cases[i].typed);
		assert_int_equal(pty_end(&p), cases[i].r);
	}
}

static int ask_confirm(void)
{
	struct term *t = NULL;
	int r = term_open(&t, NULL);

	if (r == 0)
		r = term_confirm(t, "Two tries are left.", "yes", NULL);
	term_close(&t);
	return r;
}

static void confirming(void **state)
{
	static const char *const no[] = { "y\n", "YES\n", "yes \n", "\n", "no\n" };
	static struct pty p;
	size_t i;

	(void)state;
	pty_start(&p, ask_confirm);
	pty_expect(&p, "Two tries are left. Type `yes` to go on: ");
	pty_send(&p, "yes\n");
	assert_int_equal(pty_end(&p), 0);
	for (i = 0; i < COUNT(no); i++) {
		pty_start(&p, ask_confirm);
		pty_expect(&p, "to go on: ");
		pty_send(&p, no[i]);
		assert_int_equal(pty_end(&p), ERR_CANCELLED);
	}
}

static void no_terminal(void **state)
{
	const pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct term *t;
		struct err e = { 0 };

		err_clear(&e);
		(void)setsid();
		_exit(term_open(&t, &e) == ERR_USAGE && t == NULL && e.hint[0] != '\0' ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A held signal is told once, and acts when nobody took it. */
static void holding(void **state)
{
	struct term_hold outer, inner;

	(void)state;
	assert_int_equal(term_hold(&outer, 0, NULL), 0);
	assert_int_equal(term_held(&outer), 0);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(term_hold(&inner, 1, NULL), 0);
	assert_int_equal(term_held(&inner), SIGTERM);
	assert_int_equal(term_held(&inner), 0);
	term_let(&inner);
	assert_int_equal(term_held(&outer), 0);
	assert_int_equal(raise(SIGINT), 0);
	assert_int_equal(term_held(&outer), SIGINT);
	term_let(&outer);
	term_let(&outer);
	assert_int_equal(term_held(&outer), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_without_echo),
		cmocka_unit_test(secret_limits),
		cmocka_unit_test(secret_cancelled),
		cmocka_unit_test(secret_suspended),
		cmocka_unit_test(limited),
		cmocka_unit_test(secret_twice),
		cmocka_unit_test(lines),
		cmocka_unit_test(confirming),
		cmocka_unit_test(no_terminal),
		cmocka_unit_test(holding)
	};

	return cmocka_run_group_tests_name("cli_term", tests, NULL, NULL);
}
