/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins and sessions: docs/formats.md section 8. */
#include <inttypes.h>
#include <string.h>

#include "log/verify_local.h"

#define VIA_SERVICE_MAX 40	/* bytes of each in `via` */
#define VIA_USER_MAX 80

static int seqs_add(struct vseqs *s, int64_t seq, const struct ceremony *c, struct err *e)
{
	const int r = verify_grow(&s->list, &s->cap, s->n, sizeof(*s->list), e);

	if (r == 0)
		s->list[s->n++] = (struct vseq) { .seq = seq, .c = c };
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

	if (c != NULL && c->action != ACTION_LOGIN)
		c = NULL;
	if (c == NULL) {
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
	return seqs_add(&l->granted, in->seq, c, e);
}

/* A string's bytes in canonical JSON, without the quotation marks. */
struct piece {
	const char *text;
	size_t len;
};

static struct piece piece_get(const struct view *w, const char *name)
{
	struct piece p = { NULL, 0 };
	const char *raw = view_raw(w, view_get(w, 0, name), &p.len);

	if (raw == NULL || p.len < 2)
		return (struct piece) { "", 0 };
	return (struct piece) { raw + 1, p.len - 2 };
}

static int piece_is(struct piece p, const char *raw, size_t len)
{
	return len == p.len + 2 && memcmp(raw + 1, p.text, p.len) == 0;
}

/* "SERVICE: USER", which the gate writes for who asks to be somebody else, as by
 * sudo; longer names it cuts (gate_requester). */
static int asks_for_another(struct piece via, struct piece service, struct piece user)
{
	if (service.len > VIA_SERVICE_MAX || user.len > VIA_USER_MAX)
		return 1;
	return via.len == service.len + 2 + user.len &&
	    memcmp(via.text, service.text, service.len) == 0 &&
	    memcmp(via.text + service.len, ": ", 2) == 0 &&
	    memcmp(via.text + service.len + 2, user.text, user.len) == 0;
}

/* The session is of the service and user that the login was granted to. */
static int is_granted_to(struct verify *v, const struct ceremony *c, const struct ventry_info *in)
{
	struct view *w = &v->judge->view;
	struct piece service, user;

	if (view_parse(w, c->fields, strlen(c->fields)) != 0)
		return 0;
	service = piece_get(w, "service");
	user = piece_get(w, "user");
	if (!piece_is(service, in->line + in->fields_at, in->fields_len))
		return 0;
	if (piece_is(user, in->line + in->holders_at, in->holders_len))
		return 1;
	return view_parse(w, c->requester, strlen(c->requester)) == 0 &&
	    asks_for_another(piece_get(w, "via"), service, user);
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
		if (login->c != NULL && !is_granted_to(v, login->c, in))
			FAULT(v, l, in, "session", "The login of entry %" PRId64 " was granted to another service "
			    "or user.", in->refers);
	}
	return seqs_add(&l->opened, in->seq, NULL, e);
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
