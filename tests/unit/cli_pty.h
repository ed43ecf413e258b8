/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_CLI_PTY_H
#define TWOKEY_TESTS_CLI_PTY_H

#include <stddef.h>
#include <sys/types.h>

/* A function run in a child on a terminal of its own, 80 by 24. */
struct pty {
	pid_t pid;
	int fd;
	char out[65536];	/* all that came, NUL behind it */
	size_t len, seen;	/* seen: where pty_expect goes on */
};

void pty_start(struct pty *p, int (*fn)(void));
/* Waits until text comes behind what was expected before; fails after ten seconds. */
void pty_expect(struct pty *p, const char *text);
void pty_send(struct pty *p, const char *text);
/* Reads the rest and reaps: fn's return value, or 128 and a signal. */
int pty_end(struct pty *p);
/* The terminal goes away. */
void pty_hangup(struct pty *p);

/* What a terminal shows after all output: rows of text.  alt: it has an alternate screen;
 * scrolled counts rows that were pushed out at the top. */
struct screen {
	char rows[24][81];
	int scrolled;
};
void pty_screen(const struct pty *p, int alt, struct screen *s);
int screen_has(const struct screen *s, const char *text);

#endif
