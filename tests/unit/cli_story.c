/* SPDX-License-Identifier: BSD-2-Clause */
/* What `log show` says of an entry. */
#include "unit.h"

#include "cli/story.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SOURCE(service, user, rhost, count) "{\"service\":\"" service "\",\"user\":\"" user \
	"\",\"rhost\":\"" rhost "\",\"count\":" count "}"
#define LOGIN(tty, rhost) "{\"action\":\"login\",\"reason\":\"down\",\"requester\":{\"user\":\"op\"}," \
	"\"subject\":{\"service\":\"su\",\"user\":\"root\",\"tty\":\"" tty "\",\"rhost\":\"" rhost "\"}}"

static json *read_json(const char *text)
{
	json *j = NULL;
	struct err e = { 0 };

	if (json_parse(&j, text, strlen(text), JSON_LOOSE, "text", &e) != 0)
		print_error("%s: %s\n", text, e.text);
	assert_non_null(j);
	return j;
}

static void says(const struct story *s, const char *entry, const char *words)
{
	struct buf b = BUF_INIT;
	json *j = read_json(entry);

	story_tell(&b, s, j);
	assert_string_equal(buf_str(&b), words);
	json_free(&j);
	buf_free(&b);
}

static void tells_each_type(void **state)
{
	static const char *const table[][2] = {
		{ "{\"type\":\"ceremony.requested\",\"statement\":" LOGIN("pts/3", "") "}",
		  "op asks to log in as root by su on pts/3, because \"down\"" },
		{ "{\"type\":\"ceremony.requested\",\"statement\":" LOGIN("ssh", "192.0.2.7") "}",
		  "op asks to log in as root by su from 192.0.2.7, because \"down\"" },
		{ "{\"type\":\"login.attempts\",\"more\":0,\"sources\":["
		  SOURCE("sshd", "root", "192.0.2.7", "3") "]}",
		  "3 attempts without an approval (sshd root from 192.0.2.7: 3)" },
		{ "{\"type\":\"login.attempts\",\"more\":0,\"sources\":[" SOURCE("su", "root", "", "1") "]}",
		  "1 attempt without an approval (su root: 1)" },
		{ "{\"type\":\"login.attempts\",\"more\":7,\"sources\":[" SOURCE("a", "r", "", "1") ","
		  SOURCE("b", "r", "", "2") "," SOURCE("c", "r", "", "3") "," SOURCE("d", "r", "", "4") "]}",
		  "17 attempts without an approval (a r: 1, b r: 2, c r: 3, others: 11)" },
		{ "{\"type\":\"login.attempts\",\"more\":2,\"sources\":[]}",
		  "2 attempts without an approval (others: 2)" },
		{ "{\"type\":\"session.opened\",\"login\":null,\"service\":\"su\",\"user\":\"root\","
		  "\"tty\":\"pts/3\",\"rhost\":\"\"}", "a session of root opened (su, pts/3) WITHOUT two keys" },
		{ "{\"type\":\"session.opened\",\"login\":12,\"service\":\"sshd\",\"user\":\"root\","
		  "\"tty\":\"ssh\",\"rhost\":\"192.0.2.7\"}",
		  "a session of root opened (sshd, ssh, from 192.0.2.7) on the login of entry 12" },
		{ "{\"type\":\"session.closed\",\"opened\":14,\"ms\":59999}",
		  "the session of entry 14 closed after 59 s" },
		{ "{\"type\":\"session.closed\",\"opened\":14,\"ms\":720000}",
		  "the session of entry 14 closed after 12 min" },
		{ "{\"type\":\"session.closed\",\"opened\":14,\"ms\":7260000}",
		  "the session of entry 14 closed after 2 h 1 min" },
		{ "{\"type\":\"rotation.confirmed\",\"record\":\"web1\",\"version\":2,\"by\":\"shadow\","
		  "\"fields\":[\"password\"]}", "web1 version 2: password confirmed by the host's shadow file" },
		{ "{\"type\":\"rotation.confirmed\",\"record\":\"aws\",\"version\":2,\"by\":\"holders\","
		  "\"fields\":[\"password\",\"totp\"]}", "aws version 2: password, totp confirmed by holders" },
		{ "{\"type\":\"login.granted\",\"statement\":\"" HEX "\",\"holders\":[\"alice\",\"bob\"]}",
		  "a login granted with alice and bob" },
		{ "{\"type\":\"policy.accepted\",\"serial\":3}", "policy 3 accepted" },
		{ "{\"type\":\"more\"}", "more" },
	};
	static const struct story none;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		says(&none, table[i][0], table[i][1]);
}

static void remembers_who_asked(void **state)
{
	struct story s = { .next = 0 };
	json *st = read_json(LOGIN("ssh", "192.0.2.7")), *other = read_json("{\"action\":\"drill\"}");
	char hex[] = HEX;

	(void)state;
	story_asked(&s, hex, st);
	story_asked(&s, hex, other);
	says(&s, "{\"type\":\"login.granted\",\"statement\":\"" HEX "\",\"holders\":[\"alice\",\"bob\","
	    "\"carol\"]}", "root logged in by su from 192.0.2.7 with alice, bob and carol");
	/* Newer ones take its place. */
	hex[0] = '1';
	for (int i = 0; i < STORY_LOGINS; i++)
		story_asked(&s, hex, st);
	says(&s, "{\"type\":\"login.granted\",\"statement\":\"" HEX "\",\"holders\":[\"alice\"]}",
	    "a login granted with alice");
	story_end(&s);
	json_free(&st);
	json_free(&other);
}

/* A host may write what it likes into its own log. */
static void takes_entries_without_members(void **state)
{
	static const char *const types[] = { "ceremony.requested", "ceremony.approved", "ceremony.denied",
		"released", "record.sealed", "login.granted", "login.attempts", "session.opened",
		"session.closed", "rotation.confirmed" };
	static const struct story none;
	struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		json *j = json_new_object();

		assert_int_equal(json_set_str(j, "type", types[i]), 0);
		story_tell(&b, &none, j);
		assert_int_equal(json_set(j, "sources", read_json("[1,{\"count\":\"x\"}]")), 0);
		assert_int_equal(json_set(j, "holders", read_json("[1,{}]")), 0);
		story_tell(&b, &none, j);
		assert_true(buf_ok(&b));
		json_free(&j);
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_type),
		cmocka_unit_test(remembers_who_asked),
		cmocka_unit_test(takes_entries_without_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
