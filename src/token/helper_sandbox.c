/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>

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
static const int server_forbidden[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(vfork), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(listen), SCMP_SYS(accept),
	SCMP_SYS(accept4), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(link), SCMP_SYS(linkat),
	SCMP_SYS(symlink), SCMP_SYS(symlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
	SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
	SCMP_SYS(fchownat), SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd)
};

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
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;
	int r = -1;

	if (ctx == NULL)
		return -1;
	for (i = 0; i < sizeof(server_forbidden) / sizeof(server_forbidden[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, server_forbidden[i], 0) != 0)
			goto out;
	r = seccomp_load(ctx) == 0 ? 0 : -1;
out:
	seccomp_release(ctx);
	return r;
}

int sandbox_early(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r = -1;

	if (ctx == NULL)
		return -1;
	/* A thread may be made, a process not.  clone3's flags cannot be seen by
	 * a filter; libc falls back to clone. */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(fork), 0) == 0 &&
	    seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0)
		r = seccomp_load(ctx) == 0 ? 0 : -1;
	seccomp_release(ctx);
	return r;
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

int sandbox_final(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	size_t i;
	int r = -1;

	if (ctx == NULL)
		return -1;
	/* Both threads get the filter, or none and the load fails. */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) != 0 || sandbox_memory(ctx) != 0 ||
	    sandbox_write(ctx) != 0)
		goto out;
	for (i = 0; i < sizeof(final_allowed) / sizeof(final_allowed[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, final_allowed[i], 0) != 0)
			goto out;
	r = seccomp_load(ctx) == 0 ? 0 : -1;
out:
	seccomp_release(ctx);
	return r;
}
