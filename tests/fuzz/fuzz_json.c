/* SPDX-License-Identifier: BSD-2-Clause */
/* What the JSON parser takes, it writes so that it takes it again, and what it
 * calls canonical is that, byte for byte. */
#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_json_written(const json *j, const struct buf *bytes)
{
	struct buf pretty = BUF_INIT;
	json *again, *copy;
	struct err e;

	err_clear(&e);
	assert(json_parse(&again, bytes->data, bytes->len, JSON_CANONICAL, "again", &e) == 0);
	assert(json_equal(j, again));
	json_free(&again);
	assert(json_pretty(&pretty, j, &e) == 0);
	assert(json_parse(&again, pretty.data, pretty.len, JSON_LOOSE, "pretty", &e) == 0);
	assert(json_equal(j, again));
	copy = json_copy(again);
	assert(json_key_at(again, 0) == NULL || json_equal(j, copy));
	json_free(&copy);
	json_free(&again);
	buf_free(&pretty);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf bytes = BUF_INIT;
	json *j, *canonical;
	struct err e;
	int r, strict;

	err_clear(&e);
	r = json_parse(&j, data, len, JSON_LOOSE, "data", &e);
	assert((r == 0) == (j != NULL) && (r == 0 || e.code == ERR_INPUT));
	assert(text_clean(e.text, strlen(e.text)));
	strict = json_parse(&canonical, data, len, JSON_CANONICAL, "data", NULL);
	assert((strict == 0) == (canonical != NULL));
	json_free(&canonical);
	if (r != 0) {
		assert(strict != 0);
		return 0;
	}
	assert(json_canonical(&bytes, j, &e) == 0);
	assert((strict == 0) == (bytes.len == len && memcmp(bytes.data, data, len) == 0));
	fuzz_json_written(j, &bytes);
	json_free(&j);
	buf_free(&bytes);
	return 0;
}
