/* SPDX-License-Identifier: BSD-2-Clause */
/* Each flipped bit and each cut of a store is found where it is. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "log_login.h"

static struct verify_report *clean(struct lib *l)
{
	struct verify_report *r = lib_verify(l);

	if (r->faults != 0)
		lib_print(r);
	assert_int_equal(r->faults, 0);
	return r;
}

/* Every byte, but a few of them where each run takes long. */
static size_t stride(void)
{
	const char *under = getenv("TK_UNDER");

	return under == NULL ? 1 : strcmp(under, "valgrind") == 0 ? 211 : 7;
}

/* For what takes minutes: tens of thousands of whole verifications. */
static void slow_part(void)
{
	const char *slow = getenv("TK_SLOW");

	if (slow == NULL || strcmp(slow, "1") != 0) {
		printf("skip: a slow part, for the group unit of ./tools/check --slow\n");
		skip();
	}
}

/* Bits of the log are flipped, of each four from first to end: a fault names
 * that very entry, or a range with it. */
static void flip_log(int first, int end)
{
	struct buf b = BUF_INIT;
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	struct lib l;
	int64_t seq = 0;
	size_t i, from = 0;

	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 3, 1);
	r = clean(&l);
	verify_report_free(&r);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (i = 0; i < b.len; i++) {
		const int newline = b.data[i] == '\n';

		for (int bit = 0; bit < 8 && i >= from; bit++) {
			/* Others in the next byte. */
			const int of_four = (bit + (int)(i % 4)) % 4;

			if (of_four < first || of_four >= end)
				continue;
			b.data[i] ^= (unsigned char)(1u << bit);
			lib_write(&l, "store/log/bastion1.jsonl", b.data, b.len);
			r = lib_verify(&l);
			if (!lib_found(r, VERIFY_FAULT, seq)) {
				printf("# byte %zu bit %d of entry %d\n", i, bit, (int)seq);
				lib_print(r);
			}
			assert_true(lib_found(r, VERIFY_FAULT, seq));
			verify_report_free(&r);
			b.data[i] ^= (unsigned char)(1u << bit);
		}
		from = i >= from ? i + stride() : from;
		seq += newline;
	}
	buf_free(&b);
	lib_free(&l);
}

static void finds_two_flipped_bits_of_each_byte_of_the_log(void **state)
{
	(void)state;
	flip_log(0, 1);
}

static void finds_the_other_bits_of_the_log(void **state)
{
	(void)state;
	slow_part();
	flip_log(1, 4);
}

static void finds_each_cut_of_the_log(void **state)
{
	struct buf b = BUF_INIT;
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	struct lib l;
	int64_t seq = 0;
	size_t i;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 3, 1);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (i = 0; i < b.len; i++) {
		if (i % stride() == 0) {
			lib_write(&l, "store/log/bastion1.jsonl", b.data, i);
			r = lib_verify(&l);
			if (!lib_found(r, VERIFY_FAULT, seq))
				lib_print(r);
			assert_true(lib_found(r, VERIFY_FAULT, seq));
			verify_report_free(&r);
		}
		seq += b.data[i] == '\n';
	}
	buf_free(&b);
	lib_free(&l);
}

static void changed_log(const struct lib *l, const void *data, size_t len, int64_t seq)
{
	struct verify_report *r;

	lib_write(l, "store/log/bastion1.jsonl", data, len);
	r = lib_verify(l);
	if (!lib_found(r, VERIFY_FAULT, seq))
		lib_print(r);
	assert_true(lib_found(r, VERIFY_FAULT, seq));
	verify_report_free(&r);
}

/* The entries of logins alone: a bit of each byte, and cuts; the request and its
 * approvals are as those above. */
static void finds_changes_of_logins(void **state)
{
	struct buf b = BUF_INIT;
	struct verify_report *r;
	struct lib l;
	int64_t seq = 0, first;

	(void)state;
	lib_new(&l, NULL);
	lib_seal_linux(&l, "root");
	first = login_grant(&l);
	login_put(&l, l.log, entry_session_closed(login_session(&l, l.log, first), 5));
	login_attempts(&l, "2026-01-01T00:00:00.000Z", "2026-01-01T00:05:00.000Z",
	    "[" SOURCE("sshd", "root", "192.0.2.7", "12") "]");
	login_put(&l, l.log, login_proven("root", "[\"password\"]"));
	r = clean(&l);
	verify_report_free(&r);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (size_t i = 0; i < b.len; i++) {
		const int newline = b.data[i] == '\n';

		if (seq >= first && i % stride() == 0) {
			b.data[i] ^= (unsigned char)(1u << i % 8);
			changed_log(&l, b.data, b.len, seq);
			b.data[i] ^= (unsigned char)(1u << i % 8);
		}
		if (seq >= first && i % (5 * stride()) == 0)
			changed_log(&l, b.data, i, seq);
		seq += newline;
	}
	assert_int_equal(seq, first + 5);
	buf_free(&b);
	lib_free(&l);
}

/* The checkpoint: each bit, each cut. */
static void finds_each_change_of_the_checkpoint(void **state)
{
	struct buf b = BUF_INIT;
	struct verify_report *r;
	struct lib l;
	size_t i;
	int bit;

	(void)state;
	lib_new(&l, NULL);
	lib_note(&l, "hello");
	lib_read(&l, "store/log/bastion1.checkpoint", &b);
	for (i = 0; i < b.len; i += unit_step(23)) {
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (unsigned char)(1u << bit);
			lib_write(&l, "store/log/bastion1.checkpoint", b.data, b.len);
			b.data[i] ^= (unsigned char)(1u << bit);
			r = lib_verify(&l);
			assert_int_equal(r->faults, 1);
			assert_string_equal(r->findings[0].host, FAKE_HOST);
			assert_true(strcmp(r->findings[0].what, "checkpoint") == 0);
			verify_report_free(&r);
		}
		lib_write(&l, "store/log/bastion1.checkpoint", b.data, i);
		r = lib_verify(&l);
		assert_int_equal(r->faults, 1);
		verify_report_free(&r);
	}
	buf_free(&b);
	lib_free(&l);
}

/* One change of a document: a fault names it by its path, and, unless it is the
 * policy, at the entry that names it. */
static void document_refused(const struct lib *l, const char *path, const void *data, size_t len,
    const char *how, size_t at)
{
	const int policy = strncmp(path, "policies/", 9) == 0;
	struct verify_report *r;
	char file[STORE_PATH_MAX + 8];
	int named = 0;

	(void)snprintf(file, sizeof(file), "store/%s", path);
	lib_write(l, file, data, len);
	r = lib_verify(l);
	for (size_t i = 0; i < r->nfindings; i++)
		named |= r->findings[i].level == VERIFY_FAULT &&
		    strcmp(r->findings[i].what, path) == 0 && (policy || r->findings[i].seq == 1);
	if (!named) {
		printf("# %s: %s at %zu\n", path, how, at);
		lib_print(r);
	}
	assert_true(named);
	verify_report_free(&r);
}

/* Every nth byte: each bit of it, or one; and the document cut there. */
static void change_documents(size_t nth, int all_bits)
{
	static const char *const paths[] = { "policies/1.json", "records/prod/1.json",
		"records/prod/1.shares.1.json" };
	struct buf b = BUF_INIT;
	struct verify_report *r;
	char file[64];
	struct lib l;

	lib_new(&l, NULL);
	lib_seal(&l, "prod", NULL);
	for (size_t k = 0; k < COUNT(paths); k++) {
		buf_reset(&b);
		(void)snprintf(file, sizeof(file), "store/%s", paths[k]);
		lib_read(&l, file, &b);
		for (size_t i = 0; i < b.len; i += nth) {
			document_refused(&l, paths[k], b.data, i, "a cut", i);
			for (size_t bit = 0; bit < 8; bit++) {
				if (!all_bits && bit != i % 8)
					continue;
				b.data[i] ^= (unsigned char)(1u << bit);
				document_refused(&l, paths[k], b.data, b.len, "a flipped bit", i);
				b.data[i] ^= (unsigned char)(1u << bit);
			}
		}
		lib_write(&l, file, b.data, b.len);
	}
	r = clean(&l);
	verify_report_free(&r);
	buf_free(&b);
	lib_free(&l);
}

static void finds_some_changes_of_documents(void **state)
{
	(void)state;
	change_documents(7 * stride(), 0);
}

static void finds_each_bit_and_cut_of_documents(void **state)
{
	(void)state;
	slow_part();
	change_documents(stride(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_two_flipped_bits_of_each_byte_of_the_log),
		cmocka_unit_test(finds_the_other_bits_of_the_log),
		cmocka_unit_test(finds_each_cut_of_the_log),
		cmocka_unit_test(finds_changes_of_logins),
		cmocka_unit_test(finds_each_change_of_the_checkpoint),
		cmocka_unit_test(finds_some_changes_of_documents),
		cmocka_unit_test(finds_each_bit_and_cut_of_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
