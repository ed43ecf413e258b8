/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/table_local.h"

#include <string.h>

#define HELP_COLUMNS 79

/* Appends text word by word, lines at most HELP_COLUMNS wide, each behind the
 * first indented by `indent`; `at` columns stand on the first already. */
static void help_wrap(struct buf *out, const char *text, size_t indent, size_t at)
{
	int fresh = 1;

	while (*text != '\0') {
		const size_t n = strcspn(text, " \n");

		if (!fresh && at + 1 + n > HELP_COLUMNS) {
			buf_printf(out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = 1;
		}
		if (!fresh) {
			buf_puts(out, " ");
			at++;
		}
		buf_put(out, text, n);
		at += n;
		fresh = 0;
		text += n;
		if (*text == '\n') {
			buf_printf(out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = 1;
		}
		if (*text != '\0')
			text++;
	}
	buf_puts(out, "\n");
}

/* "  name   summary", the summary in a column of its own. */
static void help_row(struct buf *out, const char *name, const char *summary, size_t column)
{
	const size_t n = strlen(name);

	buf_printf(out, "  %s", name);
	if (n + 4 > column)
		buf_printf(out, "\n%*s", (int)column, "");
	else
		buf_printf(out, "%*s", (int)(column - n - 2), "");
	help_wrap(out, summary, column, column);
}

static void help_opt_word(struct buf *out, const struct opt *o)
{
	buf_printf(out, "--%s", o->name);
	if (o->value != NULL)
		buf_printf(out, " %s", o->value);
}

/* One line of usage; breaks before a part that would not fit. */
static void help_part(struct buf *out, size_t *at, size_t indent, const char *part)
{
	if (*at + 1 + strlen(part) > HELP_COLUMNS) {
		buf_printf(out, "\n%*s", (int)indent, "");
		*at = indent;
	} else {
		buf_puts(out, " ");
		*at += 1;
	}
	buf_puts(out, part);
	*at += strlen(part);
}

static void help_synopsis(struct buf *out, const struct command *c)
{
	const size_t indent = 11;
	size_t at = strlen("usage: twokey ") + strlen(c->name);
	const struct operand *p;
	const struct opt *o;
	struct buf part = BUF_INIT;

	buf_printf(out, "usage: twokey %s", c->name);
	for (p = c->operands; p != NULL && p->name != NULL; p++) {
		const int maybe = (p->flags & OPERAND_OPTIONAL) != 0;

		buf_reset(&part);
		buf_printf(&part, "%s%s%s%s", maybe ? "[" : "", p->name,
		    p->flags & OPERAND_MANY ? "..." : "", maybe ? "]" : "");
		help_part(out, &at, indent, buf_str(&part));
	}
	for (o = c->opts; o != NULL && o->name != NULL; o++) {
		const int maybe = (o->flags & OPT_NEEDED) == 0;

		buf_reset(&part);
		buf_puts(&part, maybe ? "[" : "");
		help_opt_word(&part, o);
		buf_printf(&part, "%s%s", maybe ? "]" : "", o->flags & OPT_MANY ? "..." : "");
		help_part(out, &at, indent, buf_str(&part));
	}
	if (c->flags & COMMAND_REST)
		help_part(out, &at, indent, "[-- WORD...]");
	buf_puts(out, "\n");
	if (!buf_ok(&part))
		out->failed = 1;
	buf_free(&part);
}

static void help_opts(struct buf *out, const struct opt *o)
{
	struct buf word = BUF_INIT;

	for (; o != NULL && o->name != NULL; o++) {
		buf_reset(&word);
		help_opt_word(&word, o);
		help_row(out, buf_str(&word), o->summary, 26);
	}
	buf_free(&word);
}

void command_usage(struct buf *out, const struct command *c)
{
	const struct operand *p;

	help_synopsis(out, c);
	buf_puts(out, "\n");
	help_wrap(out, c->summary, 0, 0);
	if (c->text != NULL) {
		buf_puts(out, "\n");
		help_wrap(out, c->text, 0, 0);
	}
	if (c->operands != NULL && c->operands->name != NULL)
		buf_puts(out, "\n");
	for (p = c->operands; p != NULL && p->name != NULL; p++)
		help_row(out, p->name, p->summary, 26);
	buf_puts(out, "\n");
	help_opts(out, c->opts);
	help_opts(out, command_common);
}

void command_list(struct buf *out, const struct command *const *table, const char *prefix)
{
	const size_t n = prefix != NULL ? strlen(prefix) : 0;

	buf_printf(out, "usage: twokey %s%sCOMMAND [OPTION...]\n\n", prefix != NULL ? prefix : "",
	    prefix != NULL ? " " : "");
	for (; *table != NULL; table++) {
		const char *name = (*table)->name;

		if (prefix == NULL || (strncmp(name, prefix, n) == 0 &&
		    (name[n] == ' ' || name[n] == '\0')))
			help_row(out, name, (*table)->summary, 20);
	}
	buf_puts(out, "\n`twokey help COMMAND` says what a command takes.\n");
}
