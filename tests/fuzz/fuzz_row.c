/* SPDX-License-Identifier: BSD-2-Clause */
/* Credential reports: root's row, by the names in the head. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "posture/posture.h"

static void check_bit(int b)
{
	if (b < -1 || b > 1)
		abort();
}

static void check_moment(int64_t t)
{
	/* Years of four digits, and what is too much of a month. */
	if (t < POSTURE_NOT_TOLD || t > INT64_C(253500000000000))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct posture_row row, again;
	struct err e;
	/* No NUL behind it. */
	char *own = malloc(size + 1);
	int r;

	if (own == NULL)
		return 0;
	memcpy(own, data, size);
	err_clear(&e);
	memset(&row, 0, sizeof(row));
	memset(&again, 0, sizeof(again));
	r = posture_row_read(&row, own, size, &e);
	if ((r == 0) != (e.code == ERR_NONE) || (r != 0 && r != ERR_INPUT))
		abort();
	if (r == 0) {
		check_bit(row.mfa);
		check_moment(row.password_used);
		for (int i = 0; i < 2; i++) {
			check_bit(row.key[i]);
			check_bit(row.certificate[i]);
			check_moment(row.key_used[i]);
		}
		/* What stands behind root's row does not matter. */
		own[size] = '\n';
		if (posture_row_read(&again, own, size + 1, NULL) != 0 || memcmp(&row, &again, sizeof(row)) != 0)
			abort();
	}
	free(own);
	return 0;
}
