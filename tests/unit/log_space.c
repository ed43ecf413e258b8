/* SPDX-License-Identifier: BSD-2-Clause */
/* The writer on a full disk. */
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
#include "log_shot.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_disk),
		cmocka_unit_test(full_disk_and_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
