/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/pam_judge_local.h"
#include "cli/pam_walk.h"
#include "gate/pamargs.h"

static void edit(char *out, size_t cap, const struct stack_line *l, const char *what)
{
	(void)snprintf(out, cap, "%s: ${EDITOR:-vi} +%u '%s'", what, l->number, l->file);
}

void judge_faults(struct judged *s)
{
	char mend[ERR_HINT_MAX];

	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (l->fault == NULL || !judge_first(s, l, l->fault))
			continue;
		edit(mend, sizeof(mend), l, "Edit it");
		judge_tell(s, FINDING_BAD, mend, "%s, line %u: %s; libpam refuses where it comes to "
		    "it.", l->file, l->number, l->fault);
		s->bad++;
	}
}

/* Are all the accounts of this list root's own? */
static int is_root_only(const char *users)
{
	char name[256];
	unsigned uid;
	size_t n;

	for (; *users != '\0'; users += n + (users[n] == ',')) {
		n = strcspn(users, ",");
		if (n >= sizeof(name))
			return 0;
		memcpy(name, users, n);
		name[n] = '\0';
		if (pamargs_uid(name, &uid) != 0 || uid != 0)
			return 0;
	}
	return 1;
}

/* Another line of the type asks everybody. */
static int is_wider(const struct judged *s, const struct stack_line *than)
{
	struct pamargs a;

	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (l->type == than->type && pam_stack_is(l, PAM_MODULE) && pam_walk_refuses(l) &&
		    pamargs_parse(&a, l->argc, l->argv) == NULL && a.users == NULL)
			return 1;
	}
	return 0;
}

static void judge_users(struct judged *s, const struct stack_line *l, const struct pamargs *a)
{
	char mend[ERR_HINT_MAX];

	if (a->users == NULL || ((s->service->how & CALLER) && is_wider(s, l)))
		return;
	if (!(s->service->how & CALLER)) {
		if (pamargs_concern(a, "root"))
			return;
		edit(mend, sizeof(mend), l, "Put root into users=, or take users= out");
		if (judge_first(s, l, "users"))
			judge_tell(s, FINDING_BAD, mend, "%s, line %u: users=%s leaves root out.",
			    l->file, l->number, a->users);
		s->bad++;
		return;
	}
	/* A file that many services include must not ask all of their users. */
	if (strstr(l->file, "/common-") != NULL)
		(void)snprintf(mend, sizeof(mend), "Leave that line to the others; give %s a stack of "
		    "its own: STACKS in pam_twokey(8)", s->service->name);
	else
		edit(mend, sizeof(mend), l, "Take users= out");
	if (is_root_only(a->users)) {
		judge_tell(s, FINDING_BAD, mend, "%s, line %u: users=%s asks nobody for keys, as %s "
		    "asks for the one who calls it, not for root.", l->file, l->number, a->users,
		    s->service->name);
		s->bad++;
	} else {
		judge_tell(s, FINDING_NOTE, mend, "%s, line %u: whom users=%s leaves out can become "
		    "root by %s without keys, where its rules let them.", l->file, l->number,
		    a->users, s->service->name);
	}
}

static void judge_words(struct judged *s, const struct stack_line *l)
{
	char mend[ERR_HINT_MAX];
	struct pamargs a;
	const char *bad = pamargs_parse(&a, l->argc, l->argv);

	if (bad == NULL) {
		judge_users(s, l, &a);
		if (l->type == STACK_AUTH && a.timeout > s->timeout)
			s->timeout = a.timeout;
		return;
	}
	if (judge_first(s, l, "words")) {
		edit(mend, sizeof(mend), l, "Mend it, as pam_twokey(8) says");
		judge_tell(s, FINDING_BAD, mend, "%s, line %u: \"%s\" is unknown, malformed or there "
		    "twice; %s refuses everybody.", l->file, l->number, bad, PAM_MODULE);
	}
	s->bad++;
}

static int is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return strcmp(a, b) == 0 || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino);
}

static void judge_path(struct judged *s, const struct stack_line *l)
{
	const int whole = strchr(l->module, '/') != NULL;
	char mend[ERR_HINT_MAX];

	if (whole ? is_same_file(l->module, s->j->module) : s->j->known)
		return;
	if (judge_first(s, l, "path")) {
		(void)snprintf(mend, sizeof(mend), "Write `%s` in its place.", s->j->module);
		judge_tell(s, FINDING_BAD, mend, whole ? "%s, line %u: %s is not the module that is "
		    "installed." : "%s, line %u: libpam does not look for %s where it is installed, "
		    "and refuses.", l->file, l->number, l->module);
	}
	s->bad++;
}

int judge_line(struct judged *s, const struct stack_line *l)
{
	const int weak = !pam_walk_refuses(l);
	char mend[ERR_HINT_MAX];

	if (weak) {
		(void)snprintf(mend, sizeof(mend), "Write `%s` in the place of its control.",
		    judge_control(s, l->type));
		if (judge_first(s, l, "weak"))
			judge_tell(s, FINDING_BAD, mend, "%s, line %u: the control of %s lets its "
			    "refusal pass.", l->file, l->number, PAM_MODULE);
		s->bad++;
	}
	judge_words(s, l);
	judge_path(s, l);
	return weak;
}

void judge_nullok(struct judged *s)
{
	char mend[ERR_HINT_MAX];

	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (l->type != STACK_AUTH || !pam_stack_is(l, UNIX_MODULE) ||
		    (!pam_stack_has(l, "nullok") && !pam_stack_has(l, "nullok_secure")) ||
		    !judge_first(s, l, "nullok"))
			continue;
		(void)snprintf(mend, sizeof(mend), "sed -i '%u s/ nullok\\(_secure\\)\\?//' '%s'",
		    l->number, l->file);
		judge_tell(s, FINDING_BAD, mend, "%s, line %u: %s takes an empty password (nullok).",
		    l->file, l->number, UNIX_MODULE);
		s->bad++;
	}
}

void judge_unix(struct judged *s)
{
	size_t ours = s->stack.len;
	char mend[ERR_HINT_MAX];

	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (l->type != STACK_PASSWORD)
			continue;
		if (pam_stack_is(l, PAM_MODULE) && ours == s->stack.len)
			ours = i;
		if (!pam_stack_is(l, UNIX_MODULE) || !((s->asks >> STACK_PASSWORD) & 1))
			continue;
		if (ours > i) {
			judge_tell(s, FINDING_BAD, "Put the line of " PAM_MODULE " above that of "
			    UNIX_MODULE ".", "%s, line %u: %s sets a password before it is sealed.",
			    l->file, l->number, UNIX_MODULE);
			s->bad++;
		} else if (!pam_stack_has(l, "use_authtok")) {
			(void)snprintf(mend, sizeof(mend), "sed -i '%u s/%s/& use_authtok/' '%s'",
			    l->number, UNIX_MODULE, l->file);
			judge_tell(s, FINDING_BAD, mend, "%s, line %u: %s may set another password "
			    "than the one that is sealed.", l->file, l->number, UNIX_MODULE);
			s->bad++;
		}
	}
}
