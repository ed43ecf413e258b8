/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/posture_show.h"

#include <string.h>

#include "cli/say.h"

#define COLUMNS 80
#define INDENT 21	/* of the text: behind state and number */

/* Words up to the right margin; lines after the first are indented. */
static void put_wrapped(struct buf *b, const char *text)
{
	size_t at = INDENT;

	while (*text != '\0') {
		const size_t n = strcspn(text, " ");

		if (at > INDENT && at + n > COLUMNS) {
			b->len -= b->len > 0 && b->data[b->len - 1] == ' ';
			buf_printf(b, "\n%*s", INDENT, "");
			at = INDENT;
		}
		buf_put(b, text, n);
		text += n;
		at += n;
		if (*text == ' ') {
			buf_put(b, " ", 1);
			text++;
			at++;
		}
	}
	buf_puts(b, "\n");
}

static void put_finding(struct buf *b, const struct posture_finding *x)
{
	static const enum say_tint tints[] = { TINT_GOOD, TINT_BAD, TINT_WARN };

	buf_printf(b, "  %s%-9s%s %-7s  ", say_tint(1, tints[x->state]), posture_state_name(x->state),
	    say_tint(1, TINT_NONE), x->cis != NULL ? x->cis : "");
	put_wrapped(b, x->text);
	if (x->next[0] != '\0') {
		buf_printf(b, "%*s", INDENT, "next: ");
		put_wrapped(b, x->next);
	}
}

void posture_show(struct buf *b, const struct posture_facts *f, const struct posture_findings *o)
{
	buf_printf(b, "%s%s%s%s%s", say_tint(1, TINT_BOLD), f->account, say_tint(1, TINT_NONE),
	    f->name[0] != '\0' ? "  " : "", f->name);
	if (posture_is_closed(f))
		buf_printf(b, "  %s: not looked at", f->status);
	buf_puts(b, "\n");
	for (size_t i = 0; i < o->n; i++)
		put_finding(b, &o->list[i]);
}

static json *finding_json(const struct posture_finding *x)
{
	json *j = json_new_object();

	if (json_set_str(j, "what", x->what) | json_set_str(j, "cis", x->cis) |
	    json_set_str(j, "state", posture_state_name(x->state)) | json_set_str(j, "text", x->text) |
	    json_set_str(j, "next", x->next))
		json_free(&j);
	return j;
}

json *posture_json(const struct posture_facts *f, const struct posture_findings *o)
{
	json *j = json_new_object(), *list = json_new_array();
	int bad = 0;

	for (size_t i = 0; i < o->n; i++)
		bad |= json_add(list, finding_json(&o->list[i]));
	bad |= json_set(j, "findings", list);
	bad |= json_set_str(j, "account", f->account) | json_set_str(j, "name", f->name) |
	    json_set_str(j, "status", f->status);
	if (bad)
		json_free(&j);
	return j;
}
