/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/people.h"

#include <stdio.h>
#include <string.h>

#define PIN_MAX 63		/* bytes, CTAP 2.1 section 6.5.1 */
#define TRIES_ASK 2		/* with so few tries left, an explicit yes first */

static int people_cancelled(void *ctx)
{
	struct people *p = ctx;

	if (!p->cancelled && term_held(&p->hold) != 0)
		p->cancelled = 1;
	return p->cancelled;
}

static const char *device_name(const struct ui_event *ev)
{
	return ev->device != NULL && ev->device[0] != '\0' ? ev->device : "security key";
}

static void event_waits(struct people *p, const struct ui_event *ev)
{
	if (ev->kind == UI_WAIT_KEY && ev->need > 0)
		say_waiting(&p->wait, ev->ms_left, "[%d/%d] Plug in a key of %s ...",
		    ev->have + 1, ev->need > ev->have ? ev->need : ev->have + 1, ev->who);
	else if (ev->kind == UI_WAIT_KEY)
		say_waiting(&p->wait, ev->ms_left, "Plug in the security key of %s ...", ev->who);
	else if (ev->text != NULL)
		say_waiting(&p->wait, ev->ms_left, "      %s", ev->text);
	else
		say_waiting(&p->wait, ev->ms_left, "      Touch the key now.");
}

static void people_event(void *ctx, const struct ui_event *ev)
{
	struct people *p = ctx;

	if (ev->kind == UI_WAIT_KEY || ev->kind == UI_TOUCH) {
		event_waits(p, ev);
		return;
	}
	say_waited(&p->wait, NULL);
	switch (ev->kind) {
	case UI_KEY_FOUND:
		if (ev->holder != NULL)
			say("      %s: %s's key \"%s\"", device_name(ev), ev->holder, ev->label);
		else
			say("      %s: it does not say whose it is before it is touched",
			    device_name(ev));
		break;
	case UI_KEY_FOREIGN:
		say("      %s: not a key of this vault, passed by", device_name(ev));
		break;
	case UI_KEY_USED:
		say("      %s: %s's key \"%s\"; %s has approved already, and people are counted, "
		    "not keys", device_name(ev), ev->holder, ev->label, ev->holder);
		break;
	case UI_KEY_NOT_ASKED:
		say("      %s: %s's key \"%s\"; %s is not in the quorum asked here",
		    device_name(ev), ev->holder, ev->label, ev->holder);
		break;
	case UI_KEY_ENROLLED:
		say("      %s: %s's key \"%s\" already; a new one is meant", device_name(ev),
		    ev->holder, ev->label);
		break;
	case UI_KEY_TROUBLE:
		say("      %s: passed by. %s", device_name(ev), ev->text);
		break;
	case UI_APPROVED:
		say("[%d/%d] %s approved%s", ev->have, ev->need, ev->holder,
		    ev->text != NULL ? ev->text : "");
		break;
	case UI_NOTE:
		say("      %s", ev->text);
		break;
	case UI_WAIT_KEY:
	case UI_TOUCH:
		break;
	}
}

static int confirm_tries(struct people *p, const struct ui_pin_question *q, struct err *e)
{
	char text[256];

	if (q->tries < 0 || q->tries > TRIES_ASK)
		return 0;
	if (q->tries == 0) {
		err_set(e, ERR_TOKEN, "The PIN of this key is blocked: no tries are left.");
		err_hint(e, "Use another of the holder's keys; resetting this one destroys what "
		    "it holds.");
		return ERR_TOKEN;
	}
	snprintf(text, sizeof(text), "Only %d PIN %s left on this key; after that only a reset "
	    "helps, and it destroys the key's share. Go on?", q->tries,
	    q->tries == 1 ? "try is" : "tries are");
	return term_confirm(p->term, text, "yes", e);
}

static int people_pin(void *ctx, const struct ui_pin_question *q, struct secret **pin,
    struct err *e)
{
	struct people *p = ctx;
	char prompt[256], tries[48] = "";
	int r;

	*pin = NULL;
	say_waited(&p->wait, NULL);
	if (p->term == NULL && (r = term_open(&p->term, e)) != 0)
		return r;
	if ((r = confirm_tries(p, q, e)) != 0)
		return r;
	if (q->tries >= 0)
		snprintf(tries, sizeof(tries), " (%d %s left)", q->tries,
		    q->tries == 1 ? "try" : "tries");
	if (q->holder != NULL && q->label != NULL)
		snprintf(prompt, sizeof(prompt), "      %sPIN for %s's \"%s\"%s: ",
		    q->again ? "Wrong PIN. " : "", q->holder, q->label, tries);
	else
		snprintf(prompt, sizeof(prompt), "      %sPIN of the %s%s: ",
		    q->again ? "Wrong PIN. " : "", q->device != NULL ? q->device : "key", tries);
	r = term_secret(p->term, prompt, PIN_MAX, pin, e);
	if (r == ERR_CANCELLED)
		p->cancelled = 1;
	return r;
}

int people_begin(struct people *p, struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->wait = (struct say_wait)SAY_WAIT_INIT;
	p->ui.ctx = p;
	p->ui.event = people_event;
	p->ui.pin = people_pin;
	p->ui.cancelled = people_cancelled;
	p->hold.fd = -1;
	return term_hold(&p->hold, 0, e);
}

void people_end(struct people *p)
{
	say_waited(&p->wait, NULL);
	term_close(&p->term);
	term_let(&p->hold);
}
