/* SPDX-License-Identifier: BSD-2-Clause */
/* The command table: finding, parsing, help, completions. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/table_local.h"

static int run_nothing(const struct cli *cli, struct err *e)
{
	(void)cli;
	(void)e;
	return 0;
}

static const struct opt seal_opts[] = {
	{ "field", "NAME", "a field", OPT_MANY },
	{ "form", "csv|json", "how it's written", 0 },
	{ "import", "FILE", "many accounts", 0 },
	{ "length", "N", "characters", 0 },
	{ "new", NULL, "make one", 0 },
	{ NULL, NULL, NULL, 0 }
};
static const struct operand seal_operands[] = {
	{ "RECORD", "which", 0 },
	{ "MORE", "others", OPERAND_OPTIONAL | OPERAND_MANY },
	{ NULL, NULL, 0 }
};
static const struct command seal = { "seal", "Seal it.", "Some text.", seal_opts, seal_operands, 0,
	run_nothing };
static const struct operand one[] = { { "FILE", "which", OPERAND_OPTIONAL }, { NULL, NULL, 0 } };
static const struct command run_cmd = { "run", "Run it.", NULL, NULL, one, COMMAND_REST,
	run_nothing };
static const struct command log_show = { "log show", "Show.", NULL, NULL, one, 0, run_nothing };
static const struct command log_verify = { "log verify", "Verify.", NULL, NULL, NULL, 0,
	run_nothing };
static const struct command help = { "help", "Help.", NULL, NULL, one, 0, run_nothing };
static const struct command *const table[] = { &seal, &run_cmd, &log_show, &log_verify, &help,
	NULL };

/* argv made of the words of a line; "_" is the empty word. */
static int parse(struct args **a, const char *line, struct err *e)
{
	static char copy[256];
	static char *argv[32];
	char *save = NULL, *w;
	int argc = 1;

	strcpy(copy, line);
	argv[0] = (char *)(uintptr_t)"twokey";
	for (w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, "_") == 0)
			*w = '\0';
		argv[argc++] = w;
	}
	argv[argc] = NULL;
	err_clear(e);
	return args_parse(a, table, argc, argv, e);
}

static void words_taken(void **state)
{
	struct args *a;
	struct err e = { 0 };
	int64_t n = 32;
	size_t rest;

	(void)state;
	assert_int_equal(parse(&a, "seal r --field a --form=json --field=b=c m1 --new - --length 64 -- --m2",
	    &e), 0);
	assert_ptr_equal(args_command(a), &seal);
	assert_string_equal(args_operand(a, "RECORD"), "r");
	assert_int_equal(args_operands(a, "MORE"), 3);
	assert_string_equal(args_operand_nth(a, "MORE", 0), "m1");
	assert_string_equal(args_operand_nth(a, "MORE", 1), "-");
	assert_string_equal(args_operand_nth(a, "MORE", 2), "--m2");
	assert_null(args_operand_nth(a, "MORE", 3));
	assert_int_equal(args_count(a, "field"), 2);
	assert_string_equal(args_nth(a, "field", 1), "b=c");
	assert_null(args_nth(a, "field", 2));
	assert_string_equal(args_value(a, "form"), "json");
	assert_null(args_value(a, "import"));
	assert_int_equal(args_flag(a, "new"), 1);
	assert_int_equal(args_number(a, "length", 8, 128, &n, &e), 0);
	assert_int_equal(n, 64);
	assert_null(args_rest(a, &rest));
	args_free(&a);
	assert_null(a);

	assert_int_equal(parse(&a, "run --conf x -- prog --flag _", &e), 0);
	assert_string_equal(args_conf(a), "x");
	assert_null(args_operand(a, "FILE"));
	assert_string_equal(args_rest(a, &rest)[1], "--flag");
	assert_int_equal(rest, 3);
	assert_null(args_rest(a, &rest)[3]);
	args_free(&a);

	assert_int_equal(parse(&a, "log show f", &e), 0);
	assert_ptr_equal(args_command(a), &log_show);
	assert_string_equal(args_operand(a, "FILE"), "f");
	args_free(&a);
	assert_int_equal(parse(&a, "log --help", &e), 0);
	assert_null(args_command(a));
	assert_string_equal(args_group(a), "log");
	args_free(&a);
	/* Help is given whatever else is missing. */
	assert_int_equal(parse(&a, "seal --help", &e), 0);
	assert_int_equal(args_help(a), 1);
	args_free(&a);
	assert_int_equal(parse(&a, "--help", &e), 0);
	assert_ptr_equal(args_command(a), &help);
	args_free(&a);
	assert_int_equal(parse(&a, "seal r --field=", &e), 0);
	assert_string_equal(args_value(a, "field"), "");
	args_free(&a);
}

static void words_refused(void **state)
{
	static const struct {
		const char *line, *text, *hint;
	} bad[] = {
		{ "", "No command was given.", "`twokey help` lists" },
		{ "sael r", "There is no command `sael`.", "Did you mean `twokey seal`?" },
		{ "xyzzyx", "There is no command `xyzzyx`.", "`twokey help` lists" },
		{ "-v", "The first word must be a command", "Options stand behind" },
		{ "--version", "The first word must be a command", "Options stand behind" },
		{ "lgo show", "There is no command `lgo`.", "Did you mean `twokey log`?" },
		{ "log", "`twokey log` needs to know what to do.", "It takes one of show, verify; `twokey help log`" },
		{ "log --conf f", "`twokey log` needs to know what to do.", "It takes one of show, verify" },
		{ "log shwo", "There is no command `log shwo`.", "Did you mean `twokey log show`?" },
		{ "seal", "`twokey seal` needs RECORD: which.", "`twokey help seal`" },
		{ "log verify x", "`twokey log verify` does not know what to do with `x`.", "Words" },
		{ "seal r --feild x", "`twokey seal` has no option --feild.", "Did you mean --field?" },
		{ "seal r --reason x", "`twokey seal` has no option --reason.", "`twokey help seal` lists" },
		{ "seal r --fie x", "`twokey seal` has no option --fie.", "Did you mean --" },
		{ "seal r --field", "--field needs a value", "A value that begins" },
		{ "seal r --field --new", "--field needs a value", "A value that begins" },
		{ "seal r --new=1", "--new takes no value.", "`twokey help seal`" },
		{ "seal r --new --new", "--new was given twice.", "" },
		{ "seal r --form=csv --form=csv", "--form was given twice.", "" },
		{ "seal r --form cvs", "--form takes one of csv|json, not `cvs`.", "`twokey help seal`" },
		{ "seal r --form csv|json", "--form takes one of", "" },
		{ "seal r -f x", "`-f` is no option of `twokey seal`.", "Options are whole words" },
		{ "run a -- b --conf", "", "" }
	};
	struct args *a;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		const int r = parse(&a, bad[i].line, &e);

		if (bad[i].text[0] == '\0') {
			assert_int_equal(r, 0);
			args_free(&a);
			continue;
		}
		if (r != ERR_USAGE || strncmp(e.text, bad[i].text, strlen(bad[i].text)) != 0 ||
		    strncmp(e.hint, bad[i].hint, strlen(bad[i].hint)) != 0)
			fail_msg("%s: %d %s / %s", bad[i].line, r, e.text, e.hint);
		assert_null(a);
	}
}

static void numbers(void **state)
{
	static const char *const bad[] = { "7", "129", "_", "-9", "+9", "0x10", "9a", " 9",
		"99999999999999999999", "9.0" };
	char line[64];
	struct args *a;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		int64_t n = 5;

		strcpy(line, "seal r --length=");
		if (strcmp(bad[i], "_") != 0)
			strcat(line, bad[i]);
		if (bad[i][0] == ' ')
			strcpy(line, "seal r --length=\t9");
		assert_int_equal(parse(&a, line, &e), 0);
		assert_int_equal(args_number(a, "length", 8, 128, &n, &e), ERR_USAGE);
		assert_int_equal(n, 5);
		args_free(&a);
	}
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(table_distance("", ""), 0);
	assert_int_equal(table_distance("abc", "abc"), 0);
	assert_int_equal(table_distance("abc", "acb"), 1);
	assert_int_equal(table_distance("abc", "ab"), 1);
	assert_int_equal(table_distance("kitten", "sitting"), 3);
	assert_int_equal(table_distance("", "four"), 4);
}

/* No line wider than 80 columns, and everything in the table is told. */
static void help_tells_all(void **state)
{
	struct buf b = BUF_INIT;
	const char *p, *next;

	(void)state;
	command_usage(&b, &seal);
	command_list(&b, table, NULL);
	assert_true(buf_ok(&b));
	for (p = buf_str(&b); *p != '\0'; p = next + 1) {
		next = strchr(p, '\n');
		assert_non_null(next);
		assert_true(next - p < 80);
	}
	assert_non_null(strstr(buf_str(&b), "usage: twokey seal RECORD [MORE...] [--field NAME]..."));
	assert_non_null(strstr(buf_str(&b), "--form csv|json"));
	assert_non_null(strstr(buf_str(&b), "--conf FILE"));
	assert_non_null(strstr(buf_str(&b), "  log verify        Verify.\n"));
	buf_reset(&b);
	command_list(&b, table, "log");
	assert_null(strstr(buf_str(&b), "seal"));
	buf_free(&b);
}

static int shell_says(const char *shell, const char *script, const char *more)
{
	char path[] = "/tmp/twokey-complete-XXXXXX", line[512];
	const int fd = mkstemp(path);
	FILE *f;
	int r;

	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	assert_true(fputs(script, f) >= 0 && fputs(more, f) >= 0 && fclose(f) == 0);
	(void)snprintf(line, sizeof(line), "%s %s", shell, path);
	r = system(line);
	(void)remove(path);
	return r;
}

static void completions(void **state)
{
	struct buf b = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(command_complete(&b, table, "bash", &e), 0);
	assert_int_equal(shell_says("bash", buf_str(&b),
	    "try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($#-1));"
	    " _twokey; got=\"${COMPREPLY[*]-}\"; }\n"
	    "try twokey ''; [ \"$got\" = 'seal run log help --help --version' ] || exit 1\n"
	    "try twokey s; [ \"$got\" = seal ] || exit 2\n"
	    "try twokey log ''; [ \"$got\" = 'show verify' ] || exit 3\n"
	    "try twokey seal --f; [ \"$got\" = '--field --form' ] || exit 4\n"
	    "try twokey seal r --form ''; [ \"$got\" = 'csv json' ] || exit 5\n"
	    "try twokey log verify --c; [ \"$got\" = --conf ] || exit 6\n"), 0);
	buf_reset(&b);
	assert_int_equal(command_complete(&b, table, "zsh", &e), 0);
	assert_non_null(strstr(buf_str(&b), "#compdef twokey\n"));
	assert_non_null(strstr(buf_str(&b), "'*--field=[a field]:NAME: '"));
	assert_non_null(strstr(buf_str(&b), "'--form=[how its written]:form:(csv json)'"));
	if (system("command -v zsh >/dev/null") == 0)
		assert_int_equal(shell_says("zsh -n", buf_str(&b), ""), 0);
	buf_reset(&b);
	assert_int_equal(command_complete(&b, table, "fish", &e), 0);
	assert_non_null(strstr(buf_str(&b), "-l form -x -a 'csv json'"));
	if (system("command -v fish >/dev/null") == 0)
		assert_int_equal(shell_says("fish -n", buf_str(&b), ""), 0);
	assert_int_equal(command_complete(&b, table, "csh", &e), ERR_USAGE);
	buf_free(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_taken),
		cmocka_unit_test(words_refused),
		cmocka_unit_test(numbers),
		cmocka_unit_test(distances),
		cmocka_unit_test(help_tells_all),
		cmocka_unit_test(completions)
	};

	return cmocka_run_group_tests_name("cli_table", tests, NULL, NULL);
}
