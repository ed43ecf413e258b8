/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/people.h"

#include <stdio.h>
#include <string.h>

#include "ceremony/words.h"

#define PIN_MAX 63		/* bytes, CTAP 2.1 section 6.5.1 */
#define MARGIN "      "		/* under the "[1/2] " of the key that it is about */

static int people_cancelled(void *ctx)
{
	struct people *p = ctx;
	int sig;

	while (!p->cancelled && (sig = term_held(&p->hold)) != 0) {
		if (sig != SIGTSTP) {
			p->cancelled = 1;
		} else {
			say_waited(&p->wait, NULL);
			term_stop(p->term);
		}
	}
	return p->cancelled;
}

static void people_event(void *ctx, const struct ui_event *ev)
{
	const char *margin = words_leads(ev) ? "" : MARGIN;
	struct people *p = ctx;
	char text[WORDS_MAX];

	words_event(text, sizeof(text), ev);
	if (ev->kind == UI_WAIT_KEY || ev->kind == UI_TOUCH) {
		say_waiting(&p->wait, ev->ms_left, "%s%s", margin, text);
	} else {
		say_waited(&p->wait, NULL);
		say("%s%s", margin, text);
	}
}

/* The terminal, or why there is none; what is asked has this long. */
static int people_term(struct people *p, int ms_left, struct err *e)
{
	int r = 0;

	say_waited(&p->wait, NULL);
	if (p->term == NULL)
		r = term_open(&p->term, e);
	if (r == 0)
		term_limit(p->term, ms_left);
	return r;
}

static int people_asked(struct people *p, int r)
{
	if (r == ERR_CANCELLED)
		p->cancelled = 1;
	return r;
}

static int people_last_tries(void *ctx, const struct ui_pin_question *q, struct err *e)
{
	struct people *p = ctx;
	char text[WORDS_MAX];
	int r = people_term(p, q->ms_left, e);

	if (r != 0)
		return r;
	words_last_tries(text, sizeof(text), q);
	return people_asked(p, term_confirm(p->term, text, "yes", e));
}

static int people_pin(void *ctx, const struct ui_pin_question *q, struct secret **pin,
    struct err *e)
{
	struct people *p = ctx;
	char text[WORDS_MAX], prompt[sizeof(MARGIN) + WORDS_MAX];
	int r = people_term(p, q->ms_left, e);

	*pin = NULL;
	if (r != 0)
		return r;
	words_pin(text, sizeof(text), q);
	(void)snprintf(prompt, sizeof(prompt), MARGIN "%s", text);
	return people_asked(p, term_secret(p->term, prompt, PIN_MAX, pin, e));
}

int people_begin(struct people *p, struct err *e)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->wait = (struct say_wait)SAY_WAIT_INIT;
	p->ui.ctx = p;
	p->ui.event = people_event;
	p->ui.last_tries = people_last_tries;
	p->ui.pin = people_pin;
	p->ui.cancelled = people_cancelled;
	p->hold.fd = -1;
	if ((r = term_hold(&p->hold, 1, e)) != 0)
		return r;
	/* A PIN typed too early must not be seen.  Without a terminal nobody types,
	 * and whether one is needed shows later. */
	if (term_open(&p->term, NULL) == 0)
		term_hush(p->term);
	return 0;
}

void people_end(struct people *p)
{
	say_waited(&p->wait, NULL);
	term_close(&p->term);
	term_let(&p->hold);
}
