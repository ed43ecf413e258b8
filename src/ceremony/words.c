/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/words.h"

#include <stdio.h>

static const char *device_name(const struct ui_event *ev)
{
	return ev->device != NULL && ev->device[0] != '\0' ? ev->device : "security key";
}

int words_leads(const struct ui_event *ev)
{
	return ev->kind == UI_WAIT_KEY || ev->kind == UI_APPROVED;
}

static void wait_key(char *out, size_t cap, const struct ui_event *ev)
{
	if (ev->need > 0)
		(void)snprintf(out, cap, "[%d/%d] Plug in a key of %s ...", ev->have + 1,
		    ev->need > ev->have ? ev->need : ev->have + 1, ev->who);
	else
		(void)snprintf(out, cap, "Plug in the security key of %s ...", ev->who);
}

/* A key whose holder is known. */
static void owned_key(char *out, size_t cap, const struct ui_event *ev)
{
	const char *device = device_name(ev);
	int n = snprintf(out, cap, "%s: %s's key \"%s\"", device, ev->holder, ev->label);

	if (n < 0 || (size_t)n >= cap)
		return;
	out += n;
	cap -= (size_t)n;
	if (ev->kind == UI_KEY_USED)
		(void)snprintf(out, cap, "; %s has approved already, and people are counted, not "
		    "keys", ev->holder);
	else if (ev->kind == UI_KEY_NOT_ASKED)
		(void)snprintf(out, cap, "; %s is not in the quorum asked here", ev->holder);
	else if (ev->kind == UI_KEY_ENROLLED)
		(void)snprintf(out, cap, " already; a new one is meant");
}

void words_event(char *out, size_t cap, const struct ui_event *ev)
{
	switch (ev->kind) {
	case UI_WAIT_KEY:
		wait_key(out, cap, ev);
		break;
	case UI_TOUCH:
		(void)snprintf(out, cap, "%s", ev->text != NULL ? ev->text : "Touch the key now.");
		break;
	case UI_KEY_FOUND:
		if (ev->holder == NULL)
			(void)snprintf(out, cap, "%s: it does not say whose it is before it is "
			    "touched", device_name(ev));
		else
			owned_key(out, cap, ev);
		break;
	case UI_KEY_USED:
	case UI_KEY_NOT_ASKED:
	case UI_KEY_ENROLLED:
		owned_key(out, cap, ev);
		break;
	case UI_KEY_FOREIGN:
		(void)snprintf(out, cap, "%s: not a key of this vault, passed by", device_name(ev));
		break;
	case UI_KEY_TROUBLE:
		(void)snprintf(out, cap, "%s: passed by. %s", device_name(ev), ev->text);
		break;
	case UI_APPROVED:
		(void)snprintf(out, cap, "[%d/%d] %s approved%s", ev->have, ev->need, ev->holder,
		    ev->text != NULL ? ev->text : "");
		break;
	case UI_NOTE:
		(void)snprintf(out, cap, "%s", ev->text);
		break;
	}
}

void words_pin(char *out, size_t cap, const struct ui_pin_question *q)
{
	const int known = q->holder != NULL && q->label != NULL;
	const char *wrong = q->again ? "Wrong PIN. " : "";
	char left[48] = "", more[96] = "";

	if (q->tries >= 0)
		(void)snprintf(left, sizeof(left), "%d %s left", q->tries,
		    q->tries == 1 ? "try" : "tries");
	/* It may well be no key of this vault. */
	if (!known || left[0] != '\0')
		(void)snprintf(more, sizeof(more), " (%s%s%s)", left,
		    known || left[0] == '\0' ? "" : "; ", known ? "" : "Enter alone passes it by");
	if (known)
		(void)snprintf(out, cap, "%sPIN for %s's \"%s\"%s: ", wrong, q->holder, q->label,
		    more);
	else
		(void)snprintf(out, cap, "%sPIN of the %s%s: ", wrong,
		    q->device != NULL ? q->device : "key", more);
}

void words_last_tries(char *out, size_t cap, const struct ui_pin_question *q)
{
	(void)snprintf(out, cap, "Only %d PIN %s left on this key; after that only a reset helps, "
	    "and it destroys the key's share. Go on?", q->tries,
	    q->tries == 1 ? "try is" : "tries are");
}
