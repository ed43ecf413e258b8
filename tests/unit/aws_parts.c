/* SPDX-License-Identifier: BSD-2-Clause */
/* The small parts of src/aws: hosts, dates, errors, XML, JSON, and splitting a command. */
#include "unit.h"

#include <stdio.h>

#include "aws/error.h"
#include "aws/process.h"
#include "aws/reply.h"
#include "aws/service.h"
#include "aws/xml.h"

static void host_is(const char *service, const char *region, const char *host, const char *scope)
{
	char h[AWS_HOST_MAX], s[AWS_REGION_MAX];

	assert_int_equal(aws_host(h, s, service, region, NULL), 0);
	assert_string_equal(h, host);
	assert_string_equal(s, scope);
}

static void test_hosts(void **state)
{
	static const char *const bad[] = { "", "x", "eu-west", "eu--", "-eu-west-1", "eu-west-1a",
		"us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "eu-west-1.evil", "eu_west-1",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b-1" };
	const struct aws_partition *p;
	char h[AWS_HOST_MAX], s[AWS_REGION_MAX];
	size_t i;

	(void)state;
	host_is("cloudtrail", "eu-west-1", "cloudtrail.eu-west-1.amazonaws.com", "eu-west-1");
	host_is("sts", "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "cn-north-1");
	host_is("kms", "us-gov-east-1", "kms.us-gov-east-1.amazonaws.com", "us-gov-east-1");
	host_is("iam", "ap-southeast-7", "iam.amazonaws.com", "us-east-1");
	host_is("iam", "cn-northwest-1", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1");
	host_is("iam", "us-gov-east-1", "iam.us-gov.amazonaws.com", "us-gov-west-1");
	host_is("account", "eu-west-1", "account.us-east-1.amazonaws.com", "us-east-1");
	host_is("organizations", "us-gov-east-1", "organizations.us-gov-west-1.amazonaws.com",
	    "us-gov-west-1");
	assert_int_equal(aws_host(h, s, "account", "us-gov-west-1", NULL), ERR_USAGE);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(aws_partition(&p, bad[i], NULL), ERR_USAGE);
	assert_int_equal(aws_partition(&p, "cn-north-1", NULL), 0);
	assert_string_equal(p->name, "aws-cn");
	assert_string_equal(p->home, "cn-north-1");
}

static void test_dates(void **state)
{
	static const char *const bad[] = { "", "x", "Wed, 21 Oct 2015 07:28:00", "Wed, 21 Foo 2015 07:28:00 GMT",
		"Wed, 21 ctN 2015 07:28:00 GMT", "2015-10-21T07:28:00Z", "Wed, 0 Oct 2015 07:28:00 GMT" };
	size_t i;

	(void)state;
	assert_int_equal(aws_http_date("Wed, 21 Oct 2015 07:28:00 GMT"), 1445412480000);
	assert_int_equal(aws_http_date("Thu, 01 Jan 1970 00:00:01 GMT"), 1000);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(aws_http_date(bad[i]), -1);
}

/* No answer: what a proxy says in a service's place. */
static void test_statuses(void **state)
{
	static const struct { int status; enum aws_kind kind; } want[] = { { 400, AWS_OTHER },
		{ 403, AWS_DENIED }, { 404, AWS_MISSING }, { 429, AWS_THROTTLED }, { 500, AWS_SERVER },
		{ 503, AWS_SERVER }, { 301, AWS_OTHER } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(want); i++) {
		const struct aws_error x = { .status = want[i].status };

		assert_int_equal(aws_error_kind(&x), want[i].kind);
	}
}

static void test_xml(void **state)
{
	static const char plain[] = "\xef\xbb\xbf<?xml version='1.0'?>\n<r a=\"x\" b:c='y'> "
	    "<k> &lt;&#65;&#x20AC;&amp; </k><e/><l><m>1</m>\n<m>2</m></l></r>\n";
	static const char *const bad[] = { "", " ", "x", "<", "<>", "<a", "<a>", "<a></b>", "</a>", "<a/><b/>",
		"<a/>x", "x<a/>", "<a>x<b/></a>", "<a><b/>x</a>", "<a b></a>", "<a b=c></a>", "<a b='<'/>", "<a b='></a>",
		"<a b='c'd='e'/>", "<a>&</a>", "<a>&foo;</a>", "<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&#x110000;</a>",
		"<a>&#;</a>", "<a>&#x;</a>", "<a>&#9999999999;</a>", "<a>\x01</a>", "<!DOCTYPE a><a/>", "<a><!-- --></a>",
		"<a><![CDATA[]]></a>", "<a><?x?></a>", "<?xml <a/>", "<a / >", "<1/>",
		"<a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a></a></a></a></a>" };
	struct xml x = XML_INIT;
	char text[32];
	uint32_t m;
	size_t i;

	(void)state;
	assert_int_equal(xml_parse(&x, plain, strlen(plain)), 0);
	assert_int_equal(xml_copy(text, sizeof(text), &x, xml_child(&x, 0, "k")), 0);
	assert_string_equal(text, " <A\xe2\x82\xac& ");
	assert_int_equal(xml_copy(text, 3, &x, xml_child(&x, 0, "k")), -1);
	assert_int_equal(xml_copy(text, sizeof(text), &x, xml_child(&x, 0, "e")), 0);
	assert_string_equal(text, "");
	m = xml_child(&x, 0, "l/m");
	assert_int_equal(xml_copy(text, sizeof(text), &x, xml_after(&x, xml_child(&x, 0, "l"), m)), 0);
	assert_string_equal(text, "2");
	assert_int_equal(xml_child(&x, 0, "l/n"), XML_NONE);
	assert_int_equal(xml_copy(text, sizeof(text), &x, XML_NONE), -1);
	xml_free(&x);
	for (i = 0; i < COUNT(bad); i++) {
		if (xml_parse(&x, bad[i], strlen(bad[i])) == 0)
			fail_msg("%s is taken", bad[i]);
		assert_non_null(x.why);
		xml_free(&x);
	}
}

static void test_json(void **state)
{
	static const char good[] = " {\"a\":{\"b\":[1,2.5e3,\"\\u0041\\ud83d\\udd11\\ud83d\\n\"]},\"n\":null,\"t\":true} ";
	static const char *const bad[] = { "", "{", "[", "{\"a\"}", "{\"a\":}", "{a:1}", "[1,]", "[1 2]", "01", "-", "1.",
		"1e", "\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "tru", "nul", "{} {}", "+1", "{\"a\":1,}" };
	struct reply v = REPLY_INIT;
	struct buf b = BUF_INIT;
	uint32_t list, i;
	size_t k;

	(void)state;
	assert_int_equal(reply_parse(&v, good, strlen(good)), 0);
	list = reply_get(&v, reply_get(&v, 0, "a"), "b");
	i = reply_first(&v, list);
	assert_int_equal(reply_time(&v, i), 1000);
	i = reply_after(&v, list, i);
	assert_int_equal(reply_time(&v, i), 2500000);
	i = reply_after(&v, list, i);
	assert_int_equal(reply_text(&b, &v, i), 0);
	assert_string_equal(buf_str(&b), "A\xf0\x9f\x94\x91\xef\xbf\xbd\n");
	assert_int_equal(reply_after(&v, list, i), REPLY_NONE);
	assert_int_equal(reply_get(&v, 0, "n"), REPLY_NONE);
	assert_int_equal(reply_get(&v, list, "a"), REPLY_NONE);
	assert_true(reply_is(&v, reply_get(&v, 0, "t"), REPLY_TRUE));
	buf_free(&b);
	reply_free(&v);
	for (k = 0; k < COUNT(bad); k++) {
		if (reply_parse(&v, bad[k], strlen(bad[k])) == 0)
			fail_msg("%s is taken", bad[k]);
		assert_non_null(v.why);
		reply_free(&v);
	}
}

static void test_split(void **state)
{
	static const char line[] = "  /a/b 'c d' \"e\\\"f\\g\" h\\ i \"\" j'k'\"l\"  ";
	char *words[PROCESS_WORDS + 1], scratch[sizeof(line)], many[400] = "";
	char room[400 + PROCESS_WORDS];
	size_t i;

	(void)state;
	assert_int_equal(process_split(words, scratch, line, strlen(line)), 6);
	assert_string_equal(words[0], "/a/b");
	assert_string_equal(words[1], "c d");
	assert_string_equal(words[2], "e\"f\\g");
	assert_string_equal(words[3], "h i");
	assert_string_equal(words[4], "");
	assert_string_equal(words[5], "jkl");
	assert_null(words[6]);
	for (i = 0; i <= PROCESS_WORDS; i++)
		memcpy(many + 2 * i, "a ", 3);
	assert_int_equal(process_split(words, room, many, strlen(many)), 0);
	assert_int_equal(process_split(words, room, many, strlen(many) - 2), PROCESS_WORDS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_dates), cmocka_unit_test(test_statuses), cmocka_unit_test(test_xml),
		cmocka_unit_test(test_json), cmocka_unit_test(test_split) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
