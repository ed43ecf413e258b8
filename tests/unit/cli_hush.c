/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal that shows nothing that is typed unasked. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/term.h"
#include "cli_pty.h"

static int echoes(struct term *t)
{
	struct termios tio;

	return tcgetattr(term_fd(t), &tio) == 0 && (tio.c_lflag & ECHO) && (tio.c_lflag & ICANON);
}

/* In the child: waits for a line that nobody asked for, then asks. */
static int ask_hushed(void)
{
	struct termios before, after;
	struct secret *s = NULL;
	struct term *t = NULL;
	struct pollfd early;
	char answer[16];

	if (term_open(&t, NULL) != 0 || tcgetattr(term_fd(t), &before) != 0)
		return 99;
	early = (struct pollfd){ term_fd(t), POLLIN, 0 };
	term_hush(t);
	if (term_say(t, NULL, "waiting") != 0 || poll(&early, 1, 10000) != 1)
		return 98;
	if (term_line(t, "name: ", answer, sizeof(answer), NULL) != 0 || strcmp(answer, "shown") != 0)
		return 97;
	if (term_say(t, NULL, "waiting") != 0 || poll(&early, 1, 10000) != 1)
		return 96;
	if (term_secret(t, "PIN: ", 16, &s, NULL) != 0 || strcmp((const char *)s->data, "s3cret") != 0)
		return 95;
	secret_free(&s);
	if (term_say(t, NULL, "waiting") != 0 || poll(&early, 1, 10000) != 1)
		return 94;
	term_unhush(t);
	/* What came too early is gone, and the terminal as it was. */
	if (poll(&early, 1, 0) != 0 || tcgetattr(term_fd(t), &after) != 0 || !echoes(t) ||
	    after.c_lflag != before.c_lflag || after.c_iflag != before.c_iflag)
		return 93;
	term_close(&t);
	return 0;
}

static void hushed(void **state)
{
	static const char *const asked[] = { "name: ", "PIN: " };
	static const char *const said[] = { "shown\n", "s3cret\n" };
	static struct pty p;

	(void)state;
	pty_start(&p, ask_hushed);
	for (size_t i = 0; i < COUNT(asked); i++) {
		pty_expect(&p, "waiting");
		pty_send(&p, "early\n");
		pty_expect(&p, asked[i]);
		pty_send(&p, said[i]);
	}
	pty_expect(&p, "waiting");
	pty_send(&p, "early\n");
	assert_int_equal(pty_end(&p), 0);
	assert_null(strstr(p.out, "early"));
	assert_null(strstr(p.out, "s3cret"));
	/* Enter alone moves nothing, either. */
	assert_non_null(strstr(p.out, "waitingname: shown\r\nwaitingPIN: \r\nwaiting"));
}

/* A ceremony's signals are held, and its terminal hushed. */
static int ask_in_hold(struct term *t)
{
	struct term_hold h;
	char answer[8];
	int r;

	if (term_hold(&h, 1, NULL) != 0)
		return 99;
	term_hush(t);
	r = term_line(t, "name: ", answer, sizeof(answer), NULL);
	if (r == 0 && (strcmp(answer, "b") != 0 || echoes(t)))
		r = 98;
	term_unhush(t);
	term_let(&h);
	return r == 0 && !echoes(t) ? 97 : r;
}

/* As a shell: a job in the foreground, found stopped, and let go on there. */
static int stop_hushed(void)
{
	struct term *t = NULL;
	int status, echoed;
	pid_t job;

	if (term_open(&t, NULL) != 0 || signal(SIGTTOU, SIG_IGN) == SIG_ERR || (job = fork()) < 0)
		return 89;
	if (job == 0) {
		if (setpgid(0, 0) != 0 || tcsetpgrp(term_fd(t), getpid()) != 0)
			_exit(88);
		_exit(ask_in_hold(t));
	}
	if (waitpid(job, &status, WUNTRACED) != job || !WIFSTOPPED(status))
		return 87;
	echoed = echoes(t);
	if (kill(job, SIGCONT) != 0 || waitpid(job, &status, 0) != job)
		return 86;
	term_close(&t);
	return !echoed ? 85 : WIFEXITED(status) ? WEXITSTATUS(status) : 84;
}

static void hushed_stopped(void **state)
{
	static struct pty p;

	(void)state;
	unit_natively("valgrind lets no SIGTSTP stop a process");
	pty_start(&p, stop_hushed);
	pty_expect(&p, "name: ");
	pty_send(&p, "a\032");
	pty_expect(&p, "name: ");
	pty_send(&p, "b\n");
	assert_int_equal(pty_end(&p), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hushed),
		cmocka_unit_test(hushed_stopped)
	};

	return cmocka_run_group_tests_name("cli_hush", tests, NULL, NULL);
}
