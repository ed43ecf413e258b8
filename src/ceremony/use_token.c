/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/use_token.h"

#include <string.h>

static int ask(struct token_person *p, struct token *t, int again, struct err *e)
{
	struct ui_pin_question q = { .device = token_device(t)->product, .holder = p->holder,
		.label = p->label, .tries = token_info(t)->pin_tries, .again = again };

	secret_free(&p->pin);
	return p->ui->pin(p->ui->ctx, &q, &p->pin, e);
}

int person_begin(struct token_person *p, struct token *t, struct err *e)
{
	const struct token_info *info = token_info(t);

	if (info->uv == 1) {
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

/* 1 when the same call is worth making again with another PIN. */
static int again(struct token_person *p, struct token *t, struct err *why, struct err *e)
{
	struct ui_event ev = { .kind = UI_NOTE, .text = why->text, .ms_left = -1 };
	int r;

	p->ui->event(p->ui->ctx, &ev);
	if (p->uv && token_info(t)->pin_set == 1)
		p->uv = 0;	/* the finger did not do: the PIN does */
	else if (p->uv)
		return err_set(e, ERR_TOKEN, "%s", why->text);
	r = ask(p, t, 1, e);
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
