/* SPDX-License-Identifier: BSD-2-Clause */
#include "ceremony/enrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ceremony/seeker.h"
#include "ceremony/use_token.h"
#include "crypto/crypto.h"

#define ANOTHER_MODEL "Enrol a key of another model with `twokey enroll`; `fido2-token -I DEVICE` " \
	"lists what a key can do."

/* One enrolment under way; the new key stays plugged in for all of it. */
struct run {
	const struct enrol *in;
	struct token *t;
	struct token_person person;
	struct token_credential *cred;
	struct token_assertion *with, *without;	/* with and without UV */
	int protection;
};

static void note(const struct run *run, const char *text)
{
	struct ui_event ev = { .kind = UI_NOTE, .text = text, .ms_left = -1 };

	run->in->ui->event(run->in->ui->ctx, &ev);
}

/* The holder, who has as long for the PIN of a key as for plugging it in. */
static struct token_person holder_of(const struct enrol *in, const char *label)
{
	return (struct token_person){ .ui = in->ui, .holder = in->holder, .label = label,
		.until = clock_monotonic() + in->wait_ms };
}

static int check_features(const struct run *run, struct err *e)
{
	const struct token_info *i = token_info(run->t);

	if (!i->hmac_secret)
		err_set(e, ERR_TOKEN, "This security key has no hmac-secret extension, which twokey "
		    "needs to seal an identity.");
	else if (!i->cred_protect)
		err_set(e, ERR_TOKEN, "This security key has no credProtect extension, so its PIN "
		    "would protect nothing.");
	else
		return 0;
	err_hint(e, "Use a FIDO2 (CTAP 2.1) key; `fido2-token -I DEVICE` lists its extensions.");
	return ERR_TOKEN;
}

static int make_credential(struct run *run, int protection, struct err *e)
{
	struct token_make_request rq = { .user_name = run->in->holder, .protection = protection,
		.touch_ms = TOUCH_MS };
	struct token_id old[BUNDLE_TOKENS_MAX];
	int r;

	rq.exclude = old;
	for (; run->in->old != NULL && rq.n_exclude < run->in->old->n; rq.n_exclude++)
		old[rq.n_exclude] = (struct token_id){ run->in->old->tokens[rq.n_exclude].id,
			run->in->old->tokens[rq.n_exclude].id_len };
	if ((r = random_bytes(rq.cdh, sizeof(rq.cdh), e)) != 0 ||
	    (r = random_bytes(rq.user_id, sizeof(rq.user_id), e)) != 0)
		return r;
	note(run, "Touch 1: the key makes its credential.");
	if ((r = person_make(&run->person, run->t, &rq, run->cred, e)) != 0)
		return r;
	run->protection = run->cred->protection;
	if (!run->cred->hmac_secret)
		err_set(e, ERR_TOKEN, "The key made a credential without hmac-secret.");
	else if (run->protection < protection)
		err_set(e, ERR_TOKEN, "The key set credProtect level %d where %d was asked "
		    "for.", run->protection, protection);
	else
		return 0;
	err_hint(e, ANOTHER_MODEL);
	return ERR_TOKEN;
}

static int ask_secret(struct run *run, struct token_assertion *out, int uv, struct err *e)
{
	struct token_id id = { run->cred->id, run->cred->id_len };
	struct token_assert_request rq = { .allow = &id, .n_allow = 1, .uv = uv,
		.touch_ms = TOUCH_MS };
	uint8_t salt[32], drill[32];
	int r;

	if ((r = random_bytes(rq.cdh, sizeof(rq.cdh), e)) != 0 || (r = bundle_salt(salt, e)) != 0 ||
	    (r = bundle_drill_salt(drill, e)) != 0)
		return r;
	rq.salt1 = salt;
	rq.salt2 = drill;
	token_assertion_free(out);
	return person_assert(&run->person, run->t, &rq, out, e);
}

/* *idle: 1 when the key gives the same secret without its PIN (CTAP 2.0 tokens
 * may have one secret for both).  Of refusals only those count that stand for
 * the PIN; a touch that did not come proves nothing. */
static int pin_is_idle(struct run *run, int *idle, struct err *e)
{
	struct err why = { 0 };
	int r;

	*idle = 0;
	note(run, "Touch 3: without the PIN, to see that the key refuses or tells something else.");
	r = ask_secret(run, run->without, 0, &why);
	if (r == ERR_MISSING || r == ERR_PIN)
		return 0;
	if (r != 0)
		return err_give(e, &why);
	if (run->without->hmac1 != NULL && run->without->hmac1->len == run->with->hmac1->len)
		*idle = secret_equal(run->without->hmac1->data, run->with->hmac1->data,
		    run->with->hmac1->len);
	return 0;
}

static int prove(struct run *run, int *idle, struct err *e)
{
	int r;

	note(run, "Touch 2: the key gives the secret that wraps the identity.");
	if ((r = ask_secret(run, run->with, 1, e)) != 0)
		return r;
	if (run->with->hmac1 == NULL || run->with->hmac2 == NULL) {
		err_set(e, ERR_TOKEN, "The key gave no hmac-secret output.");
		err_hint(e, ANOTHER_MODEL);
		return ERR_TOKEN;
	}
	return pin_is_idle(run, idle, e);
}

/* Level 2 first; a key whose PIN protects nothing there gets level 3, where it
 * must refuse; else it is no use. */
static int make_and_prove(struct run *run, struct err *e)
{
	int idle = 1, r = make_credential(run, 2, e);

	if (r != 0 || (r = prove(run, &idle, e)) != 0 || !idle)
		return r;
	note(run, "At credProtect level 2 the PIN of this key protects nothing; trying level 3.");
	if ((r = make_credential(run, 3, e)) != 0 || (r = prove(run, &idle, e)) != 0 || !idle)
		return r;
	err_set(e, ERR_REFUSED, "The PIN of this security key protects nothing: it gives the same "
	    "secret without it, even at credProtect level 3.");
	err_hint(e, "Whoever finds this key could use it: enrol another model.");
	return ERR_REFUSED;
}

static int sign_with(struct token_person *person, struct token *t, struct bundle *b,
    const struct bundle_token *bt, struct err *e)
{
	struct token_assertion *as = calloc(1, sizeof(*as));
	struct token_id id = { bt->id, bt->id_len };
	struct token_assert_request rq = { .allow = &id, .n_allow = 1, .uv = 1,
		.touch_ms = TOUCH_MS };
	int r = ERR_MEMORY;

	if (as == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to enrol a key.");
	memcpy(rq.cdh, b->hash, sizeof(rq.cdh));
	r = person_assert(person, t, &rq, as, e);
	if (r == 0)
		r = bundle_sign(b, bt->label, as, e);
	token_assertion_free(as);
	free(as);
	return r;
}

/* The keys in the holder's bundle so far; label: that one is asked for, NULL: any. */
static size_t old_wants(struct want wants[BUNDLE_TOKENS_MAX], const struct bundle *old,
    const char *label)
{
	for (size_t i = 0; old != NULL && i < old->n; i++) {
		const struct bundle_token *o = &old->tokens[i];

		wants[i] = (struct want){ .id = { o->id, o->id_len }, .holder = o->holder,
			.label = o->label, .quiet = o->protection <= 2,
			.state = label == NULL || strcmp(label, o->label) == 0 ? WANT_YES : WANT_NO };
	}
	return old != NULL ? old->n : 0;
}

/* Finds one of the holder's old keys: any (label NULL) or a certain one. */
static int find_old(const struct enrol *in, struct seeker *s, const char *label, struct token **t,
    const struct bundle_token **bt, struct err *e)
{
	struct want wants[BUNDLE_TOKENS_MAX];
	char who[2 * NAME_MAX_LEN + 8];
	size_t which;
	int r;

	if (label != NULL)
		(void)snprintf(who, sizeof(who), "%s (\"%s\")", in->holder, label);
	else
		(void)snprintf(who, sizeof(who), "%s", in->holder);
	r = seeker_next(s, wants, old_wants(wants, in->old, label), who, 0, 0, in->wait_ms, t,
	    &which, e);
	if (r != 0)
		return r;
	if (which == SIZE_MAX && label == NULL && in->old->n > 1) {
		token_close(t);
		err_set(e, ERR_TOKEN, "This key does not tell which of %s's it is.", in->holder);
		err_hint(e, "Plug in another of %s's keys instead, then run `twokey enroll %s "
		    "--add-to FILE` again.", in->holder, in->holder);
		return ERR_TOKEN;
	}
	*bt = which != SIZE_MAX ? &in->old->tokens[which]
	    : label != NULL ? bundle_token(in->old, label) : &in->old->tokens[0];
	return 0;
}

static int unwrap_old(const struct enrol *in, struct secret **seed, struct err *e)
{
	struct token_person person = { 0 };
	struct token_assertion *as = calloc(1, sizeof(*as));
	struct token_assert_request rq = { .uv = 1, .touch_ms = TOUCH_MS };
	const struct bundle_token *bt = NULL;
	struct seeker *s = NULL;
	struct token *t = NULL;
	uint8_t salt[32];
	int r = ERR_MEMORY;

	if (as == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to enrol a key.");
	if ((r = seeker_new(&s, in->ui, in->pool, e)) != 0 ||
	    (r = find_old(in, s, NULL, &t, &bt, e)) != 0)
		goto out;
	person = holder_of(in, bt->label);
	struct token_id id = { bt->id, bt->id_len };
	rq.allow = &id;
	rq.n_allow = 1;
	rq.salt1 = salt;
	if ((r = bundle_salt(salt, e)) != 0 || (r = random_bytes(rq.cdh, 32, e)) != 0 ||
	    (r = person_begin(&person, t, e)) != 0 ||
	    (r = person_assert(&person, t, &rq, as, e)) != 0)
		goto out;
	r = bundle_unwrap(seed, in->old, bt, as->hmac1, e);
out:
	person_end(&person);
	token_close(&t);
	seeker_free(&s);
	token_assertion_free(as);
	free(as);
	return r;
}

/* Every key the holder had signs the new bundle too.  A seeker for each: one
 * that passed by a key does not look at it again. */
static int sign_old(const struct enrol *in, struct bundle *b, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < in->old->n; i++) {
		struct token_person person = { 0 };
		const struct bundle_token *bt = NULL;
		struct seeker *s = NULL;
		struct token *t = NULL;

		r = seeker_new(&s, in->ui, in->pool, e);
		if (r == 0)
			r = find_old(in, s, in->old->tokens[i].label, &t, &bt, e);
		if (r == 0) {
			person = holder_of(in, bt->label);
			if ((r = person_begin(&person, t, e)) == 0)
				r = sign_with(&person, t, b, bt, e);
		}
		person_end(&person);
		token_close(&t);
		seeker_free(&s);
	}
	return r;
}

static int run_begin(struct run *run, struct err *e)
{
	struct want old[BUNDLE_TOKENS_MAX];
	struct seeker *s = NULL;
	int r;

	run->cred = calloc(1, sizeof(*run->cred));
	run->with = calloc(1, sizeof(*run->with));
	run->without = calloc(1, sizeof(*run->without));
	if (run->cred == NULL || run->with == NULL || run->without == NULL)
		return err_set(e, ERR_MEMORY, "There is not enough memory to enrol a key.");
	if ((r = seeker_new(&s, run->in->ui, run->in->pool, e)) == 0)
		r = seeker_any(s, old, old_wants(old, run->in->old, NULL), run->in->wait_ms,
		    &run->t, e);
	seeker_free(&s);
	if (r != 0)
		return r;
	run->person = holder_of(run->in, run->in->label);
	return (r = check_features(run, e)) != 0 ? r : person_begin(&run->person, run->t, e);
}

static void run_end(struct run *run)
{
	person_end(&run->person);
	token_close(&run->t);
	if (run->with != NULL)
		token_assertion_free(run->with);
	if (run->without != NULL)
		token_assertion_free(run->without);
	free(run->with);
	free(run->without);
	free(run->cred);
}

static int add_token(const struct run *run, struct bundle *b, const struct secret *seed,
    struct err *e)
{
	struct bundle_enrol be = { .label = run->in->label, .credential = run->cred,
		.firmware = token_info(run->t)->firmware, .protection = run->protection,
		.builtin_uv = run->person.uv, .hmac = run->with->hmac1,
		.hmac_drill = run->with->hmac2, .now = clock_now(run->in->clock) };

	return bundle_add_token(b, seed, &be, e);
}

int enrol_key(struct bundle **out, const struct enrol *in, struct err *e)
{
	struct run run = { .in = in };
	struct secret *seed = NULL;
	struct bundle *b = NULL;
	int64_t now = clock_now(in->clock);
	int r;

	*out = NULL;
	if (in->old != NULL)
		r = (r = unwrap_old(in, &seed, e)) != 0 ? r : bundle_renew(&b, in->old, now, e);
	else
		r = bundle_new(&b, &seed, in->holder, now, e);
	if (r == 0 && in->old != NULL)
		note(&run, "Now the new key: plug it in.");
	if (r != 0 || (r = run_begin(&run, e)) != 0 || (r = make_and_prove(&run, e)) != 0 ||
	    (r = add_token(&run, b, seed, e)) != 0)
		goto out;
	secret_free(&seed);
	note(&run, "Touch 4: the key signs the bundle.");
	r = sign_with(&run.person, run.t, b, bundle_token(b, in->label), e);
	if (r == 0 && in->old != NULL)
		r = sign_old(in, b, e);
	if (r != 0 || (r = bundle_check(b, e)) != 0)
		goto out;
	*out = b;
	b = NULL;
out:
	secret_free(&seed);
	run_end(&run);
	bundle_free(&b);
	return r;
}
