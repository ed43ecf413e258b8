/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that is missing, as STACKS in pam_twokey(8) has it, and its place. */
#include <string.h>

#include "cli/pam_judge_local.h"

#define ROOTOK "pam_rootok.so"
#define LOGINUID "pam_loginuid.so"

const char *judge_control(const struct judged *s, enum stack_type type)
{
	if (type == STACK_AUTH)
		return s->service->how & CALLER ? "required" : "[success=done ignore=ignore default=die]";
	return type == STACK_SESSION ? "required" : "requisite";
}

/* The first line of a type: of this module; NULL: in another file than that. */
static const struct stack_line *first(const struct judged *s, enum stack_type type,
    const char *module, const char *file)
{
	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (l->type == type && (module != NULL ? pam_stack_is(l, module) :
		    strcmp(l->file, file) != 0))
			return l;
	}
	return NULL;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* A password is, with others, set by a file that they share. */
static void place_of_password(struct buf *out, const struct judged *s)
{
	const struct stack_line *l = first(s, STACK_PASSWORD, UNIX_MODULE, NULL);

	if (l == NULL) {
		buf_printf(out, "above the other password lines of %s", s->path);
		return;
	}
	buf_printf(out, "above the line of " UNIX_MODULE " of %s", l->file);
	if (!pam_stack_has(l, "use_authtok"))
		buf_puts(out, ", and behind " UNIX_MODULE " there the word use_authtok: it then sets "
		    "what was sealed, and asks for nothing itself");
}

static const char *place(struct buf *out, const struct judged *s, enum stack_type type)
{
	const char *file = (s->fallen >> type) & 1 ? s->other : s->path;
	const struct stack_line *uid = type == STACK_SESSION ? first(s, type, LOGINUID, NULL) : NULL;
	const struct stack_line *included = first(s, type, NULL, file);

	if (uid != NULL) {
		buf_puts(out, "below the line of " LOGINUID);
		file = uid->file;
	} else if (type == STACK_AUTH && (s->service->how & CALLER)) {
		buf_puts(out, "in the place of the other auth lines");
	} else if (type == STACK_AUTH && (s->service->how & ROOT_AUTH) && included == NULL) {
		buf_puts(out, "below the line of " ROOTOK);
	} else if (type == STACK_ACCOUNT && first(s, type, ROOTOK, NULL) != NULL) {
		buf_puts(out, "below the line of " ROOTOK);
	} else if (included != NULL) {
		buf_printf(out, "above the line that includes %s", base(included->file));
	} else {
		buf_printf(out, "above the other %s lines", pam_stack_type(type));
	}
	buf_printf(out, " of %s", file);
	return file;
}

void judge_propose(struct buf *out, const struct judged *s, enum stack_type type)
{
	const char *file = "";

	buf_puts(out, "Write ");
	if (type == STACK_ACCOUNT && (s->service->how & ROOT_ACCOUNT) &&
	    first(s, type, ROOTOK, NULL) == NULL)
		buf_puts(out, "`account  [success=1 default=ignore] " ROOTOK "`, and below it ");
	/* Other accounts may go without the keys, but for those that become root here. */
	buf_printf(out, "`%-8s %-10s %s%s` ", pam_stack_type(type), judge_control(s, type),
	    s->j->known ? PAM_MODULE : s->j->module,
	    (s->service->how & CALLER) && type != STACK_PASSWORD ? "" : " users=root");
	if (type == STACK_PASSWORD)
		place_of_password(out, s);
	else
		file = place(out, s, type);
	buf_puts(out, strncmp(file, "/usr/", 5) == 0 ? ", in a copy in /etc/pam.d." : ".");
}
