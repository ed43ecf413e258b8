/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_CHILD_H
#define TWOKEY_BASE_CHILD_H

#include <sys/types.h>

#include "base/err.h"

/* A helper process with one stream socket as its descriptor 3. */
struct child {
	pid_t pid;	/* 0 when none runs */
	int fd;		/* our end of the socket, -1 when closed */
};

/* Starts argv[0] (an absolute path) with descriptors 0 and 1 on /dev/null, 2
 * inherited, 3 the socket, all others closed, default signal dispositions,
 * an empty signal mask, in its own process group.  envp NULL hands on our own
 * environment, unless the process is elevated (AT_SECURE): then none. */
int child_start(struct child *c, char *const argv[], char *const envp[], struct err *e);
/* Starts somebody else's program in the same way, with these as its descriptors 0 to 2 (-1:
 * /dev/null) and all others closed; search: along PATH, where argv[0] has no slash.  Fills
 * *pid, which the caller reaps; 0, or an errno, and nothing runs then. */
int child_spawn(pid_t *pid, char *const argv[], char *const envp[], const int fd[3], int search);
/* 1 while it has not ended; it is not reaped here. */
int child_runs(const struct child *c);
/* Closes the socket, by which a helper knows that it is to end; child_stop
 * reaps it later. */
void child_end(struct child *c);
/* Closes the socket, waits at most grace_ms for the exit, then SIGKILL, and
 * reaps.  Returns the exit status (0..255), 128+signal, or -1 if none ran. */
int child_stop(struct child *c, int grace_ms);

#endif
