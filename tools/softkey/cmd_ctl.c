/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd.h"
#include "server.h"

/* Prints the answer; errors go to stderr and a lone ok is not worth a word. */
static int
answer_print(int fd)
{
	char text[1024];
	size_t n = 0;
	ssize_t r;

	while (n < sizeof text - 1 && (r = read(fd, text + n, sizeof text - 1 - n)) != 0) {
		if (r < 0 && errno != EINTR)
			return cmd_fail("%s", strerror(errno));
		n += r > 0 ? (size_t)r : 0;
	}
	text[n] = '\0';
	if (n == 0)
		return cmd_fail("the key ended without an answer");
	if (strncmp(text, "error: ", 7) == 0) {
		fprintf(stderr, "softkey: %s", text + 7);
		return 1;
	}
	if (strcmp(text, "ok\n") != 0)
		fputs(text, stdout);
	return 0;
}

int
cmd_ctl(int argc, char **argv)
{
	char line[CTL_LINE] = "", *path = NULL;
	size_t n = 0;
	int fd, r;

	if (argc < 3)
		return cmd_usage("ctl");
	for (int i = 2; i < argc; i++) {
		n += (size_t)snprintf(line + n, sizeof line - n, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
		if (n >= sizeof line)
			return cmd_fail("request too long");
	}
	if (asprintf(&path, "%s/" CTL_NAME, argv[1]) < 0)
		return cmd_fail("%s", strerror(errno));
	fd = unix_connect(path, SOCK_STREAM);
	free(path);
	if (fd < 0)
		return cmd_fail("%s: not plugged in (%s)", argv[1], strerror(errno));
	if (send(fd, line, n, MSG_NOSIGNAL) != (ssize_t)n)
		r = cmd_fail("%s: %s", argv[1], strerror(errno));
	else
		r = answer_print(fd);
	close(fd);
	return r;
}
