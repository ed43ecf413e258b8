/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_SERVER_H
#define SOFTKEY_SERVER_H

#include <sys/types.h>

#include "engine.h"
#include "hid.h"

#define CONNS 32
#define CTL_LINE 256
#define CTL_NAME "control"

enum button { BUTTON_AUTO, BUTTON_WAIT, BUTTON_DELAY, BUTTON_REFUSE, BUTTON_IGNORE };
enum conn_kind { CONN_FREE, CONN_HID, CONN_UHID, CONN_CTL, CONN_PRESS, CONN_AWAIT, CONN_QUIT };

struct conn {
	enum conn_kind kind;
	int fd;
	int64_t until_ms;	/* CONN_PRESS and CONN_AWAIT: when they give up */
	size_t n;
	char line[CTL_LINE];
};

/* One key, plugged in: its engine and everyone who talks to it. */
struct server {
	struct engine engine;
	struct hid hid;
	char *sock;	/* where programs find it; NULL with uhid */
	mode_t mode;
	const char *uhid;	/* or the uhid device */
	const char *name;
	int listen_fd, ctl_fd, signal_fd;
	bool plugged, quit;
	unsigned plugs;	/* how often it was plugged in: a touch waited for does not outlive that */
	struct conn conn[CONNS];
	/* the button */
	enum button button;
	int delay_ms;
	bool blinking, pressed;
	int64_t u2f_since_ms;
};

/* Takes over the key. Returns NULL with a word in *err; else call server_run, then server_free. */
struct server *server_new(struct key *key, const char *name, const char *sock, const char *uhid, mode_t mode,
    const char **err);

/* Serves until SIGTERM, SIGINT or `quit'. */
void server_run(struct server *s);
void server_free(struct server *s);

bool server_plug(struct server *s);
void server_unplug(struct server *s);

/* --- for the server's own files --- */
int64_t server_now(void *ctx);
void server_once(struct server *s, int64_t wait_ms);
struct conn *server_conn(struct server *s, int fd, enum conn_kind kind);
void server_drop(struct server *s, struct conn *c);

enum touch button_touch(void *ctx);
bool button_poll(void *ctx);

/* Reads a control connection; answers, or leaves it waiting for the button. */
void control_read(struct server *s, struct conn *c);
/* Answers those waiting: the key has begun to blink, or their time is over. */
void control_blink(struct server *s);
void control_expire(struct server *s);

int uhid_open(struct server *s);
void uhid_read(struct server *s, struct conn *c);
void uhid_send(struct conn *c, const uint8_t report[HID_REPORT]);

/* A unix socket path too long for sockaddr_un is reached through its folder's descriptor. Both return a
 * descriptor or -1 with errno set. */
int unix_listen(const char *path, int type, mode_t mode);
int unix_connect(const char *path, int type);

#endif
