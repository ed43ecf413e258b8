/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/halves.h"

#include <stdio.h>

#include "base/text.h"
#include "cli/present.h"

#define LEAST 8

/* Where the first half ends: behind a whole character. */
static size_t middle(const struct secret *value)
{
	size_t at = (value->len + 1) / 2;

	while (at < value->len && (value->data[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static int show_half(struct term *t, const char *title, const char *label, int which,
    const unsigned char *part, size_t len, int seconds, struct err *e)
{
	char question[160], line[128], none[8];
	const char *lines[2] = { line, NULL };
	struct present_item item = { .label = label };
	enum present_end end = PRESENT_KEY;
	struct secret *half = NULL;
	int r;

	(void)snprintf(question, sizeof(question), which == 1
	    ? "Half 1 of 2, for one of you: all others turn away. Press Enter for it: "
	    : "Half 2 of 2, for another one: who saw the first turns away. Press Enter for it: ");
	(void)snprintf(line, sizeof(line), "half %d of 2: type it %s", which, which == 1
	    ? "into each box that asks for it" : "behind the first, in each box");
	if ((r = term_line(t, question, none, sizeof(none), e)) == 0 &&
	    (r = secret_from(&half, part, len, e)) == 0) {
		item.value = half;
		r = present_show(t, title, lines, &item, 1, seconds, &end, e);
	}
	secret_free(&half);
	if (r == 0 && (end == PRESENT_SIGNAL || end == PRESENT_HANGUP))
		r = err_set(e, ERR_CANCELLED, "Stopped at half %d of 2.", which);
	return r;
}

int halves_show(const char *title, const char *label, const struct secret *value, int seconds,
    struct err *e)
{
	const size_t at = middle(value);
	struct term *t = NULL;
	int r;

	if (value->len < LEAST || !text_clean((const char *)value->data, value->len))
		return err_set(e, ERR_INPUT, "The %s is too short for two halves, or no text.", label);
	if ((r = term_open(&t, e)) != 0)
		return r;
	r = show_half(t, title, label, 1, value->data, at, seconds, e);
	if (r == 0)
		r = show_half(t, title, label, 2, value->data + at, value->len - at, seconds, e);
	term_close(&t);
	return r;
}
