/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded by the valgrind group in place of libseccomp: a filter would kill
 * valgrind, which makes calls of its own in the same process.
 * tests/unit/token_sandbox.c proves the filters. */
#include <seccomp.h>

static char context;

scmp_filter_ctx seccomp_init(uint32_t action)
{
	(void)action;
	return &context;
}

int seccomp_attr_set(scmp_filter_ctx ctx, enum scmp_filter_attr attr, uint32_t value)
{
	(void)attr;
	(void)value;
	return ctx == &context ? 0 : -1;
}

int seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int nr, unsigned int count, ...)
{
	(void)action;
	(void)nr;
	(void)count;
	return ctx == &context ? 0 : -1;
}

int seccomp_load(const scmp_filter_ctx ctx)
{
	return ctx == &context ? 0 : -1;
}

void seccomp_release(scmp_filter_ctx ctx)
{
	(void)ctx;
}
