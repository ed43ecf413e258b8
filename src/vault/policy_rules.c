/* SPDX-License-Identifier: BSD-2-Clause */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "vault/doc.h"
#include "vault/policy_local.h"

#define DAY_MINUTES 1440
#define HOURS_MAX 87600		/* ten years */
#define DRILL_DAYS_MAX 3650
#define ROOT_MAX (8u << 10)

/* What a new vault starts with. */
#define DEFAULT_ROTATION_HOURS 24
#define DEFAULT_REQUEST_MINUTES 60
#define DEFAULT_LOGIN_MINUTES 10
#define DEFAULT_DRILL_DAYS 90
#define DEFAULT_CODE_MINUTES 15

static const char *const kinds[] = { "aws-root", "generic", "linux-root" };
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

json *policy_default_rules(void)
{
	static const char *const empty[] = { "aaguids", "roots", "notify", "confirm" };
	json *rules = json_new_object(), *hours = json_new_object(), *first = json_new_array();
	int r = rules == NULL || hours == NULL || first == NULL;

	for (size_t i = 0; i < N_KINDS && r == 0; i++)
		r = json_set_int(hours, kinds[i], DEFAULT_ROTATION_HOURS);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]) && r == 0; i++)
		r = json_set(rules, empty[i], json_new_array());
	if (r == 0)
		r = json_add_str(first, "local") != 0 ||
		    json_set(rules, "record_first", json_share(first)) != 0 ||
		    json_set(rules, "rotation_hours", json_share(hours)) != 0 ||
		    json_set_str(rules, "policy", "default") != 0 ||
		    json_set_str(rules, "login", "default") != 0 ||
		    json_set_str(rules, "reason", "") != 0 ||
		    json_set_str(rules, "ticket", "") != 0 ||
		    json_set_int(rules, "request_minutes", DEFAULT_REQUEST_MINUTES) != 0 ||
		    json_set_int(rules, "login_minutes", DEFAULT_LOGIN_MINUTES) != 0 ||
		    json_set_int(rules, "drill_days", DEFAULT_DRILL_DAYS) != 0 ||
		    json_set_null(rules, "rotate_after") != 0 ||
		    json_set_int(rules, "code_minutes", DEFAULT_CODE_MINUTES) != 0;
	json_free(&first);
	json_free(&hours);
	if (r != 0)
		json_free(&rules);
	return rules;
}

static int check_range(const json *rules, const char *name, int64_t least, int64_t most,
    const char *where, struct err *e)
{
	const int64_t v = json_int(rules, name);

	if (v >= least && v <= most)
		return 0;
	return err_set(e, ERR_INPUT, "%s: the rule %s must be from %lld to %lld.", where, name,
	    (long long)least, (long long)most);
}

static int check_hours(const json *hours, const char *where, struct err *e)
{
	int r;

	r = json_shape(hours, where, e, "aws-root=u", "generic=u", "linux-root=u", NULL);
	for (size_t i = 0; i < N_KINDS && r == 0; i++)
		r = check_range(hours, kinds[i], 0, HOURS_MAX, where, e);
	return r;
}

static int check_aaguids(const json *list, const char *where, struct err *e)
{
	uint8_t model[16];

	for (size_t i = 0; i < json_len(list); i++) {
		const char *hex = json_str_at(list, i);

		if (hex_decode(model, sizeof(model), hex, strlen(hex)) != 0)
			return err_set(e, ERR_INPUT, "%s: the rule aaguids names no model: 32 "
			    "lower-case hexadecimal digits each.", where);
	}
	return 0;
}

static int check_roots(const json *list, const char *where, struct err *e)
{
	int r = 0;

	if (json_len(list) > DOC_LIST_MAX)
		return err_set(e, ERR_INPUT, "%s has too many roots.", where);
	for (size_t i = 0; i < json_len(list) && r == 0; i++) {
		uint8_t *der = NULL;
		size_t len;

		r = doc_bytes_at(&der, &len, list, i, 1, ROOT_MAX, where, e);
		free(der);
	}
	return r;
}

static int check_lists(const struct policy_rules *ru, const char *where, struct err *e)
{
	int r;

	r = doc_check_list(ru->aaguids, 's', where, e);
	if (r == 0)
		r = check_aaguids(ru->aaguids, where, e);
	if (r == 0)
		r = check_roots(ru->roots, where, e);
	if (r == 0)
		r = doc_check_list(ru->record_first, 's', where, e);
	for (size_t i = 0; i < json_len(ru->record_first) && r == 0; i++)
		if (strcmp(json_str_at(ru->record_first, i), "local") != 0 &&
		    strcmp(json_str_at(ru->record_first, i), "told") != 0)
			r = err_set(e, ERR_INPUT, "%s: the rule record_first knows \"local\" and \"told\" only.",
			    where);
	if (r == 0)
		r = doc_check_list(ru->notify, 's', where, e);
	if (r == 0)
		r = doc_check_list(ru->confirm, 'n', where, e);
	return r;
}

int policy_load_rules(struct policy *p, const char *where, struct err *e)
{
	const json *j = json_get(p->doc, "rules");
	struct policy_rules *ru = &p->rules;
	const char *after;
	int r;

	r = json_shape(j, where, e, "policy=n", "login=n", "reason=s", "ticket=s",
	    "rotation_hours=o", "request_minutes=u", "login_minutes=u", "aaguids=a", "roots=a",
	    "record_first=a", "notify=a", "confirm=a", "drill_days=u", "rotate_after=s?",
	    "code_minutes=u", NULL);
	if (r == 0)
		r = check_hours(json_get(j, "rotation_hours"), where, e);
	if (r == 0)
		r = check_range(j, "request_minutes", 1, DAY_MINUTES, where, e);
	if (r == 0)
		r = check_range(j, "login_minutes", 1, DAY_MINUTES, where, e);
	if (r == 0)
		r = check_range(j, "drill_days", 0, DRILL_DAYS_MAX, where, e);
	if (r == 0)
		r = check_range(j, "code_minutes", 0, DAY_MINUTES, where, e);
	if (r != 0)
		return r;
	after = json_str(j, "rotate_after");
	if (after != NULL && strcmp(after, "session") != 0)
		return err_set(e, ERR_INPUT, "%s: the rule rotate_after knows \"session\" only.",
		    where);
	ru->rotate_after_session = after != NULL;
	ru->policy = json_str(j, "policy");
	ru->login = json_str(j, "login");
	ru->reason = json_str(j, "reason");
	ru->ticket = json_str(j, "ticket");
	ru->request_minutes = json_int(j, "request_minutes");
	ru->login_minutes = json_int(j, "login_minutes");
	ru->drill_days = json_int(j, "drill_days");
	ru->code_minutes = json_int(j, "code_minutes");
	ru->aaguids = json_get(j, "aaguids");
	ru->roots = json_get(j, "roots");
	ru->record_first = json_get(j, "record_first");
	ru->notify = json_get(j, "notify");
	ru->confirm = json_get(j, "confirm");
	return check_lists(ru, where, e);
}

/* 1 when text matches, 0 when not, -1 when the pattern is none. text NULL:
 * only compiles. */
static int match(const char *pattern, const char *text)
{
	regex_t re;
	int r;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return -1;
	r = text == NULL || regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return r;
}

int policy_check_patterns(const struct policy *p, struct err *e)
{
	if (match(p->rules.reason, NULL) < 0)
		return err_set(e, ERR_INPUT, "The rule reason is no extended regular expression.");
	if (match(p->rules.ticket, NULL) < 0)
		return err_set(e, ERR_INPUT, "The rule ticket is no extended regular expression.");
	return 0;
}

int policy_check_words(const struct policy *p, const char *reason, const char *ticket,
    struct err *e)
{
	const struct policy_rules *ru = &p->rules;

	if (reason == NULL || reason[0] == '\0') {
		(void)err_set(e, ERR_REFUSED, "The policy asks for a reason.");
		(void)err_hint(e, "Say why: it is shown to the holders, and recorded.");
		return ERR_REFUSED;
	}
	if (ru->reason[0] != '\0' && match(ru->reason, reason) != 1) {
		(void)err_set(e, ERR_REFUSED, "The reason is not of the form that the policy asks "
		    "for.");
		(void)err_hint(e, "It must match: %s", ru->reason);
		return ERR_REFUSED;
	}
	if (ru->ticket[0] != '\0' && (ticket == NULL || match(ru->ticket, ticket) != 1)) {
		(void)err_set(e, ERR_REFUSED, ticket == NULL ? "The policy asks for a ticket." :
		    "The ticket is not of the form that the policy asks for.");
		(void)err_hint(e, "It must match: %s", ru->ticket);
		return ERR_REFUSED;
	}
	return 0;
}
