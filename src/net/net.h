/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_NET_NET_H
#define TWOKEY_NET_NET_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

/*
 * Client side of twokey-net, the only program that talks to a network: HTTP
 * requests over TLS 1.2 or later, the server's certificate always verified; plain
 * http to 127.0.0.1 and [::1] alone.  No redirect is followed, no cookie kept,
 * nothing taken from the environment.  The helper never sees a key: who signs
 * requests does so before.  And mails over SMTP (RFC 5321), with TLS from the start or
 * STARTTLS; without TLS to 127.0.0.1 and [::1] alone, where nobody logs in.
 *
 * One struct net is one helper process, started by the first request; requests to
 * the same host share a connection.  After a failure that leaves the helper in
 * doubt it is ended, and the next request starts another.  Not for use by more
 * than one thread at a time.
 */

#define NET_URL_MAX 8192
#define NET_HEADERS_MAX 96
#define NET_BODY_MAX (64u << 20)	/* bytes of an answer in memory */
#define NET_REFUSAL_MAX (64u << 10)
#define NET_FILE_MAX UINT32_MAX		/* bytes of an answer in a file */

/* All may be NULL: the system's certificates, no proxy. Copied. */
struct net_settings {
	const char *ca_file;	/* PEM certificates that are trusted, instead of the system's */
	const char *proxy;	/* URL; only for https */
	const char *no_proxy;	/* hosts that are reached without it, with commas between */
};

/* Who a mail is from and for, and what proves to its server who sends it. */
#define NET_RECIPIENTS_MAX 32
struct net_mail {
	const char *from;		/* addresses, without <> */
	const char *const *to;
	size_t n_to;
	const char *user;		/* NULL: nobody logs in */
	const struct secret *password;	/* with user; the helper sees it, alone of all secrets */
};

struct net_request {
	const char *method;		/* GET, HEAD, POST, PUT or DELETE; MAIL with `mail` */
	const char *url;		/* as it is sent: ASCII, percent-encoded, no fragment */
	const char *const *headers;	/* "Name: value" */
	size_t n_headers;
	/* A mail: url is net_check_mail_url's, body the message with its header, lines ended by
	 * CR LF; the answer's status is the server's last reply (250), and has no body. */
	const struct net_mail *mail;
	const void *body;		/* NULL: none */
	size_t body_len;
	int connect_ms;			/* limit of name look-up, connection and handshake */
	int total_ms;			/* limit of everything */
	/* Bytes of the answer's body, at most; one that is no success (2xx) may have
	 * NET_REFUSAL_MAX in any case. */
	uint32_t answer_max;
	/* A regular file to write the answer's body to, from its start and in place of
	 * what it holds; -1: into memory. */
	int answer_fd;
};

/* Why there is no answer. */
enum net_why {
	NET_ANSWERED = 0,
	NET_WHY_NAME,		/* the host's name is not known */
	NET_WHY_PROXY,		/* the proxy's name, or what the proxy says */
	NET_WHY_CONNECT,	/* refused, or no way there */
	NET_WHY_TIMEOUT,	/* a limit of time */
	NET_WHY_TLS,		/* handshake, or a certificate that does not hold */
	NET_WHY_CA,		/* the file of trusted certificates */
	NET_WHY_CUT,		/* the connection ended amid the answer, or before */
	NET_WHY_TOO_LONG,	/* the answer is longer than allowed */
	NET_WHY_ANSWER,		/* no HTTP */
	NET_WHY_FILE,		/* the answer's file cannot be written */
	NET_WHY_OTHER,
	NET_WHY_CRASHED,	/* the helper ended or talks nonsense */
	NET_WHY_CANCELLED,
	NET_WHY_END
};

struct net_answer {
	int status;		/* HTTP status, 100..599 */
	enum net_why why;	/* after a failure; NET_ANSWERED when not even sent */
	char **headers;		/* "Name: value", n_headers of them */
	size_t n_headers;
	struct buf body;	/* when answer_fd is -1 */
	uint32_t len;		/* bytes of the body */
};

/* Told about five times a second while an answer is awaited; non-zero cancels. */
struct net_watch {
	int (*fn)(void *ctx);
	void *ctx;
};

struct net;
/* Starts nothing yet. */
int net_new(struct net **out, const struct net_settings *s, struct err *e);
/* Ends the helper; *n (NULL allowed) becomes NULL. */
void net_free(struct net **n);

/* One request and its answer, whatever its HTTP status; a may hold nothing before, and is
 * to be given to net_answer_free after success and failure.  ERR_STORE when the
 * network fails (a->why tells how), ERR_CONFIG for the file of certificates,
 * ERR_CANCELLED, ERR_USAGE for a request that may not be sent. w may be NULL. */
int net_send(struct net *n, const struct net_request *rq, const struct net_watch *w,
    struct net_answer *a, struct err *e);
void net_answer_free(struct net_answer *a);

/* The value of the first header of that name (any case), NULL without one. */
const char *net_header(const struct net_answer *a, const char *name);

/* 0 when url may be sent to, else ERR_USAGE with a sentence. */
int net_check_url(const char *url, struct err *e);

/* The same for a mail server: smtps://HOST[:PORT], or smtp://HOST[:PORT] with STARTTLS; no path. */
int net_check_mail_url(const char *url, struct err *e);

/* 1 when the host of a URL is 127.0.0.1 or [::1]. */
int net_check_loopback(const char *url);

/* Copies the host of a URL that net_check_url took, port left out. */
void net_host(char *out, size_t cap, const char *url);

#endif
