/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/text.h"

int gate_open(struct gate *g, int quiet, struct err *e)
{
	struct session_config cfg = { .clock = &clock_system, .quiet = quiet };
	int r = config_load_here(&g->config, g->call.conf[0] != '\0' ? g->call.conf : NULL, e);

	if (r != 0)
		return r;
	cfg.store = g->config.store;
	cfg.state = g->config.state;
	cfg.host = g->config.host;
	return session_open(&g->session, &cfg, e);
}

struct gate *gate_new(int fd, uid_t caller)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g != NULL) {
		g->fd = fd;
		g->caller = caller;
	}
	return g;
}

void gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	token_pool_free(&g->pool);
	session_close(&g->session);
	config_free(&g->config);
	secret_free(&g->call.password);
	secret_free(&g->room);
	free(g);
}

void gate_requester(struct requester *rq, const struct gate *g)
{
	const struct gate_call *c = &g->call;
	char service[40 + 1], user[80 + 1];

	requester_kernel(rq, g->caller, g->pid);
	text_escape(rq->tty, sizeof(rq->tty), c->tty, strlen(c->tty));
	/* Cut, but never inside of a character: nothing can be recorded of such a text. */
	text_escape(service, sizeof(service), c->service, strlen(c->service));
	text_escape(user, sizeof(user), c->ruser, strlen(c->ruser));
	if (user[0] != '\0')
		(void)snprintf(rq->via, sizeof(rq->via), "%s: %s", service, user);
}

void gate_log(int priority, const char *fmt, ...)
{
	char text[880], clean[880];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_escape(clean, sizeof(clean), text, strlen(text));
	syslog(LOG_AUTHPRIV | priority, "%s", clean);
}
