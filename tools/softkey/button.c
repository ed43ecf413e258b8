/* SPDX-License-Identifier: BSD-2-Clause */
/* The button: what a person would do, as the control socket says. */
#include "server.h"

#define U2F_BLINK_MS 3000	/* a U2F host asks again and again; a pause as long as this is a new request */

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Waits, serving everybody else meanwhile. */
static enum touch
button_wait(struct server *s)
{
	const int *q = s->engine.key->q.v;
	int64_t start = server_now(NULL), end = start + q[Q_TOUCH_TIMEOUT], next = start, now;
	unsigned plugs = s->plugs;

	for (;;) {
		now = server_now(NULL);
		if (!s->plugged || s->plugs != plugs || s->quit)
			return TOUCH_GONE;
		if (s->hid.cancelled)
			return TOUCH_CANCELLED;
		if (s->pressed || s->button == BUTTON_AUTO || (s->button == BUTTON_DELAY && now >= start + s->delay_ms))
			return TOUCH_OK;
		if (s->button == BUTTON_REFUSE)
			return TOUCH_REFUSED;
		if (now >= end)
			return TOUCH_TIMEOUT;
		if (now >= next) {
			hid_keepalive(&s->hid);
			next = now + q[Q_KEEPALIVE];
		}
		control_expire(s);
		server_once(s, sooner(sooner(next, end), s->button == BUTTON_DELAY ? start + s->delay_ms : end) - now);
	}
}

enum touch
button_touch(void *ctx)
{
	struct server *s = ctx;
	enum touch t;

	if (s->button == BUTTON_AUTO)
		return TOUCH_OK;
	s->pressed = false;
	s->blinking = true;
	control_blink(s);
	t = button_wait(s);
	s->blinking = s->pressed = false;
	return t;
}

bool
button_poll(void *ctx)
{
	struct server *s = ctx;
	int64_t now = server_now(NULL);
	bool yes;

	if (now - s->u2f_since_ms > U2F_BLINK_MS + s->delay_ms)
		s->u2f_since_ms = now;
	if (s->button == BUTTON_WAIT)
		control_blink(s);
	yes = s->button == BUTTON_AUTO || s->pressed ||
	    (s->button == BUTTON_DELAY && now - s->u2f_since_ms >= s->delay_ms);
	if (yes)
		s->u2f_since_ms = 0;
	s->pressed = false;
	return yes;
}
