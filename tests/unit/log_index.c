/* SPDX-License-Identifier: BSD-2-Clause */
/* The index: what the logs say of records, from the cache and from scratch;
 * and other hosts' logs, followed. */
#include "log_two.h"

#include "log/reader.h"

static void check_prod(struct two *t, const uint8_t digest[HASH_LEN], int64_t released_seq)
{
	struct index_record *r = need(t, "prod");
	const struct index_version *v;

	assert_int_equal(r->nversions, 1);
	v = &r->versions[0];
	assert_memory_equal(v->digest, digest, HASH_LEN);
	assert_string_equal(v->host, FAKE_HOST);
	assert_int_equal(v->seq, 1);
	assert_string_equal(v->other, "");
	assert_int_equal(v->nshares, 1);
	assert_int_equal(v->shares[0].serial, 1);
	assert_int_equal(r->released_seq, released_seq);
	assert_true((r->released > 0) == (released_seq > 0));
	index_record_free(&r);
}

static void finds_what_logs_say(void **state)
{
	struct index_record *r = NULL;
	uint8_t digest[HASH_LEN];
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	lib_seal(&t.l, "prod", digest);
	lib_seal(&t.l, "test", NULL);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	check_prod(&t, digest, -1);
	assert_int_equal(index_find(&r, t.ix, "nothing", &e), ERR_MISSING);
	assert_null(r);
	/* Own appends are followed. */
	lib_unseal(&t.l, "prod", digest, 3, 1);
	assert_int_equal(index_update(t.ix, &e), 0);
	check_prod(&t, digest, 6);
	/* From the cache, */
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	assert_true(lib_exists(&t.l, STAMP));
	check_prod(&t, digest, 6);
	/* after another boot, */
	assert_int_equal(open_index(&t, BOOT2, &e), 0);
	check_prod(&t, digest, 6);
	two_free(&t);
}

/* A cache that was damaged, or left in the middle, is never believed. */
static void a_bad_cache_is_rebuilt(void **state)
{
	static const char *const stamps[] = { "", "{}", "garbage" };
	uint8_t digest[HASH_LEN];
	struct buf b = BUF_INIT;
	char cmd[256], *p;
	struct err e = { 0 };
	struct two t;
	size_t i;

	(void)state;
	two_new(&t);
	lib_seal(&t.l, "prod", digest);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	for (i = 0; i < COUNT(stamps); i++) {
		lib_write(&t.l, STAMP, stamps[i], strlen(stamps[i]));
		assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
		check_prod(&t, digest, -1);
	}
	/* Unclean: a writer was killed between its shards. */
	lib_read(&t.l, STAMP, &b);
	p = strstr((char *)b.data, "\"clean\":true");
	assert_non_null(p);
	memmove(p + 13, p + 12, strlen(p + 12));
	memcpy(p, "\"clean\":false", 13);
	(void)snprintf(cmd, sizeof(cmd), "rm '%s'/state/index/*.json", t.l.top);
	assert_int_equal(system(cmd), 0);
	lib_write(&t.l, STAMP, b.data, b.len + 1);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	check_prod(&t, digest, -1);
	/* Every shard damaged under a clean stamp. */
	(void)snprintf(cmd, sizeof(cmd),
	    "for f in '%s'/state/index/[0-9a-f]*.json; do echo x > \"$f\"; done", t.l.top);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	check_prod(&t, digest, -1);
	buf_free(&b);
	two_free(&t);
}

static void other_hosts_count(void **state)
{
	const struct index_version *v;
	struct index_record *r;
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	lib_seal(&t.l, "prod", NULL);
	other_says(&t, "record.sealed", "prod", 2, 0, 'a');
	other_says(&t, "shares.sealed", "prod", 2, 1, 'a');
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	r = need(&t, "prod");
	assert_int_equal(r->nversions, 2);
	v = &r->versions[1];
	assert_int_equal(v->version, 2);
	assert_string_equal(v->host, "bastion2");
	/* Its reseal is nothing that this program goes by. */
	assert_int_equal(v->nshares, 1);
	index_record_free(&r);
	assert_int_equal(t.seen.n, 1);
	assert_int_equal(seen_find(&t.seen, "bastion2")->tree.size, 3);
	/* Behind a gap no version counts, until the gap is filled. */
	other_says(&t, "record.sealed", "prod", 4, 0, 'd');
	other_says(&t, "record.sealed", "prod", (INT64_C(1) << 53) - 1, 0, 'd');
	assert_int_equal(index_update(t.ix, &e), 0);
	r = need(&t, "prod");
	assert_int_equal(r->nversions, 2);
	assert_int_equal(r->beyond, 4);
	index_record_free(&r);
	other_says(&t, "record.sealed", "prod", 3, 0, 'd');
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	r = need(&t, "prod");
	assert_int_equal(r->nversions, 4);
	assert_int_equal(r->beyond, (INT64_C(1) << 53) - 1);
	index_record_free(&r);
	/* Shares alone make no version. */
	other_says(&t, "shares.sealed", "ghost", 1, 1, 'c');
	assert_int_equal(index_update(t.ix, &e), 0);
	assert_int_equal(index_find(&r, t.ix, "ghost", &e), ERR_MISSING);
	two_free(&t);
}

/* What was seen of another's log binds it. */
static void another_log_that_goes_back_is_refused(void **state)
{
	struct buf log = BUF_INIT, cp = BUF_INIT, now = BUF_INIT, now_cp = BUF_INIT;
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	other_says(&t, "record.sealed", "prod", 1, 0, 'a');
	lib_read(&t.l, "store/log/bastion2.jsonl", &log);
	lib_read(&t.l, "store/log/bastion2.checkpoint", &cp);
	other_says(&t, "record.sealed", "prod", 2, 0, 'a');
	lib_read(&t.l, "store/log/bastion2.jsonl", &now);
	lib_read(&t.l, "store/log/bastion2.checkpoint", &now_cp);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	/* An old whole snapshot. */
	lib_write(&t.l, "store/log/bastion2.jsonl", log.data, log.len);
	lib_write(&t.l, "store/log/bastion2.checkpoint", cp.data, cp.len);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), ERR_ROLLBACK);
	assert_non_null(strstr(e.text, "bastion2"));
	/* The checkpoint alone. */
	lib_write(&t.l, "store/log/bastion2.jsonl", now.data, now.len);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), ERR_ROLLBACK);
	/* The last line changed. */
	lib_write(&t.l, "store/log/bastion2.checkpoint", now_cp.data, now_cp.len);
	now.data[now.len - 20] ^= 1;
	lib_write(&t.l, "store/log/bastion2.jsonl", now.data, now.len);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), ERR_TAMPERED);
	now.data[now.len - 20] ^= 1;
	lib_write(&t.l, "store/log/bastion2.jsonl", now.data, now.len);
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	/* A checkpoint of another key. */
	t.hosts[1].key[0] ^= 1;
	other_says(&t, "record.sealed", "prod", 3, 0, 'a');
	assert_int_equal(open_index(&t, LIB_BOOT, &e), ERR_TAMPERED);
	t.hosts[1].key[0] ^= 1;
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	buf_free(&log);
	buf_free(&cp);
	buf_free(&now);
	buf_free(&now_cp);
	two_free(&t);
}

/* From the end of a removed host on, nothing of it counts. */
static void a_removed_host_counts_to_its_end(void **state)
{
	struct index_record *r;
	struct err e = { 0 };
	struct two t;

	(void)state;
	two_new(&t);
	other_says(&t, "record.sealed", "prod", 1, 0, 'a');
	t.hosts[1].end_size = log_head(t.log)->tree.size;
	assert_int_equal(log_root(t.hosts[1].end_root, t.log, NULL), 0);
	other_says(&t, "record.sealed", "prod", 2, 0, 'a');
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	r = need(&t, "prod");
	assert_int_equal(r->nversions, 2);
	index_record_free(&r);
	/* A new policy removes it. */
	t.hosts[1].ended = 1;
	memset(t.l.policies[1], 7, HASH_LEN);
	t.l.world.npolicies = 2;
	assert_int_equal(open_index(&t, LIB_BOOT, &e), 0);
	r = need(&t, "prod");
	assert_int_equal(r->nversions, 1);
	index_record_free(&r);
	/* And for one who never saw more than the end. */
	t.hosts[1].end_root[0] ^= 1;
	{
		struct log_head h;

		log_head_init(&h);
		assert_int_equal(
		    log_follow(&h, t.l.store, &t.l.world, &t.hosts[1], NULL, NULL, &e), ERR_TAMPERED);
		t.hosts[1].end_root[0] ^= 1;
		err_clear(&e);
		assert_int_equal(log_follow(&h, t.l.store, &t.l.world, &t.hosts[1], NULL, NULL, &e), 0);
		assert_int_equal(h.tree.size, 2);
	}
	two_free(&t);
}

/* The version that index_version gives, or the code with which it refuses. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_logs_say),
		cmocka_unit_test(a_bad_cache_is_rebuilt),
		cmocka_unit_test(other_hosts_count),
		cmocka_unit_test(another_log_that_goes_back_is_refused),
		cmocka_unit_test(a_removed_host_counts_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
