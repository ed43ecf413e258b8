/* SPDX-License-Identifier: BSD-2-Clause */
/* This machine's own logs: systemd's journal by its native protocol, and syslog. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "notify/channel_local.h"
#include "notify/notice.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET "/dev/log"
#define MESSAGE_ID "6f3d3a1c0c5e4b7c9a0f5d1f6a7e2b48"	/* of all of twokey's messages */
#define FACILITY_AUTHPRIV (10 << 3)

static int priority(const json *notice)
{
	const char *level = json_str(notice, "level");

	return strcmp(level, "alarm") == 0 ? 1 : strcmp(level, "warning") == 0 ? 4 : 6;
}

static int send_datagram(const char *path, const struct buf *b, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval limit = { CHANNEL_MS / 1000, 0 };
	int fd, r = 0;

	if (!buf_ok(b))
		return err_set(e, ERR_MEMORY, "Out of memory.");
	if (strlen(path) >= sizeof(to.sun_path))
		return err_set(e, ERR_CONFIG, "The socket's path %s is too long.", path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
	    sendto(fd, b->data, b->len, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)b->len)
		r = err_errno(e, ERR_STORE, errno, "%s does not take the message", path);
	if (fd >= 0)
		(void)close(fd);
	return r;
}

static void put_field(struct buf *b, const char *name, const char *value)
{
	if (value != NULL)
		buf_printf(b, "%s=%s\n", name, value);
}

/* A value of several lines: its length stands before it. */
static void put_long(struct buf *b, const char *name, const char *value)
{
	const size_t len = strlen(value);
	unsigned char raw[8];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (unsigned char)((uint64_t)len >> (8 * i));
	buf_printf(b, "%s\n", name);
	buf_put(b, raw, sizeof(raw));
	buf_put(b, value, len);
	buf_puts(b, "\n");
}

/* https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ */
int send_journal(const struct channel *c, const struct message *m, struct err *e)
{
	struct buf b = BUF_INIT, text = BUF_INIT;
	const json *n = m->notice;
	int r;

	put_field(&b, "MESSAGE", json_str(n, "subject"));
	put_field(&b, "MESSAGE_ID", MESSAGE_ID);
	buf_printf(&b, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=twokey\n", priority(n),
	    FACILITY_AUTHPRIV >> 3);
	put_field(&b, "TWOKEY_ID", json_str(n, "id"));
	put_field(&b, "TWOKEY_EVENT", json_str(n, "event"));
	put_field(&b, "TWOKEY_RECORD", json_str(n, "record"));
	put_field(&b, "TWOKEY_COMMAND", json_str(n, "command"));
	put_field(&b, "TWOKEY_HOST", json_str(n, "host"));
	put_field(&b, "TWOKEY_TIME", json_str(n, "time"));
	put_field(&b, "TWOKEY_VAULT", json_str(n, "vault"));
	buf_printf(&b, "TWOKEY_TRY=%lld\n", (long long)m->tries);
	notice_text(&text, m);
	put_long(&b, "TWOKEY_TEXT", buf_str(&text));
	r = send_datagram(c->socket != NULL ? c->socket : JOURNAL_SOCKET, &b, e);
	buf_free(&text);
	buf_free(&b);
	return r;
}

int send_syslog(const struct channel *c, const struct message *m, struct err *e)
{
	const time_t t = (time_t)(m->now / 1000);
	const json *n = m->notice;
	const char *record = json_str(n, "record");
	struct buf b = BUF_INIT;
	char when[32] = "";
	struct tm tm;
	int r;

	if (localtime_r(&t, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S ", &tm);
	buf_printf(&b, "<%d>%stwokey: %s [notice event=\"%s\"%s%s%s host=\"%s\" id=\"%s\" try=\"%lld\"]",
	    FACILITY_AUTHPRIV | priority(n), when, json_str(n, "subject"), json_str(n, "event"),
	    record != NULL ? " record=\"" : "", record != NULL ? record : "", record != NULL ? "\"" : "",
	    json_str(n, "host"), json_str(n, "id"), (long long)m->tries);
	r = send_datagram(c->socket != NULL ? c->socket : SYSLOG_SOCKET, &b, e);
	buf_free(&b);
	return r;
}
