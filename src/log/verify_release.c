/* SPDX-License-Identifier: BSD-2-Clause */
/* What a release needed, judged when all logs and documents are known. */
#include <stdio.h>
#include <string.h>

#include "log/verify_local.h"

/* The entry that sealed this version; docs are sorted. */
static const struct vdoc *sealed_doc(const struct verify *v, const struct ceremony *c)
{
	struct store_doc want;
	size_t lo = 0, hi = v->ndocs, mid;

	if (store_doc_record(&want, c->record, c->version, NULL) != 0)
		return NULL;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (store_doc_cmp(&v->docs[mid].doc, &want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < v->ndocs && store_doc_cmp(&v->docs[lo].doc, &want) == 0; lo++)
		if (memcmp(v->docs[lo].digest, c->digest, HASH_LEN) == 0)
			return &v->docs[lo];
	return NULL;
}

void verify_releases(struct verify *v)
{
	const struct vrelease *rel;
	const struct quorum *q;
	const struct vdoc *d;
	const char *host;
	size_t i;

	for (i = 0; i < v->nreleases; i++) {
		rel = &v->releases[i];
		host = v->logs[rel->log].host;
		d = sealed_doc(v, rel->c);
		q = d != NULL && rel->c->policy != 0
		    ? policy_quorum(v->policies[rel->c->policy - 1].p, d->quorum) : NULL;
		if (d == NULL)
			verify_find(v, VERIFY_FAULT, host, rel->seq, "released", "No log says that this "
			    "version of %s was sealed.", rel->c->record);
		else if (q == NULL)
			verify_find(v, VERIFY_FAULT, host, rel->seq, "released", "The policy it was asked "
			    "under has no quorum \"%s\".", d->quorum);
		else if (!quorum_satisfied(q, rel->c->holders, rel->nholders))
			verify_find(v, VERIFY_FAULT, host, rel->seq, "released", "The valid approvals "
			    "before this release do not satisfy the quorum \"%s\".", d->quorum);
	}
}
