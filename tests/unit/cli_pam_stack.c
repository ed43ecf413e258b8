/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM stacks: lines, controls, includes, ways around the module, and the judgement of
 * services. */
#include "unit.h"

#include <stdio.h>

#include "cli/pam_judge.h"
#include "cli/pam_walk.h"

struct memory_file {
	const char *name, *text;
};

struct machine {
	const struct memory_file *files;
	struct buf told;
};

static int read_memory(void *ctx, struct buf *out, struct buf *path, const char *name,
    struct err *e)
{
	const struct machine *m = ctx;

	for (const struct memory_file *f = m->files; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0) {
			buf_puts(out, f->text);
			buf_puts(path, name);
			return 0;
		}
	return err_set(e, ERR_MISSING, "%s is not there.", name);
}

/* number type kind level module|words..., a line each. */
static void dump(struct buf *b, const struct pam_stack *s)
{
	static const char *const kinds[] = { "module", "include", "substack", "refusal" };

	for (size_t i = 0; i < s->len; i++) {
		const struct stack_line *l = &s->line[i];

		buf_printf(b, "%u %s %s %d %s", l->number, pam_stack_type(l->type), kinds[l->kind],
		    l->level, l->module != NULL ? l->module : "-");
		for (int k = 0; k < l->argc; k++)
			buf_printf(b, "|%s", l->argv[k]);
		assert_null(l->module != NULL ? l->argv[l->argc] : NULL);
		buf_puts(b, "\n");
	}
}

static void lines(void **state)
{
	static const struct {
		const char *text, *want;
	} ok[] = {
		{ "", "" }, { "\n \t\n# auth required x\n", "" },
		{ "auth required x.so", "1 auth module 0 x.so\n" },
		{ "-Session OPTIONAL\t/a/x.so a=b  c\n", "1 session module 0 /a/x.so|a=b|c\n" },
		{ "auth required x.so a # b\nauth required y#z", "1 auth module 0 x.so|a\n"
		    "2 auth module 0 y\n" },
		{ "\nauth \\\n# c\n\n  required \\ \n x.so a\naccount required y", "2 auth module 0 x.so|a\n"
		    "7 account module 0 y\n" },
		{ "auth [success=1 default=ignore]x.so [a b\\]c]d", "1 auth module 0 x.so|a b]c|d\n" },
		{ "auth required x.so [a b", "1 auth module 0 x.so|a b\n" },
		{ "@include a\nauth include b\nauth substack c", "1 any include 0 a\n2 auth include 0 b\n"
		    "3 auth substack 0 c\n" },
		{ "auht required x", "1 auth refusal 0 x\n" }, { "auth", "1 auth refusal 0 -\n" },
		{ "session required", "1 session refusal 0 -\n" },
		{ "@include", "1 any refusal 0 -\n" }, { "account include", "1 account refusal 0 -\n" },
		{ "auth required x \\ # c\nauth required y", "1 auth module 0 x|\\\n2 auth module 0 y\n" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ok); i++) {
		struct pam_stack s = STACK_INIT;
		struct buf b = BUF_INIT;
		struct err e = { 0 };

		assert_int_equal(pam_stack_parse(&s, ok[i].text, strlen(ok[i].text), "f", &e), 0);
		dump(&b, &s);
		assert_string_equal(buf_str(&b), ok[i].want);
		buf_free(&b);
		pam_stack_free(&s);
	}
}

static void lines_refused(void **state)
{
	static const char nul[] = "auth required x\nauth req\0uired y\n";
	char longest[STACK_LINE_MAX + 64] = "auth required x\nauth required x ";
	const size_t before = strlen("auth required x\n");
	struct pam_stack s = STACK_INIT;
	struct err e = { 0 };
	size_t n = strlen(longest);

	(void)state;
	assert_int_equal(pam_stack_parse(&s, nul, sizeof(nul) - 1, "f", &e), ERR_INPUT);
	assert_int_equal(s.len, 1);
	assert_non_null(strstr(e.text, "f, line 2: "));
	err_clear(&e);
	assert_int_equal(pam_stack_parse(&s, "auth required \\\n", 16, "f", &e), ERR_INPUT);
	/* As long as libpam takes it, its newline included; then one more. */
	memset(longest + n, 'a', sizeof(longest) - n);
	longest[before + STACK_LINE_MAX - 1] = '\n';
	err_clear(&e);
	assert_int_equal(pam_stack_parse(&s, longest, before + STACK_LINE_MAX, "f", &e), 0);
	longest[before + STACK_LINE_MAX - 1] = 'a';
	longest[before + STACK_LINE_MAX] = '\n';
	err_clear(&e);
	assert_int_equal(pam_stack_parse(&s, longest, before + STACK_LINE_MAX + 1, "f", &e), ERR_INPUT);
	pam_stack_free(&s);
}

static void controls(void **state)
{
	/* What it does with success, perm_denied, new_authtok_reqd, ignore. */
	static const struct {
		const char *control;
		int want[4];
	} all[] = {
		{ "required", { ACT_OK, ACT_BAD, ACT_OK, ACT_IGNORE } },
		{ "Requisite", { ACT_OK, ACT_DIE, ACT_OK, ACT_IGNORE } },
		{ "sufficient", { ACT_DONE, ACT_IGNORE, ACT_DONE, ACT_IGNORE } },
		{ "optional", { ACT_OK, ACT_IGNORE, ACT_OK, ACT_IGNORE } },
		{ "[]", { ACT_BAD, ACT_BAD, ACT_BAD, ACT_BAD } },
		{ "[success=12 default=die]", { 12, ACT_DIE, ACT_DIE, ACT_DIE } },
		{ "[ success = ok\tignore=reset ]", { ACT_OK, ACT_BAD, ACT_BAD, ACT_RESET } },
		{ "[default=ok perm_denied=1]", { ACT_OK, 1, ACT_OK, ACT_OK } },
		{ "[default=ok default=die]", { ACT_OK, ACT_OK, ACT_OK, ACT_OK } },
		{ "[success=okdefault=1]", { ACT_OK, 1, 1, 1 } }
	};
	static const char *const faults[] = { "binding", "[success]", "[success=]", "[success=0]",
		"[success=-1]", "[success=ok foo=ok]", "[success=okay]", "[=ok]", "[ok]", "success=" };
	struct pam_stack s = STACK_INIT;
	struct err e = { 0 };
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT(all) + COUNT(faults); i++) {
		const int bad[4] = { ACT_BAD, ACT_BAD, ACT_BAD, ACT_BAD };
		const int *want = i < COUNT(all) ? all[i].want : bad;

		(void)snprintf(text, sizeof(text), "auth %s x.so", i < COUNT(all) ? all[i].control
		    : faults[i - COUNT(all)]);
		assert_int_equal(pam_stack_parse(&s, text, strlen(text), "f", &e), 0);
		if (s.line[0].act[CODE_SUCCESS] != want[0] ||
		    s.line[0].act[CODE_PERM_DENIED] != want[1] ||
		    s.line[0].act[CODE_NEW_AUTHTOK_REQD] != want[2] ||
		    s.line[0].act[CODE_IGNORE] != want[3] ||
		    (s.line[0].fault != NULL) != (i >= COUNT(all)))
			fail_msg("%s", text);
		pam_stack_free(&s);
	}
}

static void loaded(struct pam_stack *s, const struct memory_file *files, int want)
{
	struct machine m = { files, BUF_INIT };
	struct err e = { 0 };

	assert_int_equal(pam_stack_load(s, "s", read_memory, &m, &e), want);
}

static void includes(void **state)
{
	static const struct memory_file files[] = {
		{ "s", "@include all\nauth include all\nauth substack sub\naccount include none\nauth substack none\n" },
		{ "all", "auth required a\naccount required b\n" },
		{ "sub", "auth required c\nauth substack /deep\n@include all\nsession required d\n" },
		{ "/deep", "account required e\nauth required f" }, { NULL, NULL }
	};
	static const struct memory_file loop[] = { { "s", "auth required a\n@include s\n" }, { NULL, NULL } };
	static const struct memory_file bomb[] = { { "s", "@include t\n@include t\n@include t\n@include t\n" },
		{ "t", "@include s\n@include s\n@include s\nauth required a\n" }, { NULL, NULL } };
	static const struct memory_file cut[] = { { "s", "@include t\nauth required b\n" },
		{ "t", "auth required a\nauth required \\" }, { NULL, NULL } };
	static const struct memory_file bare[] = { { "s", "@include\naccount include t\n" },
		{ "t", "@include\n" }, { NULL, NULL } };
	struct pam_stack s = STACK_INIT;
	struct buf b = BUF_INIT;

	(void)state;
	loaded(&s, files, 0);
	dump(&b, &s);
	assert_string_equal(buf_str(&b), "1 auth module 0 a\n2 account module 0 b\n1 auth module 0 a\n"
	    "3 auth substack 0 sub\n1 auth module 1 c\n2 auth substack 1 /deep\n2 auth module 2 f\n"
	    "1 auth module 1 a\n4 account refusal 0 none\n5 auth substack 0 none\n5 auth refusal 0 -\n");
	pam_stack_free(&s);
	loaded(&s, loop, 0);
	assert_int_equal(s.len, STACK_DEPTH_MAX + 1);
	assert_int_equal(s.line[STACK_DEPTH_MAX].kind, STACK_REFUSAL);
	pam_stack_free(&s);
	loaded(&s, bomb, 0);
	assert_true(s.len < STACK_LINES_MAX);
	pam_stack_free(&s);
	loaded(&s, cut, 0);
	buf_reset(&b);
	dump(&b, &s);
	assert_string_equal(buf_str(&b), "1 auth module 0 a\n1 auth refusal 0 t\n2 auth module 0 b\n");
	pam_stack_free(&s);
	loaded(&s, bare, 0);
	buf_reset(&b);
	dump(&b, &s);
	assert_string_equal(buf_str(&b), "1 auth refusal 0 -\n1 account refusal 0 -\n");
	pam_stack_free(&s);
	loaded(&s, &files[4], ERR_MISSING);
	pam_stack_free(&s);
	buf_free(&b);
}

#define US "auth required pam_twokey.so\n"
static void ways(void **state)
{
	/* 1: it may end well without the module, through the lines of which '1' is
	 * written. */
	static const struct {
		const char *text;
		int want;
		const char *led;
	} all[] = {
		{ US, 0, "0" }, { "auth required a\n" US "auth sufficient b\n", 0, "000" },
		{ "", 0, "" }, { "auth required a\n", 1, "0" }, { "auth required pam_deny.so\n", 0, "0" },
		{ "auth sufficient a\nauth required b\n" US, 1, "100" },
		{ "auth requisite a\nauth optional b\n" US, 0, "000" },
		{ "auth [success=1 default=ignore] a\nauth requisite pam_deny.so\n" US, 0, "000" },
		{ "auth [success=1 default=ignore] a\n" US, 0, "00" },
		{ "auth [success=1 default=ignore] a\n" US "auth optional b\n", 1, "100" },
		{ "auth [success=2 default=ignore] a\n" US "auth optional b\n", 0, "000" },
		{ "auth [default=done] a\n" US, 1, "10" }, { "auth [default=done success=ok] a\n" US, 0, "00" },
		{ US "auth [default=reset] a\nauth optional b\n", 1, "010" },
		{ US "auth [default=reset] a\n", 0, "00" },
		{ "auth sufficient pam_rootok.so\n" US, 0, "00" },
		{ "auth sufficient pam_succeed_if.so service in x:su\n" US, 1, "10" },
		{ "auth sufficient pam_succeed_if.so quiet service in sux:xsu:\n" US, 0, "00" },
		{ "auth sufficient pam_succeed_if.so service notin su-l:su\n" US, 0, "00" },
		{ "auth [success=ignore default=done] pam_succeed_if.so service != sudo debug\n" US, 0, "00" },
		{ "auth sufficient pam_succeed_if.so service eq 5\n" US, 1, "10" },
		{ "auth sufficient pam_succeed_if.so\n" US, 1, "10" },
		{ "auth [default=ok] pam_twokey.so\n", 0, "0" },
		{ "auth optional pam_twokey.so\nauth required a\n", 1, "00" },
		{ "auth required a\nauth [default=1] x/pam_deny.so\n" US "auth optional b\n", 1, "0100" },
		{ "auth broken a\nauth sufficient b\n" US, 0, "000" },
		{ "auth sufficient\nauth required a\n" US, 0, "000" }
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		struct pam_stack s = STACK_INIT;
		const struct pam_walk w = { &s, STACK_AUTH, "pam_twokey.so", "pam_rootok.so", "su" };
		unsigned char led[8];
		struct err e = { 0 };
		int r;

		assert_int_equal(pam_stack_parse(&s, all[i].text, strlen(all[i].text), "f", &e), 0);
		r = pam_walk(&w, led);
		for (size_t k = 0; k < s.len; k++)
			if (r != all[i].want || led[k] != (all[i].led[k] == '1'))
				fail_msg("%d, line %zu of\n%s", r, k + 1, all[i].text);
		pam_stack_free(&s);
	}
}

static void tell(void *ctx, enum finding f, const char *what, const char *mend, const char *text)
{
	struct machine *m = ctx;

	(void)mend;
	buf_printf(&m->told, "%d %s: %s\n", (int)f, what, text);
}

static void judged(void **state)
{
	static const struct memory_file files[] = {
		{ "sshd", "auth required pam_twokey.so timeout=200\naccount required pam_twokey.so\n"
		    "session optional pam_twokey.so\n" },
		{ "sudo", "auth required pam_twokey.so users=root\nsession required pam_twokey.so\n" },
		{ "other", "account required pam_deny.so\nauth required pam_permit.so\n" },
		{ "chpasswd", "password required pam_unix.so\n" }, { NULL, NULL }
	};
	struct machine m = { files, BUF_INIT };
	struct pam_judge j = { .read = read_memory, .module = "/m/pam_twokey.so", .known = 1,
		.found = tell, .ctx = &m, .told = BUF_INIT };

	(void)state;
	pam_judge(&j);
	assert_string_equal(buf_str(&m.told),
	    "2 pam sshd: sshd, line 3: the control of pam_twokey.so lets its refusal pass.\n"
	    "2 pam sudo: sudo, line 1: users=root asks nobody for keys, as sudo asks for the one who "
	    "calls it, not for root.\n"
	    "2 pam other: auth asks no pam_twokey.so: nobody is asked for keys.\n"
	    "2 pam chpasswd: password asks no pam_twokey.so: a new password of root is not sealed.\n");
	assert_int_equal(j.sshd_account, 1);
	assert_int_equal(j.sshd_timeout, 200);
	buf_free(&m.told);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines), cmocka_unit_test(lines_refused), cmocka_unit_test(controls),
		cmocka_unit_test(includes), cmocka_unit_test(ways), cmocka_unit_test(judged)
	};

	return cmocka_run_group_tests_name("cli_pam_stack", tests, NULL, NULL);
}
