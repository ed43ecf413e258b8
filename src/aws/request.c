/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client_local.h"
#include "aws/sigv4.h"
#include "base/codec.h"
#include "crypto/crypto.h"

#define CONNECT_MS 10000
#define TRY_MS 30000
#define ANSWER_BYTES (8u << 20)
#define HEADERS_MAX 10

/* Where one request goes, and how it is written. */
struct request {
	const struct aws_service *service;
	char host[AWS_HOST_MAX + 80];	/* with a port, as the header says it */
	char scope[AWS_REGION_MAX];
	struct buf base;	/* "https://HOST" */
	struct buf path, body;
	char target[128], payload[2 * HASH_LEN + 1], date[SIGV4_DATE_LEN + 1];
	struct sigv4_header headers[HEADERS_MAX];
	size_t n;
	char *lines[HEADERS_MAX + 1];
	size_t n_lines;
};

const char *aws_override(const struct aws *a, const char *service)
{
	const char *any = NULL;
	size_t i;

	for (i = 0; i < a->s.n_endpoints; i++) {
		if (a->s.endpoints[i].service == NULL)
			any = a->s.endpoints[i].url;
		else if (strcmp(a->s.endpoints[i].service, service) == 0)
			return a->s.endpoints[i].url;
	}
	return any;
}

/* Can the bucket stand before S3's name?  A certificate's '*' covers no dot. */
static int bucket_is_label(const char *s)
{
	return s != NULL && strlen(s) <= 63 && s[0] != '-' && s[0] != '\0' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

/* host, scope, base and path. */
static int request_where(struct request *q, const struct aws *a, const struct aws_call *c,
    struct err *e)
{
	const char *region = c->region != NULL ? c->region : a->s.region;
	const char *url = aws_override(a, c->service), *slashes;
	const int label = url == NULL && bucket_is_label(c->bucket);
	char host[AWS_HOST_MAX];
	int r = aws_host(host, q->scope, c->service, region, e);

	if (r != 0)
		return r;
	if (url != NULL) {
		const size_t len = strlen(url) - (url[strlen(url) - 1] == '/');

		slashes = strstr(url, "//");
		buf_put(&q->base, url, len);
		(void)snprintf(q->host, sizeof(q->host), "%.*s", (int)(len - (size_t)(slashes + 2 - url)),
		    slashes + 2);
	} else {
		(void)snprintf(q->host, sizeof(q->host), "%s%s%s", label ? c->bucket : "",
		    label ? "." : "", host);
		buf_printf(&q->base, "https://%s", q->host);
	}
	if (c->bucket != NULL && !label) {
		buf_puts(&q->path, "/");
		sigv4_encode(&q->path, c->bucket, strlen(c->bucket), 0);
	}
	buf_puts(&q->path, c->path == NULL ? "/" : c->path);
	return buf_ok(&q->base) && buf_ok(&q->path) ? 0 :
	    err_set(e, ERR_MEMORY, "No memory is left for a request.");
}

static void request_header(struct request *q, const char *name, const char *value)
{
	q->headers[q->n++] = (struct sigv4_header){ name, value };
}

static int request_body(struct request *q, const struct aws_call *c, struct err *e)
{
	uint8_t hash[HASH_LEN];
	int r;

	if (q->service->protocol == AWS_QUERY)
		buf_printf(&q->body, "Action=%s&Version=%s%s", c->action, q->service->version,
		    c->body == NULL ? "" : "&");
	if (c->body != NULL)
		buf_puts(&q->body, c->body);
	if (!buf_ok(&q->body))
		return err_set(e, ERR_MEMORY, "No memory is left for a request.");
	r = hash_sha256(hash, buf_str(&q->body), q->body.len, e);
	hex_encode(q->payload, hash, sizeof(hash));
	return r;
}

static void request_headers(struct request *q, const struct aws *a, const struct aws_call *c)
{
	sigv4_date(q->date, aws_now(a));
	request_header(q, "Host", q->host);
	request_header(q, "X-Amz-Date", q->date);
	if (q->service->type != NULL)
		request_header(q, "Content-Type", q->service->type);
	if (q->service->protocol == AWS_JSON) {
		(void)snprintf(q->target, sizeof(q->target), "%s.%s", q->service->version, c->action);
		request_header(q, "X-Amz-Target", q->target);
	}
	/* Errors by their new names (wire form of the SDKs). */
	if (strcmp(c->service, "sqs") == 0)
		request_header(q, "x-amzn-query-mode", "true");
	if (q->service->protocol == AWS_S3)
		request_header(q, "X-Amz-Content-SHA256", q->payload);
	if (a->credentials.token != NULL)
		request_header(q, "X-Amz-Security-Token", (const char *)a->credentials.token->data);
}

static int request_line(struct request *q, const char *name, const char *value)
{
	if (asprintf(&q->lines[q->n_lines], "%s: %s", name, value) < 0)
		return -1;
	q->n_lines++;
	return 0;
}

/* Signs it and writes the lines that are sent. */
static int request_sign(struct request *q, const struct aws *a, const struct aws_call *c,
    struct err *e)
{
	const struct sigv4 s = { .method = q->service->protocol == AWS_S3 ? "GET" : "POST",
		.path = buf_str(&q->path), .query = c->query, .headers = q->headers,
		.n_headers = q->n, .payload = q->payload, .region = q->scope,
		.service = q->service->name, .key_id = a->credentials.key_id,
		.key = a->credentials.key, .now = aws_now(a), .s3 = q->service->protocol == AWS_S3 };
	struct buf authorization = BUF_INIT;
	int r = sigv4_sign(&authorization, &s, e);
	size_t i;

	for (i = 0; r == 0 && i < q->n; i++)
		if (request_line(q, q->headers[i].name, q->headers[i].value) != 0)
			r = err_set(e, ERR_MEMORY, "No memory is left for a request.");
	if (r == 0 && request_line(q, "Authorization", buf_str(&authorization)) != 0)
		r = err_set(e, ERR_MEMORY, "No memory is left for a request.");
	buf_free(&authorization);
	return r;
}

static int request_send(const struct request *q, struct aws *a, const struct aws_call *c,
    int left_ms, struct net_answer *answer, struct err *e)
{
	const int try_ms = c->try_ms > 0 ? c->try_ms : TRY_MS;
	struct net_request rq = { .method = q->service->protocol == AWS_S3 ? "GET" : "POST",
		.headers = (const char *const *)q->lines, .n_headers = q->n_lines,
		.body = q->body.data, .body_len = q->body.len, .connect_ms = CONNECT_MS,
		.total_ms = try_ms < left_ms ? try_ms : left_ms,
		.answer_max = c->answer_max > 0 ? c->answer_max : ANSWER_BYTES,
		.answer_fd = c->to_file ? c->answer_fd : -1 };
	struct buf url = BUF_INIT;
	int r;

	buf_printf(&url, "%s%s%s%s", buf_str(&q->base), buf_str(&q->path),
	    c->query == NULL ? "" : "?", c->query == NULL ? "" : c->query);
	rq.url = buf_str(&url);
	r = buf_ok(&url) ? net_send(a->net, &rq, a->s.watch, answer, e) :
	    err_set(e, ERR_MEMORY, "No memory is left for a request.");
	buf_free(&url);
	return r;
}

int aws_try(struct aws *a, const struct aws_call *c, int left_ms, struct net_answer *answer,
    struct err *e)
{
	struct request *q = calloc(1, sizeof(*q));
	int r;

	memset(answer, 0, sizeof(*answer));
	if (q == NULL)
		return err_set(e, ERR_MEMORY, "No memory is left for a request.");
	q->service = aws_service(c->service);
	r = q->service != NULL ? request_where(q, a, c, e) :
	    err_set(e, ERR_INTERNAL, "There is no service %s.", c->service);
	if (r == 0)
		r = request_body(q, c, e);
	if (r == 0) {
		request_headers(q, a, c);
		r = request_sign(q, a, c, e);
	}
	if (r == 0)
		r = request_send(q, a, c, left_ms, answer, e);
	while (q->n_lines > 0) {
		q->n_lines--;
		secret_zero(q->lines[q->n_lines], strlen(q->lines[q->n_lines]));
		free(q->lines[q->n_lines]);
	}
	buf_free(&q->base);
	buf_free(&q->path);
	buf_free(&q->body);
	free(q);
	return r;
}
