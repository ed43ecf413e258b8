/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/pam_stack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/pam_stack_local.h"

#define BLANK " \t\n"

static const char *const types[] = { "auth", "account", "password", "session" };

/* In the order of their numbers: _pam_types.h, pam_tokens.h. */
static const char *const codes[STACK_CODES] = {
	"success", "open_err", "symbol_err", "service_err", "system_err", "buf_err",
	"perm_denied", "auth_err", "cred_insufficient", "authinfo_unavail", "user_unknown",
	"maxtries", "new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	"cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging", "try_again",
	"ignore", "abort", "authtok_expired", "module_unknown", "bad_item", "conv_again",
	"incomplete"
};

static const char *const actions[] = { "ignore", "ok", "done", "bad", "die", "reset" };

struct cursor {
	const char *at, *end;
	unsigned number;	/* lines taken so far */
};

/* One line of the file to p, newline included, as fgets does: its length, 0 at the
 * end, -1 when it does not fit or holds a NUL. */
static int take(struct cursor *c, char *p, size_t room)
{
	const size_t left = (size_t)(c->end - c->at);
	const char *nl = memchr(c->at, '\n', left);
	const size_t n = nl != NULL ? (size_t)(nl - c->at) + 1 : left;

	if (n >= room || memchr(c->at, '\0', n) != NULL)
		return -1;
	memcpy(p, c->at, n);
	p[n] = '\0';
	c->at += n;
	c->number += n > 0;
	return (int)n;
}

/* A line with its continuations: 1, 0 at the end, -1 where libpam gives up.  As
 * there, `#` begins a comment wherever it stands, and comments and empty lines
 * do not end a continuation. */
static int assemble(struct cursor *c, char *buf, unsigned *first)
{
	char *p = buf, *s, *hash, *last;

	for (;;) {
		const int n = take(c, p, (size_t)(buf + STACK_LINE_MAX + 1 - p));

		if (n <= 0)
			return n < 0 || p > buf ? -1 : 0;
		s = p + strspn(p, BLANK);
		if (*s == '\0' || *s == '#')
			continue;
		if (p == buf)
			*first = c->number;
		hash = strchr(s, '#');
		if (hash != NULL) {
			*hash = '\0';
			return 1;
		}
		for (last = s + strlen(s) - 1; last > s && strchr(BLANK, *last) != NULL; last--)
			;
		if (*last != '\\') {
			last[1] = '\0';
			return 1;
		}
		*last = ' ';
		p = last + 1;
	}
}

/* The next word, ended in place, or NULL: blanks part words, [...] holds some, with \] for
 * a bracket. */
static char *word(char **at)
{
	char *s = *at + strspn(*at, BLANK), *from, *to, *end;

	if (*s == '\0')
		return NULL;
	if (*s != '[') {
		end = s + strcspn(s, BLANK);
		*at = *end != '\0' ? end + 1 : end;
		*end = '\0';
		return s;
	}
	for (from = to = ++s; *from != '\0' && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*at = *from != '\0' ? from + 1 : from;
	*to = '\0';
	return s;
}

static void set_all(struct stack_line *l, int act)
{
	for (size_t i = 0; i < STACK_CODES; i++)
		l->act[i] = act;
}

static int starts(const char **s, const char *with)
{
	const size_t n = strlen(with);

	if (strncmp(*s, with, n) != 0)
		return 0;
	*s += n;
	return 1;
}

/* STACK_CODES for "default", -1 for none. */
static int take_code(const char **s)
{
	for (int i = 0; i < STACK_CODES; i++)
		if (starts(s, codes[i]))
			return i;
	return starts(s, "default") ? STACK_CODES : -1;
}

/* 0, with an action or a number above 0 in *act. */
static int take_action(const char **s, int *act)
{
	int n = 0;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (starts(s, actions[i])) {
			*act = -(int)i;
			return 0;
		}
	for (; isdigit((unsigned char)**s); (*s)++)
		n = n > STACK_LINES_MAX ? n : n * 10 + (**s - '0');
	*act = n;
	return n > 0 ? 0 : -1;
}

/* What stands in brackets: "value=action ..."; what is not named is bad. */
static int bracket(struct stack_line *l, const char *s)
{
	int set[STACK_CODES] = { 0 }, code, act;

	while (*(s += strspn(s, " \t\n\v\f\r")) != '\0') {
		code = take_code(&s);
		s += strspn(s, " \t\n\v\f\r");
		if (code < 0 || *s++ != '=')
			return -1;
		s += strspn(s, " \t\n\v\f\r");
		if (take_action(&s, &act) != 0)
			return -1;
		if (code < STACK_CODES) {
			l->act[code] = act;
			set[code] = 1;
			continue;
		}
		/* It fills what nothing has named so far, for good. */
		for (code = 0; code < STACK_CODES; code++)
			if (!set[code]) {
				l->act[code] = act;
				set[code] = 1;
			}
	}
	for (code = 0; code < STACK_CODES; code++)
		if (!set[code])
			l->act[code] = ACT_BAD;
	return 0;
}

static void keyword(struct stack_line *l, int good, int bad)
{
	set_all(l, bad);
	l->act[CODE_SUCCESS] = l->act[CODE_NEW_AUTHTOK_REQD] = good;
	l->act[CODE_IGNORE] = ACT_IGNORE;
}

static void control(struct stack_line *l, const char *w)
{
	if (strcasecmp(w, "required") == 0)
		keyword(l, ACT_OK, ACT_BAD);
	else if (strcasecmp(w, "requisite") == 0)
		keyword(l, ACT_OK, ACT_DIE);
	else if (strcasecmp(w, "optional") == 0)
		keyword(l, ACT_OK, ACT_IGNORE);
	else if (strcasecmp(w, "sufficient") == 0)
		keyword(l, ACT_DONE, ACT_IGNORE);
	else if (strcasecmp(w, "include") == 0)
		l->kind = STACK_INCLUDE;
	else if (strcasecmp(w, "substack") == 0)
		l->kind = STACK_SUBSTACK;
	else if (bracket(l, w) != 0) {
		set_all(l, ACT_BAD);
		l->fault = "its control is none that libpam knows";
	}
}

static void refuse(struct stack_line *l, const char *why)
{
	l->kind = STACK_REFUSAL;
	l->fault = why;
}

static void type_and_control(struct stack_line *l, const char *type, const char *w)
{
	type += *type == '-';
	for (l->type = STACK_AUTH; l->type < STACK_ANY; l->type++)
		if (strcasecmp(type, types[l->type]) == 0)
			break;
	if (w != NULL)
		control(l, w);
	if (l->type == STACK_ANY) {
		/* To libpam it is one of auth, which matters most. */
		l->type = STACK_AUTH;
		refuse(l, "its type is none of auth, account, password and session");
	}
}

static void fill(struct stack_line *l)
{
	char *at = l->text, *w = word(&at);

	set_all(l, ACT_BAD);
	if (strcasecmp(w, "@include") == 0) {
		l->type = STACK_ANY;
		l->kind = STACK_INCLUDE;
	} else {
		type_and_control(l, w, word(&at));
	}
	l->module = word(&at);
	if (l->module == NULL)
		refuse(l, l->kind == STACK_MODULE ? "it names no module" : "it names no file");
	while (l->module != NULL && (w = word(&at)) != NULL)
		l->argv[l->argc++] = w;
}

struct stack_line *stack_grow(struct pam_stack *s, const char *file, unsigned number, struct err *e)
{
	struct stack_line *more, *l;

	if (s->len == STACK_LINES_MAX) {
		err_set(e, ERR_INPUT, "%s holds more than %d lines, with all that is included.", file,
		    STACK_LINES_MAX);
		return NULL;
	}
	if (s->len == s->cap) {
		const size_t cap = s->cap ? s->cap * 2 : 32;

		more = reallocarray(s->line, cap, sizeof(*more));
		if (more == NULL) {
			err_set(e, ERR_MEMORY, "No memory is left for reading %s.", file);
			return NULL;
		}
		s->line = more;
		s->cap = cap;
	}
	l = &s->line[s->len];
	memset(l, 0, sizeof(*l));
	l->number = number;
	l->file = strdup(file);
	if (l->file == NULL) {
		err_set(e, ERR_MEMORY, "No memory is left for reading %s.", file);
		return NULL;
	}
	s->len++;
	return l;
}

int pam_stack_parse(struct pam_stack *out, const char *bytes, size_t len, const char *file,
    struct err *e)
{
	struct cursor c = { bytes, bytes + len, 0 };
	char buf[STACK_LINE_MAX + 1];
	struct stack_line *l;
	unsigned first = 0;
	int n;

	while ((n = len > 0 ? assemble(&c, buf, &first) : 0) == 1) {
		if ((l = stack_grow(out, file, first, e)) == NULL)
			return (int)e->code;
		l->text = strdup(buf);
		l->argv = calloc(strlen(buf) / 2 + 2, sizeof(*l->argv));
		if (l->text == NULL || l->argv == NULL)
			return err_set(e, ERR_MEMORY, "No memory is left for reading %s.", file);
		fill(l);
	}
	return n == 0 ? 0 : err_set(e, ERR_INPUT, "%s, line %u: it is too long, holds a NUL or "
	    "continues with nothing; libpam refuses all of the service.", file, c.number + 1);
}

const char *pam_stack_type(enum stack_type type)
{
	return type < STACK_ANY ? types[type] : "any";
}
