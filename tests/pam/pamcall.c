/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: pamcall [-i ITEM=VALUE]... [-a REGEX=ANSWER]... [-n] [-e] [-m] [-w SECONDS] CONFDIR SERVICE USER CALL...
 *
 * A PAM application: starts SERVICE from CONFDIR (pam_start_confdir(3)) and makes
 * the calls in their order: auth, setcred, account, open (silent: with PAM_SILENT),
 * close, password; `end` ends the transaction early, `fork` makes what follows happen
 * in a child, `children` tells whether this process has any, `user=NAME` sets the user,
 * `sh:LINE` runs a line.  Prints what each returns, by name.  -w: waits so many seconds
 * before it answers what is asked hidden.  Items: ruser, rhost, tty.  An answer goes to
 * the first question its expression matches; what has none is refused.  -n: there is no
 * conversation; -e: there is one that succeeds without any answer.  -m: says how long
 * each call took, and what memory it added.  USER `-` leaves the user to be asked for.
 * Exits with 0 whatever they return.
 */
#include <regex.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_RULES 16

static struct { regex_t re; const char *answer; } rules[MAX_RULES];
static size_t n_rules;
static unsigned late;
static int empty;

static const char *name(int r)
{
	static const struct { int r; const char *name; } names[] = {
		{ PAM_SUCCESS, "PAM_SUCCESS" }, { PAM_SERVICE_ERR, "PAM_SERVICE_ERR" },
		{ PAM_BUF_ERR, "PAM_BUF_ERR" }, { PAM_PERM_DENIED, "PAM_PERM_DENIED" },
		{ PAM_AUTH_ERR, "PAM_AUTH_ERR" }, { PAM_AUTHINFO_UNAVAIL, "PAM_AUTHINFO_UNAVAIL" },
		{ PAM_USER_UNKNOWN, "PAM_USER_UNKNOWN" }, { PAM_SESSION_ERR, "PAM_SESSION_ERR" },
		{ PAM_IGNORE, "PAM_IGNORE" }, { PAM_CONV_ERR, "PAM_CONV_ERR" },
		{ PAM_AUTHTOK_ERR, "PAM_AUTHTOK_ERR" }, { PAM_TRY_AGAIN, "PAM_TRY_AGAIN" },
		{ PAM_ABORT, "PAM_ABORT" }, { PAM_MODULE_UNKNOWN, "PAM_MODULE_UNKNOWN" },
		{ PAM_SYSTEM_ERR, "PAM_SYSTEM_ERR" }, { PAM_CRED_ERR, "PAM_CRED_ERR" }
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].r == r)
			return names[i].name;
	return "another";
}

static char *answer(const char *question)
{
	for (size_t i = 0; i < n_rules; i++)
		if (regexec(&rules[i].re, question, 0, NULL, 0) == 0)
			return strdup(rules[i].answer);
	return NULL;
}

static int converse(int n, const struct pam_message **msg, struct pam_response **out, void *ctx)
{
	struct pam_response *r = empty ? NULL : calloc((size_t)n, sizeof(*r));

	(void)ctx;
	for (int i = 0; i < n; i++) {
		const int style = msg[i]->msg_style;

		printf("%s %s\n", style == PAM_PROMPT_ECHO_ON ? "ask" : style == PAM_PROMPT_ECHO_OFF
		    ? "ask hidden" : style == PAM_ERROR_MSG ? "error" : "info", msg[i]->msg);
		if (strlen(msg[i]->msg) >= PAM_MAX_MSG_SIZE)
			printf("TOO LONG\n");
		if (empty || (style != PAM_PROMPT_ECHO_ON && style != PAM_PROMPT_ECHO_OFF))
			continue;
		if (style == PAM_PROMPT_ECHO_OFF)
			sleep(late);
		r[i].resp = answer(msg[i]->msg);
		if (r[i].resp == NULL) {
			free(r);
			return PAM_CONV_ERR;
		}
	}
	*out = r;
	return PAM_SUCCESS;
}

static void add_rule(char *text)
{
	char *eq = strrchr(text, '=');

	if (eq == NULL || n_rules == MAX_RULES)
		exit(64);
	*eq = '\0';
	if (regcomp(&rules[n_rules].re, text, REG_EXTENDED | REG_NOSUB) != 0)
		exit(64);
	rules[n_rules++].answer = eq + 1;
}

static int set_item(pam_handle_t *h, char *text)
{
	char *eq = strchr(text, '=');
	int item;

	if (eq == NULL)
		return -1;
	*eq = '\0';
	item = strcmp(text, "ruser") == 0 ? PAM_RUSER : strcmp(text, "rhost") == 0 ? PAM_RHOST
	    : strcmp(text, "tty") == 0 ? PAM_TTY : -1;
	return item < 0 ? -1 : pam_set_item(h, item, eq + 1);
}

static int call(pam_handle_t *h, const char *what)
{
	return strcmp(what, "auth") == 0 ? pam_authenticate(h, 0)
	    : strcmp(what, "setcred") == 0 ? pam_setcred(h, PAM_ESTABLISH_CRED)
	    : strcmp(what, "account") == 0 ? pam_acct_mgmt(h, 0)
	    : strcmp(what, "open") == 0 ? pam_open_session(h, 0)
	    : strcmp(what, "silent") == 0 ? pam_open_session(h, (int)PAM_SILENT)
	    : strcmp(what, "close") == 0 ? pam_close_session(h, 0)
	    : strcmp(what, "password") == 0 ? pam_chauthtok(h, 0) : -1;
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Resident memory of this process, KiB. */
static long resident(void)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && kib < 0 && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "VmRSS: %ld", &kib);
	if (f != NULL)
		fclose(f);
	return kib;
}

static int in_child(void)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		return 1;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(65);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 66);
}

/* What is no call of PAM: 1 when it was that. */
static int other(pam_handle_t *h, const char *what)
{
	if (strcmp(what, "children") == 0)
		printf("children %s\n", waitpid(-1, NULL, WNOHANG) < 0 ? "none" : "some");
	else if (strncmp(what, "user=", 5) == 0)
		(void)pam_set_item(h, PAM_USER, what + 5);
	else if (strncmp(what, "sh:", 3) == 0)
		return system(what + 3) == 0 ? 1 : (exit(67), 1);
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	static struct pam_conv conv = { converse, NULL };
	char *items[MAX_RULES];
	size_t n_items = 0;
	pam_handle_t *h = NULL;
	int c, measure = 0, r = PAM_SUCCESS;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt(argc, argv, "+i:a:emnw:")) != -1) {
		if (c == 'i' && n_items < MAX_RULES)
			items[n_items++] = optarg;
		else if (c == 'a')
			add_rule(optarg);
		else if (c == 'n')
			conv.conv = NULL;
		else if (c == 'e')
			empty = 1;
		else if (c == 'm')
			measure = 1;
		else if (c == 'w')
			late = (unsigned)atoi(optarg);
		else
			return 64;
	}
	argv += optind;
	if (argc - optind < 4 || pam_start_confdir(argv[1], strcmp(argv[2], "-") == 0 ? NULL : argv[2],
	    &conv, argv[0], &h) != PAM_SUCCESS)
		return 64;
	for (size_t i = 0; i < n_items; i++)
		if (set_item(h, items[i]) != 0)
			return 64;
	for (argv += 3; *argv != NULL && strcmp(*argv, "end") != 0; argv++) {
		if (strcmp(*argv, "fork") == 0) {
			(void)in_child();
			continue;
		}
		if (other(h, *argv))
			continue;
		const double began = now_ms();
		const long before = resident();

		r = call(h, *argv);
		if (measure)
			printf("measured %.3f ms %ld KiB\n", now_ms() - began, resident() - before);
		printf("%s %s\n", *argv, name(r));
	}
	return pam_end(h, r) == PAM_SUCCESS ? 0 : 65;
}
