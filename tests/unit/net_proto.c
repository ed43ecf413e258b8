/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages between net.h and twokey-net, and the addresses it takes. */
#include "unit.h"

#include <stdio.h>

#include "net/net_proto.h"

static const char *const lines[] = { "Host: a.b", "X-Empty:" };
static const struct net_settings settings = { "/ca", "http://p:1", "x,y" };
static const struct net_request good = { .method = "POST", .url = "https://a.b/c?d=%2F",
	.headers = lines, .n_headers = 2, .body_len = 5, .connect_ms = 10, .total_ms = 20,
	.answer_max = 30, .answer_fd = -1 };

static void make(struct frame *f, const struct net_request *rq)
{
	assert_int_equal(net_write_request(f, rq, &settings, NULL), 0);
}

static void test_request(void **state)
{
	struct net_order *o = calloc(1, sizeof(*o));
	struct frame f;
	size_t len;

	(void)state;
	assert_non_null(o);
	make(&f, &good);
	assert_int_equal(net_proto_check(&f, NULL), 0);
	assert_int_equal(net_read_request(o, &f, NULL), 0);
	assert_string_equal(o->method, "POST");
	assert_string_equal(o->url, good.url);
	assert_string_equal(o->ca, "/ca");
	assert_string_equal(o->proxy, "http://p:1");
	assert_string_equal(o->no_proxy, "x,y");
	assert_int_equal(o->connect_ms, 10);
	assert_int_equal(o->total_ms, 20);
	assert_int_equal(o->body_len, 5);
	assert_int_equal(o->answer_max, 30);
	assert_int_equal(o->n_headers, 2);
	assert_memory_equal(net_proto_header(&f, 1, &len), "X-Empty:", 8);
	assert_int_equal(len, 8);
	frame_free(&f);
	free(o);
}

/* What the helper does not take from whoever holds its socket. */
static void test_refused(void **state)
{
	static const char *const bad_lines[] = { "a: b\r\nc: d", "a: b\nc", "a", ": b", "a b: c",
		"a: \x7f", "a: \x01" };
	struct net_order *o = calloc(1, sizeof(*o));
	struct net_request rq = good;
	struct frame f;
	size_t i;

	(void)state;
	assert_non_null(o);
	for (i = 0; i < COUNT(bad_lines); i++) {
		rq.headers = &bad_lines[i];
		rq.n_headers = 1;
		make(&f, &rq);
		assert_int_not_equal(net_proto_check(&f, NULL) == 0 ? net_read_request(o, &f, NULL) : -1, 0);
		frame_free(&f);
	}
	for (i = 0; i < 4; i++) {
		rq = good;
		if (i == 0)
			rq.method = "PATCH";
		else if (i == 1)
			rq.url = "http://example.com/";
		else if (i == 2)
			rq.total_ms = 0;
		else
			rq.connect_ms = NET_LIMIT_MAX + 1;
		make(&f, &rq);
		assert_int_not_equal(net_proto_check(&f, NULL) == 0 ? net_read_request(o, &f, NULL) : -1, 0);
		frame_free(&f);
	}
	free(o);
}

/* A mail's address is no command of SMTP's, and no other method has one. */
static void test_mail(void **state)
{
	static const char *const to[] = { "a@b", "c@d" };
	static const char *const bad[] = { "a", "a@b>\r\nDATA", "a b@c", "<a@b>", "a@b@c", "\xc3\xa9@b" };
	struct net_order *o = calloc(1, sizeof(*o));
	struct secret *password = NULL;
	struct net_mail m = { .from = "x@y", .to = to, .n_to = 2, .user = "u" };
	struct net_request rq = { .method = "MAIL", .url = "smtp://a.b:25", .mail = &m, .connect_ms = 1,
		.total_ms = 1 };
	struct frame f;
	size_t i, len;

	(void)state;
	assert_non_null(o);
	assert_int_equal(secret_from(&password, "p", 1, NULL), 0);
	m.password = password;
	make(&f, &rq);
	assert_int_equal(net_proto_check(&f, NULL), 0);
	assert_int_equal(net_read_request(o, &f, NULL), 0);
	assert_true(o->mail && o->n_to == 2);
	assert_string_equal(o->from, "x@y");
	assert_string_equal(o->user, "u");
	assert_memory_equal(net_proto_to(&f, 1, &len), "c@d", 3);
	frame_free(&f);
	for (i = 0; i < COUNT(bad) + 5; i++) {
		m = (struct net_mail){ .from = "x@y", .to = to, .n_to = 2, .user = "u", .password = password };
		rq.url = i == COUNT(bad) + 1 ? "https://a.b/" : i == COUNT(bad) + 2 ? "smtp://a.b/x" : "smtp://a.b";
		rq.method = i == COUNT(bad) ? "POST" : "MAIL";
		rq.mail = i == COUNT(bad) + 3 ? NULL : &m;
		rq.headers = lines;
		rq.n_headers = i == COUNT(bad) + 4 ? 2 : 0;
		if (i < COUNT(bad) && i % 2 == 0)
			m.from = bad[i];
		else if (i < COUNT(bad))
			m.to = &bad[i], m.n_to = 1;
		make(&f, &rq);
		assert_int_not_equal(net_proto_check(&f, NULL) == 0 ? net_read_request(o, &f, NULL) : -1, 0);
		frame_free(&f);
	}
	secret_free(&password);
	free(o);
}

/* Every byte changed and every cut is refused or read without harm. */
static void test_flips(void **state)
{
	struct net_order *o = calloc(1, sizeof(*o));
	struct frame f, g;
	uint8_t copy[512];
	size_t i;

	(void)state;
	assert_non_null(o);
	make(&f, &good);
	assert_true(f.bytes->len <= sizeof(copy));
	for (i = 0; i < f.bytes->len; i++) {
		assert_true(frame_parse(&g, f.bytes->data, i, NULL) != 0 ||
		    net_proto_check(&g, NULL) != 0 || i > f.bytes->len - 30);
		frame_free(&g);
		memcpy(copy, f.bytes->data, f.bytes->len);
		copy[i] ^= 0x41;
		if (frame_parse(&g, copy, f.bytes->len, NULL) == 0 && net_proto_check(&g, NULL) == 0)
			(void)net_read_request(o, &g, NULL);
		frame_free(&g);
	}
	frame_free(&f);
	free(o);
}

static void test_answers(void **state)
{
	struct net_answer a = { .status = 0 };
	enum net_why why;
	struct frame f;
	char text[256];

	(void)state;
	assert_int_equal(net_write_answer(&f, 404, 7, "Date: x\0ETag:\t y\0", 2, NULL), 0);
	assert_int_equal(net_proto_check(&f, NULL), 0);
	assert_int_equal(net_read_answer(&a, &f, NULL), 0);
	assert_int_equal(a.status, 404);
	assert_int_equal(a.len, 7);
	assert_string_equal(net_header(&a, "etag"), "y");
	assert_string_equal(net_header(&a, "DATE"), "x");
	assert_null(net_header(&a, "Dat"));
	net_answer_free(&a);
	frame_free(&f);
	assert_int_equal(net_write_failure(&f, NET_WHY_TLS, "words", NULL), 0);
	assert_int_equal(net_read_failure(&why, text, &f, NULL), 0);
	assert_int_equal(why, NET_WHY_TLS);
	assert_string_equal(text, "words");
	assert_int_equal(net_read_answer(&a, &f, NULL), ERR_INPUT);
	frame_free(&f);
	assert_int_equal(net_write_failure(&f, NET_WHY_END, "", NULL), 0);
	assert_int_equal(net_read_failure(&why, text, &f, NULL), ERR_INPUT);
	frame_free(&f);
}

static void test_urls(void **state)
{
	static const char *const taken[] = { "https://a.b", "https://a.b/", "https://a.b:443/x?y",
		"https://[2001:db8::1]:1/", "http://127.0.0.1", "http://127.0.0.1:80?x",
		"http://[::1]/", "https://my_bucket.s3/" };
	static const char *const bad[] = { "", "https://", "https:///", "http://a.b/", "https://a.b/ ",
		"https://a.b/#", "https://u@a.b/", "https://u:p@a.b/", "https://a.b:/", "https://a.b:123456/",
		"https://a.b:8x/", "http://127.0.0.1.b/", "http://127.0.0.1@b/", "http://[::1].b/",
		"http://127.1/", "http://localhost/", "HTTPS://a.b/", "https://a.b\\c", "https://\xc3\xa9/",
		"https://[::1", "file:///x", "https://a.b/\n", "http://0x7f000001/" };
	char host[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(taken); i++)
		assert_int_equal(net_check_url(taken[i], NULL), 0);
	for (i = 0; i < COUNT(bad); i++)
		if (net_check_url(bad[i], NULL) != ERR_USAGE)
			fail_msg("%s is taken", bad[i]);
	net_host(host, sizeof(host), "https://a.b:1/c");
	assert_string_equal(host, "a.b");
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_request),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_mail), cmocka_unit_test(test_flips),
		cmocka_unit_test(test_answers), cmocka_unit_test(test_urls) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
