/* SPDX-License-Identifier: BSD-2-Clause */
/* What a ceremony says, word for word. */
#include "unit.h"

#include "ceremony/words.h"

static void is(const struct ui_event *ev, int leads, const char *want)
{
	char got[WORDS_MAX];

	memset(got, 'x', sizeof(got));
	words_event(got, sizeof(got), ev);
	assert_string_equal(got, want);
	assert_int_equal(words_leads(ev), leads);
}

static void waits(void **state)
{
	struct ui_event ev = { .kind = UI_WAIT_KEY, .who = "alice or bob", .have = 1, .need = 3 };

	(void)state;
	is(&ev, 1, "[2/3] Plug in a key of alice or bob ...");
	ev.need = 1;
	is(&ev, 1, "[2/2] Plug in a key of alice or bob ...");
	ev.need = 0;
	is(&ev, 1, "Plug in the security key of alice or bob ...");
	ev = (struct ui_event){ .kind = UI_TOUCH, .holder = "alice" };
	is(&ev, 0, "Touch the key now.");
	ev.text = "Touch the key that is meant.";
	is(&ev, 0, "Touch the key that is meant.");
}

static void keys(void **state)
{
	struct ui_event ev = { .kind = UI_KEY_FOUND, .device = "YubiKey 5C", .holder = "alice",
		.label = "key-1" };

	(void)state;
	is(&ev, 0, "YubiKey 5C: alice's key \"key-1\"");
	ev.kind = UI_KEY_USED;
	is(&ev, 0, "YubiKey 5C: alice's key \"key-1\"; alice has approved already, and people are "
	    "counted, not keys");
	ev.kind = UI_KEY_NOT_ASKED;
	is(&ev, 0, "YubiKey 5C: alice's key \"key-1\"; alice is not in the quorum asked here");
	ev.kind = UI_KEY_ENROLLED;
	is(&ev, 0, "YubiKey 5C: alice's key \"key-1\" already; a new one is meant");
	ev = (struct ui_event){ .kind = UI_KEY_FOUND };
	is(&ev, 0, "security key: it does not say whose it is before it is touched");
	ev = (struct ui_event){ .kind = UI_KEY_FOREIGN, .device = "" };
	is(&ev, 0, "security key: not a key of this vault, passed by");
	ev = (struct ui_event){ .kind = UI_KEY_TROUBLE, .device = "K", .text = "It broke. Mend it." };
	is(&ev, 0, "K: passed by. It broke. Mend it.");
}

static void told(void **state)
{
	struct ui_event ev = { .kind = UI_APPROVED, .holder = "bob", .text = " at 12:00:00Z",
		.have = 2, .need = 3 };

	(void)state;
	is(&ev, 1, "[2/3] bob approved at 12:00:00Z");
	ev.text = NULL;
	is(&ev, 1, "[2/3] bob approved");
	ev = (struct ui_event){ .kind = UI_NOTE, .text = "100 % done" };
	is(&ev, 0, "100 % done");
}

static void pins(void **state)
{
	struct ui_pin_question q = { .device = "K", .holder = "alice", .label = "key-1", .tries = 8 };
	char got[WORDS_MAX];

	(void)state;
	words_pin(got, sizeof(got), &q);
	assert_string_equal(got, "PIN for alice's \"key-1\" (8 tries left): ");
	q.again = 1;
	q.tries = 1;
	words_pin(got, sizeof(got), &q);
	assert_string_equal(got, "Wrong PIN. PIN for alice's \"key-1\" (1 try left): ");
	words_last_tries(got, sizeof(got), &q);
	assert_non_null(strstr(got, "Only 1 PIN try is left on this key;"));
	q = (struct ui_pin_question){ .device = "K", .tries = -1 };
	words_pin(got, sizeof(got), &q);
	assert_string_equal(got, "PIN of the K (Enter alone passes it by): ");
	q = (struct ui_pin_question){ .tries = 2 };
	words_pin(got, sizeof(got), &q);
	assert_string_equal(got, "PIN of the key (2 tries left; Enter alone passes it by): ");
	words_last_tries(got, sizeof(got), &q);
	assert_non_null(strstr(got, "Only 2 PIN tries are left on this key;"));
}

/* Each length: cut, ended, and nothing written behind it. */
static void cut(void **state)
{
	const struct ui_event ev = { .kind = UI_KEY_USED, .device = "YubiKey 5C", .holder = "alice",
		.label = "key-1" };
	char whole[WORDS_MAX], got[WORDS_MAX];

	(void)state;
	words_event(whole, sizeof(whole), &ev);
	for (size_t cap = 1; cap <= strlen(whole); cap++) {
		memset(got, 'x', sizeof(got));
		words_event(got, cap, &ev);
		assert_int_equal(strlen(got), cap - 1);
		assert_memory_equal(got, whole, cap - 1);
		assert_int_equal(got[cap], 'x');
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits),
		cmocka_unit_test(keys),
		cmocka_unit_test(told),
		cmocka_unit_test(pins),
		cmocka_unit_test(cut)
	};

	return cmocka_run_group_tests_name("ceremony_words", tests, NULL, NULL);
}
