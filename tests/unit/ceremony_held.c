/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a login waits for its grant, and how it comes into the log without one. */
#include "ceremony_place.h"

#include "ceremony/entries_login.h"

/* What an approval would bring, for how entries wait it matters by its statement alone. */
static json *approval_of(const struct place *p, const char *holder)
{
	json *j = json_new_object();

	assert_int_equal(json_set_str(j, "type", "ceremony.approved"), 0);
	assert_int_equal(json_set_hex(j, "statement", p->a.st->hash, HASH_LEN), 0);
	assert_int_equal(json_set_str(j, "holder", holder), 0);
	return j;
}

/* As a login is whose last approval has come: alice's is in the log unless nothing may be. */
static void last_approval(struct place *p, int held)
{
	place_open(p);
	make(p);
	if (held) {
		p->a.held[p->a.nheld++] = entry_requested(p->a.st);
		p->a.held[p->a.nheld++] = approval_of(p, "alice");
	} else {
		assert_int_equal(request(p, 0), 0);
		assert_int_equal(ask_record(&p->a, approval_of(p, "alice"), LOG_SPACE_NONE, 0, NULL, NULL), 0);
	}
	p->a.held[p->a.nheld++] = approval_of(p, "bob");
	p->a.ready = 1;
}

static void what_waits_goes_in_with_the_grant(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct log_receipt receipt;
		struct place p;
		int64_t before;

		last_approval(&p, held);
		before = log_head(p.s->log)->tree.size;
		assert_int_equal(ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1,
		    &receipt, NULL), 0);
		assert_int_equal(receipt.seq, before + (held ? 3 : 1));
		assert_int_equal(log_head(p.s->log)->tree.size, receipt.seq + 1);
		assert_int_equal(p.a.nheld, 0);
		assert_int_equal(p.a.recorded, 4);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 1);
		assert_int_equal(count(&p, "\"type\":\"login.granted\""), 1);
		place_close(&p);
	}
}

static void what_waits_goes_in_with_the_denial(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct place p;

		last_approval(&p, held);
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), 1);
		assert_int_equal(count(&p, "\"type\":\"ceremony.approved\""), 2);
		assert_int_equal(denied(&p), 1);
		assert_int_equal(p.a.requested, 1);
		/* Once. */
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(denied(&p), 1);
		place_close(&p);
	}
}

/* A request stands under the policy that it names, or nowhere: `twokey log verify` would find fault with it. */
static void what_waits_is_not_told_under_a_newer_policy(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct state_pin pin;
		struct err e = { 0 };
		struct place p;

		last_approval(&p, held);
		newer_policy(&p);
		/* Another command of this machine has taken it over. */
		assert_int_equal(state_read_pin(p.l.state, &pin, NULL), 0);
		pin.serial = 2;
		pin.hash[0] ^= 1;
		assert_int_equal(state_write_pin(p.l.state, &pin, NULL), 0);
		assert_int_equal(ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1, NULL, &e),
		    ERR_REFUSED);
		assert_int_equal(ask_end(&p.a, ERR_REFUSED, &e), ERR_REFUSED);
		assert_int_equal(count(&p, "\"type\":\"login.granted\""), 0);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), !held);
		assert_int_equal(count(&p, "\"type\":\"ceremony.approved\""), held ? 0 : 2);
		assert_int_equal(denied(&p), !held);
		assert_int_equal(p.a.requested, !held);
		place_close(&p);
	}
}

/* Nor an approval behind the end of its request. */
static void what_waits_is_not_told_too_late(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		struct place p;

		last_approval(&p, held);
		p.l.now = p.a.st->expires;
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 0);
		assert_int_equal(denied(&p), !held);
		assert_int_equal(p.a.requested, !held);
		place_close(&p);
	}
}

/* A grant that is in the log although its append failed was recorded, with its request. */
static void a_grant_in_the_log_is_recorded(void **state)
{
	struct err e = { 0 };
	struct place p;
	int r;

	(void)state;
	last_approval(&p, 1);
	no_checkpoint(&p);
	r = ask_record(&p.a, entry_granted(p.a.st, p.a.set), LOG_SPACE_APPROVED, 1, NULL, &e);
	assert_int_not_equal(r, 0);
	assert_int_equal(ask_end(&p.a, r, &e), r);
	assert_int_equal(count(&p, "\"type\":\"login.granted\""), 1);
	assert_int_equal(denied(&p), 0);
	assert_int_equal(p.a.requested, 1);
	place_close(&p);
}

/* A crash amid the append of the grant may leave some of the lines: none of them comes twice. */
static void what_a_failed_grant_left_is_not_repeated(void **state)
{
	for (size_t left = 1; left <= 3; left++) {
		json *kept[3];
		struct place p;

		(void)state;
		last_approval(&p, 1);
		for (size_t i = 0; i < 3; i++)
			kept[i] = json_share(p.a.held[i]);
		p.a.nheld = 0;
		for (size_t i = 0; i < left; i++)
			assert_int_equal(ask_record(&p.a, json_share(kept[i]), LOG_SPACE_NONE, 0, NULL, NULL), 0);
		p.a.recorded = 0;
		for (size_t i = 0; i < 3; i++)
			json_free(&p.a.held[i]);
		memcpy(p.a.held, kept, sizeof(kept));
		p.a.nheld = 3;
		assert_int_equal(end(&p), ERR_TOKEN);
		assert_int_equal(count(&p, "\"type\":\"ceremony.requested\""), 1);
		assert_int_equal(count(&p, "\"holder\":\"alice\""), 1);
		assert_int_equal(count(&p, "\"holder\":\"bob\""), 1);
		assert_int_equal(denied(&p), 1);
		place_close(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_waits_goes_in_with_the_grant),
		cmocka_unit_test(what_waits_goes_in_with_the_denial),
		cmocka_unit_test(what_waits_is_not_told_under_a_newer_policy),
		cmocka_unit_test(what_waits_is_not_told_too_late),
		cmocka_unit_test(a_grant_in_the_log_is_recorded),
		cmocka_unit_test(what_a_failed_grant_left_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
