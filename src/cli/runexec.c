/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/runexec.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "cli/term.h"

#define RUNEXEC_PREFIX "TWOKEY_FD_"
#define RUNEXEC_VAR_MAX 96
#define RUNEXEC_LOOK_MS 16
/* What root gets instead of PATH. */
static const char root_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct runexec {
	const struct runexec_field *fields;
	size_t n;
	int in[RUNEXEC_FIELDS_MAX];	/* the program's ends, -1: closed */
	int out[RUNEXEC_FIELDS_MAX];	/* ours */
	size_t sent[RUNEXEC_FIELDS_MAX];
	char (*vars)[RUNEXEC_VAR_MAX];
	char **env;
	struct buf path;
	pid_t pid;
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The program's path into x->path. */
static int runexec_find(struct runexec *x, const char *name, struct err *e)
{
	const char *p = geteuid() == 0 ? root_path : getenv("PATH");
	int found = 0;

	if (strchr(name, '/') != NULL) {
		buf_puts(&x->path, name);
		found = 1; /* exec says what is wrong with it */
	}
	for (; !found && p != NULL && *p != '\0'; p += strspn(p, ":")) {
		const size_t n = strcspn(p, ":");

		buf_reset(&x->path);
		/* Relative parts of PATH are passed by. */
		if (*p == '/') {
			buf_put(&x->path, p, n);
			buf_printf(&x->path, "/%s", name);
			found = buf_ok(&x->path) && is_program(buf_str(&x->path));
		}
		p += n;
	}
	if (!buf_ok(&x->path))
		return err_set(e, ERR_MEMORY, "Out of memory.");
	if (found)
		return 0;
	(void)err_set(e, ERR_MISSING, "There is no program `%s` to run.", name);
	(void)err_hint(e, "Give its whole path.");
	return ERR_MISSING;
}

int runexec_possible(const char *name, struct err *e)
{
	struct runexec x = { .path = BUF_INIT };
	int r = runexec_find(&x, name, e);

	if (r == 0 && !is_program(buf_str(&x.path)))
		r = err_set(e, ERR_MISSING, "`%s` is no program that can be run.", name);
	buf_free(&x.path);
	return r;
}

static int runexec_pipes(struct runexec *x, struct err *e)
{
	size_t i;

	for (i = 0; i < x->n; i++) {
		int p[2];

		if (pipe2(p, O_CLOEXEC) != 0)
			return err_errno(e, ERR_IO, errno, "A pipe cannot be made");
		x->in[i] = p[0];
		x->out[i] = p[1];
		if (fcntl(p[1], F_SETFL, O_NONBLOCK) != 0)
			return err_errno(e, ERR_IO, errno, "A pipe cannot be set up");
	}
	return 0;
}

/* The names of variables. */
static char runexec_char(char c)
{
	return c == '-' || c == '.' ? '_' : (char)toupper((unsigned char)c);
}

int runexec_same_name(const char *a, const char *b)
{
	while (*a != '\0' && runexec_char(*a) == runexec_char(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

/* Our environment without older TWOKEY_FD_ names, and the new ones. */
static int runexec_env(struct runexec *x, struct err *e)
{
	size_t i, n = 0, at = 0;

	while (environ != NULL && environ[n] != NULL)
		n++;
	x->env = calloc(n + x->n + 1, sizeof(*x->env));
	x->vars = calloc(x->n + 1, sizeof(*x->vars));
	if (x->env == NULL || x->vars == NULL)
		return err_set(e, ERR_MEMORY, "Out of memory.");
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], RUNEXEC_PREFIX, sizeof(RUNEXEC_PREFIX) - 1) != 0)
			x->env[at++] = environ[i];
	for (i = 0; i < x->n; i++) {
		char *c;

		(void)snprintf(x->vars[i], sizeof(x->vars[i]), "%s%s", RUNEXEC_PREFIX,
		    x->fields[i].name);
		for (c = x->vars[i]; *c != '\0'; c++)
			*c = runexec_char(*c);
		(void)snprintf(c, sizeof(x->vars[i]) - strlen(x->vars[i]), "=%d",
		    RUNEXEC_FIRST_FD + (int)i);
		x->env[at++] = x->vars[i];
	}
	return 0;
}

/* In the child; told: where errno of a failed exec goes. */
static void runexec_child(const struct runexec *x, char *const argv[], int told,
    const sigset_t *mask)
{
	int in[RUNEXEC_FIELDS_MAX], why;
	ssize_t ignored;
	size_t i;

	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	/* First out of the way of each other, then to the numbers that were named. */
	for (i = 0; i < x->n; i++)
		if ((in[i] = fcntl(x->in[i], F_DUPFD_CLOEXEC, RUNEXEC_FIRST_FD + RUNEXEC_FIELDS_MAX)) < 0)
			_exit(127);
	told = fcntl(told, F_DUPFD_CLOEXEC, RUNEXEC_FIRST_FD + RUNEXEC_FIELDS_MAX);
	if (told >= 0 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
		for (i = 0; i < x->n; i++)
			if (dup2(in[i], RUNEXEC_FIRST_FD + (int)i) < 0)
				_exit(127);
		(void)execve(buf_str(&x->path), argv, x->env);
	}
	why = errno;
	ignored = write(told, &why, sizeof(why));
	(void)ignored;
	_exit(127);
}

static int runexec_start(struct runexec *x, char *const argv[], const sigset_t *mask,
    struct err *e)
{
	int told[2], why = 0;
	size_t i;

	if (pipe2(told, O_CLOEXEC) != 0)
		return err_errno(e, ERR_IO, errno, "A pipe cannot be made");
	x->pid = fork();
	if (x->pid == 0)
		runexec_child(x, argv, told[1], mask);
	(void)close(told[1]);
	for (i = 0; i < x->n; i++)
		close_one(&x->in[i]);
	if (x->pid < 0) {
		(void)close(told[0]);
		x->pid = 0;
		return err_errno(e, ERR_IO, errno, "%s cannot be started", argv[0]);
	}
	if (read(told[0], &why, sizeof(why)) != (ssize_t)sizeof(why))
		why = 0;
	(void)close(told[0]);
	if (why != 0)
		return err_errno(e, ERR_IO, why, "%s cannot be started", buf_str(&x->path));
	return 0;
}

/* Puts what fits into a pipe; closes it, and forgets the value, when all is in
 * or nobody reads. */
static void runexec_feed(struct runexec *x, size_t i)
{
	struct secret *v = x->fields[i].value;

	while (x->sent[i] < v->len) {
		const ssize_t n = write(x->out[i], v->data + x->sent[i], v->len - x->sent[i]);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		x->sent[i] += (size_t)n;
	}
	/* The program may run for hours. */
	secret_wipe(v);
	close_one(&x->out[i]);
}

/* Feeds the pipes and hands signals on until the program has ended.  Where there
 * are no pidfds (a kernel before 5.3, a container that forbids them) it is looked
 * at again and again. */
static void runexec_attend(struct runexec *x, const struct term_hold *h)
{
	const struct child program = { x->pid, -1 };
	struct pollfd p[RUNEXEC_FIELDS_MAX + 2];
	int pidfd = pidfd_open(x->pid, 0), sig;
	size_t i;

	do {
		p[0] = (struct pollfd){ pidfd, POLLIN, 0 };
		p[1] = (struct pollfd){ h->fd, POLLIN, 0 };
		for (i = 0; i < x->n; i++)
			p[i + 2] = (struct pollfd){ x->out[i], POLLOUT, 0 };
		if (poll(p, (nfds_t)x->n + 2, pidfd < 0 ? RUNEXEC_LOOK_MS : -1) < 0 && errno != EINTR)
			break;
		/* The terminal gave it Ctrl-C already. */
		while ((sig = term_held(h)) != 0)
			if (sig == SIGTERM || sig == SIGHUP)
				(void)kill(x->pid, sig);
		for (i = 0; i < x->n; i++)
			if (x->out[i] >= 0 && p[i + 2].revents != 0)
				runexec_feed(x, i);
	} while (child_runs(&program));
	if (pidfd >= 0)
		(void)close(pidfd);
}

static int runexec_run(struct runexec *x, char *const argv[], int *status, struct err *e)
{
	struct sigaction was, ignore = { .sa_handler = SIG_IGN };
	struct term_hold h;
	int r, st = 0;

	r = term_hold(&h, 0, e);
	if (r != 0)
		return r;
	(void)sigaction(SIGPIPE, &ignore, &was);
	r = runexec_start(x, argv, &h.old, e);
	if (r == 0)
		runexec_attend(x, &h);
	if (x->pid > 0 && waitpid(x->pid, &st, 0) == x->pid)
		*status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	(void)sigaction(SIGPIPE, &was, NULL);
	term_let(&h);
	return r;
}

int runexec(char *const argv[], const struct runexec_field *fields, size_t n, int *status,
    struct err *e)
{
	struct runexec x = { .fields = fields, .n = n, .path = BUF_INIT };
	size_t i;
	int r;

	*status = -1;
	if (n > RUNEXEC_FIELDS_MAX)
		return err_set(e, ERR_INTERNAL, "Too many fields for one program.");
	for (i = 0; i < n; i++)
		x.in[i] = x.out[i] = -1;
	r = runexec_find(&x, argv[0], e);
	if (r == 0)
		r = runexec_pipes(&x, e);
	if (r == 0)
		r = runexec_env(&x, e);
	if (r == 0)
		r = runexec_run(&x, argv, status, e);
	for (i = 0; i < n; i++) {
		close_one(&x.in[i]);
		close_one(&x.out[i]);
	}
	free(x.vars);
	free(x.env);
	buf_free(&x.path);
	return r;
}
