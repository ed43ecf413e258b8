/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines in their order: what each may follow, and what a release needs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/verify_local.h"

static struct ceremony **bucket(const struct verify *v, const uint8_t hash[HASH_LEN])
{
	return &v->ceremonies[(size_t)hash[0] << 8 | hash[1]];
}

struct ceremony *ceremony_find(const struct verify *v, size_t log, const uint8_t hash[HASH_LEN])
{
	struct ceremony *c;

	for (c = *bucket(v, hash); c != NULL; c = c->next)
		if (c->log == log && memcmp(c->statement, hash, HASH_LEN) == 0)
			return c;
	return NULL;
}

void ceremonies_free(struct verify *v)
{
	struct ceremony *c, *next;
	size_t i;

	for (i = 0; v->ceremonies != NULL && i < CEREMONY_BUCKETS; i++)
		for (c = v->ceremonies[i]; c != NULL; c = next) {
			next = c->next;
			free(c->holders);
			free(c->fields);
			free(c->requester);
			free(c);
		}
	free(v->ceremonies);
	v->ceremonies = NULL;
}

static int add_doc(struct verify *v, size_t log, const struct ventry_info *in, int shares,
    int64_t serial, struct err *e)
{
	struct vdoc *d;
	int r;

	r = verify_grow(&v->docs, &v->cap_docs, v->ndocs, sizeof(*v->docs), e);
	if (r != 0)
		return r;
	d = &v->docs[v->ndocs];
	memset(d, 0, sizeof(*d));
	r = shares ? store_doc_shares(&d->doc, in->name, in->version, serial, NULL)
		   : store_doc_record(&d->doc, in->name, in->version, NULL);
	if (r != 0) {
		FAULT(v, &v->logs[log], in, "line", "It names a document that cannot be.");
		return 0;
	}
	memcpy(d->digest, shares ? in->shares : in->digest, HASH_LEN);
	memcpy(d->record_digest, in->digest, HASH_LEN);
	memcpy(d->said, in->said, HASH_LEN);
	memcpy(d->quorum, in->quorum, sizeof(d->quorum));
	d->log = log;
	d->policy = in->policy;
	d->resealed = in->type == V_SHARES;
	d->seq = in->seq;
	v->ndocs++;
	return 0;
}

static int judge_sealed(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	int r;

	if (policy_quorum(v->policies[in->policy - 1].p, in->quorum) == NULL)
		FAULT(v, &v->logs[log], in, "quorum", "Its policy has no quorum \"%s\".", in->quorum);
	verify_attended(v, log, in, in->has_statement ? ceremony_find(v, log, in->statement) : NULL);
	r = add_doc(v, log, in, 0, 0, e);
	return r != 0 ? r : add_doc(v, log, in, 1, (int64_t)in->policy, e);
}

static int judge_shares(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	int r;

	if (in->serial < 1 || in->serial > (int64_t)v->npolicies) {
		FAULT(v, &v->logs[log], in, "shares", "It names policy %" PRId64
		    ", which is not there.", in->serial);
		return 0;
	}
	r = verify_reseal(v, log, in, ceremony_find(v, log, in->statement), e);
	return r != 0 ? r : add_doc(v, log, in, 1, in->serial, e);
}

/* docs/formats.md section 7: expires is behind time, not too far. */
static int life_fits(const struct verify *v, const struct ventry_info *in)
{
	const struct policy_rules *rules = policy_rules(v->policies[in->policy - 1].p);
	const int64_t minutes = in->action == ACTION_LOGIN ? rules->login_minutes
	    : rules->request_minutes;

	return in->made >= 0 && in->expires > in->made &&
	    in->expires - in->made <= minutes * 60 * 1000;
}

static int judge_requested(struct verify *v, size_t log, const struct ventry_info *in,
    struct err *e)
{
	const struct vlog *l = &v->logs[log];
	struct claim claim;
	struct ceremony *c;

	if (ceremony_find(v, log, in->statement) != NULL) {
		FAULT(v, l, in, "statement", "This statement was requested before.");
		return 0;
	}
	if (in->has_st_policy && verify_serial(v, in->st_policy) != in->policy)
		FAULT(v, l, in, "statement", "It was asked under another policy than the one in force.");
	if (!in->has_st_policy || !in->has_log)
		FAULT(v, l, in, "statement", "It names no policy or no head, which only the first "
		    "policy's may.");
	if (!life_fits(v, in))
		FAULT(v, l, in, "statement", "It was to hold for longer than its policy allows.");
	if (in->has_log && in->log_size > in->seq)
		FAULT(v, l, in, "statement", "It names a head that this log had not reached.");
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return verify_memory_out(e);
	memcpy(c->statement, in->statement, HASH_LEN);
	memcpy(c->record, in->name, sizeof(c->record));
	memcpy(c->digest, in->digest, HASH_LEN);
	c->log = log;
	/* The statement of the first policy names none. */
	c->policy = in->has_st_policy ? verify_serial(v, in->st_policy) : in->policy;
	c->seq = in->seq;
	c->expires = in->expires;
	c->action = in->action;
	c->version = in->version;
	c->serial = in->serial;
	c->fields = strndup(in->line + in->fields_at, in->fields_len);
	c->requester = strndup(in->line + in->holders_at, in->holders_len);
	c->next = *bucket(v, in->statement);
	*bucket(v, in->statement) = c;
	if (c->fields == NULL || c->requester == NULL)
		return verify_memory_out(e);
	if (!in->has_log || in->log_size == 0)
		return 0;
	memset(&claim, 0, sizeof(claim));
	memcpy(claim.host, l->host, sizeof(claim.host));
	claim.size = in->log_size;
	memcpy(claim.root, in->log_root, HASH_LEN);
	claim.ceremony = c;
	return verify_claim(v, &claim, NULL, e);
}

static int add_holder(struct verify *v, struct ceremony *c, const char *holder, int *twice,
    struct err *e)
{
	const char **more, *known = NULL;
	size_t i, k;

	*twice = 0;
	for (i = 0; i < c->nholders; i++)
		if (strcmp(c->holders[i], holder) == 0) {
			*twice = 1;
			return 0;
		}
	/* A name that lives as long as the policies. */
	for (i = v->npolicies; i-- > 0 && known == NULL;)
		for (k = 0; k < v->policies[i].ntokens && known == NULL; k++)
			if (strcmp(v->policies[i].tokens[k].holder, holder) == 0)
				known = v->policies[i].tokens[k].holder;
	more = reallocarray(c->holders, c->nholders + 1, sizeof(*more));
	if (more == NULL)
		return verify_memory_out(e);
	c->holders = more;
	more[c->nholders++] = known;
	return 0;
}

static int judge_approved(struct verify *v, size_t log, struct ventry_info *in, struct err *e)
{
	struct ceremony *c = ceremony_find(v, log, in->statement);
	const struct vlog *l = &v->logs[log];
	struct vthread *t = v->judge;
	char what[NAME_MAX_LEN + 16];
	int r, twice;

	(void)snprintf(what, sizeof(what), "approval of %s", in->name);
	if (c == NULL) {
		FAULT(v, l, in, what, "It approves a request that does not stand before it.");
		return 0;
	}
	/* The policy that the statement names decides; it may be older by now. */
	if (c->policy != in->policy && c->policy != 0 &&
	    view_parse(&t->view, in->line, in->len) == 0)
		verify_approval(v, t, in, c->policy);
	/* A policy may be signed by tokens that it brings itself. */
	if (in->sig != SIG_HOLDS && c->action == ACTION_POLICY && c->serial >= 1 &&
	    c->serial <= (int64_t)v->npolicies && view_parse(&t->view, in->line, in->len) == 0)
		verify_approval(v, t, in, (size_t)c->serial);
	if (in->sig == SIG_STRANGER)
		FAULT(v, l, in, what, "The policy it was asked under has no such token of %s.", in->name);
	else if (in->sig != SIG_HOLDS)
		FAULT(v, l, in, what, "The approval of %s is not valid: %s.", in->name, in->sig_why);
	if (in->sig != SIG_HOLDS)
		return 0;
	if (in->time > c->expires) {
		FAULT(v, l, in, what, "The request had expired when %s approved it.", in->name);
		return 0;
	}
	v->report->approvals++;
	r = add_holder(v, c, in->name, &twice, e);
	if (twice)
		verify_find(v, VERIFY_NOTE, l->host, in->seq, what, "%s approved this before; it counts "
		    "once.", in->name);
	return r;
}

void verify_holders(struct verify *v, const struct vlog *l, const struct ventry_info *in,
    const struct ceremony *c)
{
	struct view *w = &v->judge->view;
	char name[NAME_MAX_LEN + 1];
	uint32_t i;
	size_t k;

	if (view_parse(w, in->line + in->holders_at, in->holders_len) != 0)
		return;
	for (i = view_first(w, 0); i < w->n; i = w->nodes[i].next) {
		if (view_text(w, i, name, sizeof(name)) != 0)
			(void)snprintf(name, sizeof(name), "?");
		for (k = 0; k < c->nholders && strcmp(c->holders[k], name) != 0; k++)
			;
		if (k == c->nholders)
			FAULT(v, l, in, "holders", "It names %s, of whom no valid approval stands before "
			    "it.", name);
	}
}

/* {"as":..,"name":..}, an element of a list: is it in that text too? */
static int field_asked(const char *asked, const char *field, size_t len)
{
	return memmem(asked, strlen(asked), field, len) != NULL;
}

static void judge_fields(struct verify *v, const struct vlog *l, const struct ventry_info *in,
    const struct ceremony *c)
{
	struct view *w = &v->judge->view;
	const char *raw;
	uint32_t i;
	size_t len;

	if (view_parse(w, in->line + in->fields_at, in->fields_len) != 0)
		return;
	/* Both are canonical, so equal elements are equal bytes. */
	for (i = view_first(w, 0); i < w->n; i = w->nodes[i].next) {
		raw = view_raw(w, i, &len);
		if (!field_asked(c->fields, raw, len))
			FAULT(v, l, in, "fields", "It released what the request did not ask for.");
	}
}

static int judge_released(struct verify *v, size_t log, const struct ventry_info *in,
    struct err *e)
{
	struct ceremony *c = ceremony_find(v, log, in->statement);
	const struct vlog *l = &v->logs[log];

	if (c == NULL) {
		FAULT(v, l, in, "released", "No request stands before this release.");
		return 0;
	}
	if (c->action != ACTION_UNSEAL || strcmp(c->record, in->name) != 0 ||
	    c->version != in->version || memcmp(c->digest, in->digest, HASH_LEN) != 0)
		FAULT(v, l, in, "released", "It released something else than was requested.");
	if (c->released)
		FAULT(v, l, in, "released", "This request was released before.");
	if (in->time > c->expires)
		FAULT(v, l, in, "released", "The request had expired when it was released.");
	c->released = 1;
	verify_holders(v, l, in, c);
	judge_fields(v, l, in, c);
	return verify_add_release(v, log, in, c, "released", e);
}

static void judge_drill(struct verify *v, size_t log, const struct ventry_info *in)
{
	const struct ceremony *c = ceremony_find(v, log, in->statement);
	size_t k = 0;

	if (c == NULL || c->action != ACTION_DRILL) {
		FAULT(v, &v->logs[log], in, "drill", "No request for a drill stands before it.");
		return;
	}
	while (k < c->nholders && strcmp(c->holders[k], in->name) != 0)
		k++;
	if (k == c->nholders)
		FAULT(v, &v->logs[log], in, "drill", "No valid approval of %s stands before it.",
		    in->name);
}

/* What every entry must be.  0 when there is no use in judging it further. */
static int judge_common(struct verify *v, struct vlog *l, const struct ventry_info *in)
{
	if (in->why != NULL) {
		FAULT(v, l, in, "line", "Entry %" PRId64 " is malformed: %s.", in->seq, in->why);
		return 0;
	}
	if (in->named_seq != in->seq)
		FAULT(v, l, in, "line", "Entry %" PRId64 " calls itself %" PRId64 ".", in->seq,
		    in->named_seq);
	if (in->host_why != NULL)
		FAULT(v, l, in, "line", "Entry %" PRId64 " is out of place: %s.", in->seq, in->host_why);
	if (in->time < l->last_time)
		verify_find(v, VERIFY_NOTE, l->host, in->seq, "time", "The clock had stepped back by %" PRId64
		    " ms since the entry before it.", l->last_time - in->time);
	l->last_time = in->time;
	if ((in->seq == 0) != (in->type == V_STARTED))
		FAULT(v, l, in, "line", in->seq == 0 ? "A log does not begin with log.started."
						     : "A log begins twice.");
	if (in->type == V_STARTED && memcmp(in->digest, v->report->vault, HASH_LEN) != 0)
		FAULT(v, l, in, "vault", "This log is of another vault.");
	if (in->policy == 0) {
		FAULT(v, l, in, "policy", "Entry %" PRId64 " names a policy that is not in the chain.",
		    in->seq);
		return 0;
	}
	if (in->policy < l->last_policy)
		FAULT(v, l, in, "policy", "Policy %zu was in force before; this entry goes back to %zu.",
		    l->last_policy, in->policy);
	l->last_policy = in->policy;
	return 1;
}

int verify_judge(struct verify *v, size_t log, struct ventry_info *in, struct err *e)
{
	struct vlog *l = &v->logs[log];

	if (!judge_common(v, l, in))
		return 0;
	switch (in->type) {
	case V_UNKNOWN:
		v->report->unknown++;
		verify_find(v, VERIFY_NOTE, l->host, in->seq, "type", "This program does not know entries "
		    "of type \"%s\".", in->name);
		return 0;
	case V_STARTED:
		return 0;
	case V_RECOVERED:
		verify_find(v, VERIFY_NOTE, l->host, in->seq, "recovery", "%" PRId64 " bytes that were no "
		    "entry stood here and were cut off after a crash.", in->version);
		return 0;
	case V_POLICY:
		if (in->serial != (int64_t)in->policy ||
		    memcmp(v->policies[in->policy - 1].hash, in->digest, HASH_LEN) != 0)
			FAULT(v, l, in, "policy", "It accepted a policy %" PRId64
			    " that is not the one it names as in force.", in->serial);
		return 0;
	case V_SEALED:
		return judge_sealed(v, log, in, e);
	case V_SHARES:
		return judge_shares(v, log, in, e);
	case V_REQUESTED:
		return judge_requested(v, log, in, e);
	case V_APPROVED:
		return judge_approved(v, log, in, e);
	case V_RELEASED:
		return judge_released(v, log, in, e);
	case V_DRILL:
		judge_drill(v, log, in);
		return 0;
	case V_CONFIRMED:
		return verify_confirmed(v, log, in,
		    in->has_statement ? ceremony_find(v, log, in->statement) : NULL, e);
	case V_GRANTED:
	case V_ATTEMPTS:
	case V_OPENED:
	case V_CLOSED:
		return verify_login(v, log, in, e);
	case V_RECORDS:
		return verify_event_records(v, log, in, e);
	case V_ACTIVITY:
	case V_UNUSED:
	case V_UNWITNESSED:
	case V_REMINDED:
		return 0;
	case V_REFUSED:
	case V_DENIED:
		if (in->has_statement && ceremony_find(v, log, in->statement) == NULL)
			FAULT(v, l, in, "statement", "The request it speaks of does not stand before it.");
		return 0;
	}
	return 0;
}
