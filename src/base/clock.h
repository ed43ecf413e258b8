/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TWOKEY_BASE_CLOCK_H
#define TWOKEY_BASE_CLOCK_H

#include <stdint.h>

/* Time is int64_t milliseconds since 1970-01-01T00:00:00Z.  The core never
 * asks the system's clock itself: a program hands one in. */
struct clock {
	int64_t (*now)(void *ctx);	/* wall clock, ms */
	void *ctx;
};

/* The system's wall clock (CLOCK_REALTIME). */
extern const struct clock clock_system;

/* What c says now, ms. */
int64_t clock_now(const struct clock *c);

/* Milliseconds on a clock that never steps, for limits of waits. */
int64_t clock_monotonic(void);

/* "2026-11-23T21:44:29.123Z" is 24 characters. */
#define CLOCK_TEXT_LEN 24
/* Writes RFC 3339 UTC with milliseconds and a NUL.  t from year 1970 to 9999;
 * outside of it, out becomes the nearest limit. */
void clock_format(char out[CLOCK_TEXT_LEN + 1], int64_t t);
/* Parses exactly that form, every field in range. 0 or -1. */
int clock_parse(int64_t *t, const char *text);

/* This boot's id (/proc/sys/kernel/random/boot_id), 36 characters and NUL;
 * all zeros with dashes when the kernel does not tell. */
void clock_boot_id(char out[37]);

#endif
