/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SOFTKEY_CMD_H
#define SOFTKEY_CMD_H

#include <stdbool.h>
#include <sys/types.h>

/* Exit statuses: 0, 1 for a failure with a sentence on stderr, 2 for a wrong command line. `plug' gives
 * its command's own, 126 or 127 if that cannot be run. */
enum { EXIT_USAGE = 2 };

int cmd_new(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_root(int argc, char **argv);
int cmd_profiles(int argc, char **argv);
int cmd_quirks(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_plug(int argc, char **argv);
int cmd_ctl(int argc, char **argv);

/* "softkey: ..." on stderr; returns 1. */
int cmd_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the usage of one command to stderr; returns EXIT_USAGE. */
int cmd_usage(const char *name);

struct serve_args {
	const char *key, *sock, *uhid;
	mode_t mode;
	int ready_fd;	/* gets one byte when the key is plugged in, or -1 */
	bool hush;	/* let go of stderr then: its reader would wait for the key's end */
};

/* Serves one key until told to stop: the body of `serve', and of each of plug's children. */
int serve_key(const struct serve_args *a);

/* Detaches from everything of the caller but stderr and keep_fd. */
void serve_detach(int keep_fd);

/* The key's folder as a name: "x/alice.key/" is "alice". Static storage is not used; out takes 256 bytes. */
void serve_name(const char *key, char out[256]);

#endif
