/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "token/token_client.h"
#include "token/token_why.h"

#ifndef FIDO_ERR_H
#define FIDO_ERR_H "/usr/include/fido/err.h"
#endif

/* Every constant of libfido2's header has its row, by name and number. */
static void why_knows_libfido2(void **state)
{
	FILE *h = fopen(FIDO_ERR_H, "re");
	char line[256], name[64], value[32];
	int n = 0;

	(void)state;
	assert_non_null(h);
	while (fgets(line, sizeof(line), h) != NULL) {
		const struct why_row *row;

		if (sscanf(line, "#define FIDO_ERR_%63s %31s", name, value) != 2)
			continue;
		row = why_find((int)strtol(value, NULL, 0));
		assert_string_equal(row->name, name);
		n++;
	}
	assert_int_equal(fclose(h), 0);
	assert_true(n >= 60);
}

static void why_rows_are_whole(void **state)
{
	const struct why_row *row;
	size_t i, k;

	(void)state;
	for (i = 0; (row = why_row(i)) != NULL; i++) {
		struct proto_failure why = { .code = row->code, .pin_tries = 5,
			.elapsed_ms = WHY_REFUSAL_MS };
		struct err e = { 0 };
		int r;

		err_clear(&e);
		assert_true(row->kind == ERR_TOKEN || row->kind == ERR_PIN || row->kind == ERR_TIMEOUT ||
		    row->kind == ERR_CANCELLED || row->kind == ERR_MISSING || row->kind == ERR_INTERNAL);
		r = why_set(&e, "A key", &why);
		assert_int_equal(r, e.code);
		assert_int_not_equal(r, 0);
		assert_memory_equal(e.text, "A key ", 6);
		assert_true(e.text[strlen(e.text) - 1] == '.');
		assert_true(strlen(e.text) < ERR_TEXT_MAX / 2);
		assert_true(e.hint[0] != '\0' && strlen(e.hint) < ERR_HINT_MAX - 1);
		for (k = 0; k < i; k++)
			assert_int_not_equal(why_row(k)->code, row->code);
	}
	assert_string_equal(why_find(0xf3)->name, "UNKNOWN");
	assert_string_equal(why_find(-77)->name, "UNKNOWN");
}

static void why_tells_tries(void **state)
{
	struct proto_failure why = { .code = 0x31, .pin_tries = 7 };
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(why_set(&e, "K", &why), ERR_PIN);
	assert_string_equal(e.text, "K does not accept this PIN: 7 tries are left.");
	err_clear(&e);
	why.pin_tries = 1;
	assert_int_equal(why_set(&e, "K", &why), ERR_PIN);
	assert_string_equal(e.text, "K does not accept this PIN: 1 try is left.");
	assert_non_null(strstr(e.hint, "for good"));
	err_clear(&e);
	why.pin_tries = -1;
	assert_int_equal(why_set(&e, "K", &why), ERR_PIN);
	assert_string_equal(e.text, "K does not accept this PIN.");
	err_clear(&e);
	why.pin_tries = 0;
	assert_int_equal(why_set(&e, "K", &why), ERR_TOKEN);
	assert_non_null(strstr(e.text, "blocked for good"));
	assert_non_null(strstr(e.hint, "destroys the share"));
}

static void why_tells_refusal_from_no_touch(void **state)
{
	static const int codes[] = { 0x27, 0x2f, 0x3a };
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codes); i++) {
		struct proto_failure why = { .code = codes[i], .elapsed_ms = 300, .pin_tries = -1 };

		err_clear(&e);
		assert_int_equal(why_set(&e, "K", &why), ERR_TOKEN);
		assert_non_null(strstr(e.text, "refused"));
		err_clear(&e);
		why.elapsed_ms = 30000;
		assert_int_equal(why_set(&e, "K", &why), ERR_TIMEOUT);
		assert_non_null(strstr(e.text, "not touched in time"));
	}
}

static size_t cut(uint32_t max_list, uint32_t max_id, uint32_t max_msg, size_t n, size_t len,
    size_t from, size_t *next)
{
	static const uint8_t bytes[TOKEN_ID_MAX + 1];
	const struct token_info info = { .max_list = max_list, .max_id = max_id,
		.max_msg = max_msg };
	struct token_id ids[100], out[PROTO_IDS_MAX];
	size_t at[PROTO_IDS_MAX], i, got;

	for (i = 0; i < n; i++)
		ids[i] = (struct token_id){ bytes, len };
	got = client_cut(&info, ids, n, from, out, at, next);
	assert_true(got <= PROTO_IDS_MAX && *next <= n);
	for (i = 0; i < got; i++)
		assert_true(at[i] >= from && at[i] < *next);
	return got;
}

static void cut_keeps_limits(void **state)
{
	size_t next;

	(void)state;
	assert_int_equal(cut(8, 0, 7000, 20, 70, 0, &next), 8);
	assert_int_equal(next, 8);
	assert_int_equal(cut(8, 0, 7000, 20, 70, 16, &next), 4);
	assert_int_equal(next, 20);
	assert_int_equal(cut(0, 0, 7000, 20, 70, 0, &next), 8);
	assert_int_equal(cut(1000, 0, 70000, 100, 70, 0, &next), PROTO_IDS_MAX);
	/* by the bytes of a message, but one at least */
	assert_int_equal(cut(20, 0, 1200, 20, 176, 0, &next), 3);
	assert_int_equal(cut(20, 0, 64, 20, 176, 5, &next), 1);
	assert_int_equal(next, 6);
	/* unusable ones */
	assert_int_equal(cut(20, 128, 1200, 20, 176, 0, &next), 0);
	assert_int_equal(next, 20);
	assert_int_equal(cut(20, 0, 1200, 20, 0, 0, &next), 0);
	assert_int_equal(cut(20, 0, 1200, 20, TOKEN_ID_MAX + 1, 0, &next), 0);
	assert_int_equal(cut(20, 0, 1200, 0, 70, 0, &next), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_knows_libfido2),
		cmocka_unit_test(why_rows_are_whole),
		cmocka_unit_test(why_tells_tries),
		cmocka_unit_test(why_tells_refusal_from_no_touch),
		cmocka_unit_test(cut_keeps_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
