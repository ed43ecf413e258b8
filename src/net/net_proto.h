/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NET_PROTO_H
#define TWOKEY_NET_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/frame.h"
#include "net/net.h"

/*
 * Messages between net.h's functions (the client) and twokey-net (the helper), as
 * frames of base/frame.h on the helper's descriptor 3:
 *
 *   client                              helper
 *   REQUEST, then a byte that carries
 *   two descriptors: body, answer   ->  ANSWER | FAILED, and so on until the client ends
 *
 * Bodies never stand in a frame: the helper reads the request's from its start, and
 * writes the answer's.  A client that closes its end cancels.  Both sides hold every
 * frame against the same table.
 */
enum net_type {
	NET_REQUEST = 1,
	NET_ANSWER = 65,
	NET_FAILED
};

enum net_tag {
	NET_TAG_METHOD = 1,
	NET_TAG_URL,
	NET_TAG_CA,
	NET_TAG_PROXY,
	NET_TAG_NO_PROXY,
	NET_TAG_CONNECT_MS,
	NET_TAG_TOTAL_MS,
	NET_TAG_BODY_LEN,
	NET_TAG_ANSWER_MAX,
	NET_TAG_STATUS,
	NET_TAG_LEN,
	NET_TAG_CODE,		/* enum net_why */
	NET_TAG_TEXT,		/* the library's words */
	NET_TAG_HEADER,		/* a list */
	NET_TAG_FROM,		/* of a mail, as the next ones */
	NET_TAG_TO,		/* a list */
	NET_TAG_USER,
	NET_TAG_PASSWORD
};

#define NET_PATH_MAX 1024
#define NET_LIMIT_MAX 3600000	/* ms */
#define NET_HEADER_MAX 16384	/* bytes of one */
#define NET_ADDRESS_MAX 320	/* bytes of an address (RFC 5321 section 4.5.3.1) */
#define NET_LOGIN_MAX 512	/* bytes of a user's name, and of a password */

/* ERR_INPUT unless f is of a known type and holds exactly what the table says. */
int net_proto_check(const struct frame *f, struct err *e);

/* A request read back; everything points into the frame or this struct. */
struct net_order {
	char method[8];
	char url[NET_URL_MAX + 1];
	char ca[NET_PATH_MAX + 1];		/* "" when absent, as below */
	char proxy[NET_PATH_MAX + 1];
	char no_proxy[NET_PATH_MAX + 1];
	uint32_t connect_ms, total_ms, body_len, answer_max;
	size_t n_headers;			/* net_proto_header gives them */
	int mail;				/* 1: the next ones count */
	size_t n_to;				/* net_proto_to gives them */
	char from[NET_ADDRESS_MAX + 1];
	char user[NET_LOGIN_MAX + 1];
};

/* Starts and fills f; after a failure f is empty. */
int net_write_request(struct frame *f, const struct net_request *rq, const struct net_settings *s,
    struct err *e);
/* Wants a frame that passed net_proto_check; refuses what may not be sent. */
int net_read_request(struct net_order *o, const struct frame *f, struct err *e);
/* headers: n lines, each ended by NUL, one behind the other. */
int net_write_answer(struct frame *f, int status, uint32_t len, const char *headers, size_t n,
    struct err *e);
/* Fills in status, len and headers of a, which holds none. */
int net_read_answer(struct net_answer *a, const struct frame *f, struct err *e);
int net_write_failure(struct frame *f, enum net_why why, const char *text, struct err *e);
int net_read_failure(enum net_why *why, char text[256], const struct frame *f, struct err *e);

/* The nth header and its length, inside the frame; NULL when it is no "Name: value" of
 * one line. */
/* The same for a recipient's address. */
const char *net_proto_to(const struct frame *f, size_t nth, size_t *len);
const char *net_proto_header(const struct frame *f, size_t nth, size_t *len);

#endif
