/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder store: checked names only, nothing ever replaced, modes, links. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/store.h"

#define HOST "bastion1"

struct place {
	char top[64], path[96];
	struct store *s;
};

static int setup(void **state)
{
	static struct place p;

	*state = &p;
	strcpy(p.top, "/tmp/twokey-store-XXXXXX");
	if (mkdtemp(p.top) == NULL)
		return -1;
	(void)snprintf(p.path, sizeof(p.path), "%s/a/b/store", p.top);
	return store_make(p.path, NULL) != 0 || store_open(&p.s, p.path, FILE_OURS, NULL) != 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char cmd[128];

	store_close(&p->s);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->top);
	return system(cmd);
}

static int put(const struct store *s, const char *host, const struct store_doc *d,
    const char *text)
{
	struct store_new n = { *d, text, strlen(text) };
	int r = store_stage(s, host, &n, 1, NULL);

	return r != 0 ? r : store_commit(s, host, d, 1, NULL);
}

static void read_is(const struct store *s, const struct store_doc *d, const char *text)
{
	struct buf b = BUF_INIT;

	assert_int_equal(store_read(s, d, &b, NULL), 0);
	assert_string_equal(buf_str(&b), text);
	buf_free(&b);
}

static mode_t mode_of(const struct place *p, const char *path)
{
	char full[256];
	struct stat st;

	(void)snprintf(full, sizeof(full), "%s/%s", p->path, path);
	assert_int_equal(lstat(full, &st), 0);
	return st.st_mode & 07777;
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = { "policies/0.json", "policies/01.json", "policies/1.JSON",
		"policies/1.json/x", "records/../1.json", "records/a/b/1.json", "records/A/1.json",
		"records/a/1.shares.json", "records/a/1.shares.0.json", "records/a/x.json",
		"records//1.json", "/policies/1.json", "policies/9007199254740992.json", "",
		"records/a/1.json ", "records/a/-1.json", "log/a.jsonl" };
	char path[STORE_PATH_MAX], longest[NAME_MAX_LEN + 2];
	struct store_doc d, again;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(store_doc_parse(&d, bad[i]), -1);
	assert_int_equal(store_doc_record(&d, "../etc", 1, NULL), ERR_INPUT);
	assert_int_equal(store_doc_record(&d, "a", 0, NULL), ERR_INPUT);
	assert_int_equal(store_doc_shares(&d, "a", 1, INT64_C(1) << 53, NULL), ERR_INPUT);
	memset(longest, 'a', sizeof(longest));
	longest[NAME_MAX_LEN + 1] = '\0';
	assert_int_equal(store_doc_record(&d, longest, 1, NULL), ERR_INPUT);
	longest[NAME_MAX_LEN] = '\0';
	assert_int_equal(
	    store_doc_shares(&d, longest, (INT64_C(1) << 53) - 1, (INT64_C(1) << 53) - 1, NULL), 0);
	store_doc_path(path, &d);
	assert_int_equal(store_doc_parse(&again, path), 0);
	assert_int_equal(store_doc_cmp(&d, &again), 0);
	/* A record whose name looks like a shares document. */
	assert_int_equal(store_doc_record(&d, "a.1.shares", 2, NULL), 0);
	store_doc_path(path, &d);
	assert_string_equal(path, "records/a.1.shares/2.json");
	assert_int_equal(store_doc_parse(&again, path), 0);
	assert_int_equal(again.kind, STORE_RECORD);
}

struct seen_docs {
	char text[512];
};

static int note_doc(void *arg, const struct store_doc *d, struct err *e)
{
	struct seen_docs *s = arg;
	char path[STORE_PATH_MAX];

	(void)e;
	store_doc_path(path, d);
	strcat(s->text, path);
	strcat(s->text, " ");
	return 0;
}

static int note_name(void *arg, const char *name, struct err *e)
{
	struct seen_docs *s = arg;

	(void)e;
	strcat(s->text, name);
	strcat(s->text, " ");
	return 0;
}

static void documents_go_and_come(void **state)
{
	static const int64_t versions[] = { 10, 9, 1 };
	const struct place *p = *state;
	struct seen_docs seen = { "" };
	struct store_doc d;
	int64_t last;
	mode_t old = umask(077);
	size_t i;

	for (i = 0; i < COUNT(versions); i++) {
		assert_int_equal(store_doc_record(&d, "prod", versions[i], NULL), 0);
		assert_int_equal(put(p->s, HOST, &d, "{}"), 0);
		assert_int_equal(store_doc_policy(&d, versions[i], NULL), 0);
		assert_int_equal(put(p->s, HOST, &d, "{\"p\":1}"), 0);
	}
	(void)umask(old);
	read_is(p->s, &d, "{\"p\":1}");
	assert_int_equal(store_doc_shares(&d, "prod", 9, 3, NULL), 0);
	assert_int_equal(put(p->s, HOST, &d, "{}"), 0);
	assert_int_equal(store_doc_record(&d, "alpha", 1, NULL), 0);
	assert_int_equal(put(p->s, HOST, &d, "{}"), 0);
	assert_int_equal(store_versions(p->s, "prod", note_doc, &seen, NULL), 0);
	assert_string_equal(seen.text, "records/prod/1.json records/prod/9.json "
				       "records/prod/9.shares.3.json records/prod/10.json ");
	seen.text[0] = '\0';
	assert_int_equal(store_policies(p->s, note_doc, &seen, NULL), 0);
	assert_string_equal(seen.text, "policies/1.json policies/9.json policies/10.json ");
	seen.text[0] = '\0';
	assert_int_equal(store_records(p->s, note_name, &seen, NULL), 0);
	assert_string_equal(seen.text, "alpha prod ");
	assert_int_equal(store_last_policy(p->s, &last, NULL), 0);
	assert_int_equal(last, 10);
	seen.text[0] = '\0';
	assert_int_equal(store_versions(p->s, "nothing", note_doc, &seen, NULL), 0);
	assert_string_equal(seen.text, "");
	/* Public data, whatever the umask. */
	assert_int_equal(mode_of(p, "records/prod"), 0755);
	assert_int_equal(mode_of(p, "records/prod/10.json"), 0644);
	assert_int_equal(mode_of(p, "policies"), 0755);
}

static void nothing_is_replaced(void **state)
{
	const struct place *p = *state;
	struct store_doc d, two[2];
	struct store_new n[2];

	assert_int_equal(store_doc_record(&d, "prod", 1, NULL), 0);
	assert_int_equal(put(p->s, HOST, &d, "one"), 0);
	assert_int_equal(put(p->s, HOST, &d, "one"), 0);
	assert_int_equal(put(p->s, HOST, &d, "two"), ERR_EXISTS);
	read_is(p->s, &d, "one");
	assert_int_equal(store_discard(p->s, HOST, &d, 1, NULL), 0);
	/* The others of a batch go their way. */
	two[0] = d;
	assert_int_equal(store_doc_record(&two[1], "test", 1, NULL), 0);
	n[0] = (struct store_new) { two[0], "two", 3 };
	n[1] = (struct store_new) { two[1], "new", 3 };
	assert_int_equal(store_stage(p->s, HOST, n, 2, NULL), 0);
	assert_int_equal(store_commit(p->s, HOST, two, 2, NULL), ERR_EXISTS);
	read_is(p->s, &two[0], "one");
	read_is(p->s, &two[1], "new");
	/* Twice is once. */
	assert_int_equal(store_commit(p->s, HOST, &two[1], 1, NULL), 0);
}

static void staged_documents_are_apart(void **state)
{
	const struct place *p = *state;
	struct seen_docs seen = { "" };
	struct buf b = BUF_INIT;
	struct store_doc d;
	struct store_new n;

	assert_int_equal(store_doc_shares(&d, "prod", 1, 2, NULL), 0);
	n = (struct store_new) { d, "text", 4 };
	assert_int_equal(store_stage(p->s, HOST, &n, 1, NULL), 0);
	assert_int_equal(store_stage(p->s, HOST, &n, 1, NULL), 0);
	assert_int_equal(store_read(p->s, &d, &b, NULL), ERR_MISSING);
	assert_int_equal(store_staged(p->s, HOST, note_doc, &seen, NULL), 0);
	assert_string_equal(seen.text, "records/prod/1.shares.2.json ");
	seen.text[0] = '\0';
	assert_int_equal(store_staged(p->s, "bastion2", note_doc, &seen, NULL), 0);
	assert_string_equal(seen.text, "");
	assert_int_equal(store_read_staged(p->s, HOST, &d, &b, NULL), 0);
	assert_string_equal(buf_str(&b), "text");
	assert_int_equal(store_discard(p->s, HOST, &d, 1, NULL), 0);
	assert_int_equal(store_discard(p->s, HOST, &d, 1, NULL), 0);
	assert_int_equal(store_commit(p->s, HOST, &d, 1, NULL), ERR_MISSING);
	buf_free(&b);
}

/* More than a few at once: the other way to sync. */
static void batches(void **state)
{
	const struct place *p = *state;
	static struct store_new n[64];
	static struct store_doc d[64];
	char name[16];
	size_t i;

	for (i = 0; i < 64; i++) {
		(void)snprintf(name, sizeof(name), "r%zu", i / 2);
		assert_int_equal(i % 2 ? store_doc_shares(&d[i], name, 1, 1, NULL)
				       : store_doc_record(&d[i], name, 1, NULL), 0);
		n[i] = (struct store_new) { d[i], name, 1 };
	}
	assert_int_equal(store_stage(p->s, HOST, n, 64, NULL), 0);
	assert_int_equal(store_commit(p->s, HOST, d, 64, NULL), 0);
	for (i = 0; i < 64; i++)
		read_is(p->s, &d[i], "r");
}

static int open_again(const struct place *p, enum file_trust trust, struct err *e)
{
	struct store *s = NULL;
	int r;

	err_clear(e);
	r = store_open(&s, p->path, trust, e);
	store_close(&s);
	return r;
}

static void trust_is_checked(void **state)
{
	const struct place *p = *state;
	char path[160], other[160];
	struct store_doc d;
	struct buf b = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(chmod(p->path, 0777), 0);
	assert_int_equal(open_again(p, FILE_OURS, &e), ERR_CONFIG);
	assert_non_null(strstr(e.hint, "chmod"));
	assert_int_equal(open_again(p, FILE_ANY, &e), 0);
	assert_int_equal(chmod(p->path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/records", p->path);
	assert_int_equal(chmod(path, 0775), 0);
	assert_int_equal(open_again(p, FILE_OURS, &e), ERR_CONFIG);
	assert_int_equal(chmod(path, 0755), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(p->path, 1000, 0), 0);
		assert_int_equal(open_again(p, FILE_OURS, &e), ERR_CONFIG);
		assert_non_null(strstr(e.hint, "chown"));
		assert_int_equal(chown(p->path, 0, 0), 0);
	}
	/* Links in place of a file, a folder, a log. */
	assert_int_equal(store_doc_record(&d, "prod", 1, NULL), 0);
	assert_int_equal(put(p->s, HOST, &d, "one"), 0);
	(void)snprintf(path, sizeof(path), "%s/records/prod/1.json", p->path);
	(void)snprintf(other, sizeof(other), "%s/elsewhere", p->top);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(store_read(p->s, &d, &b, NULL), ERR_INPUT);
	(void)snprintf(path, sizeof(path), "%s/records/link", p->path);
	assert_int_equal(symlink(p->top, path), 0);
	assert_int_equal(store_doc_record(&d, "link", 1, NULL), 0);
	assert_int_not_equal(store_read(p->s, &d, &b, NULL), 0);
	assert_int_not_equal(put(p->s, HOST, &d, "one"), 0);
	(void)snprintf(path, sizeof(path), "%s/log/x.jsonl", p->path);
	assert_int_equal(symlink(other, path), 0);
	{
		struct store_span span;

		assert_int_equal(store_log(p->s, "x", &span, NULL), ERR_INPUT);
		assert_int_equal(store_log(p->s, "y", &span, NULL), ERR_MISSING);
		assert_int_equal(store_log(p->s, "../x", &span, NULL), ERR_INPUT);
	}
	buf_free(&b);
}

static void large_documents_are_refused(void **state)
{
	const struct place *p = *state;
	struct buf b = BUF_INIT;
	struct store_doc d;
	char path[160];
	int fd;

	assert_int_equal(store_doc_policy(&d, 1, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/policies/1.json", p->path);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(ftruncate(fd, STORE_DOC_MAX + 1), 0);
	close(fd);
	assert_int_equal(store_read(p->s, &d, &b, NULL), ERR_INPUT);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void a_vault_is_not_made_twice(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	struct store_doc d;

	assert_int_equal(store_make(p->path, &e), 0);
	assert_int_equal(store_doc_policy(&d, 1, NULL), 0);
	assert_int_equal(put(p->s, HOST, &d, "{}"), 0);
	assert_int_equal(store_make(p->path, &e), ERR_EXISTS);
	assert_true(e.hint[0] != '\0');
}

static void one_writer(void **state)
{
	const struct place *p = *state;
	struct err e = { 0 };
	int a, b;

	assert_int_equal(store_lock(p->s, &a, 0, &e), 0);
	assert_int_equal(store_lock(p->s, &b, 20, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, p->path));
	close(a);
	assert_int_equal(store_lock(p->s, &b, 20, NULL), 0);
	close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test_setup_teardown(documents_go_and_come, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(staged_documents_are_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(batches, setup, teardown),
		cmocka_unit_test_setup_teardown(trust_is_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(large_documents_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_vault_is_not_made_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(one_writer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
