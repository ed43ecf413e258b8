/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"

/* AddressSanitizer puts a mlock that does nothing in the C library's place. */
#if defined(__SANITIZE_ADDRESS__)
#define LOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS 0
#endif
#endif
#ifndef LOCKS
#define LOCKS 1
#endif

static void secret_holds(void **state)
{
	struct secret *s, *t;
	struct err e = { 0 };

	(void)state;
	err_clear(&e);
	assert_int_equal(secret_new(&s, 10, &e), 0);
	assert_int_equal(s->len, 0);
	assert_int_equal(s->cap, 10);
	assert_int_equal(secret_append(s, "12345", 5, &e), 0);
	assert_int_equal(secret_append(s, "67890", 5, &e), 0);
	assert_string_equal((char *)s->data, "1234567890");
	assert_int_equal(secret_append(s, "x", 1, &e), ERR_INPUT);
	assert_string_equal((char *)s->data, "1234567890");
	assert_int_equal(secret_from(&t, s->data, s->len, NULL), 0);
	assert_true(secret_equal(s->data, t->data, 10));
	secret_wipe(s);
	assert_int_equal(s->len, 0);
	assert_memory_equal(s->data, "\0\0\0\0\0\0\0\0\0\0", 10);
	secret_free(&s);
	assert_null(s);
	secret_free(&s);
	secret_free(&t);
}

static void secret_compares(void **state)
{
	uint8_t a[33], b[33];
	size_t i;

	(void)state;
	memset(a, 7, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_int_equal(secret_equal(a, b, sizeof(a)), 1);
	assert_int_equal(secret_equal(a, b, 0), 1);
	for (i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] = (uint8_t)(b[i / 8] ^ 1u << i % 8);
		assert_int_equal(secret_equal(a, b, sizeof(a)), 0);
		b[i / 8] = a[i / 8];
	}
}

static void secret_too_large(void **state)
{
	struct secret *s = (struct secret *)8;

	(void)state;
	assert_int_equal(secret_new(&s, SECRET_MAX + 1, NULL), ERR_MEMORY);
	assert_null(s);
	assert_int_equal(secret_new(&s, SIZE_MAX, NULL), ERR_MEMORY);
}

/* Many of mixed sizes, freed and made again at random: no two overlap, each
 * starts zero, and keeps what was written. */
static void secret_pool_churn(void **state)
{
	static const size_t sizes[] = { 0, 1, 31, 63, 64, 65, 200, 1000, 4096, 30000, 70000 };
	struct secret *s[200] = { NULL };
	uint32_t rnd = 1;
	size_t round, i, k;

	(void)state;
	for (round = 0; round < 20000; round++) {
		rnd = rnd * 1664525u + 1013904223u;
		i = (rnd >> 16) % COUNT(s);
		if (s[i] != NULL) {
			for (k = 0; k < s[i]->cap; k++)
				assert_int_equal(s[i]->data[k], i);
			assert_int_equal(s[i]->data[s[i]->cap], 0);
			secret_free(&s[i]);
		} else {
			rnd = rnd * 1664525u + 1013904223u;
			k = sizes[(rnd >> 16) % (COUNT(sizes) - (i % 8 != 0))];
			assert_int_equal(secret_new(&s[i], k, NULL), 0);
			for (k = 0; k < s[i]->cap; k++)
				assert_int_equal(s[i]->data[k], 0);
			memset(s[i]->data, (int)i, s[i]->cap);
		}
	}
	for (i = 0; i < COUNT(s); i++)
		secret_free(&s[i]);
}

static void secret_is_wiped_when_freed(void **state)
{
	struct secret *s, *keep;
	unsigned char *p;
	size_t i;

	(void)state;
	assert_int_equal(secret_from(&keep, "k", 1, NULL), 0);
	assert_int_equal(secret_new(&s, 1000, NULL), 0);
	memset(s->data, 0x5a, 1000);
	p = s->data;
	secret_free(&s);
	/* The pool keeps the page mapped, so this may still be read. */
	for (i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
	secret_free(&keep);
}

/* The kernel's own words on the pages: locked, not dumped, wiped on fork. */
static void secret_flags(const void *at)
{
	unsigned long from, to;
	char line[512];
	int inside = 0, seen = 0;
	FILE *f = fopen("/proc/self/smaps", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (unsigned long)at >= from && (unsigned long)at < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			if (LOCKS)
				assert_non_null(strstr(line, " lo"));
			assert_non_null(strstr(line, " dd"));
			assert_non_null(strstr(line, " wf"));
			seen = 1;
		}
	}
	fclose(f);
	assert_true(seen);
}

static void secret_pages_are_locked(void **state)
{
	struct secret *small, *large;

	(void)state;
	assert_int_equal(secret_from(&small, "s", 1, NULL), 0);
	assert_int_equal(secret_new(&large, 100000, NULL), 0);
	secret_flags(small->data);
	secret_flags(large->data);
	secret_free(&small);
	secret_free(&large);
}

/* Runs fn in a child; its exit status, or 128 + signal. */
static int in_child(int (*fn)(struct secret *s), struct secret *s)
{
	const struct rlimit none = { 0, 0 };
	int status = 0;
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGSEGV, SIG_DFL); /* not a sanitizer's report */
		_exit(fn(s));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int child_sees_nothing(struct secret *s)
{
	struct secret *mine = NULL;

	if (s->data != NULL || s->len != 0)
		return 1;
	secret_free(&s);
	if (secret_from(&mine, "own", 3, NULL) != 0 || memcmp(mine->data, "own", 4) != 0)
		return 2;
	secret_free(&mine);
	return 0;
}

static int child_overruns(struct secret *unused)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	volatile unsigned char *p;
	struct secret *s;

	(void)unused;
	if (secret_new(&s, 100000, NULL) != 0)
		return 1;
	p = s->data;
	p[s->cap] = 0;
	/* The first byte behind the last page of the mapping. */
	return p[s->cap + page - ((uintptr_t)p + s->cap) % page];
}

static int child_underruns(struct secret *unused)
{
	volatile unsigned char *p;
	struct secret *s;

	(void)unused;
	if (secret_new(&s, 100000, NULL) != 0)
		return 1;
	p = (volatile unsigned char *)s;
	return p[-1];
}

static void secret_fork_and_guards(void **state)
{
	struct secret *s;

	(void)state;
	assert_int_equal(secret_from(&s, "parent", 6, NULL), 0);
	assert_int_equal(in_child(child_sees_nothing, s), 0);
	assert_string_equal((char *)s->data, "parent");
	assert_int_equal(in_child(child_overruns, NULL), 128 + SIGSEGV);
	assert_int_equal(in_child(child_underruns, NULL), 128 + SIGSEGV);
	secret_free(&s);
}

/* Without CAP_IPC_LOCK and with little or nothing to lock. */
static int child_limited(rlim_t limit)
{
	const struct rlimit lim = { limit, limit };
	struct secret *s = NULL;
	struct err e = { 0 };
	int r;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return 100;
	if (setrlimit(RLIMIT_MEMLOCK, &lim) != 0)
		return 101;
	err_clear(&e);
	r = secret_from(&s, "x", 1, &e);
	if (r != 0 && (s != NULL || e.hint[0] == '\0'))
		return 102;
	return r;
}

static int child_no_lock(struct secret *unused)
{
	(void)unused;
	return child_limited(0);
}

static int child_little_lock(struct secret *unused)
{
	(void)unused;
	return child_limited(64 * 1024);
}

static void secret_fails_closed(void **state)
{
	(void)state;
	if (!LOCKS) {
		print_message("skip: this build's sanitizer turns mlock into nothing\n");
		skip();
	}
	assert_int_equal(in_child(child_no_lock, NULL), ERR_MEMORY);
	assert_int_equal(in_child(child_little_lock, NULL), 0);
}

/* After hardening, ordinary memory must still come in any amount. */
static int child_harden(struct secret *s)
{
	const struct rlimit lim = { 4 << 20, 4 << 20 };
	struct rlimit core;
	struct err e = { 0 };
	void *p;

	if (s == NULL && geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		return 100;
	if (s == NULL && setrlimit(RLIMIT_MEMLOCK, &lim) != 0)
		return 101;
	err_clear(&e);
	if (secret_harden_process(&e) != 0)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || getrlimit(RLIMIT_CORE, &core) != 0 ||
	    core.rlim_cur != 0)
		return 2;
	p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 3 : 0;
}

static void secret_hardens(void **state)
{
	struct secret *s;

	(void)state;
	assert_int_equal(in_child(child_harden, NULL), 0);
	assert_int_equal(secret_new(&s, 1, NULL), 0);
	assert_int_equal(in_child(child_harden, s), 0);
	secret_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_holds),
		cmocka_unit_test(secret_compares),
		cmocka_unit_test(secret_too_large),
		cmocka_unit_test(secret_pool_churn),
		cmocka_unit_test(secret_is_wiped_when_freed),
		cmocka_unit_test(secret_pages_are_locked),
		cmocka_unit_test(secret_fork_and_guards),
		cmocka_unit_test(secret_fails_closed),
		cmocka_unit_test(secret_hardens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
