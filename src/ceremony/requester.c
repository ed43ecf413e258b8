/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/requester.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "vault/statement.h"

int64_t requester_audit(const char *what, pid_t pid)
{
	char text[48], *end;
	unsigned long id;
	ssize_t n;
	int fd;

	if (pid == 0)
		(void)snprintf(text, sizeof(text), "/proc/self/%s", what);
	else
		(void)snprintf(text, sizeof(text), "/proc/%ld/%s", (long)pid, what);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return STATEMENT_UID_NONE;
	text[n] = '\0';
	id = strtoul(text, &end, 10);
	return end != text && id <= STATEMENT_UID_NONE ? (int64_t)id : STATEMENT_UID_NONE;
}

void requester_kernel(struct requester *r, uid_t real, pid_t pid)
{
	const struct passwd *pw;
	uid_t uid;

	memset(r, 0, sizeof(*r));
	r->uid = requester_audit("loginuid", pid);
	uid = r->uid == STATEMENT_UID_NONE ? real : (uid_t)r->uid;
	pw = getpwuid(uid);
	if (pw != NULL)
		text_escape(r->user, sizeof(r->user), pw->pw_name, strlen(pw->pw_name));
	else
		snprintf(r->user, sizeof(r->user), "uid %ld", (long)uid);
}

json *requester_json(const struct requester *r, const char *host)
{
	json *j = json_new_object();

	if (json_set_str(j, "user", r->user) != 0 || json_set_int(j, "uid", r->uid) != 0 ||
	    json_set_str(j, "host", host) != 0 || json_set_str(j, "tty", r->tty) != 0 ||
	    json_set_str(j, "via", r->via) != 0)
		json_free(&j);
	return j;
}
