/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/gate.h"

#include <string.h>
#include <syslog.h>

#include "base/text.h"
#include "ceremony/login.h"
#include "gate/rootpw.h"

#define CHANGE_MS 60000		/* for the modules that set it */

/* The module closes its end when the application has done with PAM, by which
 * time the password is set or not: /etc/shadow says which. */
static void await_change(struct gate *g)
{
	struct wire *w = (struct wire *)(void *)g->room->data;

	(void)wire_recv(w, g->fd, CHANGE_MS);
	secret_zero(w, sizeof(*w));
	g->fd = -1;	/* nobody listens any more */
}

int gate_password(struct gate *g, struct err *e)
{
	struct gate_call *c = &g->call;
	struct requester rq;
	struct err why = { 0 };
	int64_t version;
	int r = gate_open(g, 0, e);

	if (r != 0 || (r = login_check(g->session, e)) != 0)
		return r;
	if (c->password == NULL || c->password->len == 0)
		return err_set(e, ERR_INPUT, "No new password was given to seal.");
	requester_kernel(&rq, g->caller);
	text_escape(rq.tty, sizeof(rq.tty), c->tty, strlen(c->tty));
	r = rootpw_seal(&version, g->session, c->password,
	    text_is_name(rq.user) ? rq.user : ROOTPW_USER, &rq, e);
	if (r != 0) {
		err_prefix(e, "The new password could not be sealed, so it is not set");
		return r;
	}
	(void)wire_send(g->fd, WIRE_END, WIRE_OK, sizeof(WIRE_OK) - 1, 5000);
	await_change(g);
	if (rootpw_confirm(g->session, version, c->password, &why) == 0)
		gate_log(LOG_NOTICE, "root's password was changed by %s and is sealed as version %lld",
		    rq.user, (long long)version);
	else
		gate_log(LOG_WARNING, "version %lld of root's password was sealed, and is not the one "
		    "in force: %s", (long long)version, why.text);
	return 0;
}
