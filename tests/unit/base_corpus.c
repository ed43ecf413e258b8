/* SPDX-License-Identifier: BSD-2-Clause */
/* Each seed of the fuzzers, whole, cut at each length, and with each bit
 * flipped, goes through their harnesses. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

#define LLVMFuzzerTestOneInput fuzz_json
#include "../fuzz/fuzz_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_frame
#include "../fuzz/fuzz_frame.c"

struct replay {
	struct dir dir;
	int (*run)(const uint8_t *data, size_t len);
	int seeds;
};

static void replay_exact(const struct replay *r, const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);

	assert_non_null(exact);
	memcpy(exact, data, len);
	(void)r->run(exact, len);
	free(exact);
}

static int replay_seed(void *ctx, const char *name, struct err *e)
{
	struct replay *r = ctx;
	struct buf b = BUF_INIT;
	size_t i;

	assert_int_equal(file_read(&b, &r->dir, name, 1 << 16, FILE_ANY, e), 0);
	for (i = 0; i <= b.len; i++)
		replay_exact(r, b.data, i);
	for (i = 0; i < 8 * b.len; i++) {
		b.data[i / 8] = (uint8_t)(b.data[i / 8] ^ 1u << i % 8);
		replay_exact(r, b.data, b.len);
		b.data[i / 8] = (uint8_t)(b.data[i / 8] ^ 1u << i % 8);
	}
	r->seeds++;
	buf_free(&b);
	return 0;
}

static void replay(const char *name, int (*run)(const uint8_t *data, size_t len))
{
	const char *top = getenv("srcdir");
	struct replay r = { .run = run, .seeds = 0 };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".", name);
	assert_int_equal(dir_open(&r.dir, path, FILE_ANY, NULL), 0);
	assert_int_equal(dir_each(&r.dir, replay_seed, &r, NULL), 0);
	assert_true(r.seeds > 5);
	dir_close(&r.dir);
}

static void corpus_json(void **state)
{
	(void)state;
	replay("json", fuzz_json);
}

static void corpus_frame(void **state)
{
	(void)state;
	replay("frame", fuzz_frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus_json),
		cmocka_unit_test(corpus_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
