/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/token_client.h"

#include <stdlib.h>
#include <string.h>

#define INFO_MS 1500
#define PREFLIGHT_MS 4000	/* the helper's own limit is 2 s */
#define PREFLIGHT_SLOW_MS 1800	/* this long, and the key wants a touch */
#define CODE_NO_CREDENTIALS 0x2e
#define CODE_EXCLUDED 0x19
#define CODE_RX (-2)
#define TRIES_FULL 8

/* Bytes of a message beside the ids: options, hash, hmac-secret's key agreement
 * and salts, PIN proof; and beside each id its CBOR map. */
#define CUT_REST 480
#define CUT_EACH 28
#define CUT_COUNT 8	/* ids at a time for a key that does not tell */

size_t client_cut(const struct token_info *info, const struct token_id *ids, size_t n,
    size_t from, struct token_id *out, size_t *at, size_t *next)
{
	const size_t room = info->max_msg > CUT_REST ? info->max_msg - CUT_REST : 0;
	size_t most = info->max_list == 0 ? CUT_COUNT : info->max_list;
	size_t count = 0, used = 0;

	if (most > PROTO_IDS_MAX)
		most = PROTO_IDS_MAX;
	for (; from < n && count < most; from++) {
		const size_t len = ids[from].len;

		if (len == 0 || len > TOKEN_ID_MAX || (info->max_id != 0 && len > info->max_id))
			continue;
		if (count > 0 && used + len + CUT_EACH > room)
			break;
		used += len + CUT_EACH;
		at[count] = from;
		out[count++] = ids[from];
	}
	*next = from;
	return count;
}

static int ops_fail(struct token *t, int r, const struct proto_failure *why, struct err *e)
{
	return r == ERR_TOKEN ? why_set(e, client_name(&t->dev), why) : r;
}

static int ops_odd(struct token *t, struct proto_failure *why)
{
	pool_stop(t->pool, &t->helper, 0);
	*why = (struct proto_failure){ .code = WHY_CRASHED, .pin_tries = -1 };
	return ERR_TOKEN;
}

/* One round of pre-flight over at most PROTO_IDS_MAX ids. */
static int preflight_round(struct token *t, const struct token_id *ids, size_t n,
    enum token_has *has, size_t *which, struct proto_failure *why, struct err *e)
{
	struct frame rq = { NULL, 0 }, answer = { NULL, 0 };
	int r = proto_write_preflight(&rq, ids, n, e);

	*has = TOKEN_UNSURE;
	if (r == 0 && !client_sought(t, &rq, PREFLIGHT_MS, &answer))
		r = client_call(t, &rq, PREFLIGHT_MS, NULL, &answer, why, e);
	if (r == 0 && (answer.type != PROTO_FOUND ||
	    proto_read_found(has, which, n, &answer, NULL) != 0))
		r = ops_odd(t, why);
	/* Waiting for a touch in spite of up=false: this key does not tell. */
	if (r == ERR_TOKEN && (why->code == WHY_SILENT || (why->code == CODE_RX &&
	    why->elapsed_ms >= PREFLIGHT_SLOW_MS)))
		r = 0;
	frame_free(&rq);
	frame_free(&answer);
	return r;
}

int token_preflight(struct token *t, const struct token_id *ids, size_t n, enum token_has *has,
    size_t *which, struct err *e)
{
	struct token_id part[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], from = 0, count, hit = 0;
	struct proto_failure why;
	int r, sure = 1;

	*has = TOKEN_UNSURE;
	*which = 0;
	while ((count = client_cut(&t->info, ids, n, from, part, at, &from)) > 0) {
		enum token_has one;

		r = preflight_round(t, part, count, &one, &hit, &why, e);
		if (r != 0)
			return ops_fail(t, r, &why, e);
		if (one == TOKEN_HAS) {
			*has = TOKEN_HAS;
			*which = at[hit];
			return 0;
		}
		if (one == TOKEN_UNSURE)
			sure = 0;
	}
	*has = sure ? TOKEN_HAS_NOT : TOKEN_UNSURE;
	return 0;
}

int token_wait_touch(struct token *t, int touch_ms, const struct token_watch *w, struct err *e)
{
	struct frame rq = { NULL, 0 }, answer = { NULL, 0 };
	struct proto_failure why;
	int r;

	touch_ms = client_limit(touch_ms);
	r = proto_write_wait_touch(&rq, (uint32_t)touch_ms, e);
	if (r == 0)
		r = client_call(t, &rq, touch_ms, w, &answer, &why, e);
	if (r == 0 && answer.type != PROTO_TOUCHED)
		r = ops_odd(t, &why);
	frame_free(&rq);
	frame_free(&answer);
	return ops_fail(t, r, &why, e);
}

/* What no key could accept must not cost a try. */
static int ops_pin(const struct secret *pin, struct err *e)
{
	if (pin == NULL)
		return 0;
	if (pin->len < PROTO_PIN_MIN || pin->len > PROTO_PIN_MAX ||
	    memchr(pin->data, '\0', pin->len) != NULL) {
		(void)err_set(e, ERR_PIN, "A security key's PIN has %d to %d bytes; "
		    "this one was not sent.", PROTO_PIN_MIN, PROTO_PIN_MAX);
		(void)err_hint(e, "Check the PIN and try again.");
		return ERR_PIN;
	}
	return 0;
}

/* A right PIN sets the counter of tries back. */
static void ops_refresh(struct token *t, const struct secret *pin)
{
	struct frame rq = { NULL, 0 }, answer = { NULL, 0 };
	struct proto_failure why;
	struct token_info info;

	if (pin == NULL || t->helper.fd < 0 || t->info.pin_tries == TRIES_FULL)
		return;
	if (proto_write_info_request(&rq, NULL) == 0 &&
	    client_call(t, &rq, INFO_MS, NULL, &answer, &why, NULL) == 0 &&
	    answer.type == PROTO_INFO && proto_read_info(&info, &answer, NULL) == 0)
		t->info = info;
	frame_free(&rq);
	frame_free(&answer);
}

static int make_once(struct token *t, const struct token_make_request *rq,
    const struct token_watch *w, struct token_credential *out, struct proto_failure *why,
    struct err *e)
{
	struct frame f = { NULL, 0 }, answer = { NULL, 0 };
	int r = proto_write_make(&f, rq, e);

	if (r == 0)
		r = client_call(t, &f, rq->touch_ms, w, &answer, why, e);
	if (r == 0 && (answer.type != PROTO_CREDENTIAL ||
	    proto_read_credential(out, &answer, NULL) != 0))
		r = ops_odd(t, why);
	if (r == 0)
		memcpy(out->cdh, rq->cdh, sizeof(out->cdh));
	frame_free(&f);
	frame_free(&answer);
	return r;
}

int token_make(struct token *t, const struct token_make_request *rq, const struct token_watch *w,
    struct token_credential *out, struct err *e)
{
	struct token_id part[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], next, which;
	struct token_make_request one = *rq;
	struct proto_failure why = { .pin_tries = -1 };
	enum token_has has = TOKEN_HAS_NOT;
	int r = ops_pin(rq->pin, e);

	memset(out, 0, sizeof(*out));
	if (r != 0)
		return r;
	one.touch_ms = client_limit(rq->touch_ms);
	one.exclude = part;
	one.n_exclude = client_cut(&t->info, rq->exclude, rq->n_exclude, 0, part, at, &next);
	/* An exclude list too long for one request is asked for beforehand. */
	if (next < rq->n_exclude)
		r = token_preflight(t, rq->exclude, rq->n_exclude, &has, &which, e);
	if (r != 0)
		return r;
	why.code = CODE_EXCLUDED;
	r = has == TOKEN_HAS ? ERR_TOKEN : make_once(t, &one, w, out, &why, e);
	if (r != 0)
		memset(out, 0, sizeof(*out));
	else
		ops_refresh(t, rq->pin);
	return ops_fail(t, r, &why, e);
}

static int assert_once(struct token *t, const struct token_assert_request *rq,
    const struct token_watch *w, struct token_assertion *out, struct proto_failure *why,
    struct err *e)
{
	struct frame f = { NULL, 0 }, answer = { NULL, 0 };
	int r = proto_write_assert(&f, rq, e);

	if (r == 0)
		r = client_call(t, &f, rq->touch_ms, w, &answer, why, e);
	if (r == 0 && (answer.type != PROTO_ASSERTION ||
	    proto_read_assertion(out, &answer, NULL) != 0 ||
	    (rq->salt1 != NULL) != (out->hmac1 != NULL) ||
	    (rq->salt2 != NULL) != (out->hmac2 != NULL)))
		r = ops_odd(t, why);
	frame_free(&f);
	frame_free(&answer);
	return r;
}

/* An allow list too long for one request: find the credential silently, or
 * else ask for one part of the list after the other. */
static int assert_parts(struct token *t, const struct token_assert_request *rq, int touch_ms,
    const struct token_watch *w, struct token_assertion *out, struct proto_failure *why,
    struct err *e)
{
	struct token_id part[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], from = 0, count, which;
	struct token_assert_request one = *rq;
	enum token_has has;
	int r;

	one.touch_ms = touch_ms;
	r = token_preflight(t, rq->allow, rq->n_allow, &has, &which, e);
	if (r != 0)
		return r;
	if (has == TOKEN_HAS) {
		one.allow = &rq->allow[which];
		one.n_allow = 1;
		return assert_once(t, &one, w, out, why, e);
	}
	one.allow = part;
	r = ERR_TOKEN;
	why->code = CODE_NO_CREDENTIALS;
	while (r == ERR_TOKEN && why->code == CODE_NO_CREDENTIALS &&
	    (count = client_cut(&t->info, rq->allow, rq->n_allow, from, part, at, &from)) > 0) {
		one.n_allow = count;
		r = assert_once(t, &one, w, out, why, e);
	}
	return r;
}

int token_assert(struct token *t, const struct token_assert_request *rq,
    const struct token_watch *w, struct token_assertion *out, struct err *e)
{
	struct token_id part[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], next;
	struct token_assert_request one = *rq;
	struct proto_failure why = { .code = CODE_NO_CREDENTIALS, .pin_tries = -1 };
	int r = ops_pin(rq->pin, e);

	memset(out, 0, sizeof(*out));
	if (r != 0)
		return r;
	one.touch_ms = client_limit(rq->touch_ms);
	one.allow = part;
	one.n_allow = client_cut(&t->info, rq->allow, rq->n_allow, 0, part, at, &next);
	if (one.n_allow == 0)
		r = ERR_TOKEN;
	else if (next < rq->n_allow)
		r = assert_parts(t, rq, one.touch_ms, w, out, &why, e);
	else
		r = assert_once(t, &one, w, out, &why, e);
	if (r != 0)
		token_assertion_free(out);
	else
		ops_refresh(t, rq->pin);
	return ops_fail(t, r, &why, e);
}
