/* SPDX-License-Identifier: BSD-2-Clause */
/* How a person is asked for the PIN of a key: the tries that are left, the
 * limit, a wrong PIN, a finger that does not do. */
#include "unit.h"

#include <stdlib.h>

#include "base/clock.h"
#include "ceremony/use_token.h"
#include "fake_token.h"

/* The client of src/token with a key in memory behind it. */
struct token {
	struct token_info info;
	struct token_device device;
	struct fake_token *key;
	int uv_fails;		/* so many fingers are not recognised */
	int calls;
};

const struct token_info *token_info(const struct token *t)
{
	return &t->info;
}

const struct token_device *token_device(const struct token *t)
{
	return &t->device;
}

int token_make(struct token *t, const struct token_make_request *rq, const struct token_watch *w,
    struct token_credential *out, struct err *e)
{
	(void)t, (void)rq, (void)w, (void)out;
	return err_set(e, ERR_INTERNAL, "Nothing is made here.");
}

int token_assert(struct token *t, const struct token_assert_request *rq,
    const struct token_watch *w, struct token_assertion *out, struct err *e)
{
	(void)w;
	t->calls++;
	if (rq->pin == NULL && t->uv_fails > 0) {
		t->uv_fails--;
		return err_set(e, ERR_PIN, "K did not recognise the finger.");
	}
	if (rq->pin != NULL && strcmp((const char *)rq->pin->data, "right") != 0) {
		t->info.pin_tries--;
		return err_set(e, ERR_PIN, "K does not accept this PIN.");
	}
	if (rq->pin != NULL)
		t->info.pin_tries = 8;
	fake_token_assert(t->key, rq->cdh, rq->salt1, rq->salt2, out);
	return 0;
}

/* The person: types these PINs, says yes so often. */
struct person {
	const char *pins[12];
	int asked, again[12], left[12];
	int yes, confirmed;
	int notes;
};

static void event(void *ctx, const struct ui_event *ev)
{
	struct person *p = ctx;

	p->notes += ev->kind == UI_NOTE;
}

static int last_tries(void *ctx, const struct ui_pin_question *q, struct err *e)
{
	struct person *p = ctx;

	assert_in_range(q->tries, 1, 7);
	p->confirmed++;
	return p->yes-- > 0 ? 0 : err_set(e, ERR_CANCELLED, "No.");
}

static int pin(void *ctx, const struct ui_pin_question *q, struct secret **out, struct err *e)
{
	struct person *p = ctx;
	const int n = p->asked++;

	*out = NULL;
	assert_in_range(n, 0, COUNT(p->pins) - 1);
	p->again[n] = q->again;
	p->left[n] = q->ms_left;
	return p->pins[n] == NULL ? err_set(e, ERR_CANCELLED, "Given up.") :
	    secret_from(out, p->pins[n], strlen(p->pins[n]), e);
}

static int cancelled(void *ctx)
{
	(void)ctx;
	return 0;
}

/* One key's turn as gather has it; `until` may be 0. */
static int turn(struct token *t, struct person *who, const struct ui *with, int64_t until,
    struct err *e)
{
	struct token_assert_request rq = { .uv = 1, .touch_ms = 1000 };
	struct token_assertion *as = calloc(1, sizeof(*as));
	struct ui ui = { .ctx = who, .event = event, .pin = pin, .cancelled = cancelled };
	struct token_person p = { .ui = &ui, .holder = "alice", .label = "key-1", .until = until };
	int r;

	assert_non_null(as);
	if (with != NULL) {
		ui.tries_kept = with->tries_kept;
		ui.last_tries = with->last_tries;
	}
	err_clear(e);
	if ((r = person_begin(&p, t, e)) == 0 && (r = person_assert(&p, t, &rq, as, e)) == 0)
		assert_true(as->id_len > 0);
	person_end(&p);
	assert_null(p.pin);
	fake_assertion_free(as);
	free(as);
	return r;
}

static struct token key(int tries)
{
	struct token t = { .info = { .pin_set = 1, .pin_tries = tries, .uv = -1 } };

	t.key = fake_token_new(TOKEN_ES256);
	(void)strcpy(t.device.product, "K");
	return t;
}

/* At a terminal: the last two need a yes each. */
static void a_yes_for_the_last(void **state)
{
	const struct ui with = { .last_tries = last_tries };
	struct person who = { .pins = { "wrong", "wrong", "right" }, .yes = 1 };
	struct token t = key(4);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(turn(&t, &who, &with, 0, &e), 0);
	assert_int_equal(who.asked, 3);
	assert_int_equal(who.confirmed, 1);
	assert_int_equal(t.info.pin_tries, 8);
	assert_true(!who.again[0] && who.again[1] && who.again[2]);
	/* A no spends none. */
	t.info.pin_tries = 2;
	who = (struct person){ .pins = { "right" } };
	assert_int_equal(turn(&t, &who, &with, 0, &e), ERR_CANCELLED);
	assert_int_equal(who.asked, 0);
	assert_int_equal(t.info.pin_tries, 2);
	/* Each of them anew. */
	who = (struct person){ .pins = { "wrong", "right" }, .yes = 9 };
	assert_int_equal(turn(&t, &who, &with, 0, &e), 0);
	assert_int_equal(who.confirmed, 2);
	fake_token_free(&t.key);
}

/* At a login: the last three are not touched, and nobody is asked for a yes. */
static void none_of_the_last_three(void **state)
{
	const struct ui with = { .tries_kept = 3 };
	struct person who = { .pins = { "wrong", "right" } };
	struct token t = key(4);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(turn(&t, &who, &with, 0, &e), ERR_TOKEN);
	assert_int_equal(who.asked, 1);
	assert_int_equal(t.info.pin_tries, 3);
	assert_string_equal(e.text, "Only 3 PIN tries are left on this key; the last 3 are not used "
	    "here.");
	assert_true(e.hint[0] != '\0');
	/* The right one is not asked for either. */
	who = (struct person){ .pins = { "right" } };
	assert_int_equal(turn(&t, &who, &with, 0, &e), ERR_TOKEN);
	assert_int_equal(who.asked, 0);
	fake_token_free(&t.key);
}

/* Whatever the program says, two are kept; blocked is blocked; not told is not kept. */
static void floors(void **state)
{
	const struct ui none = { .tries_kept = 0 }, less = { .tries_kept = 1 };
	const struct ui yes = { .last_tries = last_tries };
	struct person who = { .pins = { "right" }, .yes = 9 };
	struct token t = key(2);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(turn(&t, &who, &none, 0, &e), ERR_TOKEN);
	assert_int_equal(turn(&t, &who, &less, 0, &e), ERR_TOKEN);
	t.info.pin_tries = 0;
	assert_int_equal(turn(&t, &who, &yes, 0, &e), ERR_TOKEN);
	assert_string_equal(e.text, "The PIN of this key is blocked: no tries are left.");
	assert_int_equal(who.asked + who.confirmed + t.calls, 0);
	t.info.pin_tries = -1;
	assert_int_equal(turn(&t, &who, &none, 0, &e), 0);
	fake_token_free(&t.key);
}

/* Questions know how long they may take. */
static void limits(void **state)
{
	struct person who = { .pins = { "wrong", "right" } };
	struct token t = key(8);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(turn(&t, &who, NULL, clock_monotonic() + 60000, &e), 0);
	assert_in_range(who.left[0], 1, 60000);
	assert_in_range(who.left[1], 1, who.left[0]);
	who = (struct person){ .pins = { "right" } };
	assert_int_equal(turn(&t, &who, NULL, clock_monotonic() - 5, &e), 0);
	assert_int_equal(who.left[0], 0);
	who = (struct person){ .pins = { "right" } };
	assert_int_equal(turn(&t, &who, NULL, 0, &e), 0);
	assert_int_equal(who.left[0], -1);
	fake_token_free(&t.key);
}

/* Enter alone: no PIN is sent, and nothing asked again. */
static void none_given(void **state)
{
	struct person who = { .pins = { "", "right" } };
	struct token t = key(8);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(turn(&t, &who, NULL, 0, &e), ERR_TOKEN);
	assert_int_equal(who.asked, 1);
	assert_int_equal(t.calls, 0);
	assert_string_equal(e.text, "No PIN was given for it.");
	fake_token_free(&t.key);
}

/* A finger that does not do: the PIN does, and no wrong one is spoken of. */
static void fingers(void **state)
{
	struct person who = { .pins = { "right" } };
	struct token t = key(8);
	struct err e = { 0 };

	(void)state;
	t.info.uv = 1;
	assert_int_equal(turn(&t, &who, NULL, 0, &e), 0);
	assert_int_equal(who.asked, 0);
	t.uv_fails = 1;
	assert_int_equal(turn(&t, &who, NULL, 0, &e), 0);
	assert_int_equal(who.asked, 1);
	assert_int_equal(who.notes, 1);
	assert_false(who.again[0]);
	/* Without a PIN there is nothing else to ask for. */
	t.uv_fails = 1;
	t.info.pin_set = 0;
	assert_int_equal(turn(&t, &who, NULL, 0, &e), ERR_TOKEN);
	assert_string_equal(e.text, "K did not recognise the finger.");
	t.info.uv = 0;
	assert_int_equal(turn(&t, &who, NULL, 0, &e), ERR_TOKEN);
	assert_int_equal(who.asked, 1);
	fake_token_free(&t.key);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_yes_for_the_last),
		cmocka_unit_test(none_of_the_last_three),
		cmocka_unit_test(floors),
		cmocka_unit_test(limits),
		cmocka_unit_test(none_given),
		cmocka_unit_test(fingers)
	};

	return cmocka_run_group_tests_name("ceremony_person", tests, NULL, NULL);
}
