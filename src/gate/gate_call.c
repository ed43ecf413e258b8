/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "gate/pamargs.h"

#define ITEM_MS 5000		/* for a module that is slow to say what it wants */
#define ITEMS_MAX 16

static int bad_call(struct err *e)
{
	err_set(e, ERR_INPUT, "twokey-gate was not asked as pam_twokey asks.");
	err_hint(e, "It is started by the PAM module alone: see pam_twokey(8).");
	return ERR_INPUT;
}

static int take_text(char *out, size_t cap, const struct wire *w)
{
	text_escape(out, cap, w->text, w->len);
	return 0;
}

/* As it is: a path or a mark of ours. */
static int take_exactly(char *out, size_t cap, const struct wire *w)
{
	if (w->len >= cap || !text_clean(w->text, w->len))
		return -1;
	memcpy(out, w->text, w->len + 1);
	return 0;
}

static int take_limit(struct gate *g, const struct wire *w)
{
	char *end;
	const long n = strtol(w->text, &end, 10);

	if (w->len == 0 || w->len > 3 || *end != '\0' || n < 1 || n > PAMARGS_TIMEOUT_MAX)
		return -1;
	g->until = clock_monotonic() + n * 1000;
	return 0;
}

static int take(struct gate *g, const struct wire *w, struct err *e)
{
	struct gate_call *c = &g->call;

	switch ((enum wire_type)w->type) {
	case WIRE_CONF:
		return take_exactly(c->conf, sizeof(c->conf), w);
	case WIRE_USER:
		return take_text(c->user, sizeof(c->user), w);
	case WIRE_SERVICE:
		return take_text(c->service, sizeof(c->service), w);
	case WIRE_TTY:
		return take_text(c->tty, sizeof(c->tty), w);
	case WIRE_RHOST:
		return take_text(c->rhost, sizeof(c->rhost), w);
	case WIRE_RUSER:
		return take_text(c->ruser, sizeof(c->ruser), w);
	case WIRE_MARK:
		/* One that cannot be ours is none. */
		if (take_exactly(c->mark, sizeof(c->mark), w) != 0)
			c->mark[0] = '\0';
		return 0;
	case WIRE_LIMIT:
		return take_limit(g, w);
	case WIRE_PASSWORD:
		return c->password != NULL ? -1 : secret_from(&c->password, w->text, w->len, e);
	default:
		return -1;
	}
}

int gate_read_call(struct gate *g, struct err *e)
{
	struct wire *w = (struct wire *)(void *)g->room->data;

	g->until = clock_monotonic() + PAMARGS_TIMEOUT * 1000;
	if (wire_recv(w, g->fd, ITEM_MS) != 1 || w->type != WIRE_DO ||
	    take_exactly(g->call.what, sizeof(g->call.what), w) != 0)
		return bad_call(e);
	for (int i = 0; i < ITEMS_MAX; i++) {
		if (wire_recv(w, g->fd, ITEM_MS) != 1)
			return bad_call(e);
		if (w->type == WIRE_GO)
			return 0;
		if (take(g, w, e) != 0)
			return bad_call(e);
		secret_zero(w, sizeof(*w));
	}
	return bad_call(e);
}
