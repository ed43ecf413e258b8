/* SPDX-License-Identifier: BSD-2-Clause */
/* The entry points.  Everything that is decided is decided by twokey-gate; what
 * cannot be decided is a refusal. */
#include "relay.h"

#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define CONFIRM_MS 15000	/* the gate proves a new password against /etc/shadow */

#define DATA_AUTH "twokey_auth"		/* who was granted in this transaction */
#define DATA_SESSION "twokey_session"	/* the gate's mark of an open session */
#define DATA_PASSWORD "twokey_password"	/* the gate that waits for a new password */
#define ENV_LOGIN "TWOKEY_LOGIN"	/* the gate's mark of a grant: sshd hands on the PAM
					 * environment from its authenticating process, and nothing else */

static int has(int flags, unsigned flag)
{
	return ((unsigned)flags & flag) != 0;
}

static void free_text(pam_handle_t *h, void *data, int status)
{
	(void)h, (void)status;
	free(data);
}

static int keep_text(pam_handle_t *h, const char *name, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL || pam_set_data(h, name, copy, free_text) != PAM_SUCCESS) {
		free(copy);
		return -1;
	}
	return 0;
}

static const char *kept(pam_handle_t *h, const char *name)
{
	const void *data = NULL;

	return pam_get_data(h, name, &data) == PAM_SUCCESS ? data : NULL;
}

/* The stack's words and the account.  PAM_SUCCESS: it concerns us; PAM_IGNORE: it
 * does not; else a refusal. */
static int begin(pam_handle_t *h, struct pamargs *a, const char **user, int argc, const char **argv)
{
	const char *bad = pamargs_parse(a, argc, argv);
	int r;

	*user = NULL;
	if (bad != NULL) {
		pam_syslog(h, LOG_ERR, "the word \"%s\" in this stack is unknown, malformed or there "
		    "twice: refused; see pam_twokey(8)", bad);
		return PAM_SERVICE_ERR;
	}
	r = pam_get_user(h, user, NULL);
	if (r != PAM_SUCCESS || *user == NULL || (*user)[0] == '\0')
		return PAM_USER_UNKNOWN;
	if (!pamargs_concern(a, *user)) {
		if (a->debug)
			pam_syslog(h, LOG_DEBUG, "%s is not among users=: left to others", *user);
		return PAM_IGNORE;
	}
	return PAM_SUCCESS;
}

/* One whole call; what it keeps is in c->keep. */
static enum relay_end call_gate(pam_handle_t *h, struct relay_call *c)
{
	struct relay relay;
	const enum relay_end end = relay_run(&relay, h, c);

	relay_stop(&relay);
	return end;
}

int pam_sm_authenticate(pam_handle_t *h, int flags, int argc, const char **argv)
{
	struct relay_call c = { .what = "auth", .silent = has(flags, PAM_SILENT) };
	enum relay_end end;
	const char *user;
	struct pamargs a;
	char env[sizeof(ENV_LOGIN) + sizeof(c.keep)];
	int r = begin(h, &a, &user, argc, argv);

	/* What was granted before is worth nothing from here on. */
	(void)pam_set_data(h, DATA_AUTH, NULL, NULL);
	(void)pam_putenv(h, ENV_LOGIN);
	if (r != PAM_SUCCESS)
		return r;
	c.args = &a;
	end = call_gate(h, &c);
	if (end != RELAY_OK)
		return end == RELAY_DENIED ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
	(void)strcpy(env, ENV_LOGIN "=");
	(void)strcat(env, c.keep);
	if (keep_text(h, DATA_AUTH, user) != 0 || pam_putenv(h, env) != PAM_SUCCESS)
		return PAM_BUF_ERR;
	return PAM_SUCCESS;
}

/* There are no credentials of ours to set; a yes for accounts that do not
 * concern us could spare them other modules' (success=done). */
int pam_sm_setcred(pam_handle_t *h, int flags, int argc, const char **argv)
{
	const char *user;
	struct pamargs a;

	(void)flags;
	return begin(h, &a, &user, argc, argv);
}

/* What else lets a user in - a public key of sshd, a rule of sudo, a ticket that is still
 * good - has no approvals: here it ends. */
int pam_sm_acct_mgmt(pam_handle_t *h, int flags, int argc, const char **argv)
{
	const char *user, *granted;
	struct pamargs a;
	int r = begin(h, &a, &user, argc, argv);

	if (r != PAM_SUCCESS)
		return r;
	granted = kept(h, DATA_AUTH);
	if (granted != NULL && strcmp(granted, user) == 0)
		return PAM_SUCCESS;
	pam_syslog(h, LOG_NOTICE, "%s was let in by something else than two keys: refused", user);
	if (!has(flags, PAM_SILENT))
		(void)pam_error(h, "This login went past the two security keys that it needs.");
	return PAM_PERM_DENIED;
}

int pam_sm_open_session(pam_handle_t *h, int flags, int argc, const char **argv)
{
	struct relay_call c = { .what = "open", .silent = has(flags, PAM_SILENT) };
	enum relay_end end;
	const char *user;
	struct pamargs a;
	int r = begin(h, &a, &user, argc, argv);

	if (r != PAM_SUCCESS)
		return r;
	c.args = &a;
	c.mark = pam_getenv(h, ENV_LOGIN);
	end = call_gate(h, &c);
	/* A session that nothing recorded must not begin. */
	return end == RELAY_OK && keep_text(h, DATA_SESSION, c.keep) == 0 ? PAM_SUCCESS
									 : PAM_SESSION_ERR;
}

int pam_sm_close_session(pam_handle_t *h, int flags, int argc, const char **argv)
{
	struct relay_call c = { .what = "close", .silent = has(flags, PAM_SILENT) };
	const char *user;
	struct pamargs a;
	int r = begin(h, &a, &user, argc, argv);

	if (r != PAM_SUCCESS)
		return r;
	c.args = &a;
	c.mark = kept(h, DATA_SESSION);
	return call_gate(h, &c) == RELAY_OK ? PAM_SUCCESS : PAM_SESSION_ERR;
}

/* The application has done: the gate, which sees its socket close, looks
 * whether the password is set.  A copy of the handle in a forked child tells nothing. */
static void end_password(pam_handle_t *h, void *data, int status)
{
	struct relay *r = data;

	(void)h;
	if (!has(status, PAM_DATA_SILENT))
		relay_finish(r, CONFIRM_MS);
	relay_stop(r);
	free(r);
}

static int seal_password(pam_handle_t *h, struct relay_call *c)
{
	struct relay *r = calloc(1, sizeof(*r));

	/* An earlier try in this transaction that nobody set: its gate waits for that still,
	 * and lets no other change begin. */
	(void)pam_set_data(h, DATA_PASSWORD, NULL, NULL);
	if (r == NULL)
		return PAM_BUF_ERR;
	if (relay_run(r, h, c) == RELAY_OK &&
	    pam_set_data(h, DATA_PASSWORD, r, end_password) == PAM_SUCCESS)
		return PAM_SUCCESS;
	relay_stop(r);
	free(r);
	return PAM_AUTHTOK_ERR;
}

int pam_sm_chauthtok(pam_handle_t *h, int flags, int argc, const char **argv)
{
	struct relay_call c = { .what = "check", .silent = has(flags, PAM_SILENT) };
	const char *user;
	struct pamargs a;
	unsigned uid;
	int r = begin(h, &a, &user, argc, argv);

	/* Only root's own is sealed; an account that cannot be looked up may be root's. */
	if (r == PAM_SUCCESS) {
		const int known = pamargs_uid(user, &uid);

		if (known < 0)
			return PAM_AUTHTOK_ERR;
		if (known > 0 || uid != 0) {
			r = PAM_IGNORE;
		} else if (strcmp(user, "root") != 0) {
			/* Another name for uid 0 has a password of its own, and no record. */
			pam_syslog(h, LOG_ERR, "%s is root by another name: its password cannot be "
			    "sealed, so it is not set", user);
			return PAM_AUTHTOK_ERR;
		}
	}
	c.args = &a;
	/* Can it be sealed at all?  Asked before anybody types one. */
	if (has(flags, PAM_PRELIM_CHECK) && r == PAM_SUCCESS)
		return call_gate(h, &c) == RELAY_OK ? PAM_SUCCESS : PAM_TRY_AGAIN;
	if (has(flags, PAM_PRELIM_CHECK))
		return r;
	if (r != PAM_SUCCESS && r != PAM_IGNORE)
		return r;
	/* Whoever sets it, with use_authtok, finds it here, whoever it is for. */
	if (pam_get_authtok(h, PAM_AUTHTOK, &c.password, NULL) != PAM_SUCCESS ||
	    c.password == NULL || c.password[0] == '\0')
		return PAM_AUTHTOK_ERR;
	c.what = "password";
	return r == PAM_SUCCESS ? seal_password(h, &c) : r;
}
