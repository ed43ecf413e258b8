/* SPDX-License-Identifier: BSD-2-Clause */
/* Export and proof: what leaves the store proves itself elsewhere. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/archive.h"
#include "log/prove.h"
#include "log_lib.h"

static void small_vault(struct lib *l)
{
	uint8_t digest[HASH_LEN];

	lib_new(l, NULL);
	lib_accept(l);
	lib_seal(l, "prod", digest);
	lib_seal(l, "test", NULL);
	lib_unseal(l, "prod", digest, 6, 1);
}

static int export(const struct lib *l, const char *name)
{
	struct err e = { 0 };
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", l->top, name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(archive_write(fd, l->store, &e), 0);
	return fd;
}

static void verifies_alike(const struct store *s, const struct verify_report *want)
{
	struct verify_report *r = NULL;
	struct err e = { 0 };

	assert_int_equal(verify_store(&r, s, NULL, NULL, &e), 0);
	if (r->faults != 0)
		lib_print(r);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->notes, 0);
	assert_int_equal(r->entries, want->entries);
	assert_int_equal(r->records, want->records);
	assert_int_equal(r->shares, want->shares);
	assert_int_equal(r->approvals, want->approvals);
	assert_int_equal(r->logs[0].covered, want->logs[0].covered);
	verify_report_free(&r);
}

static void an_archive_verifies_like_the_store(void **state)
{
	struct verify_report *want;
	struct store *s = NULL;
	struct err e = { 0 };
	char cmd[256], path[160];
	struct lib l;
	int fd;

	(void)state;
	small_vault(&l);
	want = lib_verify(&l);
	fd = export(&l, "export.tar");
	assert_int_equal(archive_open(&s, fd, &e), 0);
	assert_false(store_writable(s));
	verifies_alike(s, want);
	store_close(&s);
	close(fd);
	/* Unpacked by tar, it verifies as well. */
	(void)snprintf(cmd, sizeof(cmd),
	    "cd '%s' && mkdir copy && tar xf export.tar -C copy 2>&1", l.top);
	assert_int_equal(system(cmd), 0);
	(void)snprintf(path, sizeof(path), "%s/copy", l.top);
	assert_int_equal(store_open(&s, path, FILE_ANY, &e), 0);
	verifies_alike(s, want);
	store_close(&s);
	verify_report_free(&want);
	lib_free(&l);
}

/* Nothing sealed, nothing logged: the folders that are missing are empty. */
static void an_empty_vault_is_exported(void **state)
{
	struct verify_report *r = NULL;
	struct store *s = NULL;
	struct err e = { 0 };
	char cmd[256], path[160];
	struct lib l;

	(void)state;
	lib_new(&l, NULL);
	close(export(&l, "export.tar"));
	(void)snprintf(cmd, sizeof(cmd), "cd '%s' && mkdir copy && tar xf export.tar -C copy 2>&1",
	    l.top);
	assert_int_equal(system(cmd), 0);
	(void)snprintf(path, sizeof(path), "%s/copy", l.top);
	assert_int_equal(store_open(&s, path, FILE_ANY, &e), 0);
	assert_int_equal(verify_store(&r, s, NULL, NULL, &e), 0);
	assert_int_equal(r->faults, 0);
	assert_int_equal(r->policies, 1);
	verify_report_free(&r);
	store_close(&s);
	assert_int_equal(store_open(&s, path, FILE_OURS, NULL), ERR_MISSING);
	lib_free(&l);
}

static int opens(const struct lib *l, const struct buf *b)
{
	struct store *s = NULL;
	char path[160];
	int fd, r;

	lib_write(l, "changed.tar", b->data, b->len);
	(void)snprintf(path, sizeof(path), "%s/changed.tar", l->top);
	fd = open(path, O_RDONLY);
	r = archive_open(&s, fd, NULL);
	store_close(&s);
	close(fd);
	return r;
}

/* Cut anywhere, any header byte changed: refused; and it is deterministic. */
static void a_changed_archive_is_refused(void **state)
{
	struct buf b = BUF_INIT, again = BUF_INIT;
	struct lib l;
	size_t i;

	(void)state;
	small_vault(&l);
	close(export(&l, "export.tar"));
	close(export(&l, "again.tar"));
	lib_read(&l, "export.tar", &b);
	lib_read(&l, "again.tar", &again);
	assert_int_equal(b.len, again.len);
	assert_memory_equal(b.data, again.data, b.len);
	assert_int_equal(opens(&l, &b), 0);
	for (i = 0; i < 512; i++) {
		b.data[i] ^= 1;
		assert_int_equal(opens(&l, &b), ERR_INPUT);
		b.data[i] ^= 1;
	}
	for (i = 1; i < b.len; i += i < 700 ? 1 : 331) {
		again.len = b.len - i;
		assert_int_equal(opens(&l, &again), ERR_INPUT);
	}
	again.len = b.len;
	buf_puts(&again, "x");
	assert_int_equal(opens(&l, &again), ERR_INPUT);
	buf_free(&b);
	buf_free(&again);
	lib_free(&l);
}

static int export_lines(const struct lib *l, int64_t first, int64_t size, const uint8_t *root,
    struct buf *out)
{
	struct err e = { 0 };
	char path[160];
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/lines", l->top);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	r = archive_lines(fd, l->store, FAKE_HOST, first, size, root, &e);
	close(fd);
	buf_reset(out);
	lib_read(l, "lines", out);
	return r;
}

static void lines_are_exported(void **state)
{
	struct buf b = BUF_INIT, log = BUF_INIT;
	struct err e = { 0 };
	struct lib l;
	uint8_t root[HASH_LEN];
	int64_t size;

	(void)state;
	small_vault(&l);
	size = log_head(l.log)->tree.size;
	assert_int_equal(log_root(root, l.log, &e), 0);
	lib_read(&l, "store/log/bastion1.jsonl", &log);
	assert_int_equal(export_lines(&l, 2, size, root, &b), 0);
	assert_true(b.len < log.len);
	assert_memory_equal(log.data + log.len - b.len, b.data, b.len);
	assert_true(strncmp(buf_str(&b), "{\"attended\"", 11) == 0);
	/* What stands behind the head is no part of the log, */
	buf_puts(&log, "{}\n");
	lib_write(&l, "store/log/bastion1.jsonl", log.data, log.len);
	assert_int_equal(export_lines(&l, 0, size, root, &b), 0);
	assert_int_equal(b.len, log.len - 3);
	assert_int_equal(export_lines(&l, 0, -1, NULL, &b), 0);
	assert_int_equal(b.len, log.len);
	/* and what was changed, or is gone, is told and written. */
	log.data[40] ^= 1;
	lib_write(&l, "store/log/bastion1.jsonl", log.data, log.len);
	assert_int_equal(export_lines(&l, 0, size, root, &b), ERR_TAMPERED);
	assert_int_equal(b.len, log.len - 3);
	assert_memory_equal(log.data, b.data, b.len);
	log.data[40] ^= 1;
	lib_write(&l, "store/log/bastion1.jsonl", log.data, log.len);
	assert_int_equal(export_lines(&l, 0, size + 2, root, &b), ERR_ROLLBACK);
	assert_int_equal(b.len, log.len);
	buf_free(&b);
	buf_free(&log);
	lib_free(&l);
}

static int proves(const struct lib *l, const void *data, size_t len, struct proof *p)
{
	return proof_check(p, data, len, &l->world, NULL);
}

static void proofs_hold(void **state)
{
	struct buf b = BUF_INIT;
	struct err e = { 0 };
	struct proof p;
	struct lib l;
	int64_t i, size;
	json *j;

	(void)state;
	small_vault(&l);
	size = log_head(l.log)->tree.size;
	for (i = 0; i < size; i++) {
		assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, i, &e), 0);
		buf_reset(&b);
		assert_int_equal(json_canonical(&b, j, &e), 0);
		json_free(&j);
		assert_int_equal(proves(&l, b.data, b.len, &p), 0);
		assert_int_equal(p.seq, i);
		assert_int_equal(p.size, size);
		assert_string_equal(p.host, FAKE_HOST);
		assert_int_equal(json_int(p.entry, "seq"), i);
		proof_free(&p);
	}
	assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, size, &e), ERR_MISSING);
	buf_free(&b);
	lib_free(&l);
}

/* Of a removed host only the end that the policy names proves anything; of the
 * others, what this machine has seen. */
static void proofs_fit_what_is_known(void **state)
{
	struct buf b = BUF_INIT;
	struct err e = { 0 };
	struct log_head other;
	struct proof p;
	struct lib l;
	json *j;

	(void)state;
	small_vault(&l);
	assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, 3, &e), 0);
	assert_int_equal(json_canonical(&b, j, &e), 0);
	json_free(&j);
	assert_int_equal(proves(&l, b.data, b.len, &p), 0);
	assert_int_equal(proof_check_known(&p, NULL, &e), 0);
	assert_int_equal(proof_check_known(&p, log_head(l.log), &e), 0);
	other = *log_head(l.log);
	other.tree.node[0][0] ^= 1;
	assert_int_equal(proof_check_known(&p, &other, &e), ERR_TAMPERED);
	proof_free(&p);
	l.host.ended = 1;
	l.host.end_size = log_head(l.log)->tree.size;
	assert_int_equal(log_root(l.host.end_root, l.log, &e), 0);
	assert_int_equal(proves(&l, b.data, b.len, &p), 0);
	proof_free(&p);
	l.host.end_size++;
	assert_int_equal(proves(&l, b.data, b.len, &p), ERR_REFUSED);
	l.host.end_size--;
	l.host.end_root[0] ^= 1;
	assert_int_equal(proves(&l, b.data, b.len, &p), ERR_REFUSED);
	assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, 3, &e), ERR_REFUSED);
	buf_free(&b);
	lib_free(&l);
}

static void changed_proofs_do_not(void **state)
{
	struct buf b = BUF_INIT;
	struct err e = { 0 };
	struct proof p;
	struct lib l;
	size_t i;
	json *j;
	int bit;

	(void)state;
	small_vault(&l);
	assert_int_equal(prove_entry(&j, l.store, l.world.vault, &l.host, 3, &e), 0);
	assert_int_equal(json_canonical(&b, j, &e), 0);
	json_free(&j);
	for (i = 0; i < b.len; i += unit_step(23)) {
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (unsigned char)(1u << bit);
			assert_int_not_equal(proves(&l, b.data, b.len, &p), 0);
			assert_null(p.entry);
			b.data[i] ^= (unsigned char)(1u << bit);
		}
		assert_int_not_equal(proves(&l, b.data, i, &p), 0);
	}
	/* Of another vault, of a host that nobody knows. */
	l.world.vault[0] ^= 1;
	assert_int_equal(proves(&l, b.data, b.len, &p), ERR_REFUSED);
	l.world.vault[0] ^= 1;
	l.world.nhosts = 0;
	assert_int_equal(proves(&l, b.data, b.len, &p), ERR_REFUSED);
	buf_free(&b);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_archive_verifies_like_the_store),
		cmocka_unit_test(an_empty_vault_is_exported),
		cmocka_unit_test(a_changed_archive_is_refused),
		cmocka_unit_test(lines_are_exported),
		cmocka_unit_test(proofs_hold),
		cmocka_unit_test(proofs_fit_what_is_known),
		cmocka_unit_test(changed_proofs_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
