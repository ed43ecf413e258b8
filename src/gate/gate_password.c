/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/text.h"
#include "ceremony/login.h"
#include "gate/rootpw.h"
#include "gate/shadow.h"

#define CHANGE_MS 60000		/* for the modules that set it */
#define LOOK_MS 1000		/* between two looks */
#define LOCK_MS 10000		/* for another change of it */

/* Until /etc/shadow holds the new password, the application has done with PAM
 * (the module closes its end), or it takes too long.  Then it is set or not. */
static void await_change(struct gate *g)
{
	struct wire *w = (struct wire *)(void *)g->room->data;
	const int64_t until = clock_monotonic() + CHANGE_MS;

	while (wire_recv(w, g->fd, LOOK_MS) != 0 && clock_monotonic() < until &&
	    shadow_proves(ROOTPW_USER, g->call.password, NULL) != 0)
		;
	secret_zero(w, sizeof(*w));
}

/* Sealed, and the application told so; then it is for /etc/shadow to say. */
static int seal_and_confirm(struct gate *g, const struct requester *rq, struct err *e)
{
	struct err why = { 0 };
	char text[128];
	int64_t version;
	int r = rootpw_seal(&version, g->session, g->call.password,
	    text_is_name(rq->user) ? rq->user : ROOTPW_USER, rq, e);

	if (r != 0) {
		err_prefix(e, "The new password could not be sealed, so it is not set");
		return r;
	}
	(void)snprintf(text, sizeof(text), "sealed in linux-%.63s, version %lld", g->session->host,
	    (long long)version);
	gate_say(g, WIRE_INFO, text);
	(void)wire_send(g->fd, WIRE_END, WIRE_OK, sizeof(WIRE_OK) - 1, 5000);
	await_change(g);
	if (rootpw_confirm(g->session, version, g->call.password, &why) == 0)
		gate_log(LOG_NOTICE, "root's password was changed by %s and is sealed as version %lld",
		    rq->user, (long long)version);
	else
		gate_log(LOG_WARNING, "version %lld of root's password was sealed, and is not the one "
		    "in force: %s", (long long)version, why.text);
	return 0;
}

int gate_password(struct gate *g, struct err *e)
{
	struct gate_call *c = &g->call;
	struct requester rq;
	int lock, r = gate_open(g, 0, e);

	if (r != 0 || (r = login_check(g->session, e)) != 0)
		return r;
	if (c->password == NULL || c->password->len == 0)
		return err_set(e, ERR_INPUT, "No new password was given to seal.");
	gate_requester(&rq, g);
	if ((r = rootpw_lock(&lock, g->session, LOCK_MS, e)) != 0)
		return r;
	r = seal_and_confirm(g, &rq, e);
	(void)close(lock);
	return r;
}
