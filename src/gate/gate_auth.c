/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/text.h"
#include "ceremony/login.h"
#include "gate/attempts.h"

#define FRESH_MS 300	/* nobody plugs a key in and looks up meanwhile */

/* What the log and the statement may hold: clean, and at most TEXT_MAX bytes. */
static int ask_words(struct gate *g, const char *prompt, struct secret **answer, struct err *e)
{
	int r = gate_ask(g, prompt, "", 0, answer, e);

	if (r == 0 && !text_clean((const char *)(*answer)->data, (*answer)->len)) {
		secret_free(answer);
		r = err_set(e, ERR_INPUT, "The answer holds characters that cannot be seen or are no "
		    "UTF-8.");
	}
	return r;
}

/* Whose approval let a request into the log before a quorum was there. */
struct early {
	const struct session *s;
	char holder[NAME_MAX_LEN + 1];
};

static int may_record(void *ctx, const char *holder)
{
	struct early *early = ctx;

	if (!attempts_early(early->s, holder, 1)) {
		gate_log(LOG_WARNING, "an approval of %s enters the log with a quorum only: it is beyond "
		    "%d of today that no quorum followed, or cannot be counted", holder, ATTEMPTS_EARLY);
		return 0;
	}
	(void)snprintf(early->holder, sizeof(early->holder), "%s", holder);
	return 1;
}

static int grant(struct gate *g, const char *reason, const char *ticket, struct err *e)
{
	const struct gate_call *c = &g->call;
	struct early early = { g->session, "" };
	struct requester rq;
	struct login_in in = { .service = c->service, .user = c->user, .tty = c->tty,
		.rhost = c->rhost, .reason = reason, .ticket = ticket, .requester = &rq,
		.ui = &g->ui, .pool = g->pool, .may_record = may_record, .ctx = &early };
	struct login_mark mark;
	char text[96];
	int64_t left = g->until - clock_monotonic() - GATE_MARGIN_MS;
	int recorded, r;

	in.wait_ms = left < 0 ? 0 : (int)left;
	/* The keys may have been plugged in while the reason was typed. */
	token_pool_look(g->pool, FRESH_MS);
	login_ahead(g->session, g->pool);
	gate_requester(&rq, g);
	r = login_grant(&mark, &recorded, g->session, &in, e);
	if (r != 0 && !recorded)
		attempts_fold(g->session, c->service, c->user, c->rhost);
	if (r != 0)
		return r;
	if (early.holder[0] != '\0')
		(void)attempts_early(g->session, early.holder, -1);
	(void)snprintf(text, sizeof(text), "%lld.%lld.%lld", (long long)mark.seq,
	    (long long)mark.from, (long long)mark.offset);
	gate_say(g, WIRE_KEEP, text);
	gate_log(LOG_NOTICE, "login granted: %s for %s from \"%s\" on \"%s\", entry %lld", c->service,
	    c->user, c->rhost, c->tty, (long long)mark.seq);
	(void)snprintf(text, sizeof(text), "recorded as entry %lld of %s's log", (long long)mark.seq,
	    g->session->host);
	gate_say(g, WIRE_INFO, text);
	return 0;
}

int gate_auth(struct gate *g, struct err *e)
{
	struct secret *reason = NULL, *ticket = NULL;
	int r;

	token_pool_look(g->pool, 0);
	r = gate_open(g, 1, e);
	if (r != 0 || (r = login_check(g->session, e)) != 0)
		return r;
	r = ask_words(g, "Reason for this login", &reason, e);
	if (r == 0 && policy_rules(g->session->policy)->ticket[0] != '\0')
		r = ask_words(g, "Ticket", &ticket, e);
	if (r == 0)
		r = grant(g, (const char *)reason->data,
		    ticket != NULL ? (const char *)ticket->data : NULL, e);
	else
		attempts_fold(g->session, g->call.service, g->call.user, g->call.rhost);
	secret_free(&reason);
	secret_free(&ticket);
	return r;
}
