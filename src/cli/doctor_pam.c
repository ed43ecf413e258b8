/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ceremony/login.h"
#include "cli/open.h"
#include "cli/pam_judge.h"

#define STACK_BYTES (64u * 1024u)
#define BESIDE TWOKEY_PAM_DIR "/pam_unix.so"

static const char module[] = TWOKEY_PAM_DIR "/pam_twokey.so", gate[] = TWOKEY_GATE;
/* In the order in which libpam looks. */
static const char *const folders[] = { "/etc/pam.d", "/usr/lib/pam.d" };

/* A link may lead to it, as distributions' own tools make some: what it leads to is
 * opened, and no other link. */
int doctor_read(struct buf *out, const char *path, size_t max, struct err *e)
{
	char *real = realpath(path, NULL), *slash;
	struct dir d;
	int r;

	if (real == NULL)
		return err_errno(e, ERR_IO, errno, "%s cannot be opened", path);
	slash = strrchr(real, '/');
	*slash = '\0';
	r = dir_open(&d, slash == real ? "/" : real, FILE_OURS, e);
	if (r == 0) {
		r = file_read(out, &d, slash + 1, max, FILE_OURS, e);
		dir_close(&d);
	}
	free(real);
	return r;
}

static int read_stack(void *ctx, struct buf *out, struct buf *path, const char *name,
    struct err *e)
{
	const size_t n = name[0] == '/' ? 1 : sizeof(folders) / sizeof(folders[0]);
	int r = ERR_MISSING;

	(void)ctx;
	for (size_t i = 0; i < n && r == ERR_MISSING; i++) {
		err_clear(e);
		buf_reset(path);
		if (name[0] != '/')
			buf_printf(path, "%s/", folders[i]);
		buf_puts(path, name);
		r = buf_ok(path) ? doctor_read(out, buf_str(path), STACK_BYTES, e)
		    : err_set(e, ERR_MEMORY, "No memory is left for reading %s.", name);
	}
	return r;
}

/* A part of a path that others than root can change, or what is behind it. */
static int is_open_to_others(const struct stat *st)
{
	/* In a folder like /tmp what is root's stays root's. */
	return st->st_uid != 0 || ((st->st_mode & 0022) != 0 &&
	    !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0));
}

/* 0: from the top on each part of it is root's; else ERR_CONFIG and a finding. */
static int is_roots(struct doctor *d, const char *what, const char *path)
{
	char part[512], mend[2 * sizeof(part) + 64];
	struct stat st;
	size_t n = 0;

	do {
		n += 1 + strcspn(path + n + 1, "/");
		if (n >= sizeof(part))
			return ERR_CONFIG;
		memcpy(part, path, n);
		part[n] = '\0';
		if (stat(part, &st) != 0)
			return ERR_CONFIG;
		if (is_open_to_others(&st)) {
			(void)snprintf(mend, sizeof(mend), "chown root '%s' && chmod go-w '%s', and "
			    "install it anew", part, part);
			doctor_add(d, what, FINDING_BAD, mend, "%s belongs to user %lu (mode %04o): "
			    "others than root can put something else in the place of %s.", part,
			    (unsigned long)st.st_uid, (unsigned)st.st_mode & 07777u, path);
			return ERR_CONFIG;
		}
	} while (path[n] != '\0');
	return 0;
}

static void installed(struct doctor *d, const char *what, const char *path, int how)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || stat(real, &st) != 0 || !S_ISREG(st.st_mode) || access(real, how) != 0)
		doctor_add(d, what, FINDING_BAD, "make install", "%s is not there, or cannot be "
		    "used: every login that asks for keys is refused.", path);
	else if (is_roots(d, what, path) == 0 && is_roots(d, what, real) == 0)
		doctor_add(d, what, FINDING_OK, NULL, "%s is installed, and root's alone to change.",
		    path);
	free(real);
}

static void vault(struct doctor *d)
{
	struct open_vault v;
	struct err why = { 0 };

	if (open_vault(&v, d->cli, &why) != 0) {
		doctor_add_err(d, "vault", &why);
		return;
	}
	if (login_check(v.session, &why) != 0)
		doctor_add_err(d, "vault", &why);
	else
		doctor_add(d, "vault", FINDING_OK, NULL, "Vault %s: logins need quorum %s, and are "
		    "recorded by host %s.", policy_name(v.session->policy),
		    policy_rules(v.session->policy)->login, v.session->host);
	close_vault(&v);
}

static void found(void *ctx, enum finding f, const char *what, const char *mend, const char *text)
{
	doctor_add(ctx, what, f, mend, "%s", text);
}

void doctor_pam(struct doctor *d)
{
	struct pam_judge j = { .read = read_stack, .module = module, .found = found, .ctx = d,
		.known = access(BESIDE, F_OK) == 0, .told = BUF_INIT };

	installed(d, "module", module, R_OK);
	installed(d, "gate", gate, X_OK);
	vault(d);
	pam_judge(&j);
	if (j.login_asks)
		doctor_login(d, j.login_timeout);
	doctor_sshd(d, j.sshd_account, j.sshd_timeout);
	doctor_rescue(d);
}
