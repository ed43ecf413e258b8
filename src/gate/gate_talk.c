/* SPDX-License-Identifier: BSD-2-Clause */
/* What people in front of a login see of a ceremony. */
#include "gate/gate.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ceremony/words.h"

#define PIECE 500		/* bytes; PAM_MAX_MSG_SIZE is 512 */
#define SEND_MS 5000
#define PATIENCE_MS 1500	/* before somebody is asked to plug in a key */

/* Where a piece of at most PIECE bytes ends: behind a blank if there is one,
 * never inside a character. */
static size_t piece(const char *text, size_t len)
{
	size_t n = PIECE, blank = PIECE;

	if (len <= PIECE)
		return len;
	while (blank > 0 && text[blank - 1] != ' ')
		blank--;
	if (blank > 0)
		return blank;
	while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	return n;
}

void gate_say(const struct gate *g, enum wire_type how, const char *text)
{
	char clean[WORDS_MAX + 400];
	size_t len, n, at;

	text_escape(clean, sizeof(clean), text, strlen(text));
	len = strlen(clean);
	for (at = 0; at < len; at += n) {
		n = piece(clean + at, len - at);
		if (n == 0 || wire_send(g->fd, (uint8_t)how, clean + at, n, SEND_MS) != 0)
			return;
	}
}

void gate_say_err(const struct gate *g, const struct err *e)
{
	gate_say(g, WIRE_ERROR, e->text);
	if (e->hint[0] != '\0')
		gate_say(g, WIRE_INFO, e->hint);
}

static int left(const struct gate *g)
{
	const int64_t ms = g->until - GATE_MARGIN_MS - clock_monotonic();

	return ms < 0 ? 0 : (int)ms;
}

static int no_answer(struct err *e)
{
	return err_set(e, ERR_CANCELLED, "The question could not be asked, or was not answered.");
}

/* A question, what its answer means, and the time that is left; where that is too long
 * for PAM, the question is cut. */
static void question(char out[PIECE + 1], const struct gate *g, const char *what, const char *then)
{
	char tail[80];
	const int n = snprintf(tail, sizeof(tail), "%s (%d s left): ", then, (left(g) + 999) / 1000);
	const size_t room = PIECE + 1 - (size_t)n;

	text_escape(out, room, what, strlen(what));
	(void)strcat(out, tail);
}

int gate_ask(struct gate *g, const char *what, const char *then, int hidden,
    struct secret **answer, struct err *e)
{
	struct wire *w = (struct wire *)(void *)g->room->data;
	char clean[PIECE + 1];
	int r;

	*answer = NULL;
	/* Applications wait for people as long as it pleases them. */
	if (left(g) == 0)
		return err_set(e, ERR_TIMEOUT, "The time for this login is over.");
	g->asked = 1;
	question(clean, g, what, then);
	if (wire_send(g->fd, hidden ? WIRE_ASK_HIDDEN : WIRE_ASK, clean, strlen(clean), SEND_MS) != 0)
		return no_answer(e);
	r = wire_recv(w, g->fd, left(g));
	if (r == 1 && w->type == WIRE_ANSWER && w->len <= TEXT_MAX)
		r = secret_from(answer, w->text, w->len, e);
	else if (r < 0 && left(g) == 0)
		r = err_set(e, ERR_TIMEOUT, "No answer came in time.");
	else
		r = no_answer(e);
	secret_zero(w, sizeof(*w));
	return r;
}

static void strip(char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	if (n >= m && strcmp(text + n - m, end) == 0)
		text[n - m] = '\0';
}

/*
 * Applications show a message when it pleases them - sshd not before the next
 * question.  So whoever must do something is asked, and answers with Enter.
 */
static void wait_for_key(struct gate *g, const struct ui_event *ev)
{
	char prompt[WORDS_MAX];
	struct secret *answer = NULL;

	if (g->waiting == 0)
		g->waiting = clock_monotonic();
	if (clock_monotonic() - g->waiting < PATIENCE_MS)
		return;
	words_event(prompt, sizeof(prompt), ev);
	strip(prompt, " ...");
	/* Hidden: somebody may take it for the question after the PIN. */
	g->gone = gate_ask(g, prompt, ", then press Enter", 1, &answer, NULL) == ERR_CANCELLED;
	if (answer != NULL && answer->len > 0)
		gate_say(g, WIRE_ERROR, "What was typed there is no answer to anything: the PIN is "
		    "asked for once the key is found.");
	secret_free(&answer);
	g->waiting = 0;
	g->again = 1;
}

static void say_event(void *ctx, const struct ui_event *ev)
{
	char text[WORDS_MAX];
	struct gate *g = ctx;

	if (ev->kind == UI_WAIT_KEY) {
		wait_for_key(g, ev);
		return;
	}
	/* Said again and again while it lasts. */
	if (ev->kind == UI_TOUCH && g->touch_said)
		return;
	g->touch_said = ev->kind == UI_TOUCH;
	g->waiting = 0;
	words_event(text, sizeof(text), ev);
	gate_say(g, ev->kind == UI_KEY_TROUBLE ? WIRE_ERROR : WIRE_INFO, text);
}

static int ask_pin(void *ctx, const struct ui_pin_question *q, struct secret **pin, struct err *e)
{
	char prompt[WORDS_MAX];

	words_pin(prompt, sizeof(prompt), q);
	strip(prompt, ": ");
	return gate_ask(ctx, prompt, ", then touch the key", 1, pin, e);
}

/* The module closes its end when the application gives up.  Nothing is due from
 * it while no question is open. */
static int is_gone(void *ctx)
{
	const struct gate *g = ctx;
	struct pollfd p = { g->fd, POLLIN, 0 };

	return g->gone || poll(&p, 1, 0) != 0;
}

static int look_again(void *ctx)
{
	struct gate *g = ctx;
	const int again = g->again;

	g->again = 0;
	return again;
}

void gate_talk(struct gate *g)
{
	g->ui = (struct ui){ .ctx = g, .event = say_event, .tries_kept = 3, .pin_always = 1,
		.pin = ask_pin, .again = look_again, .cancelled = is_gone };
}
