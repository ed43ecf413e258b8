/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_TESTS_UNIT_H
#define TWOKEY_TESTS_UNIT_H

/* cmocka wants these four first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static inline int unit_in_valgrind(void)
{
	const char *under = getenv("TK_UNDER");

	return under != NULL && strcmp(under, "valgrind") == 0;
}

/* Leaves a test out where valgrind cannot run it. */
static inline void unit_natively(const char *why)
{
	if (!unit_in_valgrind())
		return;
	print_message("skip: %s\n", why);
	skip();
}

/* The step of a loop over bits or bytes: 1; under valgrind, fifty times slower,
 * the given one, as the same loop runs whole without it. */
static inline size_t unit_step(size_t in_valgrind)
{
	return unit_in_valgrind() ? in_valgrind : 1;
}

/* Bytes of lower-case hexadecimal text; the number of them. */
static inline size_t unit_hex(uint8_t *out, size_t cap, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strlen(text) / 2, i;

	assert_true(n <= cap && strlen(text) % 2 == 0);
	for (i = 0; i < n; i++) {
		const char *hi = strchr(digits, text[2 * i]), *lo = strchr(digits, text[2 * i + 1]);

		assert_true(hi != NULL && lo != NULL);
		out[i] = (uint8_t)((hi - digits) << 4 | (lo - digits));
	}
	return n;
}

/* got holds exactly the bytes of the text. */
static inline void unit_is_hex(const uint8_t *got, size_t len, const char *text)
{
	uint8_t want[1024];

	assert_int_equal(unit_hex(want, sizeof(want), text), len);
	assert_memory_equal(got, want, len);
}

#endif
