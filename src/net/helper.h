/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NET_HELPER_H
#define TWOKEY_NET_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/net_proto.h"

/* The parts of twokey-net. */

#define NET_FD 3	/* the client */

/* What became of an order. */
struct net_result {
	int status;
	uint32_t len;
	struct buf headers;	/* n lines, each ended by NUL */
	size_t n;
	char text[256];		/* the library's words after a failure */
};

/* helper_curl.c: all that knows libcurl. Once, before the filter falls; 0 or -1. */
int fetch_init(void);
/* Carries out one order.  f is the frame that o was read from; body_fd is read from
 * its start, answer_fd written from there.  NET_ANSWERED and *res filled in, or why not. */
enum net_why fetch(const struct net_order *o, const struct frame *f, int body_fd, int answer_fd,
    struct net_result *res);

/* helper_sandbox.c: no more root, limits, and a filter; see there. 0 or -1. */
int net_leave_root(void);
int net_limit_self(void);
int net_sandbox(void);

/* helper_serve.c: answers orders until the client ends; the exit status. */
int net_serve(void);

#endif
