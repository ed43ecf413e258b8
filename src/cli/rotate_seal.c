/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "ceremony/confirm.h"
#include "cli/people.h"
#include "cli/rotate_local.h"
#include "cli/rotate_show.h"
#include "cli/seal_ask.h"
#include "cli/seal_witness.h"
#include "vault/password.h"

/* The candidate to be, and the version before it. */
struct next {
	struct record *before;
	struct record_plain plain;
	struct seal_item item;
	struct seal_witnesses *witnesses;
	struct secret *value;
	struct seal_done done;
};

static int make_value(const struct rotation *t, struct next *n, struct err *e)
{
	const int typed = strcmp(n->before->kind, "linux-root") == 0;	/* at a console */
	int64_t length = typed ? PASSWORD_LINUX_DEFAULT : PASSWORD_AWS_DEFAULT;
	int r = args_number(t->cli->args, "length", PASSWORD_MIN, PASSWORD_MAX, &length, e);

	return r != 0 ? r : password_generate(&n->value, typed ? PASSWORD_LINUX : PASSWORD_AWS_ROOT,
	    (size_t)length, e);
}

static int ask_value(const struct rotation *t, struct next *n, struct err *e)
{
	struct seal_fields f = { .n = 0 };
	int r = seal_ask_totp(&f, t->cli->args, t->cli->clock, e);

	if (r == 0) {
		n->value = f.f[0].plain;
		f.f[0].plain = NULL;
	}
	seal_fields_free(&f);
	return r;
}

static int add_witness(struct rotation *t, struct next *n, struct err *e)
{
	n->plain.plain = n->value;
	return seal_witnesses_add(&n->witnesses, &n->plain, 1, t->name, seal_witness_of(n->before), &t->v, e);
}

static int seal_made(struct rotation *t, struct next *n, struct err *e)
{
	size_t sealed;
	int r = make_value(t, n, e);

	if (r == 0)
		r = add_witness(t, n, e);
	return r != 0 ? r : seal_records(t->v.session, &n->item, 1, 0, &t->rq, &n->done, &sealed, e);
}

/* AWS makes the seed and shows it: holders attend while it is typed in, so that nobody takes it
 * in alone, and nobody is held to know it. */
static int seal_typed(struct rotation *t, struct next *n, struct err *e)
{
	struct confirm_in in = { .record = t->name, .version = n->before->version + 1, .field = t->field,
		.quorum = n->before->quorum, .reason = t->why, .ticket = t->ticket, .requester = &t->rq,
		.pool = t->cli->pool, .wait_ms = t->wait_ms };
	struct people people;
	struct ask a;
	int r = people_begin(&people, e);

	if (r != 0)
		return r;
	in.ui = &people.ui;
	rotate_attend(n->before, in.version, !args_flag(t->cli->args, "no-code-check") &&
	    args_value(t->cli->args, "codes") == NULL);
	r = attend_begin(&a, t->v.session, &in, e);
	people_end(&people);
	if (r != 0)
		return r;
	if ((r = ask_value(t, n, e)) == 0)
		r = add_witness(t, n, e);
	return attend_seal(&a, r, &n->item, &n->done, e);
}

int rotate_seal(struct rotation *t, struct err *e)
{
	struct next n = { .plain = { .field = t->field } };
	int r = seal_newest(&n.before, t->v.session, t->name, e);

	if (r == 0) {
		n.item = (struct seal_item){ .name = t->name, .kind = n.before->kind,
			.attributes = n.before->attributes, .candidate = 1, .fields = &n.plain, .n = 1 };
		r = args_flag(t->cli->args, "mfa") ? seal_typed(t, &n, e) : seal_made(t, &n, e);
	}
	if (r == 0) {
		t->candidate = n.done.version;
		say("Sealed the new %s as candidate, version %lld, recorded as entry %lld of %s's log.",
		    t->field, (long long)n.done.version, (long long)n.done.seq, t->v.session->host);
	}
	secret_free(&n.value);
	seal_witnesses_free(&n.witnesses);
	record_free(&n.before);
	return r;
}
