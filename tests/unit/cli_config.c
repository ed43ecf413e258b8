/* SPDX-License-Identifier: BSD-2-Clause */
/* twokey.conf: the parser, which file holds, owner and mode. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/config.h"

static void texts_taken(void **state)
{
	static const struct {
		const char *text, *store, *state, *host;
	} ok[] = {
		{ "{}", NULL, NULL, "" },
		{ " // c\n{ /* x } */ }\n// end", NULL, NULL, "" },
		{ "{\"store\": \"/a//*b*/c\", // {\n \"host\": \"h\\u0031\" }", "/a//*b*/c", NULL, "h1" },
		{ "{\"state\":\"/x/..y/.z\",\"store\":\"/\",\"host\":\"a.b-c\"}", "/", "/x/..y/.z", "a.b-c" }
	};
	struct config c;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ok); i++) {
		struct err e = { 0 };

		err_clear(&e);
		if (config_parse(&c, ok[i].text, strlen(ok[i].text), "f", &e) != 0)
			fail_msg("%s: %s", ok[i].text, e.text);
		if (ok[i].store != NULL)
			assert_string_equal(c.store, ok[i].store);
		else
			assert_null(c.store);
		if (ok[i].state != NULL)
			assert_string_equal(c.state, ok[i].state);
		else
			assert_null(c.state);
		assert_string_equal(c.host, ok[i].host);
		config_free(&c);
	}
}

static void texts_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "", "f, line 1, column 1: it ends where `{`" }, { "[]", "f, line 1, column 1: `{`" },
		{ "{\n  \"stor\": \"/a\"\n}", "f, line 2, column 3: unknown key \"stor\"" },
		{ "{\"a\\u001bb\":1}", "f, line 1, column 2: unknown key \"a\\x1Bb\"" },
		{ "{\"host\":\"a\",\n\"host\":\"b\"}", "f, line 2, column 1: \"host\" stands here a second" },
		{ "{\"store\":\"/a\",\"store\":\"/a\"}", "f, line 1, column 15: \"store\" stands here a" },
		{ "{\"store\": \"a\"}", "f, line 1, column 11: \"store\" needs an absolute" },
		{ "{\"store\": \"/a/../b\"}", "f, line 1, column 11: \"store\" needs" },
		{ "{\"state\": \"/a/.\"}", "f, line 1, column 11: \"state\" needs" },
		{ "{\"store\": \"/a\\u202e\"}", "f, line 1, column 11: \"store\" needs" },
		{ "{\"store\": \"\"}", "f, line 1, column 11: \"store\" needs" },
		{ "{\"host\": \"A\"}", "f, line 1, column 10: \"host\" needs a name" },
		{ "{\"host\": 1}", "f, line 1, column 10: `\"` is expected" },
		{ "{\"host\": null}", "f, line 1, column 10: `\"` is expected" },
		{ "{\"host\": \"a\",}", "f, line 1, column 14: `\"` is expected" },
		{ "{\"host\" \"a\"}", "f, line 1, column 9: `:` is expected" },
		{ "{\"host\": \"a\"} x", "f, line 1, column 15: nothing may stand" },
		{ "{\"host\": \"a\"", "f, line 1, column 13: it ends where `,`" },
		{ "{ /* ", "f, line 1, column 3: this comment never ends" },
		{ "{ / }", "f, line 1, column 3: `\"` is expected" },
		{ "{ # c\n}", "f, line 1, column 3: `\"` is expected" }
	};
	struct config c;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		err_clear(&e);
		if (config_parse(&c, bad[i].text, strlen(bad[i].text), "f", &e) != ERR_CONFIG ||
		    strncmp(e.text, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s says: %s", bad[i].text, e.text);
		assert_null(c.store);
	}
	err_clear(&e);
	assert_int_equal(config_parse(&c, "{\0}", 3, "f", &e), ERR_CONFIG);
}

static char top[] = "/tmp/twokey-conf-XXXXXX";

static char *in_top(const char *name)
{
	static char path[4][256];
	static int at;

	at = (at + 1) % 4;
	(void)snprintf(path[at], sizeof(path[at]), "%s/%s", top, name);
	return path[at];
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *f;

	(void)unlink(in_top(name));
	f = fopen(in_top(name), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
	assert_int_equal(chmod(in_top(name), mode), 0);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(top) == NULL || mkdir(in_top("home"), 0755) != 0 ||
	    mkdir(in_top("home/.config"), 0755) != 0 || mkdir(in_top("home/.config/twokey"), 0755) != 0 ||
	    mkdir(in_top("xdg"), 0755) != 0 || mkdir(in_top("xdg/twokey"), 0755) != 0;
}

static int teardown(void **state)
{
	char line[300];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -rf %s", top);
	return system(line);
}

static void load(struct config *c, const struct config_where *w, const char *conf)
{
	struct err e = { 0 };

	err_clear(&e);
	if (config_load(c, w, conf, &e) != 0)
		fail_msg("%s", e.text);
}

static void which_file(void **state)
{
	struct config_where root = { 0, in_top("etc.conf"), "/nowhere", NULL, NULL, NULL,
		"Bastion1.Example.ORG" };
	struct config_where me = { 1000, NULL, in_top("home"), "relative", NULL, NULL, "my_host" };
	struct config c;

	(void)state;
	me.etc = root.etc = strdup(in_top("etc.conf"));
	me.home = strdup(in_top("home"));
	assert_true(me.etc != NULL && me.home != NULL);
	/* Nothing there: defaults. */
	load(&c, &root, NULL);
	assert_null(c.file);
	assert_string_equal(c.store, "/var/lib/twokey/store");
	assert_string_equal(c.state, "/var/lib/twokey/state");
	assert_string_equal(c.host, "bastion1");
	assert_int_equal(c.root, 1);
	config_free(&c);
	load(&c, &me, NULL);
	assert_string_equal(c.store, in_top("home/.local/share/twokey"));
	assert_string_equal(c.state, in_top("home/.local/state/twokey"));
	assert_string_equal(c.host, "");
	assert_int_equal(c.root, 0);
	config_free(&c);
	/* The machine's: its state stays root's. */
	put("etc.conf", "{\"store\":\"/s\",\"state\":\"/t\",\"host\":\"b\"}", 0644);
	load(&c, &root, NULL);
	assert_string_equal(c.file, root.etc);
	assert_string_equal(c.state, "/t");
	config_free(&c);
	load(&c, &me, NULL);
	assert_string_equal(c.store, "/s");
	assert_string_equal(c.state, in_top("home/.local/state/twokey"));
	assert_string_equal(c.host, "b");
	config_free(&c);
	/* A person's own beats it, and XDG_CONFIG_HOME its place; not for root. */
	put("home/.config/twokey/twokey.conf", "{\"store\":\"/mine\"}", 0600);
	load(&c, &me, NULL);
	assert_string_equal(c.store, "/mine");
	config_free(&c);
	put("xdg/twokey/twokey.conf", "{\"state\":\"/xdg\"}", 0600);
	me.xdg_config = root.xdg_config = in_top("xdg");
	load(&c, &me, NULL);
	assert_string_equal(c.state, "/xdg");
	config_free(&c);
	load(&c, &root, NULL);
	assert_string_equal(c.state, "/t");
	config_free(&c);
	/* --conf beats all. */
	put("given.conf", "{\"host\":\"g\"}", 0600);
	load(&c, &me, in_top("given.conf"));
	assert_string_equal(c.host, "g");
	config_free(&c);
	free((char *)(uintptr_t)me.etc);
	free((char *)(uintptr_t)me.home);
}

static void wrong_files(void **state)
{
	struct config_where w = { 1000, "/nowhere/x.conf", NULL, NULL, NULL, NULL, "h" };
	struct config c;
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(config_load(&c, &w, in_top("none.conf"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "none.conf"));
	put("loose.conf", "{}", 0666);
	err_clear(&e);
	assert_int_equal(config_load(&c, &w, in_top("loose.conf"), &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod go-w"));
	assert_int_equal(symlink("given.conf", in_top("link.conf")), 0);
	err_clear(&e);
	assert_int_not_equal(config_load(&c, &w, in_top("link.conf"), &e), 0);
	/* No home and no names for the folders. */
	err_clear(&e);
	assert_int_equal(config_load(&c, &w, NULL, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "HOME"));
	put("both.conf", "{\"store\":\"/a\",\"state\":\"/b\"}", 0600);
	err_clear(&e);
	assert_int_equal(config_load(&c, &w, in_top("both.conf"), &e), 0);
	config_free(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_taken),
		cmocka_unit_test(texts_refused),
		cmocka_unit_test(which_file),
		cmocka_unit_test(wrong_files)
	};

	return cmocka_run_group_tests_name("cli_config", tests, setup, teardown);
}
