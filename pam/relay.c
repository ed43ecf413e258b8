/* SPDX-License-Identifier: BSD-2-Clause */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <security/pam_ext.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define GATE_FD 3
#define READY_MS 1000		/* for one that waits; then one is started, which is as good */
#define SEND_MS 5000
#define GRACE_MS 10000		/* for the gate to record how it ended */

/* *fd above 3: the application may have closed the first ones.  It stays as it is
 * after a failure. */
static int lift(int *fd)
{
	int up;

	if (*fd > GATE_FD)
		return 0;
	up = fcntl(*fd, F_DUPFD_CLOEXEC, GATE_FD + 1);
	if (up < 0)
		return -1;
	(void)close(*fd);
	*fd = up;
	return 0;
}

static int pair(int sv[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) != 0) {
		sv[0] = sv[1] = -1;
		return -1;
	}
	return lift(&sv[0]) | lift(&sv[1]);
}

/* Has that process the same root folder?  /run may be another machine's, in a container or a
 * chroot, and a gate from there would keep that one's vault. */
static int is_here(pid_t pid)
{
	char path[40];
	struct stat here, there;

	(void)snprintf(path, sizeof(path), "/proc/%ld/root/.", (long)pid);
	return stat("/", &here) == 0 && stat(path, &there) == 0 && here.st_dev == there.st_dev &&
	    here.st_ino == there.st_ino;
}

/* Is it root who listens there, here, and does he take the call at once? */
static int is_ready(int fd)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = WIRE_SOCKET };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	struct wire w;

	return connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == 0 &&
	    is_here(peer.pid) && wire_recv(&w, fd, READY_MS) == 1 && w.type == WIRE_READY;
}

/* The socket of a gate that waited, or -1.  A full queue there (EAGAIN) is no reason
 * to wait here. */
static int join(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (lift(&fd) != 0 || !is_ready(fd))) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* A session of its own: no terminal, whose signals a stranger may raise. */
static int attributes(posix_spawnattr_t *at)
{
	sigset_t all, none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	return posix_spawnattr_setflags(at, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK) != 0 || posix_spawnattr_setsigdefault(at, &all) != 0 ||
	    posix_spawnattr_setsigmask(at, &none) != 0 ? -1 : 0;
}

static int descriptors(posix_spawn_file_actions_t *fa, int sock)
{
	return posix_spawn_file_actions_adddup2(fa, sock, GATE_FD) != 0 ||
	    posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(fa, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(fa, 2, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addclosefrom_np(fa, GATE_FD + 1) != 0 ? -1 : 0;
}

/* 0, or an errno. */
static int spawn(pid_t *pid, int sock)
{
	static char gate[] = TWOKEY_GATE;
	char *argv[] = { gate, NULL }, *none[] = { NULL };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int n = ENOMEM;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return n;
	if (posix_spawnattr_init(&at) == 0) {
		if (attributes(&at) == 0 && descriptors(&fa, sock) == 0)
			n = posix_spawn(pid, gate, &fa, &at, argv, none);
		(void)posix_spawnattr_destroy(&at);
	}
	(void)posix_spawn_file_actions_destroy(&fa);
	return n;
}

static int start(struct relay *r, pam_handle_t *h, pid_t *pid)
{
	int sv[2], n;

	r->fd = -1;
	if (pair(sv) == 0) {
		n = spawn(pid, sv[1]);
		if (n == 0) {
			r->fd = sv[0];
			sv[0] = -1;
		}
	} else {
		n = errno;
	}
	if (sv[0] >= 0)
		(void)close(sv[0]);
	if (sv[1] >= 0)
		(void)close(sv[1]);
	if (n != 0)
		pam_syslog(h, LOG_ERR, "%s cannot be started: %s; install twokey anew", TWOKEY_GATE,
		    strerror(n));
	return n == 0 ? 0 : -1;
}

static int send_text(const struct relay *r, enum wire_type type, const char *text)
{
	return text == NULL ? 0 : wire_send(r->fd, (uint8_t)type, text, strlen(text), SEND_MS);
}

static int send_item(const struct relay *r, enum wire_type type, pam_handle_t *h, int item)
{
	const void *value = NULL;

	return pam_get_item(h, item, &value) != PAM_SUCCESS ? -1 : send_text(r, type, value);
}

static int send_call(const struct relay *r, pam_handle_t *h, const struct relay_call *c, int timeout)
{
	char limit[16];

	(void)snprintf(limit, sizeof(limit), "%d", timeout);
	return send_text(r, WIRE_DO, c->what) | send_text(r, WIRE_CONF, c->args->conf) |
	    send_text(r, WIRE_LIMIT, limit) | send_item(r, WIRE_USER, h, PAM_USER) |
	    send_item(r, WIRE_SERVICE, h, PAM_SERVICE) | send_item(r, WIRE_TTY, h, PAM_TTY) |
	    send_item(r, WIRE_RHOST, h, PAM_RHOST) | send_item(r, WIRE_RUSER, h, PAM_RUSER) |
	    send_text(r, WIRE_MARK, c->mark) | send_text(r, WIRE_PASSWORD, c->password) |
	    send_text(r, WIRE_GO, "");
}

/* A question, and what the application gives for it.  The gate may have stopped
 * waiting meanwhile: what it said then is still to be read. */
static void ask(const struct relay *r, pam_handle_t *h, const struct wire *w)
{
	char *answer = NULL;
	const int style = w->type == WIRE_ASK ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF;

	if (pam_prompt(h, style, &answer, "%s", w->text) != PAM_SUCCESS || answer == NULL ||
	    strlen(answer) > WIRE_MAX)
		(void)wire_send(r->fd, WIRE_NO_ANSWER, "", 0, SEND_MS);
	else
		(void)wire_send(r->fd, WIRE_ANSWER, answer, strlen(answer), SEND_MS);
	if (answer != NULL)
		explicit_bzero(answer, strlen(answer));
	free(answer);
}

/* 1: go on; 0: it has ended, *end says how; -1: what came has no place here. */
static int relay_one(const struct relay *r, pam_handle_t *h, struct relay_call *c,
    const struct wire *w, enum relay_end *end)
{
	/* Applications have no room for more (PAM_MAX_MSG_SIZE counts the NUL). */
	if (w->len >= PAM_MAX_MSG_SIZE)
		return -1;
	switch ((enum wire_type)w->type) {
	case WIRE_INFO:
		if (!c->silent)
			(void)pam_info(h, "%s", w->text);
		return 1;
	case WIRE_ERROR:
		if (!c->silent)
			(void)pam_error(h, "%s", w->text);
		return 1;
	case WIRE_ASK:
	case WIRE_ASK_HIDDEN:
		c->asked = 1;
		ask(r, h, w);
		return 1;
	case WIRE_KEEP:
		if (w->len >= sizeof(c->keep))
			return -1;
		memcpy(c->keep, w->text, w->len + 1);
		return 1;
	case WIRE_END:
		*end = strcmp(w->text, WIRE_OK) == 0 ? RELAY_OK
		    : strcmp(w->text, WIRE_DENIED) == 0 ? RELAY_DENIED : RELAY_UNAVAILABLE;
		return 0;
	default:
		return -1;
	}
}

/* The process that was started forks and ends at once; an application may reap it
 * first. */
static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Until the gate says how it ended, or `until` has come. */
static enum relay_end converse(const struct relay *r, pam_handle_t *h, struct relay_call *c,
    int64_t until)
{
	enum relay_end end = RELAY_UNAVAILABLE;
	struct wire w;
	int n = 1;

	while (n == 1) {
		const int64_t left = until - wire_now();

		n = wire_recv(&w, r->fd, left < 0 ? 0 : (int)left) == 1
		    ? relay_one(r, h, c, &w, &end) : -1;
	}
	explicit_bzero(&w, sizeof(w));
	if (n == 0)
		return end;
	pam_syslog(h, LOG_ERR, "twokey-gate ended, fell silent or said what has no place before it "
	    "had decided: refused");
	return RELAY_UNAVAILABLE;
}

/* Hands the call to the gate at r->fd, which has so many seconds. pid: of one that was started, to be reaped. */
static enum relay_end hand(struct relay *r, pam_handle_t *h, struct relay_call *c, int timeout, pid_t pid)
{
	int64_t until = wire_now() + timeout * (int64_t)1000 + GRACE_MS;

	c->keep[0] = '\0';
	c->asked = 0;
	/* A gate that did not take all of it is not waited for. */
	if (send_call(r, h, c, timeout) != 0)
		until = 0;
	if (pid != 0)
		reap(pid);
	return converse(r, h, c, until);
}

enum relay_end relay_run(struct relay *r, pam_handle_t *h, struct relay_call *c)
{
	const int64_t until = wire_now() + c->args->timeout * (int64_t)1000;
	int timeout = c->args->timeout;
	enum relay_end end;
	pid_t pid = 0;

	r->fd = join();
	if (r->fd >= 0) {
		end = hand(r, h, c, timeout, 0);
		/* Whatever keeps a gate that waited from asking for approvals - its unit's limits,
		 * say - must not keep root out: nothing has been done yet.  It has had its time. */
		timeout = (int)((until - wire_now()) / 1000);
		if (end != RELAY_UNAVAILABLE || c->asked || strcmp(c->what, "auth") != 0 || timeout < 1)
			return end;
		relay_stop(r);
		pam_syslog(h, LOG_WARNING, "the twokey-gate that waited cannot work: one is started");
	}
	return start(r, h, &pid) == 0 ? hand(r, h, c, timeout, pid) : RELAY_UNAVAILABLE;
}

void relay_stop(struct relay *r)
{
	if (r->fd >= 0)
		(void)close(r->fd);
	r->fd = -1;
}

void relay_finish(struct relay *r, int ms)
{
	const int64_t until = wire_now() + ms;
	struct wire w;

	if (r->fd >= 0 && shutdown(r->fd, SHUT_WR) == 0)
		while (wire_now() < until && wire_recv(&w, r->fd, (int)(until - wire_now())) == 1)
			;
	relay_stop(r);
}
