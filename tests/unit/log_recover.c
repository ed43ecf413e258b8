/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer after a crash or a change: torn, foreign and false bytes. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader.h"
#include "log_shot.h"

/* The last line of the log, parsed. */
static int last_entry(void *arg, int64_t seq, int64_t offset, const json *entry, struct err *e)
{
	json **out = arg;

	(void)seq;
	(void)offset;
	(void)e;
	json_free(out);
	*out = json_copy(entry);
	return 0;
}

static json *read_last(const struct lib *l)
{
	struct store_span span;
	json *j = NULL;

	assert_int_equal(store_log(l->store, FAKE_HOST, &span, NULL), 0);
	assert_int_equal(log_each(&span, 0, 0, -1, last_entry, &j, NULL, NULL), 0);
	store_span_close(&span);
	return j;
}

/* Torn at each of its bytes: cut off, kept in log.recovered, never an entry. */
static void torn_lines_are_reported(void **state)
{
	struct shot before, after;
	uint8_t bytes[4096];
	struct lib l;
	struct err e = { 0 };
	size_t n, got;
	json *j;

	(void)state;
	sealed_world(&l, &before, &after);
	unplace(&l, 0);
	for (n = before.log.len + 1; n < after.log.len; n += n < before.log.len + 4 ? 1 : 97) {
		put_head(&l, &after);
		lib_write(&l, LOG, after.log.data, n);
		lib_write(&l, STAGED, "{}", 2);
		assert_int_equal(begin(&l, &e), 0);
		assert_int_equal(log_head(l.log)->tree.size, 3);
		j = read_last(&l);
		assert_string_equal(json_str(j, "type"), "log.recovered");
		assert_int_equal(json_int(j, "length"), (int64_t)(n - before.log.len));
		assert_int_equal(json_bytes(j, "bytes", bytes, sizeof(bytes), &got), 0);
		assert_int_equal(got, n - before.log.len);
		assert_memory_equal(bytes, after.log.data + before.log.len, got);
		json_free(&j);
		assert_clean(&l);
	}
	/* The newline alone was missing: that, too, is no entry. */
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* Lines that somebody wrote past the writer. */
static void foreign_lines_are_not_adopted(void **state)
{
	struct shot before, after;
	struct buf b = BUF_INIT;
	struct lib l;
	struct err e = { 0 };
	json *j;

	(void)state;
	sealed_world(&l, &before, &after);
	/* A whole good line, but not one that head.json promised. */
	put_head(&l, &before);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 3);
	j = read_last(&l);
	assert_string_equal(json_str(j, "type"), "log.recovered");
	json_free(&j);
	/* 200 KiB behind a good line: 64 of them are kept. */
	shot_take(&before, &l);
	buf_put(&b, before.log.data, before.log.len);
	while (b.len < before.log.len + 200000)
		buf_puts(&b, "garbage without end ");
	lib_write(&l, LOG, b.data, b.len);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 4);
	j = read_last(&l);
	assert_int_equal(json_int(j, "length"), (int64_t)(b.len - before.log.len));
	assert_int_equal(strlen(json_str(j, "bytes")), 87384);
	json_free(&j);
	log_end(l.log);
	lib_note(&l, "after");
	assert_int_equal(begin(&l, &e), 0);
	buf_free(&b);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* A batch of which two lines of three became durable. */
static void batches_are_adopted_in_order(void **state)
{
	struct shot before = { BUF_INIT, BUF_INIT }, after = { BUF_INIT, BUF_INIT };
	struct lib l;
	struct err e = { 0 };
	size_t n, lines;
	json *j[3];

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "first");
	shot_take(&before, &l);
	for (n = 0; n < 3; n++)
		j[n] = lib_entry("test.note", "text", n == 0 ? "a" : n == 1 ? "b" : "c", NULL);
	assert_int_equal(log_append(l.log, j, 3, NULL, 0, &l.opts, NULL, &e), 0);
	for (n = 0; n < 3; n++)
		json_free(&j[n]);
	shot_take(&after, &l);
	for (n = before.log.len, lines = 0; lines < 2; n++)
		lines += after.log.data[n] == '\n';
	put_head(&l, &after);
	lib_write(&l, LOG, after.log.data, n);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 4);
	assert_clean(&l);
	/* With the first line missing, the others are nothing. */
	put_head(&l, &after);
	buf_reset(&before.head);
	buf_put(&before.head, after.log.data, before.log.len);
	buf_put(&before.head, after.log.data + n, after.log.len - n);
	lib_write(&l, LOG, before.head.data, before.head.len);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 3);
	j[0] = read_last(&l);
	assert_string_equal(json_str(j[0], "type"), "log.recovered");
	json_free(&j[0]);
	assert_clean(&l);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

static int refused(struct lib *l, struct err *e)
{
	struct log_config cfg = { .store = l->store, .state = l->state, .host = FAKE_HOST,
		.key = l->v.host_seed, .clock = &l->clock, .boot = LIB_BOOT };
	struct log *log = NULL;
	const int r = log_open(&log, &cfg, e);

	log_close(&log);
	return r;
}

/* The last line, which head.json still has as announced, was on disk: it does not
 * go by a crash, and the writer says so. */
static void the_last_line_is_missed(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e = { 0 };

	(void)state;
	sealed_world(&l, &before, &after);
	lib_write(&l, LOG, before.log.data, before.log.len);
	assert_int_equal(refused(&l, &e), ERR_ROLLBACK);
	assert_non_null(strstr(e.text, "ends before entry 2"));
	assert_non_null(strstr(e.hint, "log/bastion1.jsonl"));
	assert_int_equal(log_begin(l.log, 100, &l.opts, NULL), ERR_ROLLBACK);
	/* Half of it is no better, and is left as it is. */
	lib_write(&l, LOG, after.log.data, before.log.len + 20);
	assert_int_equal(log_begin(l.log, 100, &l.opts, NULL), ERR_ROLLBACK);
	lib_write(&l, LOG, after.log.data, after.log.len);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 3);
	log_end(l.log);
	/* A damaged note is none. */
	lib_write(&l, WRITTEN, "{", 1);
	lib_write(&l, LOG, before.log.data, before.log.len);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_head(l.log)->tree.size, 2);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* A log that does not extend the private head is never appended to. */
static void tampering_stops_the_writer(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e = { 0 };
	char path[160];
	struct buf now = BUF_INIT;

	(void)state;
	sealed_world(&l, &before, &after);
	lib_note(&l, "third");
	lib_write(&l, LOG, before.log.data, before.log.len);
	assert_int_equal(refused(&l, &e), ERR_ROLLBACK);
	assert_int_equal(log_begin(l.log, 100, &l.opts, NULL), ERR_ROLLBACK);
	lib_read(&l, LOG, &now);
	assert_int_equal(now.len, before.log.len);
	after.log.data[after.log.len - 10] ^= 1;
	lib_write(&l, LOG, after.log.data, after.log.len);
	err_clear(&e);
	assert_int_equal(refused(&l, &e), ERR_TAMPERED);
	(void)snprintf(path, sizeof(path), "%s/" LOG, l.top);
	assert_int_equal(remove(path), 0);
	err_clear(&e);
	assert_int_equal(refused(&l, &e), ERR_ROLLBACK);
	lib_write(&l, LOG, before.log.data, before.log.len);
	(void)snprintf(path, sizeof(path), "%s/" HEAD, l.top);
	assert_int_equal(remove(path), 0);
	err_clear(&e);
	assert_int_equal(refused(&l, &e), ERR_TAMPERED);
	assert_true(e.hint[0] != '\0');
	buf_free(&now);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

/* Damaged private heads are refused, not guessed at. */
static void a_damaged_head_stops_the_writer(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e = { 0 };
	size_t i;

	(void)state;
	sealed_world(&l, &before, &after);
	for (i = 0; i < after.head.len; i += 3) {
		buf_reset(&before.head);
		buf_put(&before.head, after.head.data, i);
		put_head(&l, &before);
		err_clear(&e);
		assert_int_not_equal(refused(&l, &e), 0);
		assert_true(e.text[0] != '\0');
	}
	put_head(&l, &after);
	assert_int_equal(begin(&l, &e), 0);
	shot_free(&before);
	shot_free(&after);
	lib_free(&l);
}

static void false_files_are_refused(void **state)
{
	char path[160], other[160];
	struct err e = { 0 };
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "first");
	(void)snprintf(path, sizeof(path), "%s/" LOG, l.top);
	(void)snprintf(other, sizeof(other), "%s/elsewhere", l.top);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(refused(&l, &e), ERR_CONFIG);
	assert_int_equal(remove(path), 0);
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(chmod(path, 0666), 0);
	err_clear(&e);
	assert_int_equal(refused(&l, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod 644"));
	assert_int_equal(chmod(path, 0644), 0);
	(void)snprintf(path, sizeof(path), "%s/" HEAD, l.top);
	assert_int_equal(chmod(path, 0644), 0);
	err_clear(&e);
	assert_int_equal(refused(&l, &e), ERR_CONFIG);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torn_lines_are_reported),
		cmocka_unit_test(foreign_lines_are_not_adopted),
		cmocka_unit_test(batches_are_adopted_in_order),
		cmocka_unit_test(the_last_line_is_missed),
		cmocka_unit_test(tampering_stops_the_writer),
		cmocka_unit_test(a_damaged_head_stops_the_writer),
		cmocka_unit_test(false_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
