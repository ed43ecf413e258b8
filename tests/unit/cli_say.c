/* SPDX-License-Identifier: BSD-2-Clause */
/* Words on stderr, data on stdout, colour and waits, on a terminal and on a pipe. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/say.h"
#include "cli_pty.h"

static int errors(void)
{
	struct err e = { 0 };

	err_clear(&e);
	say_err(&e);
	(void)err_set(&e, ERR_REFUSED, "No: \033[2J%s.", "\xe2\x80\xae");
	(void)err_hint(&e, "Ask bob.");
	say_err(&e);
	say("plain %d", 1);
	return 0;
}

static int errors_plain(void)
{
	(void)setenv("NO_COLOR", "1", 1);
	return errors();
}

static int waits(void)
{
	struct say_wait w = SAY_WAIT_INIT;
	size_t i;

	say_waiting(&w, 30000, "Touch alice's key");
	say_waiting(&w, 29999, "Touch alice's key");
	say_waiting(&w, 29000, "Touch alice's key");
	say_waited(&w, "done");
	say_waiting(&w, -1, "Plug in a key");
	say_waited(&w, NULL);
	for (i = 0; i <= 1000; i++)
		say_progress(&w, "sealed", i, 1000);
	say_waited(&w, "ok");
	return 0;
}

/* What fn writes to a pipe as stderr and stdout. */
static const char *on_pipe(int (*fn)(void))
{
	static char out[65536];
	size_t len = 0;
	ssize_t n;
	int p[2];
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setenv("TERM", "xterm", 1);
		(void)unsetenv("NO_COLOR");
		(void)dup2(p[1], 1);
		(void)dup2(p[1], 2);
		_exit(fn());
	}
	(void)close(p[1]);
	while ((n = read(p[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(p[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return out;
}

static void errors_in_words(void **state)
{
	static const char want[] = "twokey: No: \\x1B[2J\\xE2\\x80\\xAE.\nhint: Ask bob.\nplain 1\n";
	static struct pty p;

	(void)state;
	assert_string_equal(on_pipe(errors), want);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	pty_start(&p, errors);
	assert_int_equal(pty_end(&p), 0);
	assert_string_equal(p.out, "\033[31mtwokey:\033[0m No: \\x1B[2J\\xE2\\x80\\xAE.\r\n"
	    "\033[1mhint:\033[0m Ask bob.\r\nplain 1\r\n");
	pty_start(&p, errors_plain);
	assert_int_equal(pty_end(&p), 0);
	assert_null(strchr(p.out, '\033'));
}

/* Of each code, with its number: the sentence alone. */
static int errors_bare(void)
{
	struct err e = { 0 };
	int code;

	for (code = ERR_NONE + 1; code <= ERR_TOO_OLD; code++) {
		err_clear(&e);
		(void)err_set(&e, (enum err_code)code, "Code %d.", code);
		say_err(&e);
	}
	return 0;
}

static void each_has_a_next_step(void **state)
{
	const char *out = on_pipe(errors_bare);
	char want[64];
	int code;

	(void)state;
	for (code = ERR_NONE + 1; code <= ERR_TOO_OLD; code++) {
		(void)snprintf(want, sizeof(want), "twokey: Code %d.\nhint: ", code);
		assert_non_null(strstr(out, want));
	}
}

static void waits_in_lines(void **state)
{
	static struct pty p;
	static struct screen s;

	(void)state;
	assert_string_equal(on_pipe(waits), "Touch alice's key (30 s)\ndone\nPlug in a key\n"
	    "sealed 1000 of 1000\nok\n");
	pty_start(&p, waits);
	assert_int_equal(pty_end(&p), 0);
	assert_non_null(strstr(p.out, "\rTouch alice's key (30 s)\033[K\rTouch alice's key (29 s)\033[K"));
	pty_screen(&p, 1, &s);
	assert_string_equal(s.rows[0], "Touch alice's key (29 s) done");
	assert_string_equal(s.rows[1], "sealed 1000 of 1000 ok");
	assert_string_equal(s.rows[2], "");
}

static int waits_narrow(void)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 30 };
	struct say_wait w = SAY_WAIT_INIT;

	if (ioctl(STDERR_FILENO, TIOCSWINSZ, &size) != 0)
		return 1;
	say_waiting(&w, 3000, "Plug in a key of alice, bob or carol");
	say_waited(&w, NULL);
	return 0;
}

/* A line is cut so that it does not wrap: it could not be written over. */
static void waits_cut(void **state)
{
	static struct pty p;

	(void)state;
	pty_start(&p, waits_narrow);
	assert_int_equal(pty_end(&p), 0);
	assert_string_equal(p.out, "\rPlug in a key of al... (3 s)\033[K\r\033[K");
}

static int data(void)
{
	struct buf b = BUF_INIT;
	json *j = NULL;
	int r;

	buf_puts(&b, "data\n");
	r = say_out(&b, NULL);
	buf_free(&b);
	r |= say_outf(NULL, "%s %d\n", "more", 2);
	r |= json_parse(&j, "{\"b\":[1],\"a\":null}", 18, JSON_LOOSE, "x", NULL);
	r |= say_json(j, NULL);
	json_free(&j);
	return r;
}

static int data_full(void)
{
	const int fd = open("/dev/full", O_WRONLY);
	struct err e = { 0 };

	err_clear(&e);
	(void)dup2(fd, 1);
	return say_outf(&e, "x") == ERR_SPACE && strstr(e.text, "standard output") != NULL ? 0 : 1;
}

static void data_as_data(void **state)
{
	static struct pty p;

	(void)state;
	assert_string_equal(on_pipe(data), "data\nmore 2\n{\"a\":null,\"b\":[1]}\n");
	pty_start(&p, data);
	assert_int_equal(pty_end(&p), 0);
	/* Indented for people. */
	assert_non_null(strstr(p.out, "\"a\": null,\r\n"));
	pty_start(&p, data_full);
	assert_int_equal(pty_end(&p), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_in_words),
		cmocka_unit_test(each_has_a_next_step),
		cmocka_unit_test(waits_in_lines),
		cmocka_unit_test(waits_cut),
		cmocka_unit_test(data_as_data)
	};

	return cmocka_run_group_tests_name("cli_say", tests, NULL, NULL);
}
