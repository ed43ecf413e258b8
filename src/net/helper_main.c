/* SPDX-License-Identifier: BSD-2-Clause */
/* twokey-net: the only program that talks to a network. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/secret.h"
#include "net/helper.h"

static int net_fail(const char *what)
{
	(void)fprintf(stderr, "twokey-net: %s\n", what);
	return 2;
}

int main(void)
{
	int type = 0;
	socklen_t len = sizeof(type);
	struct err e;

	err_clear(&e);
	/* Nobody's proxies, certificates or OPENSSL_CONF. */
	if (clearenv() != 0)
		return net_fail("The environment cannot be cleared.");
	if (getsockopt(NET_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM)
		return net_fail("This program is started by twokey; alone it is of no use.");
	(void)signal(SIGPIPE, SIG_IGN);
	if (net_leave_root() != 0)
		return net_fail("Root's rights cannot be given up.");
	if (secret_harden_process(&e) != 0)
		return net_fail(e.text);
	if (net_limit_self() != 0)
		return net_fail("Limits cannot be set.");
	if (fetch_init() != 0)
		return net_fail("libcurl cannot start.");
	if (confine_mute() != 0)
		return net_fail("/dev/null cannot be opened.");
	if (net_sandbox() != 0)
		return 2;
	/* No handlers at the exit: behind the filter there is nothing to tidy. */
	_exit(net_serve());
}
