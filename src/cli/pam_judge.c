/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/pam_judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/pam_judge_local.h"
#include "cli/pam_walk.h"

#define ROOTOK "pam_rootok.so"

/* runuser is for root alone, and not here. */
static const struct pam_service logins[] = {
	{ "login", 0 }, { "sshd", 0 }, { "su", ROOT_AUTH | ROOT_ACCOUNT },
	{ "su-l", ROOT_AUTH | ROOT_ACCOUNT }, { "sudo", CALLER | ROOT_ACCOUNT },
	{ "sudo-i", CALLER | ROOT_ACCOUNT }, { "gdm-password", 0 }, { "lightdm", 0 },
	{ "sddm", 0 }, { "xdm", 0 }, { "cockpit", 0 }, { "polkit-1", CALLER | NO_SESSION },
	{ "other", 0 }
};
static const char *const passwords[] = { "common-password", "passwd", "chpasswd" };

void judge_tell(const struct judged *s, enum finding f, const char *mend, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX], what[64];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)snprintf(what, sizeof(what), "pam %s", s->service->name);
	s->j->found(s->j->ctx, f, what, mend, text);
}

int judge_first(const struct judged *s, const struct stack_line *l, const char *why)
{
	char key[ERR_TEXT_MAX];

	(void)snprintf(key, sizeof(key), "\n%s:%u:%s\n", l->file, l->number, why);
	if (strstr(buf_str(&s->j->told), key) != NULL)
		return 0;
	buf_puts(&s->j->told, key);
	return 1;
}

/* su-l includes su: what is missing there has been told of su. */
static int is_told(const struct judged *s, enum stack_type type)
{
	struct pam_stack own = STACK_INIT;
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	int told = 0;

	if (s->j->read(s->j->ctx, &bytes, &path, s->service->name, NULL) == 0)
		(void)pam_stack_parse(&own, (const char *)bytes.data, bytes.len, s->path, NULL);
	for (size_t i = 0; i < own.len && type != STACK_PASSWORD; i++) {
		const struct stack_line *l = &own.line[i];

		if ((l->type == type || l->type == STACK_ANY) &&
		    (l->kind == STACK_INCLUDE || l->kind == STACK_SUBSTACK))
			for (const struct pam_service *x = logins; x < s->service; x++)
				told |= strcmp(l->module, x->name) == 0;
	}
	pam_stack_free(&own);
	buf_free(&bytes);
	buf_free(&path);
	return told;
}

static void tell_missing(struct judged *s, enum stack_type type)
{
	static const char *const why[] = {
		"nobody is asked for keys", "what lets root in without the keys is not refused",
		"a new password of root is not sealed", "sessions of root are not recorded"
	};
	struct buf mend = BUF_INIT;

	judge_propose(&mend, s, type);
	judge_tell(s, FINDING_BAD, buf_ok(&mend) ? buf_str(&mend) : NULL, "%s asks no %s: %s.",
	    pam_stack_type(type), PAM_MODULE, why[type]);
	buf_free(&mend);
}

/* The lines that lead around it. */
static void tell_around(struct judged *s, enum stack_type type, const unsigned char *led)
{
	char mend[ERR_HINT_MAX];

	for (size_t i = 0; i < s->stack.len; i++) {
		const struct stack_line *l = &s->stack.line[i];

		if (!led[i])
			continue;
		(void)snprintf(mend, sizeof(mend), "Put the %s line of %s above that line, or take "
		    "that line out.", pam_stack_type(type), PAM_MODULE);
		judge_tell(s, FINDING_BAD, mend, "%s, line %u: %s can lead %s past %s.", l->file,
		    l->number, l->module != NULL ? l->module : "it", pam_stack_type(type),
		    PAM_MODULE);
		s->bad++;
	}
}

static int is_spared(const struct judged *s, enum stack_type type)
{
	return (type == STACK_AUTH && (s->service->how & ROOT_AUTH)) ||
	    (type == STACK_ACCOUNT && (s->service->how & ROOT_ACCOUNT));
}

static void judge_type(struct judged *s, enum stack_type type)
{
	const struct pam_walk w = { .stack = &s->stack, .type = type, .module = PAM_MODULE,
		.spared = is_spared(s, type) ? ROOTOK : NULL, .service = s->service->name };
	unsigned char *led = calloc(s->stack.len + 1, 1);
	size_t ours = 0, weak = 0;
	int r;

	for (size_t i = 0; i < s->stack.len; i++)
		if (s->stack.line[i].type == type && pam_stack_is(&s->stack.line[i], PAM_MODULE)) {
			ours++;
			weak += (size_t)judge_line(s, &s->stack.line[i]);
		}
	s->asks |= (ours > 0) << type;
	r = led != NULL ? pam_walk(&w, led) : -1;
	if (r < 0)
		judge_tell(s, FINDING_BAD, NULL, "No memory is left for judging it.");
	else if (r == 0)
		s->closed |= (ours == 0) << type;
	else if (ours == 0 && !is_told(s, type))
		tell_missing(s, type);
	else if (ours > 0 && weak == 0)
		tell_around(s, type, led);
	s->bad += r < 0 || (r == 1 && ours == 0);
	free(led);
}

/* Where a service has no line of a type libpam takes those of `other`. */
static void fall_back(struct judged *s, enum stack_type type)
{
	struct pam_stack other = STACK_INIT;
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	struct err why = { 0 };

	for (size_t i = 0; i < s->stack.len; i++)
		if (s->stack.line[i].type == type)
			return;
	if (s->j->read(s->j->ctx, &bytes, &path, "other", &why) == 0 &&
	    pam_stack_load(&other, "other", s->j->read, s->j->ctx, &why) == 0 &&
	    pam_stack_take(&s->stack, &other, type, &why) == 0) {
		s->fallen |= 1 << type;
		(void)snprintf(s->other, sizeof(s->other), "%s", buf_str(&path));
	}
	pam_stack_free(&other);
	buf_free(&bytes);
	buf_free(&path);
}

static int begin(struct judged *s, struct pam_judge *j, const struct pam_service *service)
{
	struct err why = { 0 };
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	int r;

	*s = (struct judged){ .j = j, .service = service };
	r = j->read(j->ctx, &bytes, &path, service->name, &why);
	(void)snprintf(s->path, sizeof(s->path), "%s", buf_str(&path));
	buf_free(&bytes);
	buf_free(&path);
	if (r == ERR_MISSING)
		return -1;
	err_clear(&why);
	r = pam_stack_load(&s->stack, service->name, j->read, j->ctx, &why);
	if (r == 0)
		return 0;
	judge_tell(s, FINDING_BAD, why.hint[0] != '\0' ? why.hint : NULL, "%s", why.text);
	pam_stack_free(&s->stack);
	return -1;
}

/* What is asked about these two beyond their stacks. */
static void remember(const struct judged *s)
{
	if (strcmp(s->service->name, "sshd") == 0) {
		s->j->sshd_account = (s->asks >> STACK_ACCOUNT) & 1;
		s->j->sshd_timeout = s->timeout;
	} else if (strcmp(s->service->name, "login") == 0) {
		s->j->login_asks = (s->asks >> STACK_AUTH) & 1;
		s->j->login_timeout = s->timeout;
	}
}

static void judge_login(struct pam_judge *j, const struct pam_service *service)
{
	struct judged s;

	if (begin(&s, j, service) != 0)
		return;
	j->services++;
	fall_back(&s, STACK_AUTH);
	fall_back(&s, STACK_ACCOUNT);
	fall_back(&s, STACK_SESSION);
	judge_faults(&s);
	judge_type(&s, STACK_AUTH);
	if (!(s.closed & (1 << STACK_AUTH))) {
		judge_type(&s, STACK_ACCOUNT);
		if (!(service->how & NO_SESSION))
			judge_type(&s, STACK_SESSION);
		judge_nullok(&s);
	}
	if (s.bad == 0)
		judge_tell(&s, FINDING_OK, NULL, s.closed & (1 << STACK_AUTH) ? "It lets nobody in."
		    : "Nobody gets in as root without the keys.");
	remember(&s);
	pam_stack_free(&s.stack);
}

static int is_only_from(const struct judged *s, const char *name)
{
	for (size_t i = 0; i < s->stack.len; i++) {
		const char *slash = strrchr(s->stack.line[i].file, '/');

		if (strcmp(slash != NULL ? slash + 1 : s->stack.line[i].file, name) != 0)
			return 0;
	}
	return 1;
}

static void judge_password(struct pam_judge *j, const char *name, int *common)
{
	const struct pam_service service = { name, 0 };
	struct judged s;

	if (begin(&s, j, &service) != 0)
		return;
	/* What is the matter with it has been told. */
	if (strcmp(name, passwords[0]) != 0 && *common && is_only_from(&s, passwords[0])) {
		pam_stack_free(&s.stack);
		return;
	}
	judge_faults(&s);
	judge_type(&s, STACK_PASSWORD);
	judge_unix(&s);
	if (s.bad == 0)
		judge_tell(&s, FINDING_OK, NULL, "A new password of root is sealed before it is set.");
	*common |= strcmp(name, passwords[0]) == 0;
	pam_stack_free(&s.stack);
}

void pam_judge(struct pam_judge *j)
{
	int common = 0;

	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++)
		judge_login(j, &logins[i]);
	if (j->services == 0)
		j->found(j->ctx, FINDING_BAD, "pam", NULL, "No PAM stack of a login could be read; "
		    "/etc/pam.conf is not looked at.");
	for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++)
		judge_password(j, passwords[i], &common);
	buf_free(&j->told);
}
