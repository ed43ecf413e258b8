/* SPDX-License-Identifier: BSD-2-Clause */
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/helper.h"

#define HEADERS_BYTES (48u << 10)	/* of one answer: they travel in one frame */

/* One order under way; lent to libcurl's callbacks. */
struct fetch {
	const struct net_order *o;
	struct net_result *res;
	int body_fd, answer_fd;
	uint32_t sent;
	uint32_t most;		/* bytes of the body that is coming */
	enum net_why why;	/* found by a callback */
};

/* Kept from order to order, so that connections are. */
static CURL *fetch_handle;

int fetch_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -1;
	fetch_handle = curl_easy_init();
	return fetch_handle == NULL ? -1 : 0;
}

static size_t fetch_read(char *out, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	const size_t left = f->o->body_len - f->sent;
	size_t want = size * n;
	ssize_t got;

	if (want > left)
		want = left;
	if (want == 0)
		return 0;
	do
		got = pread(f->body_fd, out, want, (off_t)f->sent);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return CURL_READFUNC_ABORT;
	f->sent += (uint32_t)got;
	return (size_t)got;
}

/* A kept connection may have gone stale: libcurl then begins again. */
static int fetch_seek(void *ctx, curl_off_t at, int whence)
{
	struct fetch *f = ctx;

	if (whence != SEEK_SET || at < 0 || at > (curl_off_t)f->o->body_len)
		return CURL_SEEKFUNC_FAIL;
	f->sent = (uint32_t)at;
	return CURL_SEEKFUNC_OK;
}

static size_t fetch_write(char *data, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	const size_t len = size * n;
	size_t done = 0;

	if (f->res->len > f->most || len > f->most - f->res->len) {
		f->why = NET_WHY_TOO_LONG;
		return 0;
	}
	while (done < len) {
		const ssize_t put = pwrite(f->answer_fd, data + done, len - done,
		    (off_t)f->res->len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			f->why = NET_WHY_FILE;
			return 0;
		}
		done += (size_t)put;
		f->res->len += (uint32_t)put;
	}
	return len;
}

/* An answer that is no success says why, however short one was wanted. */
static uint32_t fetch_most(const struct fetch *f, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	const int success = space != NULL && space + 1 < line + len && space[1] == '2';

	return success || f->o->answer_max > NET_REFUSAL_MAX ? f->o->answer_max : NET_REFUSAL_MAX;
}

static size_t fetch_header(char *data, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	const size_t all = size * n;
	size_t len = all;

	while (len > 0 && (data[len - 1] == '\r' || data[len - 1] == '\n'))
		len--;
	if (f->o->mail)
		return all;
	if (len >= 5 && strncmp(data, "HTTP/", 5) == 0) {
		/* After "100 Continue" another answer begins. */
		buf_reset(&f->res->headers);
		f->res->n = 0;
		f->most = fetch_most(f, data, len);
		return all;
	}
	if (len == 0)
		return all;
	if (f->res->n == NET_HEADERS_MAX || len > NET_HEADER_MAX ||
	    f->res->headers.len + len > HEADERS_BYTES) {
		f->why = NET_WHY_TOO_LONG;
		return 0;
	}
	if (memchr(data, '\0', len) != NULL || memchr(data, ':', len) == NULL) {
		f->why = NET_WHY_ANSWER;
		return 0;
	}
	buf_put(&f->res->headers, data, len);
	buf_put(&f->res->headers, "", 1);
	f->res->n++;
	return buf_ok(&f->res->headers) ? all : 0;
}

/* Has the client gone away? */
static int fetch_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct pollfd p = { NET_FD, POLLRDHUP, 0 };

	(void)ctx, (void)a, (void)b, (void)c, (void)d;
	return poll(&p, 1, 0) > 0;
}

static struct curl_slist *fetch_headers(const struct net_order *o, const struct frame *f)
{
	/* Not to wait for "100 Continue", which a server need not send. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *more = list;
	const char *p;
	char *line;
	size_t i, len;

	for (i = 0; more != NULL && i < o->n_headers; i++) {
		p = net_proto_header(f, i, &len);
		line = p == NULL ? NULL : strndup(p, len);
		more = line == NULL ? NULL : curl_slist_append(list, line);
		if (line != NULL)
			secret_zero(line, len);
		free(line);
	}
	if (more != NULL)
		return list;
	curl_slist_free_all(list);
	return NULL;
}

static CURLcode fetch_method(CURL *c, const struct net_order *o)
{
	if (strcmp(o->method, "GET") == 0)
		return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	if (strcmp(o->method, "HEAD") == 0)
		return curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if (strcmp(o->method, "POST") == 0)
		return curl_easy_setopt(c, CURLOPT_POST, 1L) ? CURLE_BAD_FUNCTION_ARGUMENT :
		    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->body_len);
	if (strcmp(o->method, "PUT") == 0)
		return curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) ? CURLE_BAD_FUNCTION_ARGUMENT :
		    curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)o->body_len);
	return curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, o->method);
}

/* Over TLS, but to this very machine where nobody logs in. */
static int fetch_mail(CURL *c, const struct net_order *o, const struct frame *f, struct curl_slist **to)
{
	const int plain = o->user[0] == '\0' && net_check_loopback(o->url);
	char text[NET_LOGIN_MAX + 1];
	struct curl_slist *more = NULL;
	CURLcode r = CURLE_OK;
	size_t i, len;

	for (i = 0; i < o->n_to; i++) {
		const char *p = net_proto_to(f, i, &len);

		memcpy(text, p, len);
		text[len] = '\0';
		if ((more = curl_slist_append(*to, text)) == NULL)
			return -1;
		*to = more;
	}
	r |= curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	r |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	r |= curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)o->body_len);
	r |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, o->from);
	r |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, *to);
	if (o->user[0] != '\0' && frame_get_str(f, NET_TAG_PASSWORD, text, sizeof(text)) == 0) {
		r |= curl_easy_setopt(c, CURLOPT_USERNAME, o->user);
		r |= curl_easy_setopt(c, CURLOPT_PASSWORD, text);
	}
	secret_zero(text, sizeof(text));
	return r == CURLE_OK ? 0 : -1;
}

/* Replies that refuse a mail are answers: the status tells which. */
static int fetch_refused(const struct net_order *o, CURLcode code, long status)
{
	return o->mail && status >= 400 && (code == CURLE_SEND_ERROR || code == CURLE_LOGIN_DENIED ||
	    code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_REMOTE_ACCESS_DENIED);
}

/* How the server is reached, and who it has to prove that it is. */
static int fetch_way(CURL *c, const struct net_order *o)
{
	const int plain = strncmp(o->url, "http://", 7) == 0;
	CURLcode r = CURLE_OK;

	r |= curl_easy_setopt(c, CURLOPT_URL, o->url);
	r |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, o->mail ? "smtp,smtps" : plain ? "http" : "https");
	/* The path is sent as it was signed. */
	r |= curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	r |= curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	r |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	r |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	r |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	r |= curl_easy_setopt(c, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	r |= curl_easy_setopt(c, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	/* Not next to the one file: the system's folder of certificates. */
	if (o->ca[0] != '\0') {
		r |= curl_easy_setopt(c, CURLOPT_CAINFO, o->ca);
		r |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
		r |= curl_easy_setopt(c, CURLOPT_PROXY_CAINFO, o->ca);
		r |= curl_easy_setopt(c, CURLOPT_PROXY_CAPATH, NULL);
	}
	/* What is not encrypted does not leave this machine; headers are for the server
	 * alone (CURLHEADER_SEPARATE is the default, and meant). */
	r |= curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	r |= curl_easy_setopt(c, CURLOPT_PROXY, plain || o->mail ? "" : o->proxy);
	r |= curl_easy_setopt(c, CURLOPT_NOPROXY, o->no_proxy);
	r |= curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	r |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	r |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	r |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
	r |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->total_ms);
	return r == CURLE_OK ? 0 : -1;
}

static int fetch_callbacks(CURL *c, struct fetch *f)
{
	CURLcode r = CURLE_OK;

	r |= curl_easy_setopt(c, CURLOPT_READFUNCTION, fetch_read);
	r |= curl_easy_setopt(c, CURLOPT_READDATA, f);
	r |= curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, fetch_seek);
	r |= curl_easy_setopt(c, CURLOPT_SEEKDATA, f);
	r |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, fetch_write);
	r |= curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	r |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, fetch_header);
	r |= curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	r |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, fetch_progress);
	r |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	return r == CURLE_OK ? 0 : -1;
}

static enum net_why fetch_why(CURL *c, CURLcode code)
{
	long proxy = 0;

	switch (code) {
	case CURLE_OK:
		return NET_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return NET_WHY_NAME;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		return NET_WHY_PROXY;
	case CURLE_COULDNT_CONNECT:
		return NET_WHY_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return NET_WHY_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_USE_SSL_FAILED:
		return NET_WHY_TLS;
	case CURLE_SSL_CACERT_BADFILE:
		return NET_WHY_CA;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
		return NET_WHY_CUT;
	case CURLE_RECV_ERROR:
		/* A proxy that says no. */
		(void)curl_easy_getinfo(c, CURLINFO_HTTP_CONNECTCODE, &proxy);
		return proxy != 0 && proxy / 100 != 2 ? NET_WHY_PROXY : NET_WHY_CUT;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_BAD_CONTENT_ENCODING:
		return NET_WHY_ANSWER;
	case CURLE_ABORTED_BY_CALLBACK:
		return NET_WHY_CANCELLED;
	default:
		return NET_WHY_OTHER;
	}
}

enum net_why fetch(const struct net_order *o, const struct frame *in, int body_fd, int answer_fd,
    struct net_result *res)
{
	struct fetch f = { .o = o, .res = res, .body_fd = body_fd, .answer_fd = answer_fd,
		.why = NET_ANSWERED };
	char words[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = fetch_headers(o, in), *to = NULL;
	CURL *c = fetch_handle;
	enum net_why why = NET_WHY_OTHER;
	CURLcode code;
	long status = 0;

	/* Options and the last order's pointers go, connections stay. */
	curl_easy_reset(c);
	if (headers != NULL && (o->mail ? fetch_mail(c, o, in, &to) == 0 : fetch_method(c, o) == CURLE_OK) && fetch_way(c, o) == 0 &&
	    fetch_callbacks(c, &f) == 0 &&
	    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words) == CURLE_OK) {
		code = curl_easy_perform(c);
		(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
		why = f.why != NET_ANSWERED ? f.why : fetch_refused(o, code, status) ? NET_ANSWERED : fetch_why(c, code);
		if (words[0] == '\0' && code != CURLE_OK)
			strncpy(words, curl_easy_strerror(code), sizeof(words) - 1);
	}
	if (why == NET_ANSWERED && (status < 100 || status > 599))
		why = NET_WHY_ANSWER;
	res->status = (int)status;
	memcpy(res->text, words, sizeof(res->text) - 1);
	res->text[sizeof(res->text) - 1] = '\0';
	curl_slist_free_all(headers);
	curl_slist_free_all(to);
	return why;
}
