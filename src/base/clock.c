/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_LAST INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

static int64_t clock_read(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		return 0;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t clock_system_now(void *ctx)
{
	(void)ctx;
	return clock_read(CLOCK_REALTIME);
}

const struct clock clock_system = { clock_system_now, NULL };

int64_t clock_now(const struct clock *c)
{
	return c->now(c->ctx);
}

int64_t clock_monotonic(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

static void clock_digits(char *out, int n, int v)
{
	while (n-- > 0) {
		out[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

void clock_format(char out[CLOCK_TEXT_LEN + 1], int64_t t)
{
	struct tm tm;
	time_t s;

	if (t < 0)
		t = 0;
	if (t > CLOCK_LAST)
		t = CLOCK_LAST;
	s = (time_t)(t / 1000);
	memset(&tm, 0, sizeof(tm));
	(void)gmtime_r(&s, &tm);
	memcpy(out, "0000-00-00T00:00:00.000Z", CLOCK_TEXT_LEN + 1);
	clock_digits(out, 4, tm.tm_year + 1900);
	clock_digits(out + 5, 2, tm.tm_mon + 1);
	clock_digits(out + 8, 2, tm.tm_mday);
	clock_digits(out + 11, 2, tm.tm_hour);
	clock_digits(out + 14, 2, tm.tm_min);
	clock_digits(out + 17, 2, tm.tm_sec);
	clock_digits(out + 20, 3, (int)(t % 1000));
}

static int clock_number(const char *s, int n)
{
	int v = 0;

	while (n-- > 0)
		v = v * 10 + (*s++ - '0');
	return v;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar, -1: there is no such
 * day from 1970 on. */
static int64_t clock_days(int year, int month, int day)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
	const int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0), last = year - 1;
	int length;

	if (year < 1970 || month < 1 || month > 12)
		return -1;
	length = before[month] - before[month - 1] + (month == 2 && leap);
	if (day < 1 || day > length)
		return -1;
	return INT64_C(365) * (year - 1970) + (last / 4 - last / 100 + last / 400) -
	    (1969 / 4 - 1969 / 100 + 1969 / 400) + before[month - 1] + (month > 2 && leap) +
	    day - 1;
}

int clock_parse(int64_t *t, const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	int hour, minute, second;
	int64_t days;
	size_t i;

	*t = 0;
	for (i = 0; i < CLOCK_TEXT_LEN; i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return -1;
	}
	if (text[i] != '\0')
		return -1;
	days = clock_days(clock_number(text, 4), clock_number(text + 5, 2),
	    clock_number(text + 8, 2));
	hour = clock_number(text + 11, 2);
	minute = clock_number(text + 14, 2);
	second = clock_number(text + 17, 2);
	if (days < 0 || hour > 23 || minute > 59 || second > 59)
		return -1;
	*t = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + clock_number(text + 20, 3);
	return 0;
}

void clock_boot_id(char out[37])
{
	static const char none[] = "00000000-0000-0000-0000-000000000000";
	char got[37];
	ssize_t n = -1;
	size_t i;
	const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memcpy(out, none, sizeof(none));
	if (fd < 0)
		return;
	n = read(fd, got, 36);
	(void)close(fd);
	if (n != 36)
		return;
	for (i = 0; i < 36; i++) {
		const int hex = (got[i] >= '0' && got[i] <= '9') || (got[i] >= 'a' && got[i] <= 'f');

		if (none[i] == '-' ? got[i] != '-' : !hex)
			return;
	}
	memcpy(out, got, 36);
}
