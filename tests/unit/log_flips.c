/* SPDX-License-Identifier: BSD-2-Clause */
/* Each flipped bit and each cut of a store is found where it is. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "log_lib.h"

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

/* All eight bits of a byte, or two of them, others in the next: 24,000 whole
 * verifications take most of a minute. */
static int every(void)
{
	const char *slow = getenv("TK_SLOW");

	return slow != NULL && strcmp(slow, "1") == 0 ? 1 : 4;
}

/* Each bit of the log is flipped: a fault names that very entry, or a range
 * with it. */
static void finds_each_flipped_bit_of_the_log(void **state)
{
	struct buf b = BUF_INIT;
	uint8_t digest[HASH_LEN];
	struct verify_report *r;
	struct lib l;
	int64_t seq = 0;
	size_t i, from = 0;
	int bit;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", digest);
	lib_unseal(&l, "prod", digest, 3, 1);
	r = clean(&l);
	verify_report_free(&r);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (i = 0; i < b.len; i++) {
		const int end = b.data[i] == '\n';

		for (bit = (int)(i % (size_t)every()); bit < 8 && i >= from; bit += every()) {
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
		seq += end;
	}
	buf_free(&b);
	lib_free(&l);
}

static void finds_each_cut_of_the_log(void **state)
{
	struct buf b = BUF_INIT;
	struct verify_report *r;
	struct lib l;
	int64_t seq = 0;
	size_t i;

	(void)state;
	lib_new(&l, NULL);
	lib_accept(&l);
	lib_seal(&l, "prod", NULL);
	lib_read(&l, "store/log/bastion1.jsonl", &b);
	for (i = 0; i < b.len; i++) {
		lib_write(&l, "store/log/bastion1.jsonl", b.data, i);
		r = lib_verify(&l);
		if (!lib_found(r, VERIFY_FAULT, seq))
			lib_print(r);
		assert_true(lib_found(r, VERIFY_FAULT, seq));
		verify_report_free(&r);
		seq += b.data[i] == '\n';
	}
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
	for (i = 0; i < b.len; i++) {
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

/* Documents: a flipped bit is a fault of the entry that names them. */
static void finds_changed_documents(void **state)
{
	static const char *const paths[] = { "store/records/prod/1.json",
		"store/records/prod/1.shares.1.json" };
	struct buf b = BUF_INIT;
	struct verify_report *r;
	struct lib l;
	size_t i, k;

	(void)state;
	lib_new(&l, NULL);
	lib_seal(&l, "prod", NULL);
	for (k = 0; k < COUNT(paths); k++) {
		buf_reset(&b);
		lib_read(&l, paths[k], &b);
		for (i = 0; i < b.len; i += 7 * stride()) {
			b.data[i] ^= (unsigned char)(1u << (i % 8));
			lib_write(&l, paths[k], b.data, b.len);
			r = lib_verify(&l);
			assert_true(r->faults > 0);
			assert_true(lib_found(r, VERIFY_FAULT, 1));
			verify_report_free(&r);
			b.data[i] ^= (unsigned char)(1u << (i % 8));
		}
		lib_write(&l, paths[k], b.data, b.len);
	}
	r = clean(&l);
	verify_report_free(&r);
	buf_free(&b);
	lib_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_flipped_bit_of_the_log),
		cmocka_unit_test(finds_each_cut_of_the_log),
		cmocka_unit_test(finds_each_change_of_the_checkpoint),
		cmocka_unit_test(finds_changed_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
