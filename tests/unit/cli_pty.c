/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "cli_pty.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void pty_start(struct pty *p, int (*fn)(void))
{
	const struct winsize size = { 24, 80, 0, 0 };

	memset(p, 0, sizeof(*p));
	p->pid = forkpty(&p->fd, NULL, NULL, &size);
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		(void)setenv("TERM", "xterm", 1);
		_exit(fn());
	}
}

/* One more read: 0 at the end or after ms without anything. */
static int pty_more(struct pty *p, int ms)
{
	struct pollfd f = { p->fd, POLLIN, 0 };
	ssize_t n;

	if (p->fd < 0 || poll(&f, 1, ms) <= 0)
		return 0;
	assert_true(p->len < sizeof(p->out) - 1);
	n = read(p->fd, p->out + p->len, sizeof(p->out) - 1 - p->len);
	if (n <= 0)
		return 0;
	p->len += (size_t)n;
	p->out[p->len] = '\0';
	return 1;
}

void pty_expect(struct pty *p, const char *text)
{
	const char *at;

	while ((at = strstr(p->out + p->seen, text)) == NULL)
		if (!pty_more(p, 10000))
			fail_msg("waited for `%s`, got: %s", text, p->out + p->seen);
	p->seen = (size_t)(at - p->out) + strlen(text);
}

void pty_send(struct pty *p, const char *text)
{
	assert_int_equal(write(p->fd, text, strlen(text)), strlen(text));
}

void pty_hangup(struct pty *p)
{
	(void)close(p->fd);
	p->fd = -1;
}

int pty_end(struct pty *p)
{
	int status;

	while (pty_more(p, 10000))
		;
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	if (p->fd >= 0)
		(void)close(p->fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct vt {
	struct screen now, main;
	int row, col, alt;
	int saved_row, saved_col;
};

static void vt_newline(struct vt *v)
{
	if (v->row < 23) {
		v->row++;
		return;
	}
	v->now.scrolled++;
	memmove(v->now.rows[0], v->now.rows[1], sizeof(v->now.rows) - sizeof(v->now.rows[0]));
	memset(v->now.rows[23], 0, sizeof(v->now.rows[23]));
}

/* The sequences that twokey uses, as xterm takes them (ctlseqs). */
static void vt_csi(struct vt *v, const char *args, char final)
{
	if (final == 'H') {
		v->row = v->col = 1;
		(void)sscanf(args, "%d;%d", &v->row, &v->col);
		v->row--;
		v->col--;
		assert_true(v->row >= 0 && v->row < 24 && v->col >= 0 && v->col < 80);
	} else if (final == 'K') {
		const int from = strcmp(args, "2") == 0 ? 0 : v->col;

		memset(v->now.rows[v->row] + from, 0, (size_t)(81 - from));
	} else if (strcmp(args, "?1049") == 0 && v->alt && final == 'h') {
		v->main = v->now;
		v->saved_row = v->row;
		v->saved_col = v->col;
		memset(&v->now, 0, sizeof(v->now));
	} else if (strcmp(args, "?1049") == 0 && v->alt && final == 'l') {
		v->now = v->main;
		v->row = v->saved_row;
		v->col = v->saved_col;
	} else {
		assert_true(final == 'm' || final == 'h' || final == 'l');
	}
}

static void vt_put(struct vt *v, char c)
{
	size_t i;

	if (v->col == 80) {
		v->col = 0;
		vt_newline(v);
	}
	for (i = 0; i < (size_t)v->col; i++)
		if (v->now.rows[v->row][i] == '\0')
			v->now.rows[v->row][i] = ' ';
	v->now.rows[v->row][v->col++] = c;
}

void pty_screen(const struct pty *p, int alt, struct screen *s)
{
	static struct vt v;
	size_t i;

	memset(&v, 0, sizeof(v));
	v.alt = alt;
	for (i = 0; i < p->len; i++) {
		const char c = p->out[i];

		if (c == '\033' && p->out[i + 1] == '[') {
			const char *args = p->out + i + 2;
			const size_t n = strspn(args, "?;0123456789");
			char copy[32];

			assert_true(n < sizeof(copy));
			memcpy(copy, args, n);
			copy[n] = '\0';
			vt_csi(&v, copy, args[n]);
			i += n + 2;
		} else if (c == '\033' && p->out[i + 1] == ']') {
			i += strcspn(p->out + i, "\a");
		} else if (c == '\n') {
			vt_newline(&v);
		} else if (c == '\r') {
			v.col = 0;
		} else {
			vt_put(&v, c);
		}
	}
	*s = v.now;
}

int screen_has(const struct screen *s, const char *text)
{
	size_t i;

	for (i = 0; i < 24; i++)
		if (strstr(s->rows[i], text) != NULL)
			return 1;
	return 0;
}
