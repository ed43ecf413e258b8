/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins and sessions: docs/formats.md section 8. */
#include <inttypes.h>

#include "log/verify_local.h"

static int seqs_add(struct vseqs *s, int64_t seq, struct err *e)
{
	const int r = verify_grow(&s->list, &s->cap, s->n, sizeof(*s->list), e);

	if (r == 0)
		s->list[s->n++] = (struct vseq) { .seq = seq };
	return r;
}

static struct vseq *seqs_find(const struct vseqs *s, int64_t seq)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->list[mid].seq < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->n && s->list[lo].seq == seq ? &s->list[lo] : NULL;
}

/* Here the quorum is known at once: it is the policy's, not a record's. */
static void granted_quorum(struct verify *v, const struct vlog *l, const struct ventry_info *in,
    const struct ceremony *c)
{
	const struct policy *p = c->policy != 0 ? v->policies[c->policy - 1].p : NULL;
	const char *name = p != NULL ? policy_rules(p)->login : NULL;

	if (p == NULL)
		FAULT(v, l, in, "granted", "The policy it was asked under is not in the chain.");
	else if (!quorum_satisfied(policy_quorum(p, name), c->holders, c->nholders))
		FAULT(v, l, in, "granted", "The valid approvals before it do not satisfy the quorum "
		    "\"%s\".", name);
}

static int judge_granted(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	struct ceremony *c = ceremony_find(v, log, in->statement);
	struct vlog *l = &v->logs[log];

	if (c == NULL || c->action != ACTION_LOGIN) {
		FAULT(v, l, in, "granted", "No request to log in stands before it.");
	} else {
		if (c->released)
			FAULT(v, l, in, "granted", "This login was granted before.");
		if (in->time > c->expires)
			FAULT(v, l, in, "granted", "The request had expired when the login was granted.");
		c->released = 1;
		verify_holders(v, l, in, c);
		granted_quorum(v, l, in, c);
	}
	return seqs_add(&l->granted, in->seq, e);
}

static int judge_opened(struct verify *v, struct vlog *l, const struct ventry_info *in,
    struct err *e)
{
	struct vseq *login = in->refers >= 0 ? seqs_find(&l->granted, in->refers) : NULL;

	if (in->refers < 0) {
		if (l->loose++ == 0)
			l->first_loose = in->seq;
	} else if (login == NULL) {
		FAULT(v, l, in, "session", "Entry %" PRId64 ", its login, is no login.granted before it.",
		    in->refers);
	} else if (login->used) {
		FAULT(v, l, in, "session", "Another session goes back to the login of entry %" PRId64
		    ".", in->refers);
	} else {
		login->used = 1;
	}
	return seqs_add(&l->opened, in->seq, e);
}

static void judge_closed(struct verify *v, const struct vlog *l, const struct ventry_info *in)
{
	struct vseq *opened = seqs_find(&l->opened, in->refers);

	if (opened == NULL)
		FAULT(v, l, in, "session", "Entry %" PRId64 ", which it closes, is no session.opened "
		    "before it.", in->refers);
	else if (opened->used)
		FAULT(v, l, in, "session", "The session of entry %" PRId64 " was closed before.",
		    in->refers);
	else
		opened->used = 1;
}

int verify_login(struct verify *v, size_t log, const struct ventry_info *in, struct err *e)
{
	if (in->type == V_GRANTED)
		return judge_granted(v, log, in, e);
	if (in->type == V_OPENED)
		return judge_opened(v, &v->logs[log], in, e);
	if (in->type == V_CLOSED)
		judge_closed(v, &v->logs[log], in);
	/* Of attempts, their line says all. */
	return 0;
}

void verify_loose(struct verify *v, const struct vlog *l)
{
	if (l->loose > 0)
		verify_find(v, VERIFY_NOTE, l->host, l->first_loose, "session", "Sessions that go back to "
		    "no login by two keys: %" PRId64 ", this one first.", l->loose);
}
