/* SPDX-License-Identifier: BSD-2-Clause */
#include "aws/s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/client_local.h"
#include "aws/sigv4.h"
#include "aws/xml.h"

#define KEY_MAX 1024		/* bytes, of S3 */
#define TOKEN_MAX 2048
#define GET_MS 300000		/* fifty megabytes over a slow line */

/* aws_call, and once more where S3 says the bucket is; *out (NULL allowed) as aws_call fills it in. */
static int s3_call(struct aws *a, struct s3_bucket *b, struct aws_call *c,
    struct net_answer *answer, struct aws_error *out, struct err *e)
{
	const struct aws_partition *p;
	struct aws_error x;
	struct err why;
	const char *there;
	int r;

	err_clear(&why);
	c->region = b->region[0] == '\0' ? NULL : b->region;
	r = aws_call(a, c, answer, &x, &why);
	there = r == 0 ? NULL : net_header(answer, "x-amz-bucket-region");
	if (there != NULL && (x.status == 301 || x.status == 307 || x.status == 400) &&
	    strcmp(there, b->region) != 0 && strlen(there) < sizeof(b->region) &&
	    aws_partition(&p, there, NULL) == 0 && p == aws_partition_of(a)) {
		memcpy(b->region, there, strlen(there) + 1);
		net_answer_free(answer);
		c->region = b->region;
		return aws_call(a, c, answer, out, e);
	}
	if (out != NULL)
		*out = x;
	return r == 0 ? 0 : err_give(e, &why);
}

/* What encoding-type=url did, undone; 0 or -1. */
static int key_decode(char *s)
{
	char *out = s;
	unsigned byte;
	int n;

	for (; *s != '\0'; s++) {
		if (*s == '%') {
			n = 0;
			if (sscanf(s + 1, "%2x%n", &byte, &n) != 1 || n != 2 || byte == 0)
				return -1;
			*out++ = (char)byte;
			s += 2;
		} else {
			*out++ = *s == '+' ? ' ' : *s;
		}
	}
	*out = '\0';
	return 0;
}

static int size_of(uint64_t *out, const char *text)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' ? 0 : -1;
}

struct s3_listing {
	struct aws_call call;
	char token[TOKEN_MAX];
	struct buf last;	/* keys come behind it: so no list goes on for ever */
	int (*fn)(void *ctx, const struct s3_object *o, struct err *e);
	void *ctx;
};

static int list_query(struct buf *q, const struct s3_listing *l, const char *prefix,
    const char *after, struct err *e)
{
	if (l->token[0] != '\0') {
		buf_puts(q, "continuation-token=");
		sigv4_encode(q, l->token, strlen(l->token), 0);
		buf_puts(q, "&");
	}
	buf_puts(q, "encoding-type=url&list-type=2&max-keys=1000&prefix=");
	sigv4_encode(q, prefix, strlen(prefix), 0);
	if (after != NULL && l->token[0] == '\0') {
		buf_puts(q, "&start-after=");
		sigv4_encode(q, after, strlen(after), 0);
	}
	return buf_ok(q) ? 0 : err_set(e, ERR_MEMORY, "No memory is left for a request.");
}

static int list_objects(struct s3_listing *l, const struct xml *x, struct err *e)
{
	char key[3 * KEY_MAX + 1], size[24], how[8];
	struct s3_object o = { .key = key };
	/* A store that did not hear of encoding-type sends keys as they are. */
	const int encoded = xml_copy(how, sizeof(how), x, xml_child(x, 0, "EncodingType")) == 0 &&
	    strcmp(how, "url") == 0;
	uint32_t i;
	int r = 0;

	for (i = xml_first(x, 0); r == 0 && i != XML_NONE; i = xml_after(x, 0, i)) {
		if (!xml_is(x, i, "Contents"))
			continue;
		if (xml_copy(key, sizeof(key), x, xml_child(x, i, "Key")) != 0 ||
		    (encoded && key_decode(key) != 0) || key[0] == '\0' ||
		    xml_copy(size, sizeof(size), x, xml_child(x, i, "Size")) != 0 ||
		    size_of(&o.size, size) != 0)
			r = aws_malformed(e, &l->call, "an object has no key or size");
		else if (strlen(key) > KEY_MAX || strcmp(key, buf_str(&l->last)) <= 0)
			r = aws_malformed(e, &l->call, "its keys are not in order");
		else
			r = l->fn(l->ctx, &o, e);
		buf_reset(&l->last);
		buf_puts(&l->last, key);
		if (r == 0 && !buf_ok(&l->last))
			r = err_set(e, ERR_MEMORY, "No memory is left for a list.");
	}
	return r;
}

static int list_page(struct s3_listing *l, const struct net_answer *answer, struct err *e)
{
	struct xml x = XML_INIT;
	char more[8], token[TOKEN_MAX] = "";
	int r;

	if (xml_parse(&x, buf_str(&answer->body), answer->body.len) != 0) {
		r = aws_malformed(e, &l->call, x.why);
		xml_free(&x);
		return r;
	}
	if (!xml_is(&x, 0, "ListBucketResult") ||
	    xml_copy(more, sizeof(more), &x, xml_child(&x, 0, "IsTruncated")) != 0 ||
	    (strcmp(more, "true") != 0 && strcmp(more, "false") != 0))
		r = aws_malformed(e, &l->call, "it is no list of a bucket");
	else if (strcmp(more, "true") == 0 && (xml_copy(token, sizeof(token), &x,
	    xml_child(&x, 0, "NextContinuationToken")) != 0 || token[0] == '\0' ||
	    strcmp(token, l->token) == 0))
		r = aws_malformed(e, &l->call, "it does not say how the list goes on");
	else
		r = list_objects(l, &x, e);
	memcpy(l->token, token, sizeof(token));
	xml_free(&x);
	return r;
}

int s3_list(struct aws *a, struct s3_bucket *b, const char *prefix, const char *after,
    int (*fn)(void *ctx, const struct s3_object *o, struct err *e), void *ctx, struct err *e)
{
	struct s3_listing l = { .fn = fn, .ctx = ctx, .last = BUF_INIT,
		.call = { .service = "s3", .action = "ListObjectsV2", .bucket = b->name } };
	struct net_answer answer;
	int r;

	buf_puts(&l.last, after != NULL ? after : "");
	do {
		struct buf query = BUF_INIT;

		memset(&answer, 0, sizeof(answer));
		r = list_query(&query, &l, prefix, after, e);
		l.call.query = buf_str(&query);
		if (r == 0)
			r = s3_call(a, b, &l.call, &answer, NULL, e);
		if (r == 0)
			r = list_page(&l, &answer, e);
		net_answer_free(&answer);
		buf_free(&query);
	} while (r == 0 && l.token[0] != '\0');
	buf_free(&l.last);
	return r;
}

static void get_meta(char *out, size_t cap, const struct net_answer *answer, const char *name)
{
	const char *h = net_header(answer, name);

	out[0] = '\0';
	if (h != NULL && strlen(h) < cap)
		memcpy(out, h, strlen(h) + 1);
}

static enum s3_fault fault_of(const struct aws_error *x, const struct net_answer *answer)
{
	const enum aws_kind kind = aws_error_kind(x);

	if (x->status == 0)
		return answer->why == NET_WHY_TOO_LONG ? S3_FAULT_OBJECT : S3_FAULT_ALL;
	if (kind == AWS_DENIED)
		return S3_FAULT_DENIED;
	return (kind == AWS_MISSING || kind == AWS_OTHER) && !aws_error_is(x, "NoSuchBucket") ?
	    S3_FAULT_OBJECT : S3_FAULT_ALL;
}

int s3_get(struct aws *a, struct s3_bucket *b, const char *key, int fd, uint32_t max,
    struct s3_meta *meta, enum s3_fault *fault, struct err *e)
{
	struct aws_error x = { 0 };
	struct aws_call c = { .service = "s3", .action = "GetObject", .bucket = b->name,
		.answer_max = max, .try_ms = GET_MS, .to_file = 1, .answer_fd = fd };
	struct net_answer answer;
	struct buf path = BUF_INIT;
	int r;

	memset(&answer, 0, sizeof(answer));
	buf_puts(&path, "/");
	sigv4_encode(&path, key, strlen(key), 1);
	c.path = buf_str(&path);
	r = buf_ok(&path) ? s3_call(a, b, &c, &answer, &x, e) :
	    err_set(e, ERR_MEMORY, "No memory is left for a request.");
	if (fault != NULL)
		*fault = fault_of(&x, &answer);
	if (r == 0 && meta != NULL) {
		get_meta(meta->signature, sizeof(meta->signature), &answer, "x-amz-meta-signature");
		get_meta(meta->algorithm, sizeof(meta->algorithm), &answer,
		    "x-amz-meta-signature-algorithm");
	}
	net_answer_free(&answer);
	buf_free(&path);
	return r;
}
