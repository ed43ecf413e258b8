/* SPDX-License-Identifier: BSD-2-Clause */
/* When somebody is reminded, and of what a channel wants to know. */
#include "unit.h"

#include "notify/channel.h"
#include "notify/steps.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define T0 (INT64_C(20000) * DAY)

/* The only step of one field, exposed at T0 and due so much later; 0: none. */
static struct step only(int64_t time_for_it, int64_t now)
{
	struct rotate_field f = { .name = "password", .state = ROTATE_EXPOSED, .version = 1, .since = T0,
		.due = T0 + time_for_it };
	struct rotate_record rec = { .name = "prod", .fields = &f, .n_fields = 1 };
	struct rotate_report p = { .records = &rec, .n_records = 1 };
	struct step *list = NULL, one = { .number = 0 };
	size_t n;

	assert_int_equal(steps_make(&list, &n, &p, 90, now, NULL), 0);
	assert_true(n <= 1);
	if (n == 1)
		one = list[0];
	free(list);
	return one;
}

static void test_rotation(void **state)
{
	const int64_t due = T0 + 10 * DAY;
	struct step st;

	(void)state;
	assert_int_equal(only(10 * DAY, due - DAY - 1).number, 0);
	st = only(10 * DAY, due - DAY);
	assert_string_equal(st.event, "due soon");
	assert_int_equal(st.next, due);
	assert_int_equal(only(10 * DAY, due - 1).number, 1);
	st = only(10 * DAY, due);
	assert_string_equal(st.event, "overdue");
	assert_int_equal(st.number, 2);
	assert_int_equal(st.next, due + DAY);
	/* A short time is halved; of none at all, the first step is overdue. */
	assert_int_equal(only(4 * HOUR, T0 + 2 * HOUR - 1).number, 0);
	assert_int_equal(only(4 * HOUR, T0 + 2 * HOUR).number, 1);
	assert_int_equal(only(0, T0 - 1).number, 0);
	assert_int_equal(only(0, T0).number, 2);
}

/* Each step ends exactly where it says that the next one begins, for two years. */
static void test_next(void **state)
{
	int64_t now = T0 + 9 * DAY, days = 0;
	struct step st;

	(void)state;
	for (int64_t number = 1; now < T0 + 730 * DAY; number++) {
		st = only(10 * DAY, now);
		assert_int_equal(st.number, number);
		assert_int_equal(only(10 * DAY, st.next - 1).number, number);
		days += st.next - now == DAY;
		assert_true(st.next - now == DAY || st.next - now == 7 * DAY);
		now = st.next;
	}
	/* The one before it is due, and those of the first week. */
	assert_int_equal(days, 8);
}

/* Fields that are due at one time are one step; a key that is stale is another. */
static void test_together(void **state)
{
	const struct rotate_field f[] = {
		{ .name = "a", .since = T0, .due = T0 + DAY }, { .name = "b", .since = T0 - DAY, .due = T0 + DAY },
		{ .name = "c", .since = T0, .due = T0 + 2 * DAY }, { .name = "d", .since = -1, .due = -1 } };
	const struct rotate_record rec = { .name = "prod", .fields = f, .n_fields = COUNT(f) };
	const struct rotate_token t[] = { { .holder = "alice", .label = "k", .proven = T0 - 100 * DAY, .stale = 1 },
		{ .holder = "bob", .label = "k", .proven = T0 } };
	const struct rotate_report p = { .records = &rec, .n_records = 1, .tokens = t, .n_tokens = 2 };
	struct step *list = NULL;
	size_t n;

	(void)state;
	assert_int_equal(steps_make(&list, &n, &p, 90, T0 + 3 * DAY, NULL), 0);
	assert_int_equal(n, 3);
	assert_int_equal(list[0].due, T0 + DAY);
	assert_int_equal(list[1].due, T0 + 2 * DAY);
	assert_string_equal(list[2].event, "drill due");
	assert_string_equal(list[2].holder, "alice");
	/* Thirteen days stale: the second week. */
	assert_int_equal(list[2].number, 2);
	assert_int_equal(list[2].next, T0 + 4 * DAY);
	free(list);
}

static void test_wants(void **state)
{
	char some[] = " overdue due-soon ";
	struct channel c = { .kind = CHANNEL_PROGRAM };

	(void)state;
	assert_true(channel_wants(&c, "overdue"));
	c.events = some;
	assert_true(channel_wants(&c, "overdue"));
	assert_true(channel_wants(&c, "due soon"));
	assert_false(channel_wants(&c, "due"));
	assert_false(channel_wants(&c, "released"));
	assert_true(channel_event_ok("drill-due", 9));
	assert_false(channel_event_ok("drill", 5));
	assert_false(channel_event_ok("", 0));
	assert_string_equal(channel_kind_name(CHANNEL_MAIL), "mail");
	assert_null(channel_kind_name(CHANNEL_KINDS));
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_rotation), cmocka_unit_test(test_next),
		cmocka_unit_test(test_together), cmocka_unit_test(test_wants) };

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
