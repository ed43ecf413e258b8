/* SPDX-License-Identifier: BSD-2-Clause */
#include "gate/mark.h"

#define DIGITS_MAX 15

int mark_read(int64_t *out, size_t n, const char *text)
{
	size_t i, digits;

	for (i = 0; i < n; i++) {
		out[i] = 0;
		for (digits = 0; *text >= '0' && *text <= '9'; digits++, text++) {
			if (digits == DIGITS_MAX || (digits == 1 && out[i] == 0))
				return -1;
			out[i] = out[i] * 10 + (*text - '0');
		}
		if (digits == 0 || *text != (i + 1 < n ? '.' : '\0'))
			return -1;
		text++;
	}
	return 0;
}
