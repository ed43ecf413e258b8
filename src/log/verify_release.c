/* SPDX-License-Identifier: BSD-2-Clause */
/* What a release or reseal needed, judged when all logs and documents are known;
 * what a rotation's confirmation needs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "log/verify_local.h"

const struct vdoc *verify_first_doc(const struct verify *v, const char *record, int64_t version)
{
	struct store_doc want;
	size_t lo = 0, hi = v->ndocs, mid;

	if (store_doc_record(&want, record, version, NULL) != 0)
		return NULL;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (store_doc_cmp(&v->docs[mid].doc, &want) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < v->ndocs && store_doc_cmp(&v->docs[lo].doc, &want) == 0 ? &v->docs[lo] : NULL;
}

const struct vdoc *verify_next_doc(const struct verify *v, const struct vdoc *d)
{
	return d + 1 < v->docs + v->ndocs && store_doc_cmp(&d->doc, &d[1].doc) == 0 ? d + 1 : NULL;
}

static const struct vdoc *sealed_doc(const struct verify *v, const struct vrelease *rel)
{
	const struct vdoc *d = verify_first_doc(v, rel->record, rel->version);

	/* A confirmation names no digest. */
	if (rel->c->action == ACTION_CONFIRM)
		return d;
	while (d != NULL && memcmp(d->digest, rel->digest, HASH_LEN) != 0)
		d = verify_next_doc(v, d);
	return d;
}

int verify_add_release(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, const char *what, struct err *e)
{
	struct vrelease *rel;
	int r;

	r = verify_grow(&v->releases, &v->cap_releases, v->nreleases, sizeof(*v->releases), e);
	if (r != 0)
		return r;
	rel = &v->releases[v->nreleases++];
	*rel = (struct vrelease) { .c = c, .what = what, .version = in->version, .log = log,
		.policy = in->policy, .nholders = c != NULL ? c->nholders : 0, .seq = in->seq };
	memcpy(rel->record, in->name, sizeof(rel->record));
	memcpy(rel->digest, in->digest, HASH_LEN);
	return 0;
}

/* Both are canonical, so equal elements are equal bytes. */
static int reseal_names(const struct ceremony *c, const struct ventry_info *in)
{
	char hex[2 * HASH_LEN + 1], one[2 * HASH_LEN + NAME_MAX_LEN + 80];

	hex_encode(hex, in->digest, HASH_LEN);
	(void)snprintf(one, sizeof(one), "{\"digest\":\"%s\",\"record\":\"%s\",\"version\":%" PRId64
	    "}", hex, in->name, in->version);
	return strstr(c->fields, one) != NULL;
}

int verify_reseal(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, struct err *e)
{
	const char *host = v->logs[log].host;

	if (c == NULL || c->action != ACTION_RESEAL) {
		verify_find(v, VERIFY_FAULT, host, in->seq, "shares", "No request to reseal stands before "
		    "it.");
		return 0;
	}
	if (!reseal_names(c, in) ||
	    memcmp(c->digest, v->policies[in->serial - 1].hash, HASH_LEN) != 0)
		verify_find(v, VERIFY_FAULT, host, in->seq, "shares", "It resealed something else than was "
		    "requested, or for another policy.");
	return verify_add_release(v, log, in, c, "shares", e);
}

/* The host speaks for a record of its own: it has sealed this version before. */
static int shadow_fits(const struct verify *v, const struct vrelease *rel)
{
	const struct vdoc *d = verify_first_doc(v, rel->record, rel->version);

	while (d != NULL && (d->log != rel->log || d->seq >= rel->seq || !d->ok || !d->linux_root))
		d = verify_next_doc(v, d);
	return d != NULL;
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
		if (strcmp(rel->what, VERIFY_OWNER) == 0) {
			verify_owner_release(v, rel);
			continue;
		}
		if (rel->c == NULL) {
			if (!shadow_fits(v, rel))
				verify_find(v, VERIFY_FAULT, host, rel->seq, rel->what, "The host's shadow file "
				    "can't prove %s version %" PRId64 ": this host has sealed no such version of "
				    "kind linux-root.", rel->record, rel->version);
			continue;
		}
		d = sealed_doc(v, rel);
		q = d != NULL && rel->c->policy != 0
		    ? policy_quorum(v->policies[rel->c->policy - 1].p, d->quorum) : NULL;
		if (d == NULL)
			verify_find(v, VERIFY_FAULT, host, rel->seq, rel->what, "No log says that this "
			    "version of %s was sealed.", rel->record);
		else if (q == NULL)
			verify_find(v, VERIFY_FAULT, host, rel->seq, rel->what, "The policy it was asked "
			    "under has no quorum \"%s\".", d->quorum);
		else if (!quorum_satisfied(q, rel->c->holders, rel->nholders))
			verify_find(v, VERIFY_FAULT, host, rel->seq, rel->what, "The valid approvals "
			    "before it do not satisfy the quorum \"%s\".", d->quorum);
	}
}

/* Its one field, which nobody knows, is the one of the request: both are canonical. */
static int attended_field(const struct ceremony *c, const struct ventry_info *in)
{
	static const char before[] = "[{\"known_to\":[],\"name\":", after[] = "}]";
	const size_t head = sizeof(before) - 1, tail = sizeof(after) - 1, named = strlen(c->fields);
	const char *list = in->line + in->fields_at;

	return in->fields_len > head + tail && memcmp(list, before, head) == 0 &&
	    memcmp(list + in->fields_len - tail, after, tail) == 0 &&
	    named - 2 == in->fields_len - head - tail &&
	    memcmp(c->fields + 1, list + head, named - 2) == 0;
}

/* What one person typed would be known to nobody. */
void verify_attended(struct verify *v, size_t log, const struct ventry_info *in, struct ceremony *c)
{
	const struct vlog *l = &v->logs[log];
	const struct quorum *q = policy_quorum(v->policies[in->policy - 1].p, in->quorum);

	if (!in->has_statement) {
		if (in->seed)
			FAULT(v, l, in, "attended", "It seals a seed that somebody typed as known to nobody, "
			    "and no holders attended.");
	} else if (c == NULL || c->action != ACTION_ATTEND || strcmp(c->record, in->name) != 0 ||
	    c->version != in->version || !attended_field(c, in)) {
		FAULT(v, l, in, "attended", "No request to attend this sealing stands before it.");
	} else if (c->released) {
		FAULT(v, l, in, "attended", "This request has attended another sealing.");
	} else {
		c->released = 1;
		if (in->time > c->expires)
			FAULT(v, l, in, "attended", "The request had expired when it was sealed.");
		if (c->policy != in->policy)
			FAULT(v, l, in, "attended", "It was asked under another policy than it was sealed under.");
		else if (q != NULL && !quorum_satisfied(q, c->holders, c->nholders))
			FAULT(v, l, in, "attended", "The valid approvals before it do not satisfy the quorum "
			    "\"%s\".", in->quorum);
	}
}

/* All whom the rules name said so by a token; the record's quorum is judged with the releases. */
static int named_confirm(const struct verify *v, const struct ceremony *c)
{
	const json *names = c->policy == 0 ? NULL :
	    policy_rules(v->policies[c->policy - 1].p)->confirm;
	size_t i, k;

	for (i = 0; i < json_len(names); i++) {
		for (k = 0; k < c->nholders && strcmp(c->holders[k], json_str_at(names, i)) != 0; k++)
			;
		if (k == c->nholders)
			return 0;
	}
	return 1;
}

/* What the line alone tells of a confirmation by the host's shadow file. */
static int confirmed_shadow(struct verify *v, size_t log, const struct ventry_info *in,
    struct err *e)
{
	static const char only[] = "[\"password\"]";

	if (!in->has_statement && in->fields_len == sizeof(only) - 1 &&
	    memcmp(in->line + in->fields_at, only, sizeof(only) - 1) == 0)
		return verify_add_release(v, log, in, NULL, "confirmed", e);
	FAULT(v, &v->logs[log], in, "confirmed", "A shadow file proves a password alone, and on no "
	    "request.");
	return 0;
}

/* A rotation that nobody confirmed would end an exposure in silence. */
int verify_confirmed(struct verify *v, size_t log, const struct ventry_info *in,
    const struct ceremony *c, struct err *e)
{
	const struct vlog *l = &v->logs[log];
	int reported, r = verify_owner_confirmed(v, log, in, &reported, e);

	if (r != 0 || reported)
		return r;
	if (in->has_statement && c == NULL)
		FAULT(v, l, in, "statement", "The request it speaks of does not stand before it.");
	else if (in->by == BY_SHADOW)
		return confirmed_shadow(v, log, in, e);
	else if (in->by == BY_CLOUDTRAIL && in->has_statement)
		FAULT(v, l, in, "confirmed", "Holders were asked for it, and it names another's word.");
	else if (in->by == BY_CLOUDTRAIL)
		return verify_event_confirms(v, log, in, e);
	else if (c == NULL || c->action != ACTION_CONFIRM || strcmp(c->record, in->name) != 0 ||
	    c->version != in->version || strlen(c->fields) != in->fields_len ||
	    memcmp(c->fields, in->line + in->fields_at, in->fields_len) != 0)
		FAULT(v, l, in, "confirmed", "No request to confirm this rotation stands before it.");
	else if (!named_confirm(v, c))
		FAULT(v, l, in, "confirmed", "Those who have to confirm this rotation did not.");
	else
		return verify_add_release(v, log, in, c, "confirmed", e);
	return 0;
}
