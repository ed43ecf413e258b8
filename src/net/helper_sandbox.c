/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/helper.h"

#define NOBODY 65534	/* the kernel's overflow id */

/*
 * What a request needs: sockets, threads that look names up, and reading files
 * (certificates, resolv.conf, what the name service loads).  Never another program
 * or process, a file that is written to, or a port that is listened on.
 */
static const int net_forbidden[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(listen), SCMP_SYS(accept),
	SCMP_SYS(accept4), SCMP_SYS(creat), SCMP_SYS(truncate), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlink), SCMP_SYS(symlinkat),
	SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(fchown),
	SCMP_SYS(fchownat), SCMP_SYS(setxattr), SCMP_SYS(fsetxattr), SCMP_SYS(kill),
	SCMP_SYS(tkill), SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid),
	SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(io_uring_setup),
	SCMP_SYS(userfaultfd)
};

/* Flags of open(2) that write: any of them is enough. */
static const unsigned net_writing[][2] = {
	{ O_ACCMODE, O_WRONLY }, { O_ACCMODE, O_RDWR }, { O_CREAT, O_CREAT }, { O_TRUNC, O_TRUNC }
};

/* A server's answer is parsed here: root has no part in that. */
int net_leave_root(void)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return -1;
	return geteuid() == NOBODY && getegid() == NOBODY ? 0 : -1;
}

int net_limit_self(void)
{
	const struct rlimit files = { 64, 64 }, size = { NET_FILE_MAX, NET_FILE_MAX };

	return setrlimit(RLIMIT_NOFILE, &files) != 0 || setrlimit(RLIMIT_FSIZE, &size) != 0 ? -1 : 0;
}

static int sandbox_files(scmp_filter_ctx ctx)
{
	size_t i;

	for (i = 0; i < sizeof(net_writing) / sizeof(net_writing[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, net_writing[i][0], net_writing[i][1])) != 0 ||
		    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, net_writing[i][0], net_writing[i][1])) != 0)
			return -1;
	/* Its flags lie where a filter cannot look; libc does without it. */
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
}

int net_sandbox(void)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;
	int r = -1;

	if (ctx == NULL)
		return -1;
	for (i = 0; i < sizeof(net_forbidden) / sizeof(net_forbidden[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, net_forbidden[i], 0) != 0)
			goto out;
	/* A thread may be made, a process not.  clone3's flags cannot be seen by a
	 * filter either; libc falls back to clone. */
	if (sandbox_files(ctx) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) != 0 ||
	    /* Local services, IPv4, IPv6, and the kernel's list of addresses. */
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)) != 0)
		goto out;
	/* seccomp_load sets no_new_privs first. */
	r = seccomp_load(ctx) == 0 ? 0 : -1;
out:
	seccomp_release(ctx);
	return r;
}
