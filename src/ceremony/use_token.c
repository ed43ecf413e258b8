/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/use_token.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"

static int ms_left(const struct token_person *p)
{
	const int64_t left = p->until - clock_monotonic();

	return p->until == 0 ? -1 : left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* The last tries of a PIN are a key's life: not without a yes, and where nobody
 * is to be asked for one, not at all. */
static int check_tries(const struct ui *ui, const struct ui_pin_question *q, struct err *e)
{
	const int kept = ui->tries_kept > PIN_TRIES_KEPT ? ui->tries_kept : PIN_TRIES_KEPT;

	if (q->tries < 0 || q->tries > kept)
		return 0;
	if (q->tries == 0) {
		err_set(e, ERR_TOKEN, "The PIN of this key is blocked: no tries are left.");
		err_hint(e, "Use another of the holder's keys; resetting this one destroys what "
		    "it holds.");
		return ERR_TOKEN;
	}
	if (ui->last_tries != NULL)
		return ui->last_tries(ui->ctx, q, e);
	err_set(e, ERR_TOKEN, "Only %d PIN %s left on this key; the last %d are not used here.",
	    q->tries, q->tries == 1 ? "try is" : "tries are", kept);
	err_hint(e, "Use another key; a right PIN elsewhere gives this one all its tries back.");
	return ERR_TOKEN;
}

static int ask(struct token_person *p, struct token *t, int again, struct err *e)
{
	struct ui_pin_question q = { .device = token_device(t)->product, .holder = p->holder,
		.label = p->label, .tries = token_info(t)->pin_tries, .again = again };
	int r;

	secret_free(&p->pin);
	q.ms_left = ms_left(p);
	if ((r = check_tries(p->ui, &q, e)) != 0)
		return r;
	q.ms_left = ms_left(p);
	if ((r = p->ui->pin(p->ui->ctx, &q, &p->pin, e)) != 0 || p->pin->len > 0)
		return r;
	/* Enter alone: it may be a key of something else, that nobody knows the PIN of. */
	err_set(e, ERR_TOKEN, "No PIN was given for it.");
	err_hint(e, "If it is meant, unplug it, plug it in again, and give its PIN.");
	return ERR_TOKEN;
}

int person_begin(struct token_person *p, struct token *t, struct err *e)
{
	const struct token_info *info = token_info(t);

	if (info->uv == 1 && !p->ui->pin_always) {
		p->uv = 1;
		return 0;
	}
	if (info->pin_set != 1) {
		err_set(e, ERR_TOKEN, "This security key has no PIN set, so it cannot tell who "
		    "touches it.");
		err_hint(e, "Set one (fido2-token -S DEVICE), then enrol the key.");
		return ERR_TOKEN;
	}
	return ask(p, t, 0, e);
}

void person_end(struct token_person *p)
{
	secret_free(&p->pin);
}

static int watch(void *ctx, enum token_wait kind, int ms_left)
{
	struct token_person *p = ctx;
	struct ui_event ev = { .kind = UI_TOUCH, .holder = p->holder, .label = p->label,
		.ms_left = ms_left };

	(void)kind;
	p->ui->event(p->ui->ctx, &ev);
	return p->ui->cancelled(p->ui->ctx);
}

/* Asks for what is to be tried next: 0 when the same call is worth making again. */
static int again(struct token_person *p, struct token *t, struct err *why, struct err *e)
{
	struct ui_event ev = { .kind = UI_NOTE, .text = why->text, .ms_left = -1 };
	const int finger = p->uv;
	int r;

	if (finger && token_info(t)->pin_set != 1) {
		(void)err_set(e, ERR_TOKEN, "%s", why->text);
		return err_hint(e, "%s", why->hint);
	}
	p->ui->event(p->ui->ctx, &ev);
	p->uv = 0;	/* the finger did not do: the PIN does */
	r = ask(p, t, !finger, e);
	err_clear(why);
	return r;
}

int person_assert(struct token_person *p, struct token *t, struct token_assert_request *rq,
    struct token_assertion *out, struct err *e)
{
	struct token_watch w = { watch, p };
	int verify = rq->uv;

	for (;;) {
		struct err why = { 0 };
		int r;

		rq->uv = verify && p->uv;
		rq->pin = verify && !p->uv ? p->pin : NULL;
		/* Where nobody is asked for a yes, strangers may be at it at the same time. */
		rq->tries_kept = p->ui->last_tries == NULL ? p->ui->tries_kept : 0;
		r = token_assert(t, rq, &w, out, &why);
		if (r == ERR_PIN && verify) {
			if ((r = again(p, t, &why, e)) != 0)
				return r;
			continue;
		}
		if (r != 0) {
			err_give(e, &why);
		}
		return r;
	}
}

int person_make(struct token_person *p, struct token *t, struct token_make_request *rq,
    struct token_credential *out, struct err *e)
{
	struct token_watch w = { watch, p };

	for (;;) {
		struct err why = { 0 };
		int r;

		rq->pin = p->uv ? NULL : p->pin;
		r = token_make(t, rq, &w, out, &why);
		if (r == ERR_PIN) {
			if ((r = again(p, t, &why, e)) != 0)
				return r;
			continue;
		}
		if (r != 0) {
			err_give(e, &why);
		}
		return r;
	}
}
