/* SPDX-License-Identifier: BSD-2-Clause */
/* A host's root password is its own to seal and to confirm: what other hosts'
 * logs say of it counts as docs/formats.md section 8 has it. */
#include "rotate/rotate_local.h"

#include <string.h>

/* A record that is a host's own. */
struct owned {
	const char *host;
	struct span sealed;	/* by whomever */
	int64_t first;		/* version that the owner sealed; 0: none */
};

static int seals(const struct owned *o, int64_t version)
{
	const struct span s = rotate_version_facts(o->sealed, version);
	size_t i;

	for (i = 0; i < s.n; i++)
		if (strcmp(s.list[i].host, o->host) == 0)
			return 1;
	return 0;
}

static int is_ignored(const struct rotate *r, const struct owned *o, const struct fact *f)
{
	const char *policy = json_str(f->entry, "policy");
	enum record_standing st = OWNER_IN_CHARGE;

	if (strcmp(f->host, o->host) == 0)
		return 0;
	if (policy != NULL)
		st = rotate_policy_standing(r, policy, o->host);
	return st == OWNER_IN_CHARGE || seals(o, f->version) ||
	    (st == OWNER_NOT_YET && o->first > 0 && f->version > o->first);
}

static void owned_by(struct owned *o, const struct rotate *r, const char *record, const char *host)
{
	size_t i;

	o->host = host;
	o->sealed = rotate_record_facts(r, FACT_SEALED, record);
	o->first = 0;
	for (i = 0; i < o->sealed.n && o->first == 0; i++)
		if (strcmp(o->sealed.list[i].host, host) == 0)
			o->first = o->sealed.list[i].version;
}

int owner_ignore(struct rotate *r)
{
	static const enum fact_kind kinds[] = { FACT_SEALED, FACT_CONFIRMED };
	int any = 0;
	size_t k, i;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		struct facts *f = &r->facts[kinds[k]];
		struct owned o = { NULL, { NULL, 0 }, 0 };

		for (i = 0; i < f->n; i++) {
			const char *host = record_owner(f->list[i].record);

			if (host == NULL)
				continue;
			if (i == 0 || strcmp(f->list[i].record, f->list[i - 1].record) != 0)
				owned_by(&o, r, f->list[i].record, host);
			f->list[i].ignored = is_ignored(r, &o, &f->list[i]);
			any |= f->list[i].ignored;
		}
	}
	return any;
}
