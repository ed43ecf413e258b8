/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways past the module, held against libpam itself: stacks by chance, in which
 * pam_debug.so stands for every module and returns each code that matters. */
#include "unit.h"

#include <security/pam_appl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/pam_walk.h"

#define OTHERS_MAX 3
#define STACKS 60

static const char *const folders[] = { "/lib/x86_64-linux-gnu/security", "/usr/lib64/security",
	"/lib/aarch64-linux-gnu/security", "/usr/lib/security", "/lib/security" };
static char debug_so[64], top[] = "/tmp/twokey-pam-XXXXXX", main_text[1024], sub_text[1024];

/* Codes that controls below name, and one that stands for all others. */
static const char *const codes[] = { "success", "auth_err", "new_authtok_reqd", "ignore", "cred_err" };

struct stack {
	const char *type;
	char control[OTHERS_MAX + 1][96];
	int n, ours, sub;	/* lines; which is the module's; the last `sub` ones are a substack's */
};

static unsigned seed = 1;
static unsigned chance(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static void any_control(char *out, size_t cap)
{
	static const char *const words[] = { "required", "requisite", "sufficient", "optional" };
	static const char *const acts[] = { "ok", "ok", "done", "bad", "die", "ignore", "1", "1", "2", "reset" };
	size_t at = 0;

	if (chance(2) == 0) {
		(void)snprintf(out, cap, "%s", words[chance(4)]);
		return;
	}
	out[at++] = '[';
	for (size_t i = 0; i < 4; i++)
		if (chance(3) > 0)
			at += (size_t)snprintf(out + at, cap - at, "%s=%s ", codes[i], acts[chance(10)]);
	(void)snprintf(out + at, cap - at, "default=%s]", acts[chance(10)]);
}

static void any_stack(struct stack *s)
{
	s->type = chance(3) > 0 ? "auth" : "account";
	s->n = 2 + (int)chance(OTHERS_MAX);
	s->ours = (int)chance((unsigned)s->n);
	s->sub = chance(3) > 0 ? 0 : (int)chance((unsigned)s->n);
	for (int i = 0; i < s->n; i++)
		any_control(s->control[i], sizeof(s->control[i]));
	if (chance(4) > 0)
		(void)strcpy(s->control[s->ours], "required");
}

/* Line i returns codes[code[i]]. */
static void write_stack(const struct stack *s, const int *code)
{
	size_t m = 0, b = 0;

	main_text[0] = sub_text[0] = '\0';
	for (int i = 0; i < s->n; i++) {
		const int below = i >= s->n - s->sub;
		char *out = below ? sub_text + b : main_text + m;
		size_t len;

		if (below && b == 0)
			m += (size_t)snprintf(main_text + m, sizeof(main_text) - m,
			    "%s substack %s/sub\n",
			    s->type, top);
		len = (size_t)snprintf(out, 256, "%s %s %s%s %s=%s\n", s->type, s->control[i],
		    i == s->ours ? top : debug_so, i == s->ours ? "/pam_twokey.so" : "",
		    s->type[1] == 'u' ? "auth" : "acct", codes[code[i]]);
		*(below ? &b : &m) += len;
	}
}

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static int say_nothing(int n, const struct pam_message **m, struct pam_response **r, void *ctx)
{
	(void)m, (void)ctx;
	*r = calloc((size_t)n, sizeof(**r));
	return *r == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static int libpam_lets_in(const struct stack *s)
{
	const struct pam_conv conv = { say_nothing, NULL };
	pam_handle_t *h = NULL;
	int r;

	put("s", main_text);
	put("sub", sub_text);
	assert_int_equal(pam_start_confdir("s", "root", &conv, top, &h), PAM_SUCCESS);
	r = s->type[1] == 'u' ? pam_authenticate(h, PAM_SILENT) : pam_acct_mgmt(h, PAM_SILENT);
	assert_int_equal(pam_end(h, r), PAM_SUCCESS);
	return r == PAM_SUCCESS || (r == PAM_NEW_AUTHTOK_REQD && s->type[1] == 'c');
}

/* Over all codes of the other modules, and refusals of ours. */
static int libpam_may_let_in(const struct stack *s)
{
	int code[OTHERS_MAX + 1], all = 1;

	for (int i = 0; i < s->n; i++)
		all *= i == s->ours ? 2 : 5;
	for (int k = 0; k < all; k++) {
		for (int i = 0, left = k; i < s->n; i++) {
			code[i] = i == s->ours ? (left % 2 == 0 ? 1 : 4) : left % 5;
			left /= i == s->ours ? 2 : 5;
		}
		write_stack(s, code);
		if (libpam_lets_in(s))
			return 1;
	}
	return 0;
}

static int read_text(void *ctx, struct buf *out, struct buf *path, const char *name, struct err *e)
{
	(void)ctx, (void)e;
	buf_puts(out, strcmp(name, "s") == 0 ? main_text : sub_text);
	buf_puts(path, name);
	return 0;
}

/* 2: a reset in a substack is taken for more than it can be. */
static int we_say(const struct stack *s)
{
	struct pam_stack stack = STACK_INIT;
	const struct pam_walk w = { &stack, s->type[1] == 'u' ? STACK_AUTH : STACK_ACCOUNT,
		"pam_twokey.so", NULL, NULL };
	unsigned char led[16];
	struct err e = { 0 };
	const int code[OTHERS_MAX + 1] = { 0 };
	int r, leads = 0;

	write_stack(s, code);
	assert_int_equal(pam_stack_load(&stack, "s", read_text, NULL, &e), 0);
	r = pam_walk(&w, led);
	for (size_t i = 0; i < stack.len; i++) {
		leads |= led[i];
		if (pam_stack_is(&stack.line[i], w.module))
			leads |= !pam_walk_refuses(&stack.line[i]);
	}
	/* Where there is a way, some line is to blame. */
	assert_true(r == 0 || leads);
	pam_stack_free(&stack);
	return r == 1 && strstr(sub_text, "=reset") != NULL ? 2 : r;
}

static void ways_of_libpam(void **state)
{
	const int stacks = unit_in_valgrind() ? 2 : STACKS;
	int in = 0;

	(void)state;
	for (int i = 0; i < stacks; i++) {
		struct stack s;
		int said, is;

		any_stack(&s);
		said = we_say(&s);
		is = libpam_may_let_in(&s);
		in += is;
		if (said != is && said != 2)
			fail_msg("%d, libpam %d\n%s-\n%s", said, is, main_text, sub_text);
	}
	assert_true(unit_in_valgrind() || (in > stacks / 5 && in < stacks * 4 / 5));
}

static int setup(void **state)
{
	char link[64];

	(void)state;
	for (size_t i = 0; i < COUNT(folders) && debug_so[0] == '\0'; i++) {
		(void)snprintf(debug_so, sizeof(debug_so), "%s/pam_debug.so", folders[i]);
		if (access(debug_so, R_OK) != 0)
			debug_so[0] = '\0';
	}
	if (debug_so[0] == '\0' || mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(link, sizeof(link), "%s/pam_twokey.so", top);
	return symlink(debug_so, link);
}

static int teardown(void **state)
{
	static const char *const names[] = { "s", "sub", "pam_twokey.so" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
		(void)unlink(path);
	}
	return rmdir(top);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(ways_of_libpam) };

	return cmocka_run_group_tests_name("cli_pam_libpam", tests, setup, teardown);
}
