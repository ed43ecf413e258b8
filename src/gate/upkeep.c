/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/upkeep.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "ceremony/login.h"
#include "gate/attempts.h"
#include "gate/gate.h"
#include "gate/rootpw.h"

void upkeep_attempts(struct session *s)
{
	struct log_options o = session_options(s, LOG_SPACE_NONE, 0);
	struct err e = { 0 };

	if (log_begin(s->log, LOG_WAIT_MS, &o, &e) == 0) {
		(void)attempts_record(s, &e);
		log_end(s->log);
	}
	if (e.code != ERR_NONE)
		gate_log(LOG_WARNING, "attempts could not be recorded: %s", e.text);
}

static int rotate(struct session *s, struct err *e)
{
	int did, r = rootpw_replace(&did, s, ROOTPW_OVERDUE, "twokey-gate upkeep", e);

	if (did)
		gate_log(r == 0 ? LOG_NOTICE : LOG_ERR, r == 0 ? "root's password was past its deadline: "
		    "a fresh one is sealed and set" : "root's password is past its deadline, and could "
		    "not be replaced: next try in an hour");
	return r;
}

static int upkeep(struct gate *g, int (*become)(struct err *e), struct err *e)
{
	int r;

	if ((r = become(e)) == 0 && (r = crypto_init(e)) == 0 && (r = gate_open(g, 0, e)) == 0 &&
	    (r = login_check(g->session, e)) == 0) {
		upkeep_attempts(g->session);
		r = rotate(g->session, e);
	}
	if (r != 0) {
		gate_log(LOG_ERR, "upkeep: %s %s", e->text, e->hint);
		(void)fprintf(stderr, "twokey-gate: %s\n", e->text);
		if (e->hint[0] != '\0')
			(void)fprintf(stderr, "hint: %s\n", e->hint);
	}
	return r == 0 ? 0 : err_exit_code((enum err_code)r);
}

int upkeep_main(int argc, char **argv, int (*become)(struct err *e))
{
	struct err e = { 0 };
	struct gate *g;
	int r;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "--conf") != 0 ||
	    strlen(argv[2]) >= sizeof(g->call.conf))) {
		(void)fputs("usage: twokey-gate upkeep [--conf FILE]\n", stderr);
		return 2;
	}
	if ((g = gate_new(-1, 0)) == NULL)
		return err_exit_code(ERR_MEMORY);
	if (argc == 3)
		(void)snprintf(g->call.conf, sizeof(g->call.conf), "%s", argv[2]);
	r = upkeep(g, become, &e);
	gate_free(g);
	return r;
}
