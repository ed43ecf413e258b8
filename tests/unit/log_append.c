/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer: what a crash before each step leaves, and who else writes. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader.h"
#include "log_shot.h"

static void first_entry_is_log_started(void **state)
{
	struct log_receipt receipt;
	struct err e = { 0 };
	struct lib l;
	json *j;

	(void)state;
	lib_new(&l, NULL);
	assert_int_equal(log_head(l.log)->tree.size, 0);
	j = lib_entry("test.note", NULL);
	assert_int_equal(log_append_one(l.log, j, &l.opts, &receipt, &e), 0);
	assert_int_equal(receipt.seq, 1);
	assert_int_equal(receipt.size, 2);
	assert_int_equal(receipt.checkpoint, 1);
	assert_int_equal(json_int(j, "seq"), 1);
	assert_string_equal(json_str(j, "boot"), LIB_BOOT);
	assert_int_equal(json_time(j, "time"), receipt.time);
	json_free(&j);
	assert_clean(&l);
	lib_free(&l);
}

static void a_new_process_goes_on(void **state)
{
	uint8_t before[HASH_LEN], after[HASH_LEN];
	struct err e = { 0 };
	struct lib l;
	int i;

	(void)state;
	lib_new(&l, NULL);
	for (i = 0; i < 20; i++) {
		lib_note(&l, "hello");
		assert_int_equal(log_root(before, l.log, NULL), 0);
		lib_reopen(&l);
		assert_int_equal(log_head(l.log)->tree.size, i + 2);
		assert_int_equal(log_root(after, l.log, NULL), 0);
		assert_memory_equal(before, after, HASH_LEN);
	}
	assert_int_equal(begin(&l, &e), 0);
	assert_clean(&l);
	lib_free(&l);
}

/* Killed before the line was written: nothing of it stays. */
static void killed_before_the_line(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e = { 0 };

	(void)state;
	sealed_world(&l, &before, &after);
	unplace(&l, 1);
	put_head(&l, &after);
	lib_write(&l, LOG, before.log.data, before.log.len);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 2);
	assert_false(lib_exists(&l, "store/records/prod/1.json"));
	assert_clean(&l);
	log_end(l.log);
	/* And once more, to the end. */
	lib_seal(&l, "prod", NULL);
	assert_clean(&l);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* Killed behind the line: it counts, and its documents get their places. */
static void killed_before_the_documents(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e = { 0 };

	(void)state;
	sealed_world(&l, &before, &after);
	unplace(&l, 1);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 3);
	assert_true(lib_exists(&l, "store/records/prod/1.json"));
	assert_true(lib_exists(&l, "store/records/prod/1.shares.1.json"));
	assert_clean(&l);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* A false file in a document's place keeps nobody from the log; the document
 * waits beside it, however many entries come, and gets its place in the end. */
static void displaced_documents_wait(void **state)
{
	struct shot before, after;
	struct buf b = BUF_INIT;
	char path[160];
	struct lib l;
	struct err e = { 0 };

	(void)state;
	sealed_world(&l, &before, &after);
	lib_read(&l, "store/records/prod/1.json", &b);
	unplace(&l, 1);
	lib_write(&l, "store/records/prod/1.json", "{}", 2);
	assert_int_equal(begin(&l, &e), 0);
	assert_true(lib_exists(&l, STAGED));
	assert_false(lib_exists(&l, STAGED_SHARES));
	log_end(l.log);
	lib_note(&l, "goes on");
	lib_note(&l, "and on");
	(void)snprintf(path, sizeof(path), "%s/store/records/prod/1.json", l.top);
	assert_int_equal(remove(path), 0);
	assert_int_equal(begin(&l, &e), 0);
	buf_reset(&after.log);
	lib_read(&l, "store/records/prod/1.json", &after.log);
	assert_int_equal(after.log.len, b.len);
	assert_memory_equal(after.log.data, b.data, b.len);
	assert_clean(&l);
	buf_free(&b);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* Where a place is taken, no entry says otherwise. */
static void taken_places_are_seen_first(void **state)
{
	struct store_new doc = { .data = "[1]", .len = 3 };
	struct err e = { 0 };
	struct lib l;
	json *j;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "first");
	lib_write(&l, "store/policies/2.json", "junk", 4);
	assert_int_equal(store_doc_policy(&doc.doc, 2, &e), 0);
	j = lib_entry("test.note", NULL);
	assert_int_equal(log_append(l.log, &j, 1, &doc, 1, &l.opts, NULL, &e), ERR_EXISTS);
	assert_non_null(strstr(e.text, "policies/2.json"));
	json_free(&j);
	assert_int_equal(log_head(l.log)->tree.size, 2);
	lib_reopen(&l);
	lib_note(&l, "second");
	assert_int_equal(log_head(l.log)->tree.size, 3);
	assert_int_equal(lib_count(&l, "store/.new", ""), 0);
	lib_free(&l);
}

/* A staged document that no adopted line names by its digest is foreign. */
static void foreign_documents_are_not_adopted(void **state)
{
	struct shot before, after;
	struct buf b = BUF_INIT;
	struct lib l;
	struct err e = { 0 };
	char *p;

	(void)state;
	sealed_world(&l, &before, &after);
	unplace(&l, 1);
	lib_read(&l, STAGED, &b);
	p = strstr((char *)b.data, "root@example.com");
	assert_non_null(p);
	*p = 'R';
	lib_write(&l, STAGED, b.data, b.len);
	lib_write(&l, "store/.new/bastion1_records_other_1.json", b.data, b.len);
	lib_write(&l, "store/.new/bastion1_policies_2.json", "{}", 2);
	assert_int_equal(begin(&l, &e), 0);
	assert_false(lib_exists(&l, "store/records/prod/1.json"));
	assert_true(lib_exists(&l, "store/records/prod/1.shares.1.json"));
	assert_false(lib_exists(&l, "store/records/other"));
	assert_false(lib_exists(&l, "store/policies/2.json"));
	assert_int_equal(lib_count(&l, "store/.new", ""), 0);
	buf_free(&b);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

static void another_writer_is_waited_for(void **state)
{
	struct err e = { 0 };
	struct lib l;
	int fd;

	(void)state;
	lib_new(&l, NULL);
	assert_int_equal(state_lock(l.state, &fd, 0, &e), 0);
	assert_int_equal(log_begin(l.log, 30, &l.opts, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, l.state_path));
	assert_non_null(strstr(e.hint, "fuser"));
	close(fd);
	err_clear(&e);
	assert_int_equal(log_begin(l.log, 30, &l.opts, &e), 0);
	log_end(l.log);
	assert_int_equal(store_lock(l.store, &fd, 0, &e), 0);
	assert_int_equal(log_begin(l.log, 30, &l.opts, &e), ERR_BUSY);
	close(fd);
	lib_free(&l);
}

/* Heads as records and policies take them. */
static void heads_are_told(void **state)
{
	struct seen seen = { NULL, 0 };
	struct log_head h;
	struct err e = { 0 };
	struct lib l;
	json *j;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "one");
	h = *log_head(l.log);
	assert_int_equal(seen_set(&seen, "zz", &h, &e), 0);
	assert_int_equal(seen_set(&seen, "aa", &h, &e), 0);
	log_head_init(&h);
	assert_int_equal(seen_set(&seen, "empty", &h, &e), 0);
	assert_int_equal(log_heads_json(&j, l.log, &seen, &e), 0);
	assert_int_equal(json_len(j), 3);
	assert_string_equal(json_str(json_at(j, 0), "host"), "aa");
	assert_string_equal(json_str(json_at(j, 1), "host"), FAKE_HOST);
	assert_string_equal(json_str(json_at(j, 2), "host"), "zz");
	json_free(&j);
	/* seen.json keeps them. */
	assert_int_equal(seen_write(&seen, l.state, &e), 0);
	seen_free(&seen);
	assert_int_equal(seen_read(&seen, l.state, &e), 0);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen_find(&seen, "zz")->tree.size, 2);
	assert_null(seen_find(&seen, "bb"));
	seen_free(&seen);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_entry_is_log_started),
		cmocka_unit_test(a_new_process_goes_on),
		cmocka_unit_test(killed_before_the_line),
		cmocka_unit_test(killed_before_the_documents),
		cmocka_unit_test(displaced_documents_wait),
		cmocka_unit_test(taken_places_are_seen_first),
		cmocka_unit_test(foreign_documents_are_not_adopted),
		cmocka_unit_test(another_writer_is_waited_for),
		cmocka_unit_test(heads_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
