/* SPDX-License-Identifier: BSD-2-Clause */
/* twokey-token: the only program that talks to security keys.  It runs once for a
 * client, and forks for each listing and each device (helper_fork.c). */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/secret.h"
#include "crypto/crypto.h"
#include "token/helper.h"

static int helper_fail(const char *what, const struct err *e)
{
	(void)fprintf(stderr, "twokey-token: %s%s\n", what, e == NULL ? "" : e->text);
	return 2;
}

/* What every process for a key needs: it is inherited, or renewed there. */
static int helper_ready(void)
{
	struct err e;

	err_clear(&e);
	if (secret_harden_process(&e) != 0 || crypto_init_ctap(&e) != 0)
		return helper_fail("", &e);
	if (confine_mute() != 0)
		return helper_fail("/dev/null cannot be opened.", NULL);
	return 0;
}

/* In a forked process.  Locks on memory are not inherited.  One that was forked before the
 * server was ready is for a listing, and holds no secret. */
static int helper_begin(int is_ready)
{
	if (is_ready ? secret_harden_process(NULL) != 0 || sandbox_prepare() != 0 : confine_mute() != 0)
		return -1;
	return sandbox_early();
}

int main(void)
{
	int type = 0;
	socklen_t len = sizeof(type);

	/* Nobody's FIDO_DEBUG or OPENSSL_CONF; what the loader needed it has had. */
	if (clearenv() != 0)
		return helper_fail("The environment cannot be cleared.", NULL);
	if (getsockopt(HELPER_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_STREAM)
		return helper_fail("This program is started by twokey; alone it is of no use.",
		    NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	/* One arena: a second one would ask the system for its processors. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (sandbox_server() != 0)
		return helper_fail("The seccomp filter cannot be installed.", NULL);
	key_library_init();
	type = fork_server(helper_ready, helper_begin);
	/* No handlers at the exit: behind the filter there is nothing to tidy. */
	_exit(type > 0 ? serve_as(type) : -type);
}
