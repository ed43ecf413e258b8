/* SPDX-License-Identifier: BSD-2-Clause */
/* A KMS key's policy (IAM user guide, "IAM JSON policy elements reference"). */
#include <string.h>

#include "base/view.h"
#include "posture/posture.h"

/* Is a value this word, or a list with it?  Of two words either will do. */
static int names(const struct view *v, uint32_t node, const char *word, const char *other)
{
	uint32_t i;

	if (view_is(v, node, VIEW_STRING))
		return view_equal(v, node, word) || view_equal(v, node, other);
	if (!view_is(v, node, VIEW_ARRAY))
		return 0;
	for (i = node + 1; i < v->nodes[node].next; i = v->nodes[i].next)
		if (view_equal(v, i, word) || view_equal(v, i, other))
			return 1;
	return 0;
}

/* What one statement denies to everybody: a bit each. */
static int denied(const struct view *v, uint32_t s)
{
	const uint32_t who = view_get(v, s, "Principal"), action = view_get(v, s, "Action");

	if (!view_equal(v, view_get(v, s, "Effect"), "Deny") || view_get(v, s, "Condition") != VIEW_NONE ||
	    !names(v, view_get(v, s, "Resource"), "*", "*") || !(names(v, who, "*", "*") ||
	    names(v, view_get(v, who, "AWS"), "*", "*")))
		return 0;
	if (names(v, action, "kms:*", "*"))
		return 3;
	return names(v, action, "kms:ReEncrypt*", "kms:ReEncryptFrom") | names(v, action, "kms:CreateGrant", "kms:CreateGrant") << 1;
}

int posture_key_denies(const char *policy, size_t len)
{
	struct view v = VIEW_INIT;
	uint32_t list, i;
	int all = 0;

	if (view_parse_loose(&v, policy, len) == 0) {
		list = view_get(&v, 0, "Statement");
		if (view_is(&v, list, VIEW_OBJECT))
			all = denied(&v, list);
		for (i = list + 1; view_is(&v, list, VIEW_ARRAY) && i < v.nodes[list].next; i = v.nodes[i].next)
			all |= denied(&v, i);
	}
	view_free(&v);
	return all == 3;
}
