/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "gate/pamargs.h"

#define SSHD "/usr/sbin/sshd"
#define SAID_MAX (256u * 1024u)
#define SAID_MS 10000
#define GRACE_LEAST 60		/* seconds: two people, two keys */
#define GRACE_MORE 10		/* behind the module's own limit */
#define TRIES_LEAST 3		/* ssh offers people's own keys first */

/* All that the child says on its descriptor 3. */
static int collect(struct buf *out, const struct child *c)
{
	const int64_t until = clock_monotonic() + SAID_MS;
	struct pollfd p = { c->fd, POLLIN, 0 };
	char chunk[512];
	ssize_t n;

	for (;;) {
		const int64_t left = until - clock_monotonic();

		if (left <= 0 || out->len > SAID_MAX)
			return -1;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(c->fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 && buf_ok(out) ? 0 : -1;
		buf_put(out, chunk, (size_t)n);
	}
}

/* What sshd would do with root. */
static int effective(struct buf *out, struct err *e)
{
	static char shell[] = "/bin/sh", c_flag[] = "-c", run[] = "exec " SSHD
	    " -T -C user=root,host=localhost,addr=127.0.0.1 >&3 2>/dev/null";
	char *const argv[] = { shell, c_flag, run, NULL };
	char *const none[] = { NULL };
	struct child c;
	int said, status, r = child_start(&c, argv, none, e);

	if (r != 0)
		return r;
	said = collect(out, &c);
	status = child_stop(&c, said == 0 ? SAID_MS : 0);
	if (said == 0 && status == 0)
		return 0;
	r = err_set(e, ERR_IO, "%s -T does not tell its configuration (exit status %d).", SSHD,
	    status);
	err_hint(e, "Run it as root, and mend what it says: %s -T >/dev/null", SSHD);
	return r;
}

/* The value of a keyword, which -T writes in lower case; "" for none. */
static const char *value(const struct buf *said, const char *key, char *out, size_t cap)
{
	const char *at = buf_str(said);
	const size_t n = strlen(key);

	out[0] = '\0';
	for (; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n')
		if (strncmp(at, key, n) == 0 && at[n] == ' ') {
			(void)snprintf(out, cap, "%.*s", (int)strcspn(at + n + 1, "\n"), at + n + 1);
			break;
		}
	return out;
}

static int is(const struct buf *said, const char *key, const char *what)
{
	char got[64];

	return strcmp(value(said, key, got, sizeof(got)), what) == 0;
}

static int64_t number(const struct buf *said, const char *key)
{
	char got[64];

	return strtoll(value(said, key, got, sizeof(got)), NULL, 10);
}

static void add(struct doctor *d, enum finding f, const char *write, const char *text)
{
	char mend[160];

	(void)snprintf(mend, sizeof(mend), "Write `%s` at the top of /etc/ssh/sshd_config, then: "
	    "systemctl reload ssh", write);
	doctor_add(d, "sshd", f, mend, "%s", text);
}

static void times(struct doctor *d, const struct buf *said, int timeout)
{
	const int64_t grace = number(said, "logingracetime");
	const int64_t module = (timeout > 0 ? timeout : PAMARGS_TIMEOUT) + GRACE_MORE;
	const int64_t least = module > GRACE_LEAST ? module : GRACE_LEAST;
	char write[64], text[160];

	if (grace != 0 && grace < least) {
		(void)snprintf(write, sizeof(write), "LoginGraceTime %lld", (long long)least);
		(void)snprintf(text, sizeof(text), "It ends a login after %lld s, before the keys "
		    "have had their time.", (long long)grace);
		add(d, FINDING_BAD, write, text);
	}
	if (number(said, "maxauthtries") < TRIES_LEAST)
		add(d, FINDING_BAD, "MaxAuthTries 6", "It ends a login after fewer than 3 tries, "
		    "which a client's own keys use up.");
}

static void ways(struct doctor *d, const struct buf *said, int account)
{
	char root[64], text[160];

	(void)value(said, "permitrootlogin", root, sizeof(root));
	if (!is(said, "usepam", "yes"))
		add(d, FINDING_BAD, "UsePAM yes", "It does not ask PAM, and so asks for no keys.");
	if (!is(said, "kbdinteractiveauthentication", "yes"))
		add(d, FINDING_BAD, "KbdInteractiveAuthentication yes", "It asks no questions "
		    "(KbdInteractiveAuthentication no), so nobody can be asked for keys.");
	if (!account && (is(said, "pubkeyauthentication", "yes") ||
	    is(said, "gssapiauthentication", "yes") || is(said, "hostbasedauthentication", "yes")))
		doctor_add(d, "sshd", FINDING_BAD, "Write the account line that stands "
		    "under pam sshd above.", "Public keys, GSSAPI or trusted hosts let in without the "
		    "two keys, as account asks no pam_twokey.so.");
	if (strcmp(root, "yes") != 0) {
		(void)snprintf(text, sizeof(text), "Root cannot come in by two keys "
		    "(PermitRootLogin %s).", root);
		add(d, FINDING_NOTE, "PermitRootLogin yes", text);
	} else if (is(said, "passwordauthentication", "yes")) {
		add(d, FINDING_NOTE, "PasswordAuthentication no", "Passwords are asked for, and "
		    "refused where keys are needed.");
	}
}

void doctor_sshd(struct doctor *d, int account, int timeout)
{
	const int before = d->bad;
	struct buf said = BUF_INIT;
	struct err why = { 0 };

	if (access(SSHD, X_OK) != 0) {
		doctor_add(d, "sshd", FINDING_NOTE, NULL, SSHD " is not here: no configuration of it "
		    "was looked at.");
		return;
	}
	if (effective(&said, &why) != 0)
		doctor_add_err(d, "sshd", &why);
	else {
		ways(d, &said, account);
		times(d, &said, timeout);
		if (d->bad == before)
			doctor_add(d, "sshd", FINDING_OK, NULL, "It leaves logins to PAM, and gives "
			    "them the time that keys need.");
	}
	buf_free(&said);
}
