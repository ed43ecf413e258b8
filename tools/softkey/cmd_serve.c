/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "server.h"

#define DEFAULT_DIR "/run/softkey"

void
serve_name(const char *key, char out[256])
{
	size_t n = strlen(key), at;

	while (n > 1 && key[n - 1] == '/')
		n--;
	for (at = n; at > 0 && key[at - 1] != '/'; at--)
		;
	n -= at;
	if (n > 4 && memcmp(key + at + n - 4, ".key", 4) == 0)
		n -= 4;
	snprintf(out, 256, "%.*s", (int)(n < 255 ? n : 255), key + at);
}

void
serve_detach(int keep_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (keep_fd > 3)
		close_range(3, (unsigned)keep_fd - 1, 0);
	close_range(keep_fd < 3 ? 3U : (unsigned)keep_fd + 1, ~0U, 0);
}

int
serve_key(const struct serve_args *a)
{
	const char *err;
	struct key *k = store_open(a->key, &err);
	struct server *s = NULL;
	char name[256];
	int r = 1;

	if (k == NULL)
		return cmd_fail("%s: %s", a->key, err);
	serve_name(a->key, name);
	if ((s = server_new(k, name, a->sock, a->uhid, a->mode, &err)) == NULL) {
		cmd_fail("%s: %s", a->key, err);
		goto out;
	}
	if (a->ready_fd >= 0) {
		if (write(a->ready_fd, "1", 1) != 1)
			goto out;
		close(a->ready_fd);
		if (a->hush)
			dup2(STDIN_FILENO, STDERR_FILENO);	/* both /dev/null now */
	} else {
		puts("ready");
		fflush(stdout);
	}
	server_run(s);
	r = 0;
out:
	server_free(s);
	store_close(k);
	return r;
}

static int
serve_background(struct serve_args *a)
{
	int p[2];
	char byte;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC) != 0 || (pid = fork()) < 0)
		return cmd_fail("%s", strerror(errno));
	if (pid == 0) {
		setsid();
		a->ready_fd = p[1];
		a->hush = true;
		serve_detach(p[1]);
		exit(serve_key(a));
	}
	close(p[1]);
	if (read(p[0], &byte, 1) != 1)
		return 1;
	printf("%d\n", (int)pid);
	return 0;
}

static char *
socket_default(const char *key)
{
	const char *dir = getenv("SOFTKEY_DIR");
	char name[256], *path = NULL;

	serve_name(key, name);
	if (asprintf(&path, "%s/%s", dir != NULL ? dir : DEFAULT_DIR, name) < 0)
		return NULL;
	return path;
}

static bool
mode_read(const char *text, mode_t *mode)
{
	char *end;
	unsigned long v = strtoul(text, &end, 8);

	*mode = (mode_t)v;
	return *text >= '0' && *text <= '7' && *end == '\0' && v <= 0777;
}

int
cmd_serve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "uhid", required_argument, NULL, 'u' },
		{ "mode", required_argument, NULL, 'm' },
		{ "background", no_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct serve_args a = { .mode = 0600, .ready_fd = -1 };
	bool background = false;
	char *path = NULL;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			a.sock = optarg;
		else if (c == 'u')
			a.uhid = optarg;
		else if (c == 'b')
			background = true;
		else if (c != 'm' || !mode_read(optarg, &a.mode))
			return cmd_usage("serve");
	}
	if (optind + 1 != argc || (a.sock != NULL && a.uhid != NULL))
		return cmd_usage("serve");
	a.key = argv[optind];
	if (a.sock == NULL && a.uhid == NULL && (a.sock = path = socket_default(a.key)) == NULL)
		return cmd_fail("%s", strerror(errno));
	r = background ? serve_background(&a) : serve_key(&a);
	free(path);
	return r;
}
