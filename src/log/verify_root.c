/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of correlations: root.activity, root.records, release.unused, release.unwitnessed. */
#include <string.h>

#include "log/verify_local.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define IDS_MAX 500
#define SERVICES_MAX 8

static int fail(struct view *w, const char *why)
{
	w->why = why;
	return -1;
}

static int is_one_of(const struct view *w, uint32_t node, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (view_equal(w, node, words[i]))
			return 1;
	return 0;
}

static int check_account(struct view *w, uint32_t node)
{
	char text[16];

	return view_text(w, node, text, sizeof(text)) == 0 && strlen(text) == 12 &&
	    strspn(text, "0123456789") == 12 ? 0 : fail(w, "an account is no number of twelve digits");
}

/* Which release: one of this log stands before the entry. */
static int check_release(struct view *w, uint32_t node)
{
	static const struct view_slot slots[] = { { "host", 'n', 0, 0 }, { "record", 'n', 0, 0 },
		{ "seq", 'u', 0, 0 }, { "version", 'u', 0, 0 } };
	char own[NAME_MAX_LEN + 1];
	uint32_t m[COUNT(slots)];

	if (view_shape(w, node, slots, COUNT(slots), m) != 0)
		return -1;
	(void)view_text(w, view_get(w, 0, "host"), own, sizeof(own));
	if (view_equal(w, m[0], own) && view_int(w, m[2]) >= view_int(w, view_get(w, 0, "seq")))
		return fail(w, "the release it names does not stand before it");
	return 0;
}

static int check_services(struct view *w, uint32_t list)
{
	static const struct view_slot slots[] = { { "source", 's', 0, 0 }, { "writes", 'u', 0, 0 } };
	uint32_t m[COUNT(slots)], i;

	if (w->nodes[list].count > SERVICES_MAX)
		return fail(w, "it has too many services");
	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next)
		if (view_shape(w, i, slots, COUNT(slots), m) != 0)
			return -1;
	return 0;
}

static int check_activity(struct view *w)
{
	static const char *const verdicts[] = { "explained", "unexplained", "central", "failed sign-in" };
	static const char *const mfa[] = { "yes", "no", "unknown" };
	const uint32_t verdict = view_get(w, 0, "verdict"), release = view_get(w, 0, "release");

	if (!is_one_of(w, verdict, verdicts, COUNT(verdicts)))
		return fail(w, "its verdict is none");
	if (!is_one_of(w, view_get(w, 0, "mfa"), mfa, COUNT(mfa)))
		return fail(w, "its mfa is none of yes, no and unknown");
	if (view_time(w, view_get(w, 0, "to")) < view_time(w, view_get(w, 0, "from")))
		return fail(w, "it ends before it begins");
	if (view_int(w, view_get(w, 0, "records")) > view_int(w, view_get(w, 0, "seq")))
		return fail(w, "it has more entries of records than stand before it");
	if (!view_is(w, view_get(w, 0, "vouched"), VIEW_TRUE) && !view_equal(w, verdict, "unexplained"))
		return fail(w, "AWS did not vouch for it, and it is no alarm");
	if (check_services(w, view_get(w, 0, "services")) != 0)
		return -1;
	if (view_is(w, release, VIEW_OBJECT))
		return check_release(w, release);
	return view_equal(w, verdict, "explained") ? fail(w, "it is explained by no release") : 0;
}

static int check_records(struct view *w)
{
	const uint32_t ids = view_get(w, 0, "ids");
	uint32_t i;

	if (w->nodes[ids].count == 0 || w->nodes[ids].count > IDS_MAX ||
	    view_int(w, view_get(w, 0, "without")) > w->nodes[ids].count)
		return fail(w, "it has no events, or too many");
	for (i = view_first(w, ids); i < w->nodes[ids].next; i = w->nodes[i].next)
		if (!view_is(w, i, VIEW_STRING))
			return fail(w, "a list holds what is no string");
	return 0;
}

int verify_root_shape(struct view *w, enum ventry type)
{
	if (type != V_UNWITNESSED && check_account(w, view_get(w, 0, "account")) != 0)
		return -1;
	if (type == V_ACTIVITY)
		return check_activity(w);
	return type == V_RECORDS ? check_records(w) : check_release(w, view_get(w, 0, "release"));
}
