/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/term_local.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int term_raw_begin(struct term *t, struct termios *was, struct err *e)
{
	struct termios raw;

	if (tcgetattr(term_fd(t), was) != 0)
		return err_errno(e, ERR_IO, errno, "The terminal cannot be set up");
	raw = *was;
	raw.c_lflag &= (tcflag_t)~(ECHO | ECHONL | ICANON | IEXTEN);
	raw.c_lflag |= ISIG;
	raw.c_iflag &= (tcflag_t)~(IXON | IXANY);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(term_fd(t), TCSAFLUSH, &raw) != 0)
		return err_errno(e, ERR_IO, errno, "The terminal cannot be set up");
	return 0;
}

void term_raw_end(struct term *t, const struct termios *was)
{
	(void)tcsetattr(term_fd(t), TCSAFLUSH, was);
}

enum term_event term_event(struct term *t, const struct term_hold *h, int ms)
{
	struct pollfd f[2] = { { term_fd(t), POLLIN, 0 }, { h->fd, POLLIN, 0 } };
	const int n = poll(f, 2, ms);
	char c;

	if (n < 0)
		return errno == EINTR ? TERM_NONE : TERM_HANGUP;
	if (n == 0)
		return TERM_NONE;
	if (term_held(h) != 0)
		return TERM_SIGNAL;
	if (f[0].revents & POLLIN) {
		if (read(f[0].fd, &c, 1) != 1)
			return TERM_HANGUP;
		return c == '\n' || c == '\r' ? TERM_ENTER : TERM_NONE;
	}
	return f[0].revents != 0 ? TERM_HANGUP : TERM_NONE;
}
