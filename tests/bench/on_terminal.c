/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times a command that runs on a terminal of its own and answers its prompts as
 * soon as they stand there.
 *
 *   on_terminal [-n RUNS] [-m] [-e STATUS] [-a TEXT=ANSWER]... [-k KEY]... -- COMMAND [ARG...]
 *
 * One JSON line a run: wall_ms from before the start of COMMAND to its end;
 * cpu_ms of it and all processes it waited for; key_ms, what the software keys
 * KEY (folders) say that they computed meanwhile.  With -m the memory is
 * watched instead, which costs time: rss_mib and child_rss_mib, the most that
 * COMMAND and any of its children held.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIST_MAX 16
#define LIMIT_MS 60000
#define WATCH_US 300

struct rule {
	const char *text, *answer;
	size_t len;
};

struct bench {
	struct rule rules[LIST_MAX];
	const char *keys[LIST_MAX];
	size_t nrules, nkeys;
	int runs, watch, status;
	char **command;
};

struct run {
	pid_t pid;
	int fd;
	char text[65536];	/* what is still to be looked at */
	size_t len;
	long rss, child_rss;	/* KiB */
};

static void fail(const char *what)
{
	(void)fprintf(stderr, "on_terminal: %s%s%s\n", what, errno != 0 ? ": " : "",
	    errno != 0 ? strerror(errno) : "");
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* engine_ms of `softkey ctl KEY stats`, by its own socket. */
static double key_ms(const char *key)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[1024];
	const char *at;
	size_t n = 0;
	ssize_t got;

	if (fd < 0 || snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/control", key) >=
	    (int)sizeof(sa.sun_path))
		fail("a key's path is too long; name it from the current folder");
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    send(fd, "stats\n", 6, MSG_NOSIGNAL) != 6)
		fail(key);
	while (n < sizeof(text) - 1 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	(void)close(fd);
	at = strstr(text, "\"engine_ms\":");
	if (at == NULL)
		fail("a key gives no statistics");
	return strtod(at + strlen("\"engine_ms\":"), NULL);
}

static double keys_ms(const struct bench *b)
{
	double sum = 0;

	for (size_t i = 0; i < b->nkeys; i++)
		sum += key_ms(b->keys[i]);
	return sum;
}

/* The first rule whose text stands in what came; what was before is done with. */
static int answer(const struct bench *b, struct run *r)
{
	for (size_t i = 0; i < b->nrules; i++) {
		const struct rule *rule = &b->rules[i];
		const char *hit = memmem(r->text, r->len, rule->text, rule->len);
		size_t end;

		if (hit == NULL)
			continue;
		end = (size_t)(hit - r->text) + rule->len;
		if (dprintf(r->fd, "%s\r", rule->answer) < 0)
			fail("the terminal cannot be written");
		memmove(r->text, r->text + end, r->len - end);
		r->len -= end;
		return 1;
	}
	return 0;
}

static long status_kib(const char *pid)
{
	char path[64], text[4096];
	const char *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "VmHWM:");
	return at != NULL ? strtol(at + 6, NULL, 10) : 0;
}

static void watch(struct run *r)
{
	char path[96], text[1024], *save = NULL;
	long kib;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%d", (int)r->pid);
	kib = status_kib(path);
	r->rss = kib > r->rss ? kib : r->rss;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)r->pid, (int)r->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (const char *p = strtok_r(text, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save)) {
		kib = status_kib(p);
		r->child_rss = kib > r->child_rss ? kib : r->child_rss;
	}
}

static void talk(const struct bench *b, struct run *r)
{
	const double until = now_ms() + LIMIT_MS;
	struct pollfd p = { r->fd, POLLIN, 0 };

	for (;;) {
		const struct timespec nap = { 0, b->watch ? WATCH_US * 1000L : LIMIT_MS * 1000000L };
		const struct timespec whole = { LIMIT_MS / 1000, 0 };
		ssize_t n;

		if (b->watch)
			watch(r);
		if (now_ms() > until) {
			(void)kill(r->pid, SIGKILL);
			errno = 0;
			fail("the command takes too long");
		}
		if (ppoll(&p, 1, b->watch ? &nap : &whole, NULL) <= 0)
			continue;
		if (r->len == sizeof(r->text))
			r->len = 0;
		n = read(r->fd, r->text + r->len, sizeof(r->text) - r->len);
		if (n <= 0)
			return;
		r->len += (size_t)n;
		while (answer(b, r))
			;
	}
}

/* Data goes to /dev/null: what is printed belongs to nobody here. */
static void command(const struct bench *b)
{
	const int null = open("/dev/null", O_WRONLY);

	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(126);
	(void)close(null);
	(void)execvp(b->command[0], b->command);
	_exit(127);
}

static double ms(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static void run_once(const struct bench *b)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	static struct run r;
	struct rusage use;
	double began, wall, keys = keys_ms(b);
	int status;

	memset(&r, 0, sizeof(r));
	began = now_ms();
	r.pid = forkpty(&r.fd, NULL, NULL, &size);
	if (r.pid < 0)
		fail("no terminal can be had");
	if (r.pid == 0)
		command(b);
	talk(b, &r);
	if (wait4(r.pid, &status, 0, &use) != r.pid)
		fail("the command cannot be waited for");
	wall = now_ms() - began;
	(void)close(r.fd);
	errno = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != b->status) {
		(void)fprintf(stderr, "%.*s\n", (int)r.len, r.text);
		fail("the command ended otherwise than it should");
	}
	keys = keys_ms(b) - keys;
	if (b->watch)
		(void)printf("{\"rss_mib\":%.2f,\"child_rss_mib\":%.2f}\n", (double)r.rss / 1024,
		    (double)r.child_rss / 1024);
	else
		(void)printf("{\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"key_ms\":%.3f}\n", wall,
		    ms(use.ru_utime) + ms(use.ru_stime), keys);
	(void)fflush(stdout);
}

static void add_rule(struct bench *b, char *text)
{
	char *eq = strrchr(text, '=');

	if (eq == NULL || eq == text || b->nrules == LIST_MAX)
		fail("-a takes TEXT=ANSWER");
	*eq = '\0';
	b->rules[b->nrules++] = (struct rule){ text, eq + 1, (size_t)(eq - text) };
}

int main(int argc, char *argv[])
{
	struct bench b = { .runs = 1 };
	int c;

	errno = 0;
	while ((c = getopt(argc, argv, "+n:me:a:k:")) != -1) {
		if (c == 'n')
			b.runs = atoi(optarg);
		else if (c == 'm')
			b.watch = 1;
		else if (c == 'e')
			b.status = atoi(optarg);
		else if (c == 'a')
			add_rule(&b, optarg);
		else if (c == 'k' && b.nkeys < LIST_MAX)
			b.keys[b.nkeys++] = optarg;
		else
			return 2;
	}
	if (optind == argc)
		return 2;
	b.command = argv + optind;
	for (int i = 0; i < b.runs; i++)
		run_once(&b);
	return 0;
}
