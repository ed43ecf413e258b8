/* SPDX-License-Identifier: BSD-2-Clause */
/* twokey-gate: one process a call of pam_twokey.so, started by it or beforehand; or its timer's. */
#include "gate/gate.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/crypto.h"
#include "gate/resident.h"
#include "gate/upkeep.h"
#include "token/token.h"

#define GATE_FD 3	/* where the module put its socket */
#define GATE_MOST_S 900	/* whatever hangs, it ends: the longest timeout= is 600 s */
#define END_MS 1000
#define TIMER_SLACK_NS 50000	/* the kernel's default */

/* Nobody waits longer for a lock because its holder was told to be nice, or lives on
 * behind an application that has gone because its timers were told to be late
 * (PR_SET_TIMERSLACK: by hours). */
static void become_prompt(void)
{
	const struct sched_param usual = { .sched_priority = 0 };

	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	(void)setpriority(PRIO_PROCESS, 0, 0);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 0));
	(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
}

/* Whoever calls su or sudo chooses the limits, the umask and the identity that
 * the application has: nothing of that must reach what is written here. */
static int become_root(struct err *e)
{
	static const struct { int what; rlim_t least; } limits[] = {
		{ RLIMIT_FSIZE, RLIM_INFINITY }, { RLIMIT_CPU, RLIM_INFINITY },
		{ RLIMIT_DATA, RLIM_INFINITY }, { RLIMIT_AS, RLIM_INFINITY },
		{ RLIMIT_NOFILE, 1024 }, { RLIMIT_NPROC, RLIM_INFINITY },
		{ RLIMIT_STACK, 8u << 20 }, { RLIMIT_MEMLOCK, RLIM_INFINITY }
	};
	size_t i;

	if (geteuid() != 0 || setgroups(0, NULL) != 0 || setresgid(0, 0, 0) != 0 ||
	    setresuid(0, 0, 0) != 0) {
		err_set(e, ERR_REFUSED, "twokey-gate must run as root.");
		err_hint(e, "A program that is not root's cannot ask for two keys.");
		return ERR_REFUSED;
	}
	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct rlimit rl = { limits[i].least, limits[i].least };

		(void)setrlimit((__rlimit_resource_t)limits[i].what, &rl);
	}
	become_prompt();
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (chdir("/") != 0 || clearenv() != 0)
		return err_set(e, ERR_INTERNAL, "The environment cannot be cleared.");
	return secret_harden_process(e);
}

static int do_call(struct gate *g, struct err *e)
{
	static const struct {
		const char *what;
		int (*fn)(struct gate *g, struct err *e);
	} calls[] = {
		{ "auth", gate_auth }, { "check", gate_check }, { "open", gate_session_open },
		{ "close", gate_session_close }, { "password", gate_password }
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].what, g->call.what) == 0)
			return calls[i].fn(g, e);
	return err_set(e, ERR_INPUT, "twokey-gate does not know the call \"%s\".", g->call.what);
}

/* Did people, keys or rules say no, or could the machine not even ask? */
static const char *verdict(const struct gate *g, int r)
{
	if (r == 0)
		return WIRE_OK;
	return g->asked && (r == ERR_REFUSED || r == ERR_APPROVALS || r == ERR_TOKEN || r == ERR_PIN ||
	    r == ERR_CANCELLED || r == ERR_TIMEOUT || r == ERR_INPUT)
	    ? WIRE_DENIED : WIRE_UNAVAILABLE;
}

static int begin(struct gate *g, struct err *e)
{
	const int r = become_root(e);

	return r == 0 ? secret_new(&g->room, sizeof(struct wire), e) : r;
}

/* What takes time and needs no call.  Where keys may be asked for, what talks to them
 * starts first, beside all else. */
static int prepare(struct gate *g, int keys, struct err *e)
{
	const int r = keys ? token_pool_new(&g->pool, e) : 0;

	return r == 0 ? crypto_init(e) : r;
}

/* The call, or what kept it from being understood (r). */
static int answer(struct gate *g, int r, struct err *e)
{
	if (r == 0) {
		gate_talk(g);
		r = do_call(g, e);
	}
	if (r != 0) {
		gate_log(LOG_ERR, "%s refused: %s for %s from \"%s\" on \"%s\": %s %s", g->call.what,
		    g->call.service, g->call.user, g->call.rhost, g->call.tty, e->text, e->hint);
		gate_say_err(g, e);
	}
	(void)wire_send(g->fd, WIRE_END, verdict(g, r), strlen(verdict(g, r)), END_MS);
	return r;
}

/* By the module, for one call. */
static int serve_started(struct gate *g, struct err *e)
{
	int r = begin(g, e);

	(void)alarm(GATE_MOST_S);
	if (r == 0 && (r = gate_read_call(g, e)) == 0)
		r = prepare(g, strcmp(g->call.what, "auth") == 0, e);
	return answer(g, r, e);
}

/* Beforehand, for the next call that comes. */
static int serve_spare(struct gate *g, struct err *e)
{
	int r;

	if ((r = begin(g, e)) != 0 || (r = prepare(g, 1, e)) != 0 || (r = resident_take(g, e)) != 0) {
		gate_log(LOG_ERR, "cannot wait for calls: %s %s", e->text, e->hint);
		return r;
	}
	(void)alarm(GATE_MOST_S);
	if ((r = random_renew(e)) == 0)
		r = gate_read_call(g, e);
	if (strcmp(g->call.what, "auth") != 0)
		token_pool_free(&g->pool);
	return answer(g, r, e);
}

static int usage(void)
{
	static const char text[] = "twokey-gate is started by pam_twokey.so and by its units: see "
	    "twokey-gate(8).\n";

	(void)!write(2, text, sizeof(text) - 1);
	return 2;
}

static int serve(int fd, uid_t caller, int (*how)(struct gate *g, struct err *e))
{
	struct gate *g = gate_new(fd, caller);
	struct err e = { 0 };
	const int r = g != NULL ? how(g, &e) : ERR_MEMORY;

	gate_free(g);
	return r == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const uid_t caller = getuid();
	struct stat st;
	pid_t pid;

	file_standard();
	openlog("twokey-gate", LOG_PID, LOG_AUTHPRIV);
	if (argc > 1 && strcmp(argv[1], "upkeep") == 0)
		return upkeep_main(argc - 1, argv + 1, become_root);
	if (argc > 2 || (argc == 2 && !resident_asked(argv[1])))
		return usage();
	if (argc == 2)
		return strcmp(argv[1], "resident") == 0 ? resident_main(become_root)
							: serve(-1, caller, serve_spare);
	if (fstat(GATE_FD, &st) != 0 || !S_ISSOCK(st.st_mode))
		return usage();
	(void)fcntl(GATE_FD, F_SETFD, FD_CLOEXEC);
	/* What the module started ends now, and is reaped: a process that stays must not
	 * be a child in somebody else's program (pam/relay.h). */
	pid = fork();
	if (pid != 0)
		return pid < 0;
	return serve(GATE_FD, caller, serve_started);
}
