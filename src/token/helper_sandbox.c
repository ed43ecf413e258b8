/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <sys/mman.h>

#include "base/confine.h"

/*
 * Three seccomp filters, each of which binds what comes after it.  The server's
 * falls before the first fork: what finding and opening a device (udev, hidraw) and
 * forking never need.  The early one falls first of all in each process that the
 * server forks: no further program or process.  The final one falls when the device
 * is open and before the first byte is read from it, on both threads, and leaves
 * only what talking through open descriptors and computing needs: no files, no
 * sockets, no ioctl, no executable memory, and nothing written but to the client and
 * the device.  Closing and opening a device again is the client's business: it asks
 * for another process.
 */

/* What was seen under strace, and what libc, OpenSSL or another architecture's
 * kernel may use instead.  recvmsg is left out: it could bring in descriptors. */
static const int final_allowed[] = {
	SCMP_SYS(read), SCMP_SYS(recvfrom), SCMP_SYS(close),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(futex),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mlock),
	SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(getrandom), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield), SCMP_SYS(getpid)
};

int sandbox_server(void)
{
	return confine_load(confine_filter(), 0);
}

int sandbox_early(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	return confine_load(ctx, ctx != NULL ? confine_to_threads(ctx) : -1);
}

/* Anonymous and never executable: addresses and flags are all there is to see. */
static int sandbox_memory(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0;
}

/* The kernel looks at the lower half of a descriptor's register only. */
static int sandbox_write(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, HELPER_DEVICE_FD)) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(flock), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, HELPER_DEVICE_FD)) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, HELPER_FD)) != 0;
}

/* Put together before the device is there, so that nobody waits for it then. */
static scmp_filter_ctx final;

int sandbox_prepare(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (ctx == NULL)
		return -1;
	/* Both threads get the filter, or none and the load fails. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) != 0 || sandbox_memory(ctx) != 0 ||
	    sandbox_write(ctx) != 0;
	for (size_t i = 0; r == 0 && i < sizeof(final_allowed) / sizeof(final_allowed[0]); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, final_allowed[i], 0);
	if (r == 0)
		final = ctx;
	else
		seccomp_release(ctx);
	return r == 0 ? 0 : -1;
}

int sandbox_final(void)
{
	scmp_filter_ctx ctx;

	if (final == NULL && sandbox_prepare() != 0)
		return -1;
	ctx = final;
	final = NULL;
	return confine_load(ctx, 0);
}
