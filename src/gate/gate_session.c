/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "ceremony/exposure.h"
#include "ceremony/login_session.h"
#include "gate/mark.h"
#include "gate/rootpw.h"
#include "gate/upkeep.h"

#define DUE_SHOWN 5
#define DUE_BYTES (16u << 20)	/* of logs, read in a second or so */

static int open_session(struct gate *g, struct err *e)
{
	int r = gate_open(g, 0, e);

	return r != 0 ? r : login_check(g->session, e);
}

/* Whoever logs in waits for it: logs of many hosts and years are left to `twokey
 * status`. */
static int is_short(const struct session *s)
{
	size_t bytes = 0;

	for (size_t i = 0; i < s->world.nhosts; i++) {
		struct store_span span = STORE_SPAN_INIT;

		if (store_log(s->store, s->world.hosts[i].name, &span, NULL) == 0)
			bytes += (size_t)span.len;
		store_span_close(&span);
	}
	return bytes <= DUE_BYTES;
}

/* sshd and sudo show nothing of a session's end, so it is told before. */
static void tell_replaced(const struct gate *g, const struct rotate_record *rec)
{
	const struct rotate_field *password = rootpw_field(g->session, rec);
	char text[256];

	if (!policy_rules(g->session->policy)->rotate_after_session || password == NULL ||
	    password->due < 0)
		return;
	(void)snprintf(text, sizeof(text), "%s: root's password is replaced when a session ends "
	    "(twokey unseal %s --reason TEXT)", rec->name, rec->name);
	gate_say(g, WIRE_INFO, text);
}

static void show_due(const struct gate *g)
{
	struct exposure x = { NULL, NULL };
	char text[256], due[CLOCK_TEXT_LEN + 1];
	struct err why = { 0 };
	size_t shown = 0;

	if (exposure_judge(&x, g->session, clock_now(g->session->clock), &why) != 0) {
		(void)snprintf(text, sizeof(text), "What is due for rotation cannot be told: %.180s",
		    why.text);
		gate_say(g, WIRE_ERROR, text);
		return;
	}
	for (size_t i = 0; i < x.report->n_records; i++) {
		const struct rotate_record *rec = &x.report->records[i];

		if (rec->due < 0 || shown++ >= DUE_SHOWN)
			continue;
		clock_format(due, rec->due);
		(void)snprintf(text, sizeof(text), rec->overdue ? "%s: OVERDUE for rotation since "
		    "%.16sZ (twokey status)" : "%s: rotate by %.16sZ (twokey status)", rec->name, due);
		gate_say(g, rec->overdue ? WIRE_ERROR : WIRE_INFO, text);
		tell_replaced(g, rec);
	}
	if (shown > DUE_SHOWN) {
		(void)snprintf(text, sizeof(text), "and %zu more: twokey status", shown - DUE_SHOWN);
		gate_say(g, WIRE_INFO, text);
	}
	exposure_free(&x);
}

int gate_session_open(struct gate *g, struct err *e)
{
	const struct gate_call *c = &g->call;
	struct login_session ls = { .service = c->service, .user = c->user, .tty = c->tty,
		.rhost = c->rhost, .uid = requester_audit("loginuid", g->pid),
		.audit = requester_audit("sessionid", g->pid) };
	struct log_options o;
	struct login_mark mark = { -1, -1, -1 };
	int64_t n[3];
	char text[96];
	int64_t seq;
	int r = open_session(g, e);

	if (r != 0)
		return r;
	if (mark_read(n, 3, c->mark) == 0)
		mark = (struct login_mark){ n[0], n[1], n[2] };
	upkeep_attempts(g->session);
	o = session_options(g->session, LOG_SPACE_APPROVED, 1);
	if ((r = log_begin(g->session->log, LOG_WAIT_MS, &o, e)) != 0)
		return r;
	r = login_session_open(&seq, g->session, &ls, c->ruser, &mark, e);
	log_end(g->session->log);
	if (r != 0)
		return r;
	(void)snprintf(text, sizeof(text), "%lld.%lld", (long long)seq, (long long)wire_now());
	gate_say(g, WIRE_KEEP, text);
	gate_log(LOG_NOTICE, "session opened: %s for %s from \"%s\" on \"%s\", entry %lld, %s", c->service,
	    c->user, c->rhost, c->tty, (long long)seq, ls.login >= 0 ? "granted by two keys"
							    : "without a grant");
	if (is_short(g->session))
		show_due(g);
	else
		gate_say(g, WIRE_INFO, "`twokey status` tells what is due for rotation.");
	return 0;
}

/* Who has seen the password is about to leave: it is worth nothing from now on. */
static int rotate_after(struct gate *g, struct err *e)
{
	char text[192];
	int did, r;

	if (!policy_rules(g->session->policy)->rotate_after_session)
		return 0;
	r = rootpw_replace(&did, g->session, ROOTPW_KNOWN, "twokey-gate: end of session", e);
	if (did && r == 0) {
		(void)snprintf(text, sizeof(text), "Root's password was known: a fresh one is sealed and set "
		    "(twokey unseal linux-%.63s --reason TEXT).", g->session->host);
		gate_say(g, WIRE_INFO, text);
	}
	if (did)
		gate_log(r == 0 ? LOG_NOTICE : LOG_ERR, r == 0 ? "root's password was known: a fresh one is "
		    "sealed and set" : "root's password is known, and could not be replaced: the timer "
		    "tries again at its deadline");
	return r;
}

int gate_session_close(struct gate *g, struct err *e)
{
	int64_t n[2], ms;
	int r = open_session(g, e);

	if (r != 0)
		return r;
	if (mark_read(n, 2, g->call.mark) != 0)
		return err_set(e, ERR_INPUT, "The session that ends was not recorded when it began.");
	ms = wire_now() - n[1];
	if ((r = login_session_close(g->session, n[0], ms, e)) != 0)
		return r;
	gate_log(LOG_NOTICE, "session closed: %s for %s, entry %lld, %lld s", g->call.service,
	    g->call.user, (long long)n[0], (long long)ms / 1000);
	return rotate_after(g, e);
}

int gate_check(struct gate *g, struct err *e)
{
	return open_session(g, e);
}
