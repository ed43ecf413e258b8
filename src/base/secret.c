/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define GRANULE 64u
#define REGION_SIZE (256u << 10)
#define REGION_LEAST (16u << 10)	/* still useful under a tiny RLIMIT_MEMLOCK */
#define SMALL_MAX (64u << 10)		/* larger ones get a mapping of their own */

/*
 * A region: guard page, locked pages, guard page.  This header lies at the
 * start of the locked pages, so a forked child finds zeros (WIPEONFORK): a
 * region without granules, behind which no other stands.  It takes regions of
 * its own then, as it must, for locks are not inherited.
 */
struct region {
	struct region *next;
	size_t granules;			/* header's own included */
	uint8_t used[REGION_SIZE / GRANULE / 8];
};

/* The only mutable state of the library: the locked pool. */
static struct region *secret_pool;

static size_t secret_page(void)
{
	const long n = sysconf(_SC_PAGESIZE);

	return n > 0 ? (size_t)n : 4096;
}

static size_t secret_round(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Each page is locked from its first touch on: filling all of them with zeros at
 * the start of a short command would be for nothing. */
static int secret_lock(void *mid, size_t size)
{
	if (mlock2(mid, size, MLOCK_ONFAULT) == 0)
		return 0;
	/* libc's word for a kernel (or valgrind) without it. */
	return errno == EINVAL || errno == ENOSYS ? mlock(mid, size) : -1;
}

/* size (whole pages) locked bytes between two guard pages; NULL and errno. */
static void *secret_map(size_t size)
{
	const size_t page = secret_page();
	unsigned char *all, *mid;
	int saved;

	all = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return NULL;
	mid = all + page;
	if (mprotect(mid, size, PROT_READ | PROT_WRITE) != 0 ||
	    madvise(mid, size, MADV_DONTDUMP) != 0 || madvise(mid, size, MADV_WIPEONFORK) != 0 ||
	    secret_lock(mid, size) != 0) {
		saved = errno;
		(void)munmap(all, size + 2 * page);
		errno = saved;
		return NULL;
	}
	return mid;
}

static void secret_unmap(void *mid, size_t size)
{
	const size_t page = secret_page();

	(void)munmap((unsigned char *)mid - page, size + 2 * page);
}

static int secret_unlockable(struct err *e, int errnum)
{
	(void)err_errno(e, ERR_MEMORY, errnum, "Memory for secrets cannot be locked");
	(void)err_hint(e, "Raise the limit on locked memory (`ulimit -l`, LimitMEMLOCK= in a "
	    "systemd unit, or memlock in limits.conf) to at least 512 KiB.");
	return ERR_MEMORY;
}

static void region_mark(struct region *r, size_t from, size_t n, int used)
{
	size_t i;

	for (i = from; i < from + n; i++) {
		if (used)
			r->used[i / 8] = (uint8_t)(r->used[i / 8] | 1u << i % 8);
		else
			r->used[i / 8] = (uint8_t)(r->used[i / 8] & ~(1u << i % 8));
	}
}

/* First fit of n granules; 0 (the header's own) when there is no room. */
static size_t region_find(const struct region *r, size_t n)
{
	size_t i, run = 0;

	for (i = 0; i < r->granules; i++) {
		run = ((unsigned)r->used[i / 8] >> i % 8) & 1u ? 0 : run + 1;
		if (run == n)
			return i + 1 - n;
	}
	return 0;
}

/* A new region at the head of the pool with room for n granules. */
static int region_new(size_t n, struct err *e)
{
	const size_t own = secret_round(sizeof(struct region), GRANULE) / GRANULE;
	struct region *r = NULL;
	size_t size;

	for (size = REGION_SIZE; r == NULL; size /= 2) {
		if (size < REGION_LEAST || size / GRANULE < own + n)
			return secret_unlockable(e, errno);
		r = secret_map(size);
		if (r != NULL)
			break;
	}
	r->granules = size / GRANULE;
	r->next = secret_pool;
	region_mark(r, 0, own, 1);
	secret_pool = r;
	return 0;
}

static size_t secret_total(size_t cap)
{
	return secret_round(sizeof(struct secret), GRANULE) + cap + 1;
}

static void *secret_take(size_t total, struct err *e)
{
	const size_t n = secret_round(total, GRANULE) / GRANULE;
	struct region *r;
	size_t at = 0;

	for (r = secret_pool; r != NULL; r = r->next) {
		at = region_find(r, n);
		if (at != 0)
			break;
	}
	if (at == 0) {
		if (region_new(n, e) != 0)
			return NULL;
		r = secret_pool;
		at = region_find(r, n);
	}
	region_mark(r, at, n, 1);
	return (unsigned char *)r + at * GRANULE;
}

int secret_new(struct secret **out, size_t cap, struct err *e)
{
	struct secret *s;
	size_t total;

	*out = NULL;
	if (cap > SECRET_MAX)
		return err_set(e, ERR_MEMORY, "A secret of %zu bytes is too large.", cap);
	total = secret_total(cap);
	if (total > SMALL_MAX) {
		s = secret_map(secret_round(total, secret_page()));
		if (s == NULL)
			return secret_unlockable(e, errno);
	} else {
		s = secret_take(total, e);
		if (s == NULL)
			return ERR_MEMORY;
		memset(s, 0, total);
	}
	s->data = (unsigned char *)s + secret_round(sizeof(struct secret), GRANULE);
	s->cap = cap;
	*out = s;
	return 0;
}

int secret_from(struct secret **out, const void *data, size_t len, struct err *e)
{
	const int r = secret_new(out, len, e);

	if (r != 0)
		return r;
	if (len > 0)
		memcpy((*out)->data, data, len);
	(*out)->len = len;
	return 0;
}

int secret_append(struct secret *s, const void *data, size_t len, struct err *e)
{
	if (len > s->cap - s->len)
		return err_set(e, ERR_INPUT, "A secret is too long: at most %zu bytes fit.", s->cap);
	if (len > 0)
		memcpy(s->data + s->len, data, len);
	s->len += len;
	return 0;
}

void secret_wipe(struct secret *s)
{
	secret_zero(s->data, s->cap + 1);
	s->len = 0;
}

void secret_free(struct secret **s)
{
	struct secret *gone = *s;
	struct region *r;
	size_t total;

	*s = NULL;
	if (gone == NULL || gone->data == NULL)
		return; /* the latter: a parent's, wiped in this forked child */
	total = secret_total(gone->cap);
	secret_zero(gone, total);
	if (total > SMALL_MAX) {
		secret_unmap(gone, secret_round(total, secret_page()));
		return;
	}
	for (r = secret_pool; r != NULL; r = r->next) {
		const uintptr_t from = (uintptr_t)r, p = (uintptr_t)gone;

		if (p > from && p - from < r->granules * GRANULE) {
			region_mark(r, (p - from) / GRANULE, secret_round(total, GRANULE) / GRANULE, 0);
			return;
		}
	}
}

int secret_equal(const void *a, const void *b, size_t len)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned diff = 0;
	size_t i;

	for (i = 0; i < len; i++)
		diff |= (unsigned)(x[i] ^ y[i]);
	return (int)(((diff - 1u) >> 31) & 1u);
}

void secret_zero(void *p, size_t len)
{
	if (len > 0)
		explicit_bzero(p, len);
}

/*
 * MCL_FUTURE without the right to lock any amount makes later mappings fail
 * once RLIMIT_MEMLOCK is reached.  A capability as capget shows it may count
 * in a user namespace only, so ask by trying: a mapping above the limit.
 */
static void secret_lock_all(void)
{
	struct rlimit lim;
	void *probe;

	if (getrlimit(RLIMIT_MEMLOCK, &lim) != 0 ||
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 || lim.rlim_cur == RLIM_INFINITY)
		return;
	probe = mmap(NULL, (size_t)lim.rlim_cur + secret_page(), PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (probe == MAP_FAILED)
		(void)munlockall();
	else
		(void)munmap(probe, (size_t)lim.rlim_cur + secret_page());
}

int secret_harden_process(struct err *e)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(e, ERR_INTERNAL, errno, "Core dumps cannot be switched off");
	if (secret_pool != NULL && secret_pool->granules > 0)
		return 0;
	/* Before the pool: munlockall would unlock it. */
	secret_lock_all();
	return region_new(1, e);
}
