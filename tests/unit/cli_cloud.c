/* SPDX-License-Identifier: BSD-2-Clause */
/* What AWS's client is given: the configuration first, the environment never as root. */
#include "unit.h"

#include "cli/cloud.h"

static const char *all_set(const char *name)
{
	return name;
}

static const char *lower_only(const char *name)
{
	return name[0] >= 'a' ? name : strcmp(name, "AWS_DEFAULT_REGION") == 0 ? "r" : "";
}

static void read_conf(struct config *c, const char *text)
{
	assert_int_equal(config_parse(c, text, strlen(text), "f", NULL), 0);
}

static void test_environment(void **state)
{
	struct config cfg;
	struct cloud c;

	(void)state;
	read_conf(&cfg, "{}");
	cloud_fill(&c, &cfg, "/home", all_set);
	assert_string_equal(c.settings.region, "AWS_REGION");
	assert_string_equal(c.settings.net.proxy, "HTTPS_PROXY");
	assert_string_equal(c.settings.net.no_proxy, "NO_PROXY");
	assert_string_equal(c.settings.net.ca_file, "AWS_CA_BUNDLE");
	assert_string_equal(c.where.profile, "AWS_PROFILE");
	assert_string_equal(c.where.credentials_file, "AWS_SHARED_CREDENTIALS_FILE");
	assert_string_equal(c.where.config_file, "AWS_CONFIG_FILE");
	assert_string_equal(c.where.env_key_id, "AWS_ACCESS_KEY_ID");
	assert_string_equal(c.where.env_key, "AWS_SECRET_ACCESS_KEY");
	assert_string_equal(c.where.env_token, "AWS_SESSION_TOKEN");
	assert_string_equal(c.where.home, "/home");
	assert_int_equal(c.settings.n_endpoints, 0);
	cloud_fill(&c, &cfg, NULL, lower_only);
	assert_string_equal(c.settings.region, "r");
	assert_string_equal(c.settings.net.proxy, "https_proxy");
	assert_null(c.where.profile);
	config_free(&cfg);
}

/* Root's programs: nothing but the file. */
static void test_root(void **state)
{
	static const struct aws_where none = { .root = 1 };
	struct config cfg;
	struct cloud c;

	(void)state;
	read_conf(&cfg, "{}");
	cfg.root = 1;
	cloud_fill(&c, &cfg, NULL, all_set);
	assert_null(c.settings.region);
	assert_null(c.settings.net.proxy);
	assert_null(c.settings.net.no_proxy);
	assert_null(c.settings.net.ca_file);
	assert_memory_equal(&c.where, &none, sizeof(none));
	config_free(&cfg);
}

static void test_file(void **state)
{
	struct config cfg;
	struct cloud c;

	(void)state;
	read_conf(&cfg, "{\"aws_region\":\"a-b-1\",\"aws_profile\":\"p\",\"aws_credentials\":\"/c\","
	    "\"aws_endpoint\":\"https://e\",\"aws_endpoint_s3\":\"http://127.0.0.1:8000\","
	    "\"ca_bundle\":\"/ca\",\"proxy\":\"http://x\",\"no_proxy\":\"y\"}");
	cloud_fill(&c, &cfg, NULL, all_set);
	assert_string_equal(c.settings.region, "a-b-1");
	assert_string_equal(c.where.profile, "p");
	assert_string_equal(c.where.credentials_file, "/c");
	assert_string_equal(c.settings.net.ca_file, "/ca");
	assert_string_equal(c.settings.net.proxy, "http://x");
	assert_string_equal(c.settings.net.no_proxy, "y");
	assert_int_equal(c.settings.n_endpoints, 2);
	assert_null(c.endpoints[0].service);
	assert_string_equal(c.endpoints[1].service, "s3");
	assert_string_equal(c.endpoints[1].url, "http://127.0.0.1:8000");
	config_free(&cfg);
}

static void test_refused(void **state)
{
	static const char *const bad[] = { "{\"aws_endpoint\":\"http://a.b\"}", "{\"aws_endpoint_s3\":\"a\"}",
		"{\"ca_bundle\":\"a\"}", "{\"proxy\":\"\"}", "{\"aws_profile\":\"a\\nb\"}",
		"{\"aws_credentials\":\"~/x\"}", "{\"proxy\":\"a\",\"proxy\":\"a\"}", "{\"aws_endpoint_x\":\"https://a\"}" };
	struct config cfg;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(config_parse(&cfg, bad[i], strlen(bad[i]), "f", NULL), ERR_CONFIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_environment),
		cmocka_unit_test(test_root), cmocka_unit_test(test_file), cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
