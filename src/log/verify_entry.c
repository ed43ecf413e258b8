/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be said of one line alone; runs on any thread. */
#include <string.h>

#include "log/verify_local.h"
#include "vault/assertion.h"
#include "token/token.h"

#define AUTHDATA_MAX 1024	/* as APPROVAL_AUTHDATA_MAX */
#define FLAG_UP 0x01
#define FLAG_UV 0x04
#define FLAG_AT 0x40
#define FLAG_ED 0x80

static struct es256_verifier *verifier(const struct verify *v, struct vthread *t, size_t key)
{
	struct err e;
	int r;

	err_clear(&e);
	if (t->verifiers[key] == NULL) {
		r = es256_verifier_new(&t->verifiers[key], v->keys[key].key, &e);
		if (r != 0)
			t->failed = r;
	}
	return t->verifiers[key];
}

/* docs/formats.md section 1, as assertion_verify has it, with keys parsed once:
 * NULL when it holds, else why not. */
static const char *assertion_why(const struct verify *v, struct vthread *t, size_t key,
    const uint8_t cdh[HASH_LEN], uint8_t ad[AUTHDATA_MAX + HASH_LEN], size_t adlen,
    const uint8_t *sig, size_t siglen)
{
	const struct vkey *k = &v->keys[key];
	uint8_t hash[HASH_LEN];
	struct es256_verifier *es;
	int r;

	if (adlen < ASSERTION_HEAD || memcmp(ad, v->rp_hash, HASH_LEN) != 0)
		return "it was not made for twokey";
	if (!(ad[32] & FLAG_UP) || !(ad[32] & FLAG_UV))
		return "nobody was verified and present";
	if ((ad[32] & FLAG_AT) || (!(ad[32] & FLAG_ED) && adlen != ASSERTION_HEAD))
		return "its authenticator data is malformed";
	if (k->alg == TOKEN_ES256) {
		es = verifier(v, t, key);
		if (es == NULL || hasher_run(t->hasher, hash, ad, adlen, cdh, HASH_LEN, NULL) != 0)
			return "it could not be checked";
		r = es256_verifier_check(es, sig, siglen, hash, NULL);
	} else {
		memcpy(ad + adlen, cdh, HASH_LEN);
		r = siglen != ED25519_SIG_LEN ? ERR_INPUT
		    : ed25519_verify(sig, k->key, ad, adlen + HASH_LEN, NULL);
	}
	if (r == ERR_INTERNAL || r == ERR_MEMORY)
		t->failed = r;
	return r == 0 ? NULL : r == ERR_INPUT ? "its signature is malformed"
					       : "its signature does not hold";
}

void verify_approval(const struct verify *v, struct vthread *t, struct ventry_info *in,
    size_t serial)
{
	static const struct view_slot slots[] = { { "authenticator_data", 'L', 0, 0 },
		{ "holder", 'n', 0, 0 }, { "signature", 'L', 0, 0 }, { "token", 'n', 0, 0 } };
	uint8_t ad[AUTHDATA_MAX + HASH_LEN], sig[TOKEN_SIG_MAX];
	char holder[NAME_MAX_LEN + 1], label[NAME_MAX_LEN + 1];
	const char *known;
	size_t adlen, siglen, key;
	uint32_t m[4];

	in->sig = SIG_FALSE;
	if (view_shape(&t->view, view_get(&t->view, 0, "approval"), slots, 4, m) != 0) {
		in->why = t->view.why;
		return;
	}
	if (view_text(&t->view, m[1], holder, sizeof(holder)) != 0 ||
	    view_text(&t->view, m[3], label, sizeof(label)) != 0 ||
	    view_bytes(&t->view, m[0], ad, AUTHDATA_MAX, &adlen) != 0 ||
	    view_bytes(&t->view, m[2], sig, sizeof(sig), &siglen) != 0) {
		in->sig_why = "it is malformed";
		return;
	}
	memcpy(in->name, holder, sizeof(holder));
	if (verify_token(v, serial, holder, label, &key, &known) == NULL) {
		in->sig = SIG_STRANGER;
		return;
	}
	in->sig_why = assertion_why(v, t, key, in->statement, ad, adlen, sig, siglen);
	if (in->sig_why == NULL)
		in->sig = SIG_HOLDS;
}

static void entry_subject(struct ventry_info *in, const struct view *w, uint32_t subject)
{
	if (in->action == ACTION_UNSEAL || in->action == ACTION_CONFIRM || in->action == ACTION_ATTEND) {
		(void)view_text(w, view_get(w, subject, "record"), in->name, sizeof(in->name));
		in->version = view_int(w, view_get(w, subject, "version"));
		(void)view_hex(w, view_get(w, subject, "digest"), in->digest, HASH_LEN);
	} else if (in->action == ACTION_RESEAL) {
		(void)view_hex(w, view_get(w, subject, "policy"), in->digest, HASH_LEN);
	} else if (in->action == ACTION_POLICY) {
		in->serial = view_int(w, view_get(w, subject, "serial"));
		(void)view_hex(w, view_get(w, subject, "hash"), in->digest, HASH_LEN);
	}
}

static void entry_span(const struct view *w, uint32_t node, uint32_t *at, uint32_t *len)
{
	size_t n;
	const char *p = view_raw(w, node, &n);

	*at = p != NULL ? (uint32_t)(p - w->text) : 0;
	*len = (uint32_t)n;
}

/* What it asks for, in the line; of a login also who asks. */
static void entry_asked(struct ventry_info *in, const struct view *w, uint32_t st)
{
	const uint32_t subject = view_get(w, st, "subject");

	entry_span(w, in->action == ACTION_LOGIN ? subject
	    : in->action == ACTION_CONFIRM || in->action == ACTION_ATTEND ? view_get(w, subject, "fields")
	    : in->action == ACTION_RESEAL ? view_get(w, subject, "records")
					  : view_get(w, st, "deliver"),
	    &in->fields_at, &in->fields_len);
	if (in->action == ACTION_LOGIN)
		entry_span(w, view_get(w, st, "requester"), &in->holders_at, &in->holders_len);
}

/* The statement of a request: its hash is over the bytes as they stand. */
static void entry_requested(const struct verify *v, struct vthread *t, const char *host,
    struct ventry_info *in, uint32_t st)
{
	static const char label[] = "twokey statement v1";
	const struct view *w = &t->view;
	char origin[CHECKPOINT_ORIGIN_MAX], named[CHECKPOINT_ORIGIN_MAX];
	uint8_t vault[HASH_LEN];
	uint32_t log;
	const char *raw;
	size_t n;

	if (verify_statement_shape(&t->view, st, &in->action) != 0) {
		in->why = t->view.why;
		return;
	}
	raw = view_raw(w, st, &n);
	if (hasher_run(t->hasher, in->statement, label, sizeof(label), raw, n, NULL) != 0)
		t->failed = ERR_INTERNAL;
	in->has_statement = 1;
	in->made = view_time(w, view_get(w, st, "time"));
	in->expires = view_time(w, view_get(w, st, "expires"));
	in->has_st_policy =
	    view_hex(w, view_get(w, st, "policy"), in->st_policy, HASH_LEN) == 0;
	entry_subject(in, w, view_get(w, st, "subject"));
	entry_asked(in, w, st);
	if (view_hex(w, view_get(w, st, "vault"), vault, HASH_LEN) != 0 ||
	    memcmp(vault, v->report->vault, HASH_LEN) != 0)
		in->host_why = "its statement is of another vault";
	log = view_get(w, st, "log");
	if (!view_is(w, log, VIEW_OBJECT))
		return;
	in->has_log = 1;
	in->log_size = view_int(w, view_get(w, log, "size"));
	(void)view_hex(w, view_get(w, log, "root"), in->log_root, HASH_LEN);
	checkpoint_origin(origin, v->report->vault, host);
	if (view_text(w, view_get(w, log, "origin"), named, sizeof(named)) != 0 ||
	    strcmp(origin, named) != 0)
		in->host_why = "its statement names the head of another log";
}

static void entry_confirmed(const struct view *w, struct ventry_info *in,
    const uint32_t m[VERIFY_MEMBERS])
{
	const uint32_t by = verify_member(V_CONFIRMED, m, "by");

	in->by = view_equal(w, by, "holders") ? BY_HOLDERS
	    : view_equal(w, by, "shadow") ? BY_SHADOW : BY_CLOUDTRAIL;
	entry_span(w, by, &in->holders_at, &in->holders_len);
}

static void entry_records(const struct view *w, struct ventry_info *in,
    const uint32_t m[VERIFY_MEMBERS])
{
	in->vouched = view_is(w, verify_member(V_RECORDS, m, "vouched"), VIEW_TRUE);
	entry_span(w, verify_member(V_RECORDS, m, "ids"), &in->fields_at, &in->fields_len);
}

/* A candidate with a seed, which AWS makes and somebody types, that nobody is said to know. */
static int entry_seed(const struct view *w, const uint32_t m[VERIFY_MEMBERS])
{
	const uint32_t list = verify_member(V_SEALED, m, "fields");
	uint32_t i;

	if (!view_is(w, verify_member(V_SEALED, m, "candidate"), VIEW_TRUE) ||
	    !view_equal(w, verify_member(V_SEALED, m, "kind"), "aws-root"))
		return 0;
	for (i = view_first(w, list); i < w->nodes[list].next; i = w->nodes[i].next)
		if (view_equal(w, view_get(w, i, "name"), "totp"))
			return w->nodes[view_get(w, i, "known_to")].count == 0;
	return 0;
}

static void entry_sealed(const struct view *w, struct ventry_info *in,
    const uint32_t m[VERIFY_MEMBERS])
{
	in->has_statement = view_hex(w, verify_member(V_SEALED, m, "attended"), in->statement, HASH_LEN) == 0;
	in->seed = entry_seed(w, m);
	if (verify_said_entry(in->said, w, verify_member(V_SEALED, m, "kind"),
	    verify_member(V_SEALED, m, "candidate"), verify_member(V_SEALED, m, "fields"), NULL) != 0)
		in->why = "it names too many fields";
}

static void entry_opened(const struct view *w, struct ventry_info *in,
    const uint32_t m[VERIFY_MEMBERS])
{
	in->refers = view_int(w, verify_member(V_OPENED, m, "login"));
	entry_span(w, verify_member(V_OPENED, m, "service"), &in->fields_at, &in->fields_len);
	entry_span(w, verify_member(V_OPENED, m, "user"), &in->holders_at, &in->holders_len);
}

/* Members by type, from a line whose shape is right. */
static void entry_members(const struct verify *v, struct vthread *t, const char *host,
    struct ventry_info *in, const uint32_t m[VERIFY_MEMBERS])
{
	const struct view *w = &t->view;
	const enum ventry type = in->type;

	in->version = view_int(w, verify_member(type, m, "version"));
	in->serial = view_int(w, verify_member(type, m, "serial"));
	(void)view_text(w, verify_member(type, m, "record"), in->name, sizeof(in->name));
	(void)view_text(w, verify_member(type, m, "quorum"), in->quorum, sizeof(in->quorum));
	(void)view_hex(w, verify_member(type, m, "digest"), in->digest, HASH_LEN);
	(void)view_hex(w, verify_member(type, m, "shares"), in->shares, HASH_LEN);
	in->has_statement =
	    view_hex(w, verify_member(type, m, "statement"), in->statement, HASH_LEN) == 0;
	entry_span(w, verify_member(type, m, "fields"), &in->fields_at, &in->fields_len);
	entry_span(w, verify_member(type, m, "holders"), &in->holders_at, &in->holders_len);
	switch (type) {
	case V_STARTED:
		(void)view_hex(w, verify_member(type, m, "vault"), in->digest, HASH_LEN);
		break;
	case V_POLICY:
		(void)view_hex(w, verify_member(type, m, "hash"), in->digest, HASH_LEN);
		break;
	case V_REQUESTED:
		entry_requested(v, t, host, in, verify_member(type, m, "statement"));
		break;
	case V_APPROVED:
		if (in->policy != 0)
			verify_approval(v, t, in, in->policy);
		break;
	case V_DRILL:
		(void)view_text(w, verify_member(type, m, "holder"), in->name, sizeof(in->name));
		break;
	case V_RECOVERED:
		in->version = view_int(w, verify_member(type, m, "length"));
		break;
	case V_UNKNOWN:
		(void)view_text(w, m[5], in->name, sizeof(in->name));
		break;
	case V_SEALED:
		entry_sealed(w, in, m);
		break;
	case V_SHARES: case V_REFUSED: case V_DENIED: case V_RELEASED:
	case V_GRANTED: case V_ATTEMPTS: case V_ACTIVITY: case V_UNUSED:
	case V_UNWITNESSED: case V_REMINDED:
		break;
	case V_RECORDS:
		entry_records(w, in, m);
		break;
	case V_CONFIRMED:
		entry_confirmed(w, in, m);
		break;
	case V_OPENED:
		entry_opened(w, in, m);
		break;
	case V_CLOSED:
		in->refers = view_int(w, verify_member(type, m, "opened"));
		break;
	}
}

void verify_entry(const struct verify *v, struct vthread *t, const char *host,
    struct ventry_info *in)
{
	struct view *w = &t->view;
	uint8_t policy[HASH_LEN];
	uint32_t m[VERIFY_MEMBERS];

	if (hasher_run(t->hasher, in->leaf, "", 1, in->line, in->len, NULL) != 0)
		t->failed = ERR_INTERNAL;
	in->named_seq = in->time = -1;
	if (view_parse(w, in->line, in->len) != 0) {
		in->why = w->why;
		return;
	}
	in->type = verify_type(w);
	if (verify_shape(w, in->type, m) != 0) {
		in->why = w->why;
		return;
	}
	in->named_seq = view_int(w, view_get(w, 0, "seq"));
	in->time = view_time(w, view_get(w, 0, "time"));
	if (in->time < 0)
		in->why = "its time is malformed";
	if (w->nodes[view_get(w, 0, "boot")].len != 36)
		in->why = "its boot id is malformed";
	if (!view_equal(w, view_get(w, 0, "host"), host))
		in->host_why = "it names another host";
	if (view_hex(w, view_get(w, 0, "policy"), policy, HASH_LEN) == 0)
		in->policy = verify_serial(v, policy);
	entry_members(v, t, host, in, m);
}
