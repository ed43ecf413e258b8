/* SPDX-License-Identifier: BSD-2-Clause */
/* A host's root password is its own to seal and to confirm: docs/formats.md section 8. */
#include <inttypes.h>
#include <string.h>

#include "log/verify_local.h"
#include "vault/record.h"

/* An entry of another log than the owner's. */
struct word {
	const char *record, *owner;
	int64_t version;
	size_t log, policy;
	int64_t seq;
};

static enum record_standing standing(const struct verify *v, const struct word *w)
{
	return record_standing(policy_host(v->policies[w->policy - 1].p, w->owner));
}

static int is_of(const struct verify *v, const struct vdoc *d, const char *host)
{
	return strcmp(v->logs[d->log].host, host) == 0;
}

static int owner_seals(const struct verify *v, const struct word *w)
{
	const struct vdoc *d = verify_first_doc(v, w->record, w->version);

	while (d != NULL && !is_of(v, d, w->owner))
		d = verify_next_doc(v, d);
	return d != NULL;
}

/* The first version that the owner sealed, from d on, which is of the record; 0: none. */
static int64_t owner_first(const struct verify *v, const struct vdoc *d, const char *owner)
{
	const char *record = d->doc.name;

	for (; d < v->docs + v->ndocs && strcmp(d->doc.name, record) == 0; d++)
		if (d->doc.kind == STORE_RECORD && is_of(v, d, owner))
			return d->doc.version;
	return 0;
}

static int counts(const struct verify *v, const struct word *w, int64_t first)
{
	const enum record_standing st = standing(v, w);

	return st != OWNER_IN_CHARGE && !owner_seals(v, w) &&
	    (st == OWNER_ENDED || first == 0 || w->version < first);
}

static void report(struct verify *v, const struct word *w, const char *does)
{
	const char *host = v->logs[w->log].host;

	verify_find(v, VERIFY_FAULT, host, w->seq, VERIFY_OWNER, "It %s version %" PRId64 " of %s, the "
	    "root password of host %s, as only the log of %s can: it does not count. No command does "
	    "this: take %s, whose key signed it, for broken into, and end that host by a policy.",
	    does, w->version, w->record, w->owner, w->owner, host);
}

static void judge_doc(struct verify *v, struct vdoc *d, const char *owner, int64_t first)
{
	const struct word w = { d->doc.name, owner, d->doc.version, d->log, d->policy, d->seq };

	d->ignored = !d->resealed && !is_of(v, d, owner) && !counts(v, &w, first);
	if (d->ignored && d->doc.kind == STORE_RECORD)
		report(v, &w, "seals");
}

void verify_owners(struct verify *v)
{
	const char *owner = NULL;
	int64_t first = 0;
	size_t i, kept = 0;

	for (i = 0; i < v->ndocs; i++) {
		struct vdoc *d = &v->docs[i];

		if (i == 0 || strcmp(d->doc.name, d[-1].doc.name) != 0) {
			owner = record_owner(d->doc.name);
			first = owner != NULL ? owner_first(v, d, owner) : 0;
		}
		if (owner != NULL)
			judge_doc(v, d, owner, first);
	}
	for (i = 0; i < v->ndocs; i++)
		if (!v->docs[i].ignored)
			v->docs[kept++] = v->docs[i];
	v->ndocs = kept;
}

int verify_owner_confirmed(struct verify *v, size_t log, const struct ventry_info *in,
    int *reported, struct err *e)
{
	const struct word w = { in->name, record_owner(in->name), in->version, log, in->policy,
		in->seq };

	*reported = 0;
	if (w.owner == NULL || strcmp(v->logs[log].host, w.owner) == 0)
		return 0;
	if (standing(v, &w) != OWNER_IN_CHARGE)
		return verify_add_release(v, log, in, NULL, VERIFY_OWNER, e);
	report(v, &w, "confirms");
	*reported = 1;
	return 0;
}

void verify_owner_release(struct verify *v, const struct vrelease *rel)
{
	const struct word w = { rel->record, record_owner(rel->record), rel->version, rel->log,
		rel->policy, rel->seq };
	const struct vdoc *d = verify_first_doc(v, rel->record, 1);

	if (!counts(v, &w, d != NULL ? owner_first(v, d, w.owner) : 0))
		report(v, &w, "confirms");
}
