/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from AWS, from its files and from twokey-net.  The first byte
 * chooses: 'x' XML, 'j' JSON, 'i' a credentials file, 'p' what a credential_process
 * prints, 'c' a command to split, 'e' an error's answer, 'f' a frame, 'q' a path and
 * query to sign.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/credentials_local.h"
#include "aws/error.h"
#include "aws/ini.h"
#include "aws/process.h"
#include "aws/reply.h"
#include "aws/sigv4_local.h"
#include "aws/xml.h"
#include "net/net_proto.h"

static void fuzz_xml(const char *text, size_t len)
{
	struct xml x = XML_INIT;
	struct buf b = BUF_INIT;
	char copy[64];
	uint32_t i;

	if (xml_parse(&x, text, len) == 0) {
		if (x.n == 0 || x.nodes[0].next != x.n)
			abort();
		for (i = 0; i < x.n; i++) {
			uint32_t c;

			if (x.nodes[i].next <= i || x.nodes[i].next > x.n ||
			    (size_t)x.nodes[i].at + x.nodes[i].len > len)
				abort();
			for (c = xml_first(&x, i); c != XML_NONE; c = xml_after(&x, i, c))
				(void)xml_copy(copy, sizeof(copy), &x, c);
			xml_text(&b, &x, i);
			buf_reset(&b);
		}
		(void)xml_child(&x, 0, "a/b/c");
	}
	buf_free(&b);
	xml_free(&x);
}

static void fuzz_json(const char *text, size_t len)
{
	struct reply v = REPLY_INIT;
	struct buf b = BUF_INIT;
	uint32_t i, c;

	if (reply_parse(&v, text, len) == 0) {
		if (v.n == 0 || v.nodes[0].next != v.n)
			abort();
		for (i = 0; i < v.n; i++) {
			if (v.nodes[i].next <= i || v.nodes[i].next > v.n ||
			    (size_t)v.nodes[i].at + v.nodes[i].len > len)
				abort();
			for (c = reply_first(&v, i); c != REPLY_NONE; c = reply_after(&v, i, c))
				(void)reply_time(&v, c);
			(void)reply_text(&b, &v, i);
			buf_reset(&b);
			(void)reply_get(&v, i, "a");
		}
	}
	buf_free(&b);
	reply_free(&v);
}

static int fuzz_line(void *ctx, const struct ini_slice *section, const struct ini_slice *key,
    const struct ini_slice *value, unsigned line, struct err *e)
{
	(void)ctx;
	(void)e;
	if (section->len == 0 || key->len == 0 || line == 0 ||
	    memchr(value->at, '\n', value->len) != NULL || memchr(value->at, '\0', value->len) != NULL)
		abort();
	return 0;
}

static void fuzz_process(const char *text, size_t len)
{
	struct aws_credentials c = { .expires = 0 };
	struct secret *s = NULL;

	if (secret_from(&s, text, len, NULL) == 0 &&
	    credentials_from_json(&c, s, "fuzz", NULL) == 0 && (c.key == NULL || c.key_id[0] == '\0'))
		abort();
	secret_free(&s);
	aws_credentials_free(&c);
}

static void fuzz_command(const char *text, size_t len)
{
	char *words[PROCESS_WORDS + 1], *scratch = malloc(len + PROCESS_WORDS + 2);
	size_t n, i;

	if (scratch == NULL)
		return;
	n = process_split(words, scratch, text, len);
	for (i = 0; i < n; i++)
		if (words[i] < scratch || words[i] > scratch + len + PROCESS_WORDS)
			abort();
	free(scratch);
}

/* A header behind each other, then an empty line, then the body. */
static void fuzz_error(char *text, size_t len)
{
	char *lines[4] = { NULL }, *at = text;
	struct net_answer a = { .status = 400, .headers = lines };
	struct aws_error x;

	while (a.n_headers < 4 && (at = memchr(text, '\n', len)) != NULL && at != text) {
		*at = '\0';
		lines[a.n_headers++] = text;
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	aws_error_read(&x, &a, text, len);
	(void)aws_error_set(NULL, &x, "a:B");
	(void)aws_http_date(x.message);
}

static void fuzz_frame(const char *data, size_t len)
{
	static struct net_order o;
	struct net_answer a = { .status = 0 };
	struct frame f = { NULL, 0 };
	enum net_why why;
	char text[256];

	if (frame_parse(&f, data, len, NULL) == 0 && net_proto_check(&f, NULL) == 0) {
		(void)net_read_request(&o, &f, NULL);
		(void)net_read_answer(&a, &f, NULL);
		(void)net_read_failure(&why, text, &f, NULL);
		net_answer_free(&a);
	}
	frame_free(&f);
}

static void fuzz_sign(char *text)
{
	struct sigv4 s = { .method = "GET", .path = text, .payload = "" };
	struct buf a = BUF_INIT, b = BUF_INIT;
	char *query = strchr(text, '?');

	if (query != NULL)
		*query++ = '\0';
	s.query = query;
	(void)sigv4_canonical(&a, &s, NULL);
	buf_reset(&a);
	/* A canonical query stays as it is. */
	if (query != NULL && sigv4_query(&a, query, NULL) == 0 &&
	    (sigv4_query(&b, buf_str(&a), NULL) != 0 || strcmp(buf_str(&a), buf_str(&b)) != 0))
		abort();
	buf_free(&a);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	/* To its exact length, so that the sanitizer sees each byte too many. */
	if (len < 1 || (text = malloc(len + (data[0] == 'q'))) == NULL)
		return 0;
	memcpy(text, data + 1, len - 1);
	len--;
	switch (data[0]) {
	case 'x': fuzz_xml(text, len); break;
	case 'j': fuzz_json(text, len); break;
	case 'i': (void)ini_parse(text, len, "fuzz", fuzz_line, NULL, NULL); break;
	case 'p': fuzz_process(text, len); break;
	case 'c': fuzz_command(text, len); break;
	case 'e': fuzz_error(text, len); break;
	case 'f': fuzz_frame(text, len); break;
	case 'q':
		text[len] = '\0';
		fuzz_sign(text);
		break;
	default: break;
	}
	free(text);
	return 0;
}
