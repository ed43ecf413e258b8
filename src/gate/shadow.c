/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/shadow.h"

#include <crypt.h>
#include <errno.h>
#include <shadow.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/child.h"
#include "base/file.h"

#define CHPASSWD_MS 20000	/* it waits 15 s for another one's lock */
#define STOP_MS 1000
#define LINE_MAX_LEN 512

/* crypt(3) into *data, locked memory; NULL for a failure. */
static const char *hash(struct crypt_data *data, const char *password, const char *setting)
{
	const char *got;

	memset(data, 0, sizeof(*data));
	got = crypt_r(password, setting, data);
	return got == NULL || got[0] == '*' ? NULL : got;
}

static int feed(const struct child *c, const char *line, size_t len, struct err *e)
{
	int r = file_write_all(c->fd, line, len, "chpasswd's input", e);

	if (r == 0 && shutdown(c->fd, SHUT_WR) != 0)
		r = err_errno(e, ERR_IO, errno, "chpasswd's input cannot be closed");
	return r;
}

static int chpasswd(const char *line, size_t len, struct err *e)
{
	/* Its words go nowhere: what it did is read back. */
	static char shell[] = "/bin/sh", c_flag[] = "-c",
	    run[] = "exec /usr/sbin/chpasswd -e <&3 2>/dev/null";
	char *const argv[] = { shell, c_flag, run, NULL };
	char *const none[] = { NULL };
	const struct timeval limit = { CHPASSWD_MS / 1000, 0 };
	struct child c;
	char end;
	struct err why = { 0 };
	int r = child_start(&c, argv, none, e), status;

	if (r != 0)
		return r;
	r = feed(&c, line, len, &why);
	/* Its end of the socket closes when it has ended; one that hangs is killed. */
	if (r == 0 && setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0)
		while (recv(c.fd, &end, 1, 0) > 0)
			;
	/* One that ends without reading fails the feeding, too: its status says more. */
	status = child_stop(&c, STOP_MS);
	if (status == 0)
		return r != 0 ? err_give(e, &why) : 0;
	err_set(e, ERR_IO, "chpasswd could not set the password (exit status %d).", status);
	err_hint(e, "See whether /etc can be written and nobody else holds /etc/.pwd.lock; "
	    "`chpasswd` by hand says more.");
	return ERR_IO;
}

int shadow_set(const char *user, const struct secret *password, struct err *e)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], line[LINE_MAX_LEN];
	struct secret *room = NULL;
	const char *hashed = NULL;
	int n, r = secret_new(&room, sizeof(struct crypt_data), e);

	if (r == 0 && crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)) != NULL)
		hashed = hash((struct crypt_data *)(void *)room->data,
		    (const char *)password->data, setting);
	if (r == 0 && hashed == NULL)
		r = err_set(e, ERR_INTERNAL, "The password cannot be hashed for /etc/shadow.");
	if (r == 0) {
		n = snprintf(line, sizeof(line), "%s:%s\n", user, hashed);
		r = n < 0 || (size_t)n >= sizeof(line)
		    ? err_set(e, ERR_INTERNAL, "The line for chpasswd is too long.")
		    : chpasswd(line, (size_t)n, e);
		secret_zero(line, sizeof(line));
	}
	secret_free(&room);
	return r;
}

/* Locked memory for both sides of the comparison. */
struct proof {
	struct crypt_data crypt;
	char entry[4096];
};

int shadow_proves(const char *user, const struct secret *password, struct err *e)
{
	struct spwd entry, *found = NULL;
	struct secret *room = NULL;
	struct proof *p = NULL;
	const char *hashed;
	int r = secret_new(&room, sizeof(*p), e);

	if (r == 0) {
		p = (struct proof *)(void *)room->data;
		if (getspnam_r(user, &entry, p->entry, sizeof(p->entry), &found) != 0 || found == NULL)
			r = err_set(e, ERR_MISSING, "There is no entry of %s in /etc/shadow.", user);
	}
	if (r == 0) {
		hashed = hash(&p->crypt, (const char *)password->data, found->sp_pwdp);
		if (hashed == NULL || strlen(hashed) != strlen(found->sp_pwdp) ||
		    !secret_equal(hashed, found->sp_pwdp, strlen(hashed)))
			r = err_set(e, ERR_REFUSED, "The password of %s in /etc/shadow is another one.",
			    user);
	}
	secret_free(&room);
	return r;
}
