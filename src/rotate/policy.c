/* SPDX-License-Identifier: BSD-2-Clause */
#include "rotate/rotate_local.h"

#include <string.h>

/* A hundred years: nobody means more, and no sum of times overflows. */
#define HOURS_MAX (INT64_C(100) * 366 * 24)

size_t rotate_policy_by_hash(const struct rotate *r, const char *hash)
{
	size_t i;

	for (i = 0; i < r->n_policies; i++)
		if (strcmp(r->policies[i].hash, hash) == 0)
			break;
	return i;
}

size_t rotate_policy_by_serial(const struct rotate *r, int64_t serial)
{
	size_t i;

	for (i = 0; i < r->n_policies; i++)
		if (r->policies[i].serial == serial)
			break;
	return i;
}

const struct policy *rotate_policy_newest(const struct rotate *r)
{
	return r->n_policies > 0 ? &r->policies[r->n_policies - 1] : NULL;
}

const json *rotate_policy_holder(const struct policy *p, const char *name)
{
	const json *list = json_get(p->doc, "holders");
	size_t i, n = json_len(list);

	for (i = 0; i < n; i++) {
		const char *own = json_str(json_at(list, i), "name");

		if (own != NULL && strcmp(own, name) == 0)
			return json_at(list, i);
	}
	return NULL;
}

const json *rotate_policy_tree(const struct policy *p, const char *quorum)
{
	return json_get(json_get(p->doc, "quorums"), quorum);
}

static const json *find_host(const struct policy *p, const char *name)
{
	const json *list = json_get(p->doc, "hosts");
	size_t i, n = json_len(list);

	for (i = 0; i < n; i++) {
		const char *own = json_str(json_at(list, i), "name");

		if (own != NULL && strcmp(own, name) == 0)
			return json_at(list, i);
	}
	return NULL;
}

enum record_standing rotate_policy_standing(const struct rotate *r, const char *hash,
    const char *host)
{
	const size_t at = rotate_policy_by_hash(r, hash);
	const json *h = at < r->n_policies ? find_host(&r->policies[at], host) : NULL;

	if (at == r->n_policies)
		return OWNER_IN_CHARGE;
	return h == NULL ? OWNER_NOT_YET : json_get(h, "end") == NULL ? OWNER_IN_CHARGE
								       : OWNER_ENDED;
}

int64_t rotate_policy_deadline(const struct policy *p, const char *kind)
{
	const int64_t hours =
	    json_int(json_get(json_get(p->doc, "rules"), "rotation_hours"), kind);

	/* A kind without a rule is due at once: that is seen, and safe. */
	return (hours < 0 ? 0 : hours > HOURS_MAX ? HOURS_MAX : hours) * 3600 * 1000;
}

int rotate_policy_hosts(const struct policy *p)
{
	const json *list = json_get(p->doc, "hosts");
	size_t i, n = json_len(list);
	int live = 0;

	for (i = 0; i < n; i++)
		live += json_get(json_at(list, i), "end") == NULL;
	return live;
}
