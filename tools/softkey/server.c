/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

#define SEND_MS 200	/* a program that does not read for so long loses reports, as with hidraw */

int64_t
server_now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
unplug_io(void *ctx)
{
	server_unplug(ctx);
}

static const struct engine_io engine_io = { button_touch, button_poll, server_now, unplug_io };

struct conn *
server_conn(struct server *s, int fd, enum conn_kind kind)
{
	for (size_t i = 0; i < CONNS; i++) {
		struct conn *c = &s->conn[i];

		if (c->kind != CONN_FREE)
			continue;
		*c = (struct conn){ .kind = kind, .fd = fd };
		return c;
	}
	close(fd);
	return NULL;
}

void
server_drop(struct server *s, struct conn *c)
{
	if (c->kind == CONN_FREE)
		return;
	if (c->kind == CONN_HID || c->kind == CONN_UHID)
		hid_client_gone(&s->hid, (int)(c - s->conn));
	close(c->fd);
	c->kind = CONN_FREE;
}

static void
report_send(void *ctx, int client, const uint8_t report[HID_REPORT])
{
	struct server *s = ctx;
	struct conn *c = &s->conn[client];
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };

	if (c->kind == CONN_UHID)
		uhid_send(c, report);
	if (c->kind != CONN_HID)
		return;
	if (send(c->fd, report, HID_REPORT, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EAGAIN &&
	    poll(&p, 1, SEND_MS) > 0)
		send(c->fd, report, HID_REPORT, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
server_plug(struct server *s)
{
	if (s->plugged)
		return true;
	hid_power(&s->hid);
	if (!engine_power(&s->engine))
		return false;
	if (s->uhid != NULL) {
		if (uhid_open(s) < 0)
			return false;
	} else if ((s->listen_fd = unix_listen(s->sock, SOCK_SEQPACKET, s->mode)) < 0) {
		return false;
	}
	s->plugged = true;
	s->plugs++;
	return true;
}

void
server_unplug(struct server *s)
{
	if (!s->plugged)
		return;
	s->plugged = false;
	if (s->listen_fd >= 0) {
		unlink(s->sock);
		close(s->listen_fd);
		s->listen_fd = -1;
	}
	for (size_t i = 0; i < CONNS; i++)
		if (s->conn[i].kind == CONN_HID || s->conn[i].kind == CONN_UHID)
			server_drop(s, &s->conn[i]);
}

static int
signal_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int
control_listen(const struct key *key)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d/" CTL_NAME, key->dir);
	return unix_listen(path, SOCK_STREAM, 0600);
}

struct server *
server_new(struct key *key, const char *name, const char *sock, const char *uhid, mode_t mode,
    const char **err)
{
	struct server *s = calloc(1, sizeof *s);

	*err = strerror(ENOMEM);
	if (s == NULL)
		return NULL;
	s->listen_fd = s->ctl_fd = -1;
	s->engine.key = key;
	s->engine.io = &engine_io;
	s->engine.ctx = s;
	s->hid.engine = &s->engine;
	s->hid.send = report_send;
	s->hid.ctx = s;
	s->name = name;		/* before it is plugged in: the device bears it */
	s->uhid = uhid;
	s->mode = mode;
	s->signal_fd = signal_open();
	if (sock != NULL && (s->sock = strdup(sock)) == NULL)
		goto fail;
	if ((s->ctl_fd = control_listen(key)) < 0 || s->signal_fd < 0 || !server_plug(s)) {
		*err = strerror(errno);
		goto fail;
	}
	return s;
fail:
	server_free(s);
	return NULL;
}

static void
server_accept(struct server *s, int fd, enum conn_kind kind)
{
	int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (c >= 0)
		server_conn(s, c, kind);
}

/* Reads all that has come; stops early once the request at hand is cancelled, since what follows
 * belongs to the next one. */
static void
reports_read(struct server *s, struct conn *c)
{
	uint8_t r[1 + HID_REPORT];	/* as to a hidraw: the report's number, 0, first */
	ssize_t n;

	while (c->kind == CONN_HID && !(s->hid.busy && s->hid.cancelled)) {
		n = recv(c->fd, r, sizeof r, MSG_DONTWAIT | MSG_TRUNC);
		if (n == 1 + HID_REPORT && r[0] == 0) {
			hid_input(&s->hid, (int)(c - s->conn), r + 1);
		} else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			server_drop(s, c);
		} else if (n < 0) {
			return;
		}	/* anything else is no report: dropped */
	}
}

static void
conn_read(struct server *s, struct conn *c)
{
	char byte;

	switch (c->kind) {
	case CONN_HID:
		reports_read(s, c);
		break;
	case CONN_UHID:
		uhid_read(s, c);
		break;
	case CONN_CTL:
		control_read(s, c);
		break;
	case CONN_PRESS:
	case CONN_AWAIT:
		if (recv(c->fd, &byte, 1, MSG_DONTWAIT) <= 0)
			server_drop(s, c);
		break;
	case CONN_QUIT:
	case CONN_FREE:
		break;
	}
}

static bool
signal_read(struct server *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
		s->quit = true;
	return s->quit;
}

void
server_once(struct server *s, int64_t wait_ms)
{
	enum { SIGNAL, CONTROL, LISTEN, FIRST };
	struct pollfd p[FIRST + CONNS];
	unsigned plugs = s->plugs;
	int tick = hid_tick(&s->hid, server_now(NULL));

	p[SIGNAL] = (struct pollfd){ .fd = s->signal_fd, .events = POLLIN };
	p[CONTROL] = (struct pollfd){ .fd = s->ctl_fd, .events = POLLIN };
	p[LISTEN] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
	for (size_t i = 0; i < CONNS; i++)
		p[FIRST + i] = (struct pollfd){ .fd = s->conn[i].kind == CONN_FREE || s->conn[i].kind == CONN_QUIT ? -1 : s->conn[i].fd, .events = POLLIN };
	if (tick >= 0 && (wait_ms < 0 || tick < wait_ms))
		wait_ms = tick;
	if (poll(p, FIRST + CONNS, wait_ms > 60000 ? 60000 : (int)wait_ms) <= 0)
		return;
	if (p[SIGNAL].revents != 0 && signal_read(s))
		return;
	for (size_t i = 0; i < CONNS && plugs == s->plugs; i++) {
		bool held = s->hid.busy && s->hid.cancelled && s->conn[i].kind == CONN_HID;

		if (p[FIRST + i].revents != 0 && p[FIRST + i].fd == s->conn[i].fd && !held)
			conn_read(s, &s->conn[i]);
	}
	if (p[CONTROL].revents != 0)
		server_accept(s, s->ctl_fd, CONN_CTL);
	if (p[LISTEN].revents != 0 && p[LISTEN].fd == s->listen_fd)
		server_accept(s, s->listen_fd, CONN_HID);
}

void
server_run(struct server *s)
{
	while (!s->quit) {
		control_expire(s);
		server_once(s, 1000);
	}
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	server_unplug(s);
	/* who asked to quit hears the end of the connection at the end of the process, all being written */
	for (size_t i = 0; i < CONNS; i++)
		if (s->conn[i].kind != CONN_QUIT)
			server_drop(s, &s->conn[i]);
	if (s->ctl_fd >= 0) {
		unlinkat(s->engine.key->dir, CTL_NAME, 0);
		close(s->ctl_fd);
	}
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	engine_end(&s->engine);
	free(s->sock);
	free(s);
}
