/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host says of another host's root password: `log verify` tells what does
 * not count, and does so once. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "log_login.h"

#define OURS "linux-" FAKE_HOST
#define THEIRS "linux-bastion2"

static int64_t says(struct login_two *t, struct log *log, const char *type, const char *record,
    int64_t version)
{
	static const char fields[] = "[{\"known_to\":[],\"name\":\"password\"}]",
	    who[] = "{\"host\":\"h\",\"tty\":\"\",\"uid\":0,\"user\":\"root\",\"via\":\"\"}";
	char digest[2 * HASH_LEN + 1];
	json *j, *list = NULL;

	if (strcmp(type, "rotation.confirmed") == 0) {
		j = login_proven(record, "[\"password\"]");
		assert_int_equal(json_set_int(j, "version", version), 0);
		return login_put(&t->l, log, j);
	}
	memset(digest, 'e', 2 * HASH_LEN);
	digest[2 * HASH_LEN] = '\0';
	j = lib_entry(type, "record", record, "digest", digest, "shares", digest, "kind", "linux-root",
	    "quorum", "default", NULL);
	assert_int_equal(json_parse(&list, fields, strlen(fields), JSON_CANONICAL, "fields", NULL), 0);
	assert_int_equal(json_set(j, "fields", list), 0);
	assert_int_equal(json_set_int(j, "version", version), 0);
	assert_int_equal(json_set_bool(j, "candidate", 1), 0);
	assert_int_equal(json_set_null(j, "attended"), 0);
	assert_int_equal(json_parse(&list, who, strlen(who), JSON_CANONICAL, "requester", NULL), 0);
	assert_int_equal(json_set(j, "requester", list), 0);
	return login_put(&t->l, log, j);
}

/* How many findings of this kind are of that entry of that host's log. */
static int owner_found(const struct login_two *t, const char *host, int64_t seq)
{
	struct verify_report *r = lib_verify(&t->l);
	int n = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct verify_finding *f = &r->findings[i];

		n += strcmp(f->what, "owner") == 0 && strcmp(f->host, host) == 0 && f->seq == seq &&
		    f->level == VERIFY_FAULT;
	}
	verify_report_free(&r);
	return n;
}

static void tells_what_another_host_seals_or_confirms(void **state)
{
	struct verify_report *r;
	struct login_two t;
	int64_t seq;

	(void)state;
	for (int how = 0; how < 4; how++) {
		login_two_new(&t);
		if (how != 3)
			lib_seal_linux(&t.l, OURS);
		one_fault(&t.l, 0, NULL);
		/* So that theirs stand behind that entry's number. */
		for (int i = 0; i < 3; i++)
			login_session(&t.l, t.log, -1);
		seq = says(&t, t.log, how == 2 ? "rotation.confirmed" : "record.sealed", OURS, how == 1 ? 2 : 1);
		one_fault(&t.l, seq, how == 2 ? "It confirms version 1 of " OURS ", the root password of "
		    "host " FAKE_HOST ", as only" : how == 1 ? "It seals version 2 of " : "It seals version 1");
		assert_int_equal(owner_found(&t, "bastion2", seq), 1);
		r = lib_verify(&t.l);
		assert_int_equal(r->records, how == 3 ? 0 : 1);
		verify_report_free(&r);
		login_two_free(&t);
	}
}

/* Its own words, and what is said of a machine that is no host, are as before. */
static void leaves_a_host_its_own(void **state)
{
	struct login_two t;

	(void)state;
	login_two_new(&t);
	lib_seal_linux(&t.l, OURS);
	login_put(&t.l, t.l.log, login_proven(OURS, "[\"password\"]"));
	lib_seal_linux(&t.l, "linux-web1");
	one_fault(&t.l, 0, NULL);
	login_two_free(&t);
}

static void seal_theirs(struct lib *l)
{
	lib_seal_linux(l, THEIRS);
}

/* Sealed for it before it was a host: fine, until it seals that version itself. */
static void knows_when_a_host_became_one(void **state)
{
	struct login_two t;
	uint8_t now[HASH_LEN];
	int64_t one, late;

	(void)state;
	login_two_after(&t, seal_theirs);
	one = log_head(t.l.log)->tree.size - 1;
	one_fault(&t.l, 0, NULL);
	memcpy(now, t.l.opts.policy, HASH_LEN);
	/* A log that has not seen the new policy; and one that has. */
	memcpy(t.l.opts.policy, t.l.policies[0], HASH_LEN);
	late = says(&t, t.l.log, "rotation.confirmed", THEIRS, 1);
	one_fault(&t.l, 0, NULL);
	says(&t, t.l.log, "record.sealed", THEIRS, 2);
	memcpy(t.l.opts.policy, now, HASH_LEN);
	assert_int_equal(owner_found(&t, FAKE_HOST, late + 1), 0);
	says(&t, t.log, "record.sealed", THEIRS, 2);
	assert_int_equal(owner_found(&t, FAKE_HOST, late + 1), 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, late), 0);
	assert_int_equal(owner_found(&t, FAKE_HOST, one), 0);
	says(&t, t.log, "record.sealed", THEIRS, 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, late), 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, one), 1);
	login_two_free(&t);
}

static void knows_when_a_host_was_ended(void **state)
{
	uint8_t root[HASH_LEN];
	json *doc = NULL;
	struct login_two t;
	int64_t early, seq;

	(void)state;
	login_two_new(&t);
	says(&t, t.log, "record.sealed", THEIRS, 1);
	early = says(&t, t.l.log, "record.sealed", THEIRS, 2);
	assert_int_equal(policy_draft_next(&doc, t.l.v.policy, FAKE_NOW, NULL), 0);
	assert_int_equal(log_root(root, t.log, NULL), 0);
	assert_int_equal(policy_draft_end_host(doc, "bastion2", log_head(t.log)->tree.size, root, NULL), 0);
	login_policy(&t, doc);
	seq = says(&t, t.l.log, "record.sealed", THEIRS, 2);
	says(&t, t.l.log, "rotation.confirmed", THEIRS, 2);
	says(&t, t.l.log, "record.sealed", THEIRS, 1);
	says(&t, t.l.log, "rotation.confirmed", THEIRS, 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, early), 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, seq), 0);
	assert_int_equal(owner_found(&t, FAKE_HOST, seq + 1), 0);
	assert_int_equal(owner_found(&t, FAKE_HOST, seq + 2), 1);
	assert_int_equal(owner_found(&t, FAKE_HOST, seq + 3), 1);
	login_two_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_another_host_seals_or_confirms),
		cmocka_unit_test(leaves_a_host_its_own),
		cmocka_unit_test(knows_when_a_host_became_one),
		cmocka_unit_test(knows_when_a_host_was_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
