/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/present.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/term_local.h"

#define FILL_MAX 128
#define LABEL_COLUMNS 14
/* One screen: escapes, labels and values of up to 200 by 60 cells. */
#define SCREEN_MAX (64u << 10)

struct present {
	struct term *term;
	const char *title;
	const char *const *lines;
	const struct present_item *items;
	size_t n;
	struct secret *screen;	/* what is written next */
	struct secret *fill;
	int cols, rows, row;	/* row: the one being written, 1 first */
	int drawn_cols, drawn_rows;	/* at the last drawing */
	int full;		/* it did not fit */
	int shown;		/* the terminal may hold some of it */
};

static void put(struct present *p, const char *text, size_t len)
{
	if (secret_append(p->screen, text, len, NULL) != 0)
		p->full = 1;
}

static void put_text(struct present *p, const char *text)
{
	put(p, text, strlen(text));
}

/* Cursor to a column of the row, and that row erased when column is 1.  Rows
 * are addressed, never scrolled into: nothing gets into a scrollback. */
static void put_at(struct present *p, int row, int column)
{
	char seq[40];

	(void)snprintf(seq, sizeof(seq), "\033[%d;%dH%s", row, column, column == 1 ? "\033[2K" : "");
	put_text(p, seq);
	if (row >= p->rows)
		p->full = 1;
}

/* Bytes in the UTF-8 sequence at s that text_clean takes, or 0. */
static size_t clean_char(const unsigned char *s, size_t len)
{
	const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	return n <= len && text_clean((const char *)s, n) ? n : 0;
}

/* A value from column LABEL_COLUMNS on, wrapped by hand at the margin. */
static void put_value(struct present *p, const unsigned char *s, size_t len)
{
	int at = LABEL_COLUMNS;

	while (len > 0) {
		const size_t n = clean_char(s, len);
		char hex[5];

		/* One cell is kept free for characters two cells wide. */
		if (at + (n == 0 ? 4 : 2) > p->cols) {
			p->row++;
			put_at(p, p->row, 1);
			put_at(p, p->row, LABEL_COLUMNS + 1);
			at = LABEL_COLUMNS;
		}
		if (n == 0) {
			(void)snprintf(hex, sizeof(hex), "\\x%02X", s[0]);
			put(p, hex, 4);
			secret_zero(hex, sizeof(hex));
			at += 4;
		} else {
			put(p, (const char *)s, n);
			at += n == 1 ? 1 : 2;
		}
		s += n == 0 ? 1 : n;
		len -= n == 0 ? 1 : n;
	}
}

static int put_item(struct present *p, const struct present_item *it, struct err *e)
{
	const struct secret *v = it->value;
	char note[64] = "";
	int r;

	p->row++;
	put_at(p, p->row, 1);
	put_text(p, "\033[1m");
	put_text(p, it->label);
	put_text(p, "\033[0m");
	if ((int)strlen(it->label) >= LABEL_COLUMNS) {
		p->row++;
		put_at(p, p->row, 1);
	}
	put_at(p, p->row, LABEL_COLUMNS + 1);
	if (it->fill != NULL) {
		secret_wipe(p->fill);
		r = it->fill(it->ctx, p->fill, note, e);
		if (r != 0)
			return r;
		v = p->fill;
	}
	put_value(p, v->data, v->len);
	if (note[0] != '\0') {
		put_text(p, "   ");
		put_text(p, note);
	}
	return 0;
}

/* Builds the screen: row by row, then the line at the bottom. */
static int present_build(struct present *p, int64_t left, struct err *e)
{
	char foot[64];
	size_t i;
	int r;

	secret_wipe(p->screen);
	p->full = 0;
	p->row = 1;
	term_size(p->term, &p->cols, &p->rows);
	if (p->cols < LABEL_COLUMNS + 8)
		p->full = 1;
	put_at(p, 1, 1);
	put_text(p, p->title);
	for (i = 0; p->lines != NULL && p->lines[i] != NULL; i++) {
		p->row++;
		put_at(p, p->row, 1);
		put_text(p, p->lines[i]);
	}
	p->row++;
	put_at(p, p->row, 1);
	for (i = 0; i < p->n; i++) {
		r = put_item(p, &p->items[i], e);
		if (r != 0)
			return r;
	}
	(void)snprintf(foot, sizeof(foot), "Gone in %lld s. Press Enter when done.",
	    (long long)((left + 999) / 1000));
	p->row += 2;
	put_at(p, p->row, 1);
	put_text(p, foot);
	if (p->full) {
		(void)err_set(e, ERR_USAGE, "The terminal is too small to show this (%d by %d).",
		    p->cols, p->rows);
		(void)err_hint(e, "Make it larger, or use --clip or --exec.");
		return ERR_USAGE;
	}
	return 0;
}

/* Each row erased by itself: erasing the display at once makes some terminals
 * push it into their scrollback. */
static void present_wipe(struct present *p)
{
	int row, cols, rows;
	char seq[32];

	term_size(p->term, &cols, &rows);
	for (row = 1; row <= rows; row++) {
		const int n = snprintf(seq, sizeof(seq), "\033[%d;1H\033[2K", row);

		(void)file_write_all(term_fd(p->term), seq, (size_t)n, "the terminal", NULL);
	}
	(void)file_write_all(term_fd(p->term), "\033[1;1H", 6, "the terminal", NULL);
}

static int present_draw(struct present *p, int64_t left, struct err *e)
{
	int r = present_build(p, left, e);

	/* A terminal of another size has moved what stands there. */
	if (p->cols != p->drawn_cols || p->rows != p->drawn_rows)
		present_wipe(p);
	p->drawn_cols = p->cols;
	p->drawn_rows = p->rows;
	if (r == 0) {
		p->shown = 1;
		r = file_write_all(term_fd(p->term), p->screen->data, p->screen->len,
		    "the terminal", e);
	}
	secret_wipe(p->screen);
	return r;
}

static int present_loop(struct present *p, const struct term_hold *h, int seconds,
    enum present_end *end, struct err *e)
{
	const int64_t until = clock_monotonic() + (int64_t)seconds * 1000;

	for (;;) {
		int64_t left = until - clock_monotonic();
		enum term_event ev;
		int r;

		*end = PRESENT_TIMEOUT;
		if (left <= 0)
			return 0;
		r = present_draw(p, left, e);
		if (r != 0)
			return r;
		/* To the next whole second, so that the countdown is even. */
		left = until - clock_monotonic();
		ev = left > 0 ? term_event(p->term, h, (int)((left - 1) % 1000 + 1)) : TERM_NONE;
		if (ev != TERM_NONE) {
			*end = ev == TERM_ENTER ? PRESENT_KEY
			    : ev == TERM_SIGNAL ? PRESENT_SIGNAL : PRESENT_HANGUP;
			return 0;
		}
	}
}

static int present_run(struct present *p, int seconds, enum present_end *end, struct err *e)
{
	static const char enter[] = "\033[?1049h\033[?25l", leave[] = "\033[?25h\033[?1049l";
	const int fd = term_fd(p->term);
	struct term_hold h;
	struct termios was;
	int r;

	r = present_build(p, (int64_t)seconds * 1000, e);
	secret_wipe(p->screen);
	if (r != 0)
		return r;
	r = term_hold(&h, 1, e);
	if (r != 0)
		return r;
	r = term_raw_begin(p->term, &was, e);
	if (r == 0) {
		r = file_write_all(fd, enter, sizeof(enter) - 1, "the terminal", e);
		if (r == 0)
			r = present_loop(p, &h, seconds, end, e);
		if (p->shown)
			present_wipe(p);
		(void)file_write_all(fd, leave, sizeof(leave) - 1, "the terminal", NULL);
		term_raw_end(p->term, &was);
	}
	/* A hangup makes writes fail: that is an end, not an error. */
	if (r == ERR_IO && p->shown && term_held(&h) == SIGHUP) {
		err_clear(e);
		*end = PRESENT_HANGUP;
		r = 0;
	}
	term_let(&h);
	return r;
}

int present_possible(struct err *e)
{
	const char *type = getenv("TERM");

	if (type != NULL && *type != '\0' && strcmp(type, "dumb") != 0)
		return 0;
	(void)err_set(e, ERR_USAGE, "This terminal (TERM=%s) cannot wipe what it shows.",
	    type != NULL ? type : "");
	(void)err_hint(e, "Use another terminal, or --clip or --exec.");
	return ERR_USAGE;
}

int present_show(struct term *t, const char *title, const char *const *lines,
    const struct present_item *items, size_t n, int seconds, enum present_end *end,
    struct err *e)
{
	struct present p = { .term = t, .title = title, .lines = lines, .items = items, .n = n };
	enum present_end how = PRESENT_TIMEOUT;
	int r;

	if ((r = present_possible(e)) != 0)
		return r;
	r = secret_new(&p.screen, SCREEN_MAX, e);
	if (r == 0)
		r = secret_new(&p.fill, FILL_MAX, e);
	if (r == 0)
		r = present_run(&p, seconds, &how, e);
	secret_free(&p.screen);
	secret_free(&p.fill);
	if (end != NULL)
		*end = how;
	return r;
}
