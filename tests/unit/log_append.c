/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer: what a crash at each step leaves, a full disk, false files. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader.h"
#include "log_lib.h"

#define LOG "store/log/bastion1.jsonl"
#define HEAD "state/head.json"
#define STAGED "store/.new/bastion1_records_prod_1.json"
#define STAGED_SHARES "store/.new/bastion1_records_prod_1.shares.1.json"

/* The files that make up where a writer stands. */
struct shot {
	struct buf head, log;
};

static void shot_take(struct shot *s, const struct lib *l)
{
	buf_reset(&s->head);
	buf_reset(&s->log);
	lib_read(l, HEAD, &s->head);
	lib_read(l, LOG, &s->log);
}

static void put_head(const struct lib *l, const struct shot *s)
{
	char path[160];

	lib_write(l, HEAD, s->head.data, s->head.len);
	(void)snprintf(path, sizeof(path), "%s/" HEAD, l->top);
	assert_int_equal(chmod(path, 0600), 0);
}

static void shot_free(struct shot *s)
{
	buf_free(&s->head);
	buf_free(&s->log);
}

static int begin(struct lib *l, struct err *e)
{
	err_clear(e);
	lib_reopen(l);
	return log_begin(l->log, 100, &l->opts, e);
}

static void assert_clean(const struct lib *l)
{
	struct verify_report *r = lib_verify(l);

	if (r->faults != 0)
		lib_print(r);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->logs[0].covered, r->logs[0].size);
	verify_report_free(&r);
	assert_int_equal(lib_count(l, "store/.new", ""), 0);
	assert_int_equal(lib_count(l, "store/log", ".tmp-"), 0);
	assert_int_equal(lib_count(l, "state", ".tmp-"), 0);
}

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
	struct err e;
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

/* Seals "prod" as entry 2 of a log of two, with pictures before and after. */
static void sealed_world(struct lib *l, struct shot *before, struct shot *after)
{
	memset(before, 0, sizeof(*before));
	memset(after, 0, sizeof(*after));
	lib_new(l, NULL);
	lib_note(l, "first");
	shot_take(before, l);
	lib_seal(l, "prod", NULL);
	shot_take(after, l);
}

/* Takes the documents of "prod" out of their places, into staging or away. */
static void unplace(const struct lib *l, int stage)
{
	static const char *const names[2][2] = { { "store/records/prod/1.json", STAGED },
		{ "store/records/prod/1.shares.1.json", STAGED_SHARES } };
	struct buf b = BUF_INIT;
	char path[160];
	size_t i;

	for (i = 0; i < 2; i++) {
		if (!lib_exists(l, names[i][0]))
			continue;
		buf_reset(&b);
		lib_read(l, names[i][0], &b);
		(void)snprintf(path, sizeof(path), "%s/%s", l->top, names[i][0]);
		assert_int_equal(remove(path), 0);
		if (stage)
			lib_write(l, names[i][1], b.data, b.len);
	}
	buf_free(&b);
}

/* Killed before the line was written: nothing of it stays. */
static void killed_before_the_line(void **state)
{
	struct shot before, after;
	struct lib l;
	struct err e;

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
	struct err e;

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
	struct err e;

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
	struct err e;
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
	struct err e;
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
	struct err e;
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
	struct err e;
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

/* Heads as statements and records take them. */
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
	assert_int_equal(log_head_json(&j, l.log, &e), 0);
	assert_int_equal(json_int(j, "size"), 2);
	assert_true(strncmp(json_str(j, "origin"), "twokey/", 7) == 0);
	json_free(&j);
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

/* Eats what is left of a small file system. */
static void fill_disk(const char *dir)
{
	char path[128], page[1024] = { 1 };
	int fd, n;

	(void)snprintf(path, sizeof(path), "%s/fill", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	for (n = 0; write(fd, page, sizeof(page)) > 0; n++)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

/* A small tmpfs nobody else sees; NULL where that is not allowed. */
static const char *small_disk(char *path)
{
	strcpy(path, "/tmp/twokey-disk-XXXXXX");
	if (mkdtemp(path) == NULL)
		return NULL;
	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, "") == 0 &&
	    mount("tmpfs", path, "tmpfs", 0, "size=8m") == 0)
		return path;
	(void)rmdir(path);
	return NULL;
}

static int note_with(struct lib *l, enum log_space space, struct err *e)
{
	struct log_options o = l->opts;
	json *j = lib_entry("test.note", "text", "on a full disk", NULL);
	int r;

	o.space = space;
	o.durable_checkpoint = space == LOG_SPACE_APPROVED;
	err_clear(e);
	r = log_append_one(l->log, j, &o, NULL, e);
	json_free(&j);
	return r;
}

static void full_disk(void **state)
{
	char path[64], fill[96];
	int64_t store, priv;
	struct err e = { 0 };
	struct lib l;
	int i, r = 0;

	(void)state;
	if (small_disk(path) == NULL) {
		print_message("skip: mounting a small tmpfs needs root\n");
		skip();
	}
	lib_new(&l, path);
	lib_note(&l, "first");
	assert_int_equal(log_reserve_left(&store, &priv, l.store, l.state, &e), 0);
	assert_int_equal(store, LOG_RESERVE_STORE);
	assert_int_equal(priv, LOG_RESERVE_STATE);
	fill_disk(path);
	/* Without the reserve: refused, nothing left, nothing lost. */
	assert_int_equal(note_with(&l, LOG_SPACE_NONE, &e), ERR_SPACE);
	assert_true(e.text[0] != '\0' && e.hint[0] != '\0');
	lib_reopen(&l);
	assert_int_equal(log_head(l.log)->tree.size, 2);
	assert_int_equal(note_with(&l, LOG_SPACE_REQUEST, &e), 0);
	assert_clean(&l);
	/* Requests may use a quarter of it, whoever goes on asking. */
	for (i = 0; i < 200 && r == 0; i++) {
		json *j = lib_entry("test.note", "text", "again", NULL);
		char *big = calloc(1, 100001);
		struct log_options o = l.opts;

		memset(big, 'x', 100000);
		for (int k = 0; k < 100000; k += 500)
			big[k] = ' ';
		o.space = LOG_SPACE_REQUEST;
		assert_int_equal(json_set_bytes(j, "big", big, 100000), 0);
		r = log_append_one(l.log, j, &o, NULL, &e);
		json_free(&j);
		free(big);
	}
	assert_int_equal(r, ERR_SPACE);
	assert_int_equal(log_reserve_left(&store, &priv, l.store, l.state, NULL), 0);
	assert_int_equal(store, LOG_RESERVE_STORE / 4 * 3);
	/* A ceremony with an approval goes on; its checkpoint too. */
	for (i = 0; i < 20; i++)
		assert_int_equal(note_with(&l, LOG_SPACE_APPROVED, &e), 0);
	assert_clean(&l);
	/* Room again: the next writer fills it up. */
	(void)snprintf(fill, sizeof(fill), "%s/fill", path);
	assert_int_equal(remove(fill), 0);
	assert_int_equal(begin(&l, &e), 0);
	assert_int_equal(log_reserve_left(&store, &priv, l.store, l.state, NULL), 0);
	assert_int_equal(store, LOG_RESERVE_STORE);
	assert_int_equal(priv, LOG_RESERVE_STATE);
	lib_free(&l);
	assert_int_equal(umount(path), 0);
	assert_int_equal(rmdir(path), 0);
}

/* A seal on a full disk leaves no document and no entry. */
static void full_disk_and_documents(void **state)
{
	char path[64], *big;
	struct store_new doc;
	struct err e = { 0 };
	struct lib l;
	json *j;

	(void)state;
	if (small_disk(path) == NULL) {
		print_message("skip: mounting a small tmpfs needs root\n");
		skip();
	}
	lib_new(&l, path);
	lib_note(&l, "first");
	big = calloc(1, 7u << 20);
	assert_non_null(big);
	assert_int_equal(store_doc_record(&doc.doc, "prod", 1, &e), 0);
	doc.data = big;
	doc.len = 7u << 20;
	j = lib_entry("record.sealed", NULL);
	assert_int_equal(log_append(l.log, &j, 1, &doc, 1, &l.opts, NULL, &e), ERR_SPACE);
	json_free(&j);
	free(big);
	assert_int_equal(log_head(l.log)->tree.size, 2);
	assert_clean(&l);
	lib_note(&l, "goes on");
	lib_free(&l);
	assert_int_equal(umount(path), 0);
	assert_int_equal(rmdir(path), 0);
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
		cmocka_unit_test(first_entry_is_log_started),
		cmocka_unit_test(a_new_process_goes_on),
		cmocka_unit_test(killed_before_the_line),
		cmocka_unit_test(killed_before_the_documents),
		cmocka_unit_test(displaced_documents_wait),
		cmocka_unit_test(taken_places_are_seen_first),
		cmocka_unit_test(foreign_documents_are_not_adopted),
		cmocka_unit_test(torn_lines_are_reported),
		cmocka_unit_test(foreign_lines_are_not_adopted),
		cmocka_unit_test(batches_are_adopted_in_order),
		cmocka_unit_test(tampering_stops_the_writer),
		cmocka_unit_test(a_damaged_head_stops_the_writer),
		cmocka_unit_test(another_writer_is_waited_for),
		cmocka_unit_test(heads_are_told),
		cmocka_unit_test(false_files_are_refused),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(full_disk_and_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
