/* SPDX-License-Identifier: BSD-2-Clause */
/* The members of entries and statements: docs/formats.md sections 7 and 8. */
#include <string.h>

#include "log/verify_local.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SOURCES_MAX 64		/* of login.attempts */
#define BOOT { "boot", 's', 0, 0 }
#define HOST { "host", 'n', 0, 0 }
#define POLICY { "policy", 'h', 0, 0 }
#define SEQ { "seq", 'u', 0, 0 }
#define STATEMENT { "statement", 'h', 0, 0 }
/* As text: verify_entry reads it anyway, and refuses what is no time. */
#define TIME { "time", 's', 0, 0 }
#define TYPE { "type", 's', 0, 0 }
#define RECORD { "record", 'n', 0, 0 }
#define VERSION { "version", 'u', 0, 0 }
#define DIGEST { "digest", 'h', 0, 0 }
#define FIELDS { "fields", 'a', 0, 0 }
#define HOLDERS { "holders", 'a', 0, 0 }

static const struct view_slot started[] = { BOOT, HOST, POLICY, SEQ, TIME, TYPE,
	{ "vault", 'h', 0, 0 } };
static const struct view_slot recovered[] = { BOOT, { "bytes", 'b', 0, 0 }, HOST,
	{ "length", 'u', 0, 0 }, POLICY, SEQ, { "sha256", 'h', 0, 0 }, TIME, TYPE };
static const struct view_slot accepted[] = { BOOT, { "hash", 'h', 0, 0 }, HOST, POLICY, SEQ,
	{ "serial", 'u', 0, 0 }, TIME, TYPE };
static const struct view_slot sealed[] = { { "attended", 'h', 1, 0 }, BOOT, { "candidate", 'f', 0, 0 }, DIGEST, FIELDS, HOST,
	{ "kind", 's', 0, 0 }, POLICY, { "quorum", 'n', 0, 0 }, RECORD,
	{ "requester", 'o', 0, 0 }, SEQ, { "shares", 'h', 0, 0 }, TIME, TYPE, VERSION };
static const struct view_slot shares[] = { BOOT, DIGEST, HOST, POLICY, RECORD, SEQ,
	{ "serial", 'u', 0, 0 }, { "shares", 'h', 0, 0 }, STATEMENT, TIME, TYPE, VERSION };
static const struct view_slot requested[] = { BOOT, HOST, POLICY, SEQ,
	{ "statement", 'o', 0, 0 }, TIME, TYPE };
static const struct view_slot approved[] = { { "approval", 'o', 0, 0 }, BOOT, HOST, POLICY, SEQ,
	STATEMENT, TIME, TYPE, { "warnings", 'a', 0, 0 } };
static const struct view_slot refused[] = { BOOT, { "holder", 'n', 1, 0 }, HOST, POLICY,
	{ "reason", 's', 0, 0 }, SEQ, STATEMENT, TIME, TYPE };
static const struct view_slot denied[] = { BOOT, { "code", 's', 0, 0 }, HOST, POLICY, SEQ,
	STATEMENT, { "text", 's', 0, 0 }, TIME, TYPE };
static const struct view_slot released[] = { BOOT, DIGEST, { "due", 't', 1, 0 }, FIELDS,
	HOLDERS, HOST, POLICY, RECORD, SEQ, STATEMENT, TIME, TYPE, VERSION };
static const struct view_slot drill[] = { BOOT, { "holder", 'n', 0, 0 }, HOST, POLICY, SEQ,
	STATEMENT, TIME, { "token", 'n', 0, 0 }, TYPE };
static const struct view_slot confirmed[] = { BOOT, { "by", 's', 0, 0 }, FIELDS, HOST, POLICY,
	RECORD, SEQ, { "statement", 'h', 1, 0 }, TIME, TYPE, VERSION };

static const struct view_slot granted[] = { BOOT, HOLDERS, HOST, POLICY, SEQ, STATEMENT, TIME,
	TYPE };
static const struct view_slot attempts[] = { BOOT, { "from", 't', 0, 0 }, HOST,
	{ "more", 'u', 0, 0 }, POLICY, SEQ, { "sources", 'a', 0, 0 }, TIME, { "to", 't', 0, 0 },
	TYPE };
static const struct view_slot opened[] = { { "audit", 'u', 0, 0 }, BOOT, HOST,
	{ "login", 'u', 1, 0 }, POLICY, { "rhost", 's', 0, 0 }, SEQ, { "service", 's', 0, 0 }, TIME,
	{ "tty", 's', 0, 0 }, TYPE, { "uid", 'u', 0, 0 }, { "user", 's', 0, 0 } };
static const struct view_slot closed[] = { BOOT, HOST, { "ms", 'u', 0, 0 },
	{ "opened", 'u', 0, 0 }, POLICY, SEQ, TIME, TYPE };

#define ACCOUNT { "account", 's', 0, 0 }
static const struct view_slot activity[] = { ACCOUNT, { "address", 's', 0, 0 },
	{ "agent", 's', 0, 0 }, { "at", 't', 0, 0 }, BOOT, { "event", 's', 0, 0 },
	{ "events", 'u', 0, 0 }, { "failed", 'u', 0, 0 }, { "from", 't', 0, 0 }, HOST,
	{ "kind", 's', 0, 0 }, { "mfa", 's', 0, 0 }, POLICY, { "reads", 'u', 0, 0 },
	{ "records", 'u', 0, 0 }, { "region", 's', 0, 0 }, { "release", 'o', 1, 0 }, SEQ,
	{ "services", 'a', 0, 0 }, TIME, { "to", 't', 0, 0 }, TYPE, { "verdict", 's', 0, 0 },
	{ "vouched", 'f', 0, 0 }, { "why", 's', 0, 0 }, { "writes", 'u', 0, 0 } };
static const struct view_slot records[] = { ACCOUNT, BOOT, { "gzip", 'b', 0, 0 }, HOST,
	{ "ids", 'a', 0, 0 }, POLICY, SEQ, TIME, TYPE, { "vouched", 'f', 0, 0 }, { "without", 'u', 0, 0 } };
static const struct view_slot unwitnessed[] = { BOOT, HOST, POLICY, { "release", 'o', 0, 0 },
	SEQ, TIME, TYPE };
static const struct view_slot unused[] = { ACCOUNT, BOOT, HOST, POLICY, { "release", 'o', 0, 0 },
	SEQ, TIME, TYPE };

static const struct view_slot reminded[] = { BOOT, { "due", 't', 0, 0 }, { "event", 's', 0, 0 },
	FIELDS, { "holder", 'n', 1, 0 }, HOST, POLICY, { "record", 'n', 1, 0 }, SEQ,
	{ "step", 'u', 0, 0 }, TIME, { "token", 'n', 1, 0 }, TYPE };

static const struct view_slot who[] = { HOST, { "tty", 's', 0, 0 }, { "uid", 'u', 0, 0 },
	{ "user", 's', 0, 0 }, { "via", 's', 0, 0 } };

static const struct {
	const char *name;
	const struct view_slot *slots;
	size_t n;
} types[] = {
	[V_UNKNOWN] = { "", NULL, 0 },
	[V_STARTED] = { "log.started", started, COUNT(started) },
	[V_RECOVERED] = { "log.recovered", recovered, COUNT(recovered) },
	[V_POLICY] = { "policy.accepted", accepted, COUNT(accepted) },
	[V_SEALED] = { "record.sealed", sealed, COUNT(sealed) },
	[V_SHARES] = { "shares.sealed", shares, COUNT(shares) },
	[V_REQUESTED] = { "ceremony.requested", requested, COUNT(requested) },
	[V_APPROVED] = { "ceremony.approved", approved, COUNT(approved) },
	[V_REFUSED] = { "ceremony.refused", refused, COUNT(refused) },
	[V_DENIED] = { "ceremony.denied", denied, COUNT(denied) },
	[V_RELEASED] = { "released", released, COUNT(released) },
	[V_DRILL] = { "drill.passed", drill, COUNT(drill) },
	[V_CONFIRMED] = { "rotation.confirmed", confirmed, COUNT(confirmed) },
	[V_GRANTED] = { "login.granted", granted, COUNT(granted) },
	[V_ATTEMPTS] = { "login.attempts", attempts, COUNT(attempts) },
	[V_OPENED] = { "session.opened", opened, COUNT(opened) },
	[V_CLOSED] = { "session.closed", closed, COUNT(closed) },
	[V_ACTIVITY] = { "root.activity", activity, COUNT(activity) },
	[V_RECORDS] = { "root.records", records, COUNT(records) },
	[V_UNUSED] = { "release.unused", unused, COUNT(unused) },
	[V_UNWITNESSED] = { "release.unwitnessed", unwitnessed, COUNT(unwitnessed) },
	[V_REMINDED] = { "reminded", reminded, COUNT(reminded) },
};

enum ventry verify_type(const struct view *w)
{
	const uint32_t type = view_get(w, 0, "type");
	size_t i;

	for (i = 1; i < COUNT(types); i++)
		if (view_equal(w, type, types[i].name))
			return (enum ventry)i;
	return V_UNKNOWN;
}

static int shape_list(struct view *w, uint32_t list, const struct view_slot *slots, size_t n)
{
	uint32_t m[VERIFY_MEMBERS], i;

	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next)
		if (view_shape(w, i, slots, n, m) != 0)
			return -1;
	return 0;
}

static int shape_strings(struct view *w, uint32_t list)
{
	uint32_t i;

	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next)
		if (!view_is(w, i, VIEW_STRING)) {
			w->why = "a list holds what is no string";
			return -1;
		}
	return 0;
}

/* Strings by their bytes, escapes resolved. */
static int text_order(const struct view *w, uint32_t a, uint32_t b)
{
	char x[TEXT_MAX + 1], y[TEXT_MAX + 1];

	(void)view_text(w, a, x, sizeof(x));
	(void)view_text(w, b, y, sizeof(y));
	return strcmp(x, y);
}

/* a, b: members of two sources, in the table's order. */
static int source_order(const struct view *w, const uint32_t a[4], const uint32_t b[4])
{
	int c = text_order(w, a[2], b[2]);

	if (c == 0)
		c = text_order(w, a[3], b[3]);
	return c != 0 ? c : text_order(w, a[1], b[1]);
}

static int shape_attempts(struct view *w, const uint32_t m[VERIFY_MEMBERS])
{
	static const struct view_slot source[] = { { "count", 'u', 0, 0 }, { "rhost", 's', 0, 0 },
		{ "service", 's', 0, 0 }, { "user", 's', 0, 0 } };
	uint32_t n[4], before[4], i;
	size_t seen = 0;

	w->why = NULL;
	if (view_time(w, m[8]) < view_time(w, m[1]))
		w->why = "the attempts end before they begin";
	if (w->nodes[m[6]].count > SOURCES_MAX)
		w->why = "it has too many sources";
	for (i = view_first(w, m[6]); i < w->nodes[m[6]].next && w->why == NULL;
	    i = w->nodes[i].next, seen++) {
		if (view_shape(w, i, source, COUNT(source), n) != 0)
			return -1;
		if (view_int(w, n[0]) < 1)
			w->why = "a source made no attempt";
		else if (seen > 0 && source_order(w, before, n) >= 0)
			w->why = "its sources are out of order";
		memcpy(before, n, sizeof(before));
	}
	return w->why == NULL ? 0 : -1;
}

/* A rotation's reminder names a record and its fields, a drill's a token. */
static int shape_reminded(struct view *w, const uint32_t m[VERIFY_MEMBERS])
{
	const int of_token = view_equal(w, m[2], "drill due");
	const int record = !view_is(w, m[7], VIEW_NULL), fields = w->nodes[m[3]].count > 0;
	const int holder = !view_is(w, m[4], VIEW_NULL), token = !view_is(w, m[11], VIEW_NULL);

	w->why = NULL;
	if (!of_token && !view_equal(w, m[2], "due soon") && !view_equal(w, m[2], "overdue"))
		w->why = "its event is none";
	else if (holder != of_token || token != of_token || record == of_token || fields == of_token)
		w->why = "it is about a record, or about a token";
	else if (view_int(w, m[9]) < 1)
		w->why = "its step is none";
	return w->why == NULL ? shape_strings(w, m[3]) : -1;
}

/* What the tables above can't say. */
static int shape_more(struct view *w, enum ventry type, const uint32_t m[VERIFY_MEMBERS])
{
	static const struct view_slot seal_field[] = { { "known_to", 'a', 0, 0 },
		{ "name", 'n', 0, 0 } };
	static const struct view_slot release_field[] = { { "as", 's', 0, 0 },
		{ "name", 'n', 0, 0 } };
	uint32_t n[VERIFY_MEMBERS];

	switch (type) {
	case V_SEALED:
		if (shape_list(w, m[4], seal_field, COUNT(seal_field)) != 0)
			return -1;
		return view_shape(w, m[10], who, COUNT(who), n);
	case V_APPROVED:
		return shape_strings(w, m[8]);
	case V_RELEASED:
		if (shape_list(w, m[3], release_field, COUNT(release_field)) != 0)
			return -1;
		return shape_strings(w, m[4]);
	case V_CONFIRMED:
		return shape_strings(w, m[2]);
	case V_GRANTED:
		return shape_strings(w, m[1]);
	case V_ATTEMPTS:
		return shape_attempts(w, m);
	case V_ACTIVITY:
	case V_RECORDS:
	case V_UNUSED:
	case V_UNWITNESSED:
		return verify_root_shape(w, type);
	case V_REMINDED:
		return shape_reminded(w, m);
	case V_UNKNOWN:
	case V_STARTED:
	case V_RECOVERED:
	case V_POLICY:
	case V_SHARES:
	case V_REQUESTED:
	case V_REFUSED:
	case V_DENIED:
	case V_DRILL:
	case V_OPENED:
	case V_CLOSED:
		break;
	}
	return 0;
}

/* An entry of a type we don't know has the members that every entry has. */
static int shape_unknown(struct view *w, uint32_t m[VERIFY_MEMBERS])
{
	static const struct view_slot common[] = { BOOT, HOST, POLICY, SEQ, TIME, TYPE };
	uint32_t obj = 0, node;
	size_t i;

	for (i = 0; i < COUNT(common); i++) {
		node = view_get(w, obj, common[i].name);
		if (node == VIEW_NONE) {
			w->why = "a member that every entry has is missing";
			return -1;
		}
		m[i] = node;
	}
	return 0;
}

int verify_shape(struct view *w, enum ventry type, uint32_t m[VERIFY_MEMBERS])
{
	if (type == V_UNKNOWN)
		return shape_unknown(w, m);
	if (view_shape(w, 0, types[type].slots, types[type].n, m) != 0)
		return -1;
	return shape_more(w, type, m);
}

uint32_t verify_member(enum ventry type, const uint32_t m[VERIFY_MEMBERS], const char *name)
{
	size_t i;

	for (i = 0; i < types[type].n; i++)
		if (strcmp(types[type].slots[i].name, name) == 0)
			return m[i];
	return VIEW_NONE;
}

/* The subject of each action. */
static const struct view_slot sub_unseal[] = { DIGEST, RECORD, VERSION };
static const struct view_slot sub_reseal[] = { POLICY, { "records", 'a', 0, 0 } };
static const struct view_slot sub_login[] = { { "rhost", 's', 0, 0 }, { "service", 's', 0, 0 },
	{ "tty", 's', 0, 0 }, { "user", 's', 0, 0 } };
static const struct view_slot sub_policy[] = { { "hash", 'h', 0, 0 }, { "serial", 'u', 0, 0 } };
static const struct view_slot sub_drill[] = { { "holder", 'n', 1, 0 } };
static const struct view_slot sub_fields[] = { FIELDS, RECORD, VERSION };

static const struct {
	const struct view_slot *slots;
	size_t n;
} actions[] = {
	[ACTION_UNSEAL] = { sub_unseal, COUNT(sub_unseal) },
	[ACTION_RESEAL] = { sub_reseal, COUNT(sub_reseal) },
	[ACTION_LOGIN] = { sub_login, COUNT(sub_login) },
	[ACTION_POLICY] = { sub_policy, COUNT(sub_policy) },
	[ACTION_DRILL] = { sub_drill, COUNT(sub_drill) },
	[ACTION_CONFIRM] = { sub_fields, COUNT(sub_fields) },
	[ACTION_ATTEND] = { sub_fields, COUNT(sub_fields) },
};

static int shape_deliver(struct view *w, uint32_t list)
{
	static const struct view_slot one[] = { FIELDS, { "key", 'b', 0, 32 }, { "to", 's', 0, 0 } };
	static const struct view_slot field[] = { { "as", 's', 0, 0 }, { "name", 'n', 0, 0 } };
	uint32_t m[3], i;

	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next)
		if (view_shape(w, i, one, COUNT(one), m) != 0 ||
		    shape_list(w, m[0], field, COUNT(field)) != 0)
			return -1;
	return 0;
}

int verify_statement_shape(struct view *w, uint32_t st, enum statement_action *action)
{
	static const struct view_slot members[] = { { "action", 's', 0, 0 },
		{ "deliver", 'a', 0, 0 }, { "expires", 't', 0, 0 }, { "log", 'o', 1, 0 },
		{ "nonce", 'b', 0, 16 }, { "policy", 'h', 1, 0 }, { "reason", 's', 0, 0 },
		{ "requester", 'o', 0, 0 }, { "subject", 'o', 0, 0 }, { "task", 's', 1, 0 },
		{ "ticket", 's', 1, 0 }, { "time", 't', 0, 0 }, TYPE, { "vault", 'h', 0, 0 } };
	static const struct view_slot log[] = { { "origin", 's', 0, 0 }, { "root", 'h', 0, 0 },
		{ "size", 'u', 0, 0 } };
	uint32_t m[COUNT(members)], n[VERIFY_MEMBERS];
	size_t i;

	if (view_shape(w, st, members, COUNT(members), m) != 0 || shape_deliver(w, m[1]) != 0 ||
	    view_shape(w, m[7], who, COUNT(who), n) != 0)
		return -1;
	if (view_is(w, m[3], VIEW_OBJECT) && view_shape(w, m[3], log, COUNT(log), n) != 0)
		return -1;
	if (!view_equal(w, m[12], "twokey-statement-v1")) {
		w->why = "a statement is of another type";
		return -1;
	}
	for (i = ACTION_UNSEAL; i < COUNT(actions); i++)
		if (view_equal(w, m[0], statement_action_name((enum statement_action)i))) {
			*action = (enum statement_action)i;
			return view_shape(w, m[8], actions[i].slots, actions[i].n, n);
		}
	w->why = "a statement's action is unknown";
	return -1;
}
